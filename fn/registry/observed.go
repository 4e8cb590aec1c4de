package registry

import (
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// inAWS returns what AWS has of an image's repository, as far as it is reported. A policy
// is, where there is an object that observes it.
func (p *project) inAWS(i *image) *guardrail.Observed {
	o := &guardrail.Observed{}
	if !i.observed.Exists() {
		return o
	}
	has := i.observed.Status.AtProvider
	if mode := has.ImageTagMutability; mode != "" {
		m := settings.Mutability{Mode: v1alpha1.ImageTagMutability(mode)}
		for _, f := range has.ExclusionFilters {
			m.Filters = append(m.Filters, f.Filter)
		}
		o.Mutability = &m
	}
	if has.Scanning != nil {
		o.ScanOnPush = has.Scanning.ScanOnPush
	}
	o.Tags = map[string]string{}
	for k, v := range has.Tags.GetFields() {
		o.Tags[k] = v.GetStringValue()
	}
	for _, l := range p.observed.lifecycles[i.Name] {
		if text := l.Status.AtProvider.Policy; text != "" && !l.Deleting() {
			o.LifecyclePolicy = &text
		}
	}
	if r := p.observed.policies[i.Name]; r != nil && r.Status.AtProvider.Policy != "" {
		o.RepositoryPolicy = &r.Status.AtProvider.Policy
	}
	return o
}

// compliance is the verdict on what the guardrails warn of. With [Observe] there is none
// before AWS has said what it has.
func (p *project) compliance(warnings fault.List) composite.Verdict {
	if p.observeOnly() && p.observed.none() {
		return composite.Verdict{Reason: v1alpha1.ReasonNotChecked, Message: "nothing is reported of the repositories in AWS yet"}
	}
	return composite.Compliance(warnings)
}

// none reports whether no repository is known to exist.
func (s *state) none() bool {
	for _, r := range s.repositories {
		if r.Exists() {
			return false
		}
	}
	return true
}
