// Package registry turns an XProjectRegistry into a project's ECR repositories, with
// their lifecycle and repository policies, and into the role that the project's
// workflows push with.
//
// The way of a request is Render, from top to bottom. Each step fills in or reads the
// project; none goes back.
package registry

import (
	"cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Render answers a request for a project registry.
func Render(req composite.Request) composite.Answer {
	p := &project{xr: req.XR}
	req.XR.DecodeStatus(&p.before)
	spec, faults := readSpec(req.XR)
	faults = append(faults, spec.bound()...)
	p.spec = spec

	platform, lookups, invalid := settings.Load(req, p.before.PlatformConfig)
	p.platform = platform
	hidden := hiddenLookups(req.XR)
	lookups = append(lookups, hidden...)
	if req.Fetched.Lacks(lookups) {
		return composite.Wait(lookups)
	}
	faults = append(faults, invalid...)
	faults = append(faults, p.resolve(withHidden(req, hidden))...)
	faults = append(faults, p.validate()...)

	report := guardrail.Check(p.subject(), req.Now)
	p.deleteAllowed = report.DeleteAllowed
	faults = append(faults, report.Faults...)
	p.advice = append(p.advice, report.Advice...)

	more, absent := p.requireOrgAccess(req)
	lookups = append(lookups, more...)
	faults = append(faults, absent...)
	faults = append(faults, p.validateRole()...)
	if len(faults) == 0 {
		lookups = append(lookups, p.findOwners(req)...)
	}
	if req.Fetched.Lacks(lookups) {
		return composite.Wait(lookups)
	}
	if len(faults) == 0 {
		faults = p.tooLarge()
	}
	if len(faults) > 0 {
		return composite.Refuse(lookups, faults)
	}
	return p.conclude(lookups, p.render(), report.Warnings)
}

// subject is the project as the guardrails look at it.
func (p *project) subject() *guardrail.Subject {
	s := &guardrail.Subject{
		XR:               p.xr,
		Platform:         p.platform,
		Project:          p.name,
		Region:           p.region,
		RegionPath:       p.regionPath,
		ProviderConfig:   p.named,
		ProviderPath:     p.namedPath,
		ManagementDelete: p.spec.ManagementPolicies != nil && p.mayDelete(),
		Repositories:     make([]guardrail.Repository, len(p.images)),
	}
	if p.observeOnly() {
		for _, image := range p.removedGrants() {
			o := p.observed.policies[image]
			s.Removed = append(s.Removed, guardrail.Removed{Image: image, RepositoryPolicy: cmp.Or(o.Status.AtProvider.Policy, o.Spec.ForProvider.Policy)})
		}
	}
	for n := range p.images {
		i := &p.images[n]
		s.Repositories[n] = guardrail.Repository{
			Settings:   &i.Repository,
			Image:      i.Name,
			Layer:      i.layer,
			Encryption: i.inForce,
			Exists:     i.observed.Exists(),
			Deletable:  p.deletable(i),
		}
		if i.observed != nil {
			s.Repositories[n].Region, s.Repositories[n].ProviderConfig = i.region, i.config
		}
		if p.observeOnly() {
			s.Repositories[n].Observed = p.inAWS(i)
		}
	}
	return s
}

// conclude writes the status, the connection details and the conditions.
func (p *project) conclude(lookups composite.Lookups, desired managed.Desired, warnings fault.List) composite.Answer {
	valid := composite.Verdict{Reason: v1alpha1.ReasonValid}
	if taken := p.taken(); taken != "" {
		valid = composite.Verdict{Reason: v1alpha1.ReasonRepositoryTaken, Message: taken}
	} else if p.roleTakenBy != "" {
		valid = composite.Verdict{Reason: v1alpha1.ReasonResourceTaken, Message: p.roleTaken()}
	}
	status := p.status()
	return composite.Answer{
		Lookups: lookups,
		Desired: desired,
		Status:  status,
		Connection: map[string]string{
			"registry":    status.Registry,
			"region":      status.Region,
			"pushRoleArn": status.PushRoleARN,
		},
		Unready:   !p.allFree(),
		Settled:   p.settled(),
		Holds:     p.platform.PollInterval(),
		Valid:     valid,
		Warnings:  warnings.Tell(),
		Compliant: p.compliance(warnings),
	}
}

// allFree reports whether every image's repository and the push role could be rendered.
func (p *project) allFree() bool {
	if p.roleLeft {
		return false
	}
	for n := range p.images {
		if !p.images[n].free {
			return false
		}
	}
	return true
}

// settled reports whether everything is as the spec says.
func (p *project) settled() bool {
	if p.passing {
		return false
	}
	for n := range p.images {
		if !p.images[n].ready {
			return false
		}
	}
	return p.spec.GitHub == nil || p.observeOnly() || (p.observed.role.Ready() && p.observed.rolePolicy.Ready())
}
