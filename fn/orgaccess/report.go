package orgaccess

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// report says what became of a plan, in the status and the conditions.
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
		Settled:   o.ready,
		Holds:     p.platform.PollInterval(),
		Valid:     valid,
		Warnings:  warnings.Tell(),
		Compliant: composite.Compliance(warnings),
	}
}

func status(p *Plan, o Outcome, advice fault.Advice) *v1alpha1.EcrOrgAccessStatus {
	s := &v1alpha1.EcrOrgAccessStatus{
		PushRole:       roleStatus(p, o, pushRole),
		PullRole:       roleStatus(p, o, pullRole),
		PlatformConfig: p.platform.ConfigName,
		Advice:         advice.Told(),
	}
	if t := p.part(keyProvider); o.rendered[keyProvider] && t.Ours.Exists() {
		s.OIDCProviderARN = t.Ours.Status.AtProvider.ARN
	}
	if p.region != "" {
		s.Registry = aws.RegistryHost(p.written.AccountID, p.region)
	}
	return s
}

// roleStatus is the status of a role; nil if it is not wanted, or is somebody else's.
func roleStatus(p *Plan, o Outcome, k *roleKind) *v1alpha1.RoleStatus {
	if !o.rendered[k.key()] {
		return nil
	}
	t := p.part(k.key())
	s := &v1alpha1.RoleStatus{Name: t.External}
	if t.role.exists() {
		s.ARN = t.role.arn
	}
	return s
}
