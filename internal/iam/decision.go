package iam

import (
	"fmt"
	"slices"
)

// A Decision is the outcome of evaluating a request (reference_policies_evaluation-logic_policy-eval-denyallow).
type Decision string

// The decisions, with their names in AWS's policy simulator.
const (
	// DecisionImplicitDeny means that no policy allows the request. It is the default.
	DecisionImplicitDeny Decision = "implicitDeny"

	// DecisionAllow means that a policy allows the request, and none denies it.
	DecisionAllow Decision = "allowed"

	// DecisionExplicitDeny means that a Deny statement matches the request.
	DecisionExplicitDeny Decision = "explicitDeny"
)

// A Result is a decision with a finding for each statement.
type Result struct {
	Decision Decision

	// Findings has an entry for each statement that was evaluated.
	Findings []Finding
}

// Allowed reports whether the request is allowed.
func (r Result) Allowed() bool { return r.Decision == DecisionAllow }

// Deciding returns the matching statements that deny the request or, without any, those that allow it.
func (r Result) Deciding() []Finding {
	effect := Allow
	if r.Decision == DecisionExplicitDeny {
		effect = Deny
	}
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Matches() || f.Effect != effect })
}

// A Finding is the result of evaluating one statement.
type Finding struct {
	Policy Kind
	Index  int // of the statement
	Sid    string
	Effect Effect

	// Misses are the elements and conditions that do not match the request.
	Misses []Miss

	grant grant
}

// Matches reports whether the statement applies to the request.
func (f Finding) Matches() bool { return len(f.Misses) == 0 }

// A Miss is an element or condition of a statement that does not match a request.
type Miss struct {
	// Element is Principal, Action, NotAction, Resource, NotResource or Condition.
	Element string

	// Condition is the condition that does not hold, nil for the other elements.
	Condition *Condition

	// Want are the values in the policy, Got those in the request: none if the key is absent.
	Want, Got []string
}

// findings evaluates every statement of policies of a kind. It skips nil policies.
func (e *evaluation) findings(kind Kind, policies ...*Document) ([]Finding, error) {
	var out []Finding
	for _, d := range policies {
		if d == nil {
			continue
		}
		if d.Kind != kind {
			return nil, fmt.Errorf("a %s is no %s", d.Kind, kind)
		}
		for i := range d.Statements {
			f, err := e.finding(&d.Statements[i])
			if err != nil {
				return nil, fmt.Errorf("%s: Statement[%d]: %w", kind, i, err)
			}
			f.Policy, f.Index = kind, i
			out = append(out, f)
		}
	}
	return out, nil
}

// finding evaluates a statement.
func (e *evaluation) finding(s *Statement) (Finding, error) {
	f := Finding{Sid: s.Sid, Effect: s.Effect, grant: grantDirect}
	if s.Principal != nil {
		if f.grant = s.Principal.grant(e.Principal); f.grant == grantNone {
			f.Misses = append(f.Misses, Miss{Element: "Principal", Want: s.Principal.Names(), Got: []string{e.Principal.name}})
		}
	}
	if !s.matchesAction(e.Action) {
		f.Misses = append(f.Misses, miss("Action", s.Action, s.NotAction, e.Action))
	}
	if !s.matchesResource(e.Resource) {
		f.Misses = append(f.Misses, miss("Resource", s.Resource, s.NotResource, e.Resource))
	}
	for _, c := range s.Condition {
		values := e.values(c.Key)
		ok, err := c.holds(values)
		if err != nil {
			return f, err
		}
		if !ok {
			f.Misses = append(f.Misses, Miss{Element: "Condition", Condition: &c, Want: c.Values, Got: values})
		}
	}
	return f, nil
}

// miss returns the miss of an element or, if it is absent, of its negation.
func miss(element string, want, not Values, got string) Miss {
	if want == nil {
		element, want = "Not"+element, not
	}
	return Miss{Element: element, Want: want, Got: []string{got}}
}

// closest returns the closest grant of the matching Allow statements.
func closest(findings []Finding) grant {
	g := grantNone
	for _, f := range findings {
		if f.Matches() && f.Effect == Allow {
			g = max(g, f.grant)
		}
	}
	return g
}

// decide returns an explicit deny if a statement denies the request, and else whether it is allowed.
func decide(findings []Finding, allowed bool) Result {
	r := Result{Decision: DecisionImplicitDeny, Findings: findings}
	switch {
	case slices.ContainsFunc(findings, func(f Finding) bool { return f.Matches() && f.Effect == Deny }):
		r.Decision = DecisionExplicitDeny
	case allowed:
		r.Decision = DecisionAllow
	}
	return r
}
