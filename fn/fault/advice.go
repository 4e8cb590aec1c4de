package fault

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Advice is what breaks no rule and may surprise whoever wrote it, in the order in which it was found.
type Advice []v1alpha1.Advice

// Add adds advice on the field at a path.
func (a *Advice) Add(p *field.Path, format string, args ...any) {
	*a = append(*a, v1alpha1.Advice{Path: p.String(), Message: fmt.Sprintf(format, args...)})
}

// maxAdvice is how much advice a status tells: it has to fit.
const maxAdvice = 50

// Told returns what a status tells of the advice: each piece once and not too long, and how many more there are if there
// are too many.
func (a Advice) Told() []v1alpha1.Advice {
	seen := make(map[v1alpha1.Advice]bool, len(a))
	var told []v1alpha1.Advice
	for _, one := range a {
		if !seen[one] {
			seen[one] = true
			one.Message = Cut(one.Message, MaxText)
			told = append(told, one)
		}
	}
	if more := len(told) - maxAdvice; more > 0 {
		told = append(told[:maxAdvice:maxAdvice], v1alpha1.Advice{Path: field.NewPath("spec").String(), Message: fmt.Sprintf("and %d more", more)})
	}
	return told
}
