// Package orgaccess turns an XEcrOrgAccess into what an organisation shares: the
// identity provider of GitHub, the roles that its workflows push and pull with, and
// the settings of the registry as a whole.
//
// The way of a request is Render, from top to bottom. Each step fills in or reads the
// access; none goes back.
package orgaccess

import (
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/issuer"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Render answers a request for an org access on a day. An error is a fault of the
// function, never of those who wrote the spec or the settings.
func Render(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, x *composite.XR, today time.Time) (fault.List, error) {
	a := &access{xr: x}
	x.DecodeStatus(&a.before)
	spec, faults := readSpec(x)
	a.spec = spec

	required := composite.NewRequired(req, rsp)
	platform, invalid := settings.Load(req.GetInput(), required, a.before.PlatformConfig)
	a.platform = platform
	if required.Waiting {
		composite.Wait(rsp)
		return nil, nil
	}
	faults = append(faults, invalid...)
	owner, path, unknown := issuer.Of(&spec.OrgIssuers, specPath)
	faults = append(faults, unknown...)
	faults = append(faults, spec.validate(owner)...)
	if owner == nil {
		return x.RefuseFaults(rsp, faults), nil
	}
	a.owner, a.ownerPath = owner, path
	faults = append(faults, a.resolve(req)...)
	faults = append(faults, spec.validateDestinations(a.region)...)

	report := guardrail.Check(a.subject(), today)
	faults = append(faults, report.Faults...)
	a.advice = append(a.advice, report.Advice...)

	if len(faults) == 0 {
		faults = a.checkSizes()
	}
	if len(faults) > 0 {
		return x.RefuseFaults(rsp, faults), nil
	}
	if a.require(required); required.Waiting {
		composite.Wait(rsp)
		return nil, nil
	}
	if err := a.render(rsp); err != nil {
		return nil, err
	}
	return nil, a.conclude(rsp, report.Warnings)
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
func (a *access) render(rsp *fnv1.RunFunctionResponse) error {
	d := &managed.Desired{Resources: rsp.Desired.Resources, Generation: a.xr.Generation}
	// part adds a part that is wanted and free.
	part := func(p *part, mr func() any) {
		if p != nil && p.free {
			d.Set(p.key, mr(), a.config, p.observed.Readiness())
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
	return d.Err
}

// conclude writes the status and the conditions.
func (a *access) conclude(rsp *fnv1.RunFunctionResponse, warnings fault.List) error {
	valid := composite.Verdict{Reason: v1alpha1.ReasonValid}
	if taken := a.taken(); taken != "" {
		valid = composite.Verdict{Reason: v1alpha1.ReasonResourceTaken, Message: taken}
	}
	if err := a.xr.SetStatus(rsp, a.status()); err != nil {
		return err
	}
	free, ready := true, true
	for _, p := range a.parts() {
		free = free && p.free
		ready = ready && p.free && p.observed.Ready()
	}
	for _, r := range a.roles() {
		ready = ready && r.policyReadiness() == fnv1.Ready_READY_TRUE
	}
	if !free {
		rsp.Desired.Composite.Ready = fnv1.Ready_READY_FALSE
	}
	a.xr.Accept(rsp, valid, composite.Compliance(warnings), ready)
	return nil
}
