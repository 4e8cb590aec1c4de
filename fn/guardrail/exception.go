package guardrail

import (
	"cmp"
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// exceptions of the settings that concern one subject.
type exceptions []exception

type exception struct {
	*inputv1beta1.Exception
	index int // in the settings
}

// exceptionsFor returns the exceptions for the project of a subject: those in force on a
// day, and those that have ended, the one that ended most recently first.
func exceptionsFor(s *Subject, day string) (inForce, ended exceptions) {
	all := s.Platform.Rules().Exceptions
	for i := range all {
		e := exception{Exception: &all[i], index: i}
		switch {
		case s.Project == "" || e.Project != s.Project:
		case day <= e.Until:
			inForce = append(inForce, e)
		default:
			ended = append(ended, e)
		}
	}
	slices.SortStableFunc(ended, func(a, b exception) int { return cmp.Compare(b.Until, a.Until) })
	return inForce, ended
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

// note says of what a guardrail found that an exception for it has ended; "" if there was none.
func (x exceptions) note(guardrail string, r *Repository) string {
	e := x.find(guardrail, r)
	if e == nil {
		return ""
	}
	return "; an exception lifted this through " + e.Until + ", and has ended"
}

// advice says which guardrails are lifted, and why.
func (x exceptions) advice(s *Subject) fault.Advice {
	var advice fault.Advice
	for _, e := range x {
		what := "project " + e.Project
		if e.Image != nil {
			what = "image " + *e.Image
		}
		advice.Add(exceptionsPath(s.Platform).Index(e.index),
			"the guardrail %s is lifted for %s through %s: %s", e.Guardrail, what, e.Until, e.Reason)
	}
	return advice
}
