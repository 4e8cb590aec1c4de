// Package orgaccess turns an XEcrOrgAccess into what an organisation shares: the identity provider of its workflows,
// the roles that they push and pull with, and the settings of a registry.
//
// Render takes a request through its stages: resolve decides what is in force, validate and the guardrails refuse,
// render returns the desired resources, report returns the answer. part.go lists what an org access can have in AWS.
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
	spec, specFaults := readSpec(req.XR)
	platform, lookups, settingsFaults := settings.Load(req, before.PlatformConfig)

	// Until the settings are fetched, the plan is made without them. It then only adds lookups, so that the first call
	// asks for everything at once.
	plan, advice, planFaults := resolve(req, spec, platform, &before)
	guarded := guardrail.Check(plan.subject(), req.Now)
	faults := slices.Concat(specFaults, settingsFaults, planFaults, validate(plan), guarded.Faults)
	if len(faults) == 0 {
		faults = validateSizes(plan)
	}
	var things []ownership.Thing
	if len(faults) == 0 {
		things = plan.things()
	}
	owners, ownerLookups := ownership.Decide(req, things)
	lookups = append(lookups, ownerLookups...)
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
