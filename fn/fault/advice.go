package fault

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Advice lists what breaks no rule but may surprise its author, in the order in which it was found.
type Advice []v1alpha1.Advice

// Add adds advice on the field at a path.
func (a *Advice) Add(p *field.Path, format string, args ...any) {
	*a = append(*a, v1alpha1.Advice{Path: p.String(), Message: fmt.Sprintf(format, args...)})
}

// maxAdvice is the maximum number of pieces of advice in a status, so that they fit.
const maxAdvice = 50

// Reported returns the advice that a status reports: each piece once, with its message truncated, and the number of
// pieces that are left out.
func (a Advice) Reported() []v1alpha1.Advice {
	seen := make(map[v1alpha1.Advice]bool, len(a))
	var reported []v1alpha1.Advice
	for _, piece := range a {
		if !seen[piece] {
			seen[piece] = true
			piece.Message = Truncate(piece.Message, MaxText)
			reported = append(reported, piece)
		}
	}
	if n := len(reported) - maxAdvice; n > 0 {
		reported = append(reported[:maxAdvice:maxAdvice], v1alpha1.Advice{Path: "spec", Message: fmt.Sprintf("and %d more", n)})
	}
	return reported
}
