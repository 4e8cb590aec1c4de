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

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
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
	faults = append(faults, guardrail.Validate(platform)...)
	faults = append(faults, spec.validate()...)
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
		ProviderConfig: a.namedProviderConfig(),
	}
}

// render adds to the desired resources what the organisation is to have.
func (a *access) render(rsp *fnv1.RunFunctionResponse) error {
	d := &desired{resources: rsp.Desired.Resources, generation: a.xr.Generation, config: a.config}
	d.part(a.provider, func() any { return a.oidcProvider() })
	for _, r := range a.roles() {
		d.part(&r.part, func() any { return a.role(r) })
		if r.free {
			d.set(r.of.policyKey, a.rolePolicy(r), r.policyReadiness())
		}
	}
	d.part(a.registry, func() any { return a.registryPolicyResource() })
	d.part(a.scanning, func() any { return a.scanningResource() })
	d.part(a.replicate, func() any { return a.replicationResource() })
	return d.err
}

// A desired collects desired resources, and the first error of doing so.
type desired struct {
	resources  map[string]*fnv1.Resource
	generation managed.Generation
	config     managed.ProviderConfig
	err        error
}

// part adds a part that is wanted and free.
func (d *desired) part(p *part, mr func() any) {
	if p != nil && p.free {
		d.set(p.key, mr(), p.resource().Readiness())
	}
}

func (d *desired) set(key string, mr any, ready fnv1.Ready) {
	r, err := d.generation.Desired(mr, d.config, ready)
	if err != nil && d.err == nil {
		d.err = err
	}
	d.resources[key] = r
}

// conclude writes the status and the conditions.
func (a *access) conclude(rsp *fnv1.RunFunctionResponse, warnings fault.List) error {
	valid := composite.Verdict{Reason: composite.ReasonValid}
	if taken := a.taken(); taken != "" {
		valid = composite.Verdict{Reason: composite.ReasonResourceTaken, Message: taken}
	}
	if err := a.xr.SetStatus(rsp, a.status()); err != nil {
		return err
	}
	free, ready := true, true
	for _, p := range a.parts() {
		free = free && p.free
		ready = ready && p.free && p.resource().Ready()
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
