package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Decision is the outcome of evaluating a request. A higher one overrides a
// lower one (reference_policies_evaluation-logic_policy-eval-denyallow).
type Decision int

// The decisions.
const (
	// DecisionImplicitDeny: no policy allows the request. It is the default.
	DecisionImplicitDeny Decision = iota

	// DecisionAllow: a policy allows the request, and none denies it.
	DecisionAllow

	// DecisionExplicitDeny: a Deny statement matches the request.
	DecisionExplicitDeny
)

// String names the decision as AWS's policy simulator does.
func (d Decision) String() string {
	switch d {
	case DecisionAllow:
		return "allowed"
	case DecisionExplicitDeny:
		return "explicitDeny"
	default:
		return "implicitDeny"
	}
}

// A Result is a decision with the statements that led to it.
type Result struct {
	Decision Decision

	// Reasons name the statements that matched, and what was decided from
	// them, for the message of a failed test.
	Reasons []string
}

// Allowed tells whether the request is allowed.
func (r Result) Allowed() bool { return r.Decision == DecisionAllow }

// Evaluate decides a request by one policy alone. Of a resource-based policy
// an Allow that names the caller's account counts like one that names the
// caller.
func Evaluate(d *Document, r Request) (Result, error) {
	e, err := newEvaluation(r)
	if err != nil {
		return Result{}, err
	}
	v, err := e.evaluate(d)
	if err != nil {
		return Result{}, err
	}
	return Result{Decision: v.decision(), Reasons: v.reasons}, nil
}

// A verdict is what policies say of a request.
type verdict struct {
	deny    bool
	allow   grant // the closest grant of an Allow statement
	reasons []string
}

func (v verdict) decision() Decision {
	switch {
	case v.deny:
		return DecisionExplicitDeny
	case v.allow != grantNone:
		return DecisionAllow
	default:
		return DecisionImplicitDeny
	}
}

func (v *verdict) merge(o verdict) {
	v.deny = v.deny || o.deny
	v.allow = max(v.allow, o.allow)
	v.reasons = append(v.reasons, o.reasons...)
}

// evaluate looks at every statement of a policy.
func (e *evaluation) evaluate(d *Document) (verdict, error) {
	var v verdict
	if d == nil {
		return v, errors.New("no policy document")
	}
	for i, s := range d.Statements {
		g, err := e.matches(s)
		if err != nil {
			return v, fmt.Errorf("%s: Statement[%d]: %w", d.Kind, i, err)
		}
		if g == grantNone {
			continue
		}
		if v.reasons = append(v.reasons, fmt.Sprintf("%s: Statement[%d] %q: %s", d.Kind, i, s.Sid, s.Effect)); s.Effect == Deny {
			v.deny = true
		} else {
			v.allow = max(v.allow, g)
		}
	}
	return v, nil
}

// matches tells whether a statement applies to the request, and how it names
// the caller. The policy of an identity names nobody: it is the caller's.
func (e *evaluation) matches(s Statement) (grant, error) {
	g := grantDirect
	switch {
	case s.Principal != nil:
		g = s.Principal.grant(e.Principal)
	case s.NotPrincipal != nil && s.NotPrincipal.grant(e.Principal) != grantNone:
		// AWS "might" also deny a caller that is named without its account; only
		// the plain reading is taken here.
		g = grantNone
	}
	if g == grantNone || !e.matchesAction(s) || !e.matchesResource(s) {
		return grantNone, nil
	}
	for _, c := range s.Condition {
		ok, err := c.holds(e.keys)
		if err != nil {
			return grantNone, err
		}
		if !ok {
			return grantNone, nil
		}
	}
	return g, nil
}

func (e *evaluation) matchesAction(s Statement) bool {
	action := strings.ToLower(e.Action)
	covers := func(t template) bool { return t.like(action) }
	if s.notAction != nil {
		return !slices.ContainsFunc(s.notAction, covers)
	}
	return slices.ContainsFunc(s.action, covers)
}

// matchesResource tells whether a statement covers the resource. Without
// Resource and NotResource it is about the resource it is attached to.
func (e *evaluation) matchesResource(s Statement) bool {
	covers := func(t template) bool { return resourceMatches(t, e.Resource, e.keys) }
	switch {
	case s.notResource != nil:
		return !slices.ContainsFunc(s.notResource, covers)
	case s.resource != nil:
		return slices.ContainsFunc(s.resource, covers)
	}
	return true
}
