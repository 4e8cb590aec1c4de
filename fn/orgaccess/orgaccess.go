// Package orgaccess turns an XEcrOrgAccess into what an organisation shares: the identity provider of its workflows,
// the roles that they push and pull with, and the settings of the registry as a whole.
//
// A request takes one way, in Render: resolve decides what is in force, validate and the guardrails refuse, render says
// what is desired, report says how that is going. What an org access can have in AWS is the table of classes in part.go.
package orgaccess

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Render answers a request for an org access.
func Render(req composite.Request) composite.Answer {
	var before v1alpha1.EcrOrgAccessStatus
	req.XR.DecodeStatus(&before)
	spec, unread := readSpec(req.XR)
	platform, lookups, invalid := settings.Load(req, before.PlatformConfig)

	// While the settings are not fetched, the plan is the one without them: it only says what else to look for, so that
	// a first call asks for all at once.
	plan, advice, undecided := resolve(req, spec, platform, &before)
	guarded := guardrail.Check(plan.subject(), req.Now)
	faults := slices.Concat(unread, invalid, undecided, validate(plan), guarded.Faults)
	if len(faults) == 0 {
		faults = validateSizes(plan)
	}
	var owners map[string]ownership.Owner
	if len(faults) == 0 {
		var more composite.Lookups
		owners, more = ownership.Decide(req, plan.things())
		lookups = append(lookups, more...)
	}
	if req.Fetched.Lacks(lookups) {
		return composite.Wait(lookups)
	}
	if len(faults) > 0 {
		return composite.Refuse(lookups, faults)
	}

	outcome := render(plan, owners)
	advice = slices.Concat(advice, guarded.Advice, outcome.advice, advise(plan))
	return report(plan, outcome, lookups, advice, guarded.Warnings)
}
