// Package registry turns an XProjectRegistry into a project's ECR repositories, with
// their lifecycle and repository policies, and into the role that the project's
// workflows push with.
//
// The way of a request is Render, from top to bottom. Each step fills in or reads the
// project; none goes back.
package registry

import (
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Render answers a request for a project registry on a day. An error is a fault of
// the function, never of those who wrote the spec or the settings.
func Render(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, x *composite.XR, today time.Time) (fault.List, error) {
	p := &project{xr: x}
	x.DecodeStatus(&p.before)
	spec, faults := readSpec(x)
	faults = append(faults, spec.bound()...)
	p.spec = spec

	required := composite.NewRequired(req, rsp)
	platform, invalid := settings.Load(req.GetInput(), required, p.before.PlatformConfig)
	p.platform = platform
	if required.Waiting {
		composite.Wait(rsp)
		return nil, nil
	}
	faults = append(faults, invalid...)
	faults = append(faults, p.resolve(req)...)
	faults = append(faults, p.validate()...)

	report := guardrail.Check(p.subject(), today)
	p.deleteAllowed = report.DeleteAllowed
	faults = append(faults, report.Faults...)
	p.advice = append(p.advice, report.Advice...)

	faults = append(faults, p.requireOrgAccess(required)...)
	faults = append(faults, p.validateRole()...)
	if len(faults) == 0 {
		p.requireRepositories(required)
		p.requireRole(required)
	}
	if required.Waiting {
		composite.Wait(rsp)
		return nil, nil
	}
	if len(faults) > 0 {
		return x.RefuseFaults(rsp, faults), nil
	}

	if err := p.render(rsp); err != nil {
		return nil, err
	}
	if err := p.conclude(rsp, report.Warnings); err != nil {
		return nil, err
	}
	if faults := p.tooLarge(rsp); len(faults) > 0 {
		rsp.Desired = nil // it is what does not fit
		return x.RefuseFaults(rsp, faults), nil
	}
	return nil, nil
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
	}
	return s
}

// conclude writes the status, the connection details and the conditions.
func (p *project) conclude(rsp *fnv1.RunFunctionResponse, warnings fault.List) error {
	valid, compliant := composite.Verdict{Reason: v1alpha1.ReasonValid}, composite.Compliance(warnings)
	if taken := p.taken(); taken != "" {
		valid = composite.Verdict{Reason: v1alpha1.ReasonRepositoryTaken, Message: taken}
	} else if p.roleTakenBy != "" {
		valid = composite.Verdict{Reason: v1alpha1.ReasonResourceTaken, Message: p.roleTaken()}
	}
	status := p.status()
	if err := p.xr.SetStatus(rsp, status); err != nil {
		return err
	}
	p.connect(rsp, map[string]string{
		"registry":    status.Registry,
		"region":      status.Region,
		"pushRoleArn": status.PushRoleARN,
	})
	if !p.allFree() {
		rsp.Desired.Composite.Ready = fnv1.Ready_READY_FALSE
	}
	p.xr.Accept(rsp, valid, compliant, p.settled())
	return nil
}

// allFree tells whether every image's repository and the push role could be rendered.
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

// settled tells whether everything is as the spec says.
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
