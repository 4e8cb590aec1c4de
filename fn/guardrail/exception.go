package guardrail

import (
	"fmt"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// exceptions of the settings that concern one subject.
type exceptions []exception

type exception struct {
	*inputv1beta1.Exception
	index int // in the settings
}

// exceptionsFor returns the exceptions for the project of a subject of which something
// is true.
func exceptionsFor(s *Subject, which func(*inputv1beta1.Exception) bool) exceptions {
	var found exceptions
	all := s.Platform.Rules().Exceptions
	for i := range all {
		if e := &all[i]; s.Project != "" && e.Project == s.Project && which(e) {
			found = append(found, exception{Exception: e, index: i})
		}
	}
	return found
}

// find returns the exception for a guardrail: for all of the project, or for the
// repository that the guardrail found something about. It returns nil if there is none.
func (x exceptions) find(guardrail string, r *Repository) *exception {
	for i, e := range x {
		if e.Guardrail == guardrail && (e.Image == nil || r != nil && r.Image == *e.Image) {
			return &x[i]
		}
	}
	return nil
}

// advice says which guardrails are lifted, and why.
func (x exceptions) advice(s *Subject) []v1alpha1.Advice {
	var advice []v1alpha1.Advice
	for _, e := range x {
		what := "project " + e.Project
		if e.Image != nil {
			what = "image " + *e.Image
		}
		advice = append(advice, v1alpha1.Advice{
			Path:    exceptionsPath(s.Platform).Index(e.index).String(),
			Message: fmt.Sprintf("the guardrail %s is lifted for %s through %s: %s", e.Guardrail, what, e.Until, e.Reason),
		})
	}
	return advice
}
