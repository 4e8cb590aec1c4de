// Package orgaccess turns an XEcrOrgAccess into what an organisation shares: the
// identity provider of GitHub, the roles that its workflows push and pull with, and
// the settings of the registry as a whole.
//
// The way of a request is Render, from top to bottom. Each step fills in or reads the
// access; none goes back.
package orgaccess

import (
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/issuer"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Render answers a request for an org access.
func Render(req composite.Request) composite.Answer {
	a := &access{xr: req.XR}
	req.XR.DecodeStatus(&a.before)
	spec, faults := readSpec(req.XR)
	a.spec = spec

	platform, lookups, invalid := settings.Load(req, a.before.PlatformConfig)
	a.platform = platform
	if req.Fetched.Lacks(lookups) {
		return composite.Wait(lookups)
	}
	faults = append(faults, invalid...)
	owner, path, unknown := issuer.Of(&spec.OrgIssuers, specPath)
	faults = append(faults, unknown...)
	faults = append(faults, spec.validate(owner)...)
	if owner == nil {
		return composite.Refuse(lookups, faults)
	}
	a.owner, a.ownerPath = owner, path
	faults = append(faults, a.resolve(req)...)
	faults = append(faults, spec.validateDestinations(a.region)...)

	report := guardrail.Check(a.subject(), req.Now)
	faults = append(faults, report.Faults...)
	a.advice = append(a.advice, report.Advice...)

	if len(faults) == 0 {
		faults = a.checkSizes()
	}
	if len(faults) > 0 {
		return composite.Refuse(lookups, faults)
	}
	lookups = append(lookups, a.findOwners(req)...)
	if req.Fetched.Lacks(lookups) {
		return composite.Wait(lookups)
	}
	return a.conclude(lookups, a.render(), report.Warnings)
}

// subject is the org access as the guardrails look at it.
func (a *access) subject() *guardrail.Subject {
	return &guardrail.Subject{
		XR:             a.xr,
		Platform:       a.platform,
		Region:         a.region,
		RegionPath:     a.regionPath,
		ProviderConfig: a.spec.ProviderConfig,
		ProviderPath:   configPath.Child("name"),
	}
}

// render adds to the desired resources what the organisation is to have.
func (a *access) render() managed.Desired {
	d := managed.Desired{}
	// part adds a part that is wanted and free.
	part := func(p *part, mr func() any) {
		if p != nil && p.free {
			d.Set(p.key, mr(), a.config, p.observed.Ready())
		}
	}
	part(a.provider, func() any { return a.oidcProvider() })
	for _, r := range a.roles() {
		part(&r.part, func() any { return a.role(r) })
		if r.free {
			d.Set(r.of.policyKey, a.rolePolicy(r), a.config, r.policyReadiness())
		}
	}
	part(a.registry, func() any { return a.registryPolicyResource() })
	part(a.scanning, func() any { return a.scanningResource() })
	part(a.replicate, func() any { return a.replicationResource() })
	a.endGrants(d)
	a.releaseLost(d)
	return d
}

// conclude writes the status and the conditions.
func (a *access) conclude(lookups composite.Lookups, desired managed.Desired, warnings fault.List) composite.Answer {
	valid := composite.Verdict{Reason: v1alpha1.ReasonValid}
	if taken := a.taken(); taken != "" {
		valid = composite.Verdict{Reason: v1alpha1.ReasonResourceTaken, Message: taken}
	}
	free, ready := true, true
	for _, p := range a.parts() {
		free = free && p.free
		ready = ready && p.free && p.observed.Ready()
	}
	for _, r := range a.roles() {
		ready = ready && r.policyReadiness()
	}
	return composite.Answer{
		Lookups:   lookups,
		Desired:   desired,
		Status:    a.status(),
		Unready:   !free,
		Settled:   ready,
		Valid:     valid,
		Compliant: composite.Compliance(warnings),
	}
}
