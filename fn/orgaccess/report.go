package orgaccess

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// report returns the answer to a valid plan: the desired resources, the status and the conditions.
func report(p *Plan, o Outcome, lookups composite.Lookups, advice fault.Advice, warnings fault.List) composite.Answer {
	valid := composite.Verdict{Reason: v1alpha1.ReasonValid}
	if len(o.taken) > 0 {
		valid = composite.Verdict{Reason: v1alpha1.ReasonResourceTaken, Message: strings.Join(o.taken, "\n")}
	}
	return composite.Answer{
		Lookups:   lookups,
		Desired:   o.desired,
		Status:    status(p, o, advice),
		Unready:   len(o.rendered) < len(p.parts),
		Settled:   o.settled,
		Holds:     p.platform.PollInterval(),
		Valid:     valid,
		Warnings:  warnings.Reported(),
		Compliant: composite.Compliance(warnings),
	}
}

func status(p *Plan, o Outcome, advice fault.Advice) *v1alpha1.EcrOrgAccessStatus {
	s := &v1alpha1.EcrOrgAccessStatus{
		PushRole:       roleStatus(p, o, pushRole),
		PullRole:       roleStatus(p, o, pullRole),
		Registry:       aws.RegistryHost(p.written.AccountID, p.region),
		PlatformConfig: p.platform.ConfigName,
		Advice:         advice.Reported(),
	}
	if o.rendered[keyProvider] {
		s.OIDCProviderARN = p.part(keyProvider).arn()
	}
	return s
}

// roleStatus returns the status of a role; nil if it is not wanted, or another object manages it.
func roleStatus(p *Plan, o Outcome, r *role) *v1alpha1.RoleStatus {
	if !o.rendered[r.key()] {
		return nil
	}
	t := p.part(r.key())
	s := &v1alpha1.RoleStatus{Name: t.External}
	if t.roleExists() {
		s.ARN = t.arn()
	}
	return s
}
