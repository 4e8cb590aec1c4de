package guardrail

import (
	"cmp"
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// exceptions of the settings that concern one subject.
type exceptions []*inputv1beta1.Exception

// exceptionsFor returns the exceptions for the project of a subject: those in force on a
// day, with advice that says which guardrails are lifted and why, and those that have
// ended, the one that ended most recently first.
func exceptionsFor(s *Subject, day string) (inForce, ended exceptions, advice fault.Advice) {
	all := s.Platform.Rules().Exceptions
	for i := range all {
		e := &all[i]
		switch {
		case s.Project == "" || e.Project != s.Project:
		case day > e.Until:
			ended = append(ended, e)
		default:
			inForce = append(inForce, e)
			what := "project " + e.Project
			if e.Image != nil {
				what = "image " + *e.Image
			}
			advice.Add(exceptionsPath(s.Platform).Index(i),
				"the guardrail %s is lifted for %s through %s: %s", e.Guardrail, what, e.Until, e.Reason)
		}
	}
	slices.SortStableFunc(ended, func(a, b *inputv1beta1.Exception) int { return cmp.Compare(b.Until, a.Until) })
	return inForce, ended, advice
}

// find returns the exception for a guardrail: for all of the project, or for the
// repository that the guardrail found something about. It returns nil if there is none.
func (x exceptions) find(guardrail string, r *Repository) *inputv1beta1.Exception {
	for _, e := range x {
		if e.Guardrail == guardrail && (e.Image == nil || r != nil && r.Image == *e.Image) {
			return e
		}
	}
	return nil
}
