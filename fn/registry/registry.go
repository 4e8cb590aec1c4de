// Package registry turns an XProjectRegistry into a project's ECR repositories, with their lifecycle and repository
// policies, and into the role that the project's workflows push with.
//
// A request takes one way, in Render: resolve decides what is in force, validate and the guardrails refuse, render says
// what is desired, report says how that is going.
package registry

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Render answers a request for a project registry.
func Render(req composite.Request) composite.Answer {
	var before v1alpha1.ProjectRegistryStatus
	req.XR.DecodeStatus(&before)
	spec, unread := readSpec(req.XR)
	platform, lookups, invalid := settings.Load(req, before.PlatformConfig)
	lookups = append(lookups, hiddenLookups(req.XR)...)

	// While the settings are not fetched, the plan is the one without them: it only says what else to look for, so that
	// a first call asks for all at once.
	plan, more, advice, undecided := resolve(req, spec, platform, &before)
	lookups = append(lookups, more...)
	guarded := guardrail.Check(plan.subject(), req.Now)
	faults := slices.Concat(unread, invalid, undecided, validate(plan), guarded.Faults)
	var owners map[string]ownership.Owner
	if len(faults) == 0 {
		owners, more = ownership.Decide(req, plan.things())
		lookups = append(lookups, more...)
	}
	if req.Fetched.Lacks(lookups) {
		return composite.Wait(lookups)
	}
	if len(faults) == 0 {
		faults = validateSizes(plan)
	}
	if len(faults) > 0 {
		return composite.Refuse(lookups, faults)
	}

	outcome := render(plan, owners, guarded.DeleteAllowed)
	advice = slices.Concat(advice, guarded.Advice, outcome.advice, advise(plan))
	return report(plan, outcome, lookups, advice, guarded.Warnings)
}
