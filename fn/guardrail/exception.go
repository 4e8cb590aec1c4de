package guardrail

import (
	"cmp"
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// exceptions for one subject.
type exceptions []*inputv1beta1.Exception

// exceptionsFor returns the exceptions for the project of a subject: those that are in force on a day, those that have
// ended, the one that ended most recently first, and advice on which guardrails are lifted and why.
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
			scope := "project " + e.Project
			if e.Image != nil {
				scope = "image " + *e.Image
			}
			advice.Add(exceptionsPath(s.Platform).Index(i),
				"the guardrail %s is lifted for %s through %s: %s", e.Guardrail, scope, e.Until, e.Reason)
		}
	}
	slices.SortStableFunc(ended, func(a, b *inputv1beta1.Exception) int { return cmp.Compare(b.Until, a.Until) })
	return inForce, ended, advice
}

// find returns the exception from a guardrail for the whole project or for a repository, or nil if there is none. The
// repository is nil if the guardrail checks the project as a whole.
func (x exceptions) find(guardrail string, r *Repository) *inputv1beta1.Exception {
	for _, e := range x {
		if e.Guardrail == guardrail && (e.Image == nil || r != nil && r.Image == *e.Image) {
			return e
		}
	}
	return nil
}
