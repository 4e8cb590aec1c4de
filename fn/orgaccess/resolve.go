package orgaccess

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/issuer"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A Plan is what an org access wants to have in AWS. resolve makes it, and nothing changes it afterwards.
type Plan struct {
	xr       *composite.XR
	platform *settings.Platform
	before   *v1alpha1.EcrOrgAccessStatus

	// written is the spec as written. The fields below are in force.
	written *Spec

	// owner owns the workflows that may assume the roles, ownerPath is the field that names it, and issuer issues the
	// tokens. A plan without an owner is invalid and has no parts.
	owner     issuer.Owner
	ownerPath *field.Path
	issuer    oidc.Issuer

	partition string
	config    managed.ProviderConfig

	// region of the regional parts, and its field; empty if the spec names none and the platform team none of the partition.
	region     string
	regionPath *field.Path

	// observed are the objects of this org access, by composition resource name.
	observed map[string]*observed.Resource

	// parts are the wanted parts, in the order of their classes.
	parts []*part
}

// resolve decides what is in force. It returns advice where that differs from what was written, and faults where
// nothing can be in force.
func resolve(
	req composite.Request, spec *Spec, platform *settings.Platform, before *v1alpha1.EcrOrgAccessStatus,
) (*Plan, fault.Advice, fault.List) {
	p := &Plan{xr: req.XR, platform: platform, before: before, written: spec, partition: *cmp.Or(spec.Partition, new(aws.PartitionStandard))}
	owner, path, faults := issuer.Of(&spec.OrgIssuers, specPath)
	if owner == nil {
		return p, nil, faults
	}
	p.owner, p.ownerPath, p.issuer = owner, path, owner.Issuer(p.partition)
	objects, ignored := observe(p, req)
	p.observed = objects
	config, configAdvice, configFaults := platform.DecideProviderConfig(p.xr, "roles", decidedProviderConfig(p), spec.ProviderConfig,
		configPath.Child("name"), ": make another org access for that")
	p.config = config
	region, path, regionAdvice, regionFaults := resolveRegion(p)
	p.region, p.regionPath = region, path
	advice := slices.Concat(ignored, configAdvice, regionAdvice)
	faults = slices.Concat(faults, configFaults, regionFaults)
	for _, c := range classes {
		if !c.applies(spec) {
			continue
		}
		parts, partAdvice, partFaults := c.parts(p)
		advice, faults = append(advice, partAdvice...), append(faults, partFaults...)
		for _, t := range parts {
			p.complete(c, t)
			p.parts = append(p.parts, t)
			if t.misplaced() {
				o := t.Ours.Metadata
				advice.Add(t.path, "the object %s has the external-name %q and is released, since an object cannot change what it "+
					"manages in AWS; the one for %s is created once it is gone", o.Name, o.Annotations.ExternalName, t.External)
			}
		}
	}
	return p, advice, faults
}

// decidedProviderConfig returns the provider config of the observed objects; nil if there are none.
func decidedProviderConfig(p *Plan) *managed.ProviderConfig {
	for _, key := range p.observedKeys() {
		if config := p.observed[key].ProviderConfig(p.xr); config != nil {
			return config
		}
	}
	return nil
}

// resolveRegion returns the region of the regional parts, and the field that it came from: that of the observed
// objects, since AWS cannot move what they manage; or else that of the spec; or else the platform team's default.
func resolveRegion(p *Plan) (region string, path *field.Path, advice fault.Advice, faults fault.List) {
	written, needed := p.written.Region != nil, len(registryFields(p.written)) > 0
	if written {
		region, path = *p.written.Region, regionPath
	} else if p.platform.Region != nil {
		region, path = *p.platform.Region, p.platform.RegionPath
	}
	switch decided := decidedRegion(p); {
	case decided != "" && decided != region && written:
		faults.AWS("registry.region", path, region, "the registry's settings are in %s, and cannot move to another region: make another "+
			"org access for that, or take out crossAccountPull and registry first", decided)
		return region, path, nil, faults
	case decided != "" && decided != region:
		if region != "" {
			advice.Add(path, "has no effect here: the registry's settings are in %s, and cannot move to another region", decided)
		}
		return decided, regionPath, advice, nil
	case written, region != "" && aws.Partition(region) == p.partition:
		return region, path, nil, nil
	case needed && region == "":
		faults.Required(regionPath, "with crossAccountPull or registry, the region of the registry: the platform team's settings give no default")
	case needed:
		faults.Required(regionPath, "with crossAccountPull or registry, the region of the registry: the platform team's default, %s, is "+
			"not in partition %s", region, p.partition)
	}
	return "", nil, nil, faults
}

// decidedRegion returns the region of the observed regional objects; empty if there are none, or none are wanted.
func decidedRegion(p *Plan) string {
	if len(registryFields(p.written)) == 0 {
		return ""
	}
	for _, key := range p.observedKeys() {
		if classOf(key).regional() {
			return p.observed[key].Spec.ForProvider.Region
		}
	}
	return ""
}

// observedKeys returns the keys of the observed objects, in the order of their classes.
func (p *Plan) observedKeys() []string {
	return slices.SortedFunc(maps.Keys(p.observed), compareKeys)
}

// roles returns the parts that are roles.
func (p *Plan) roles() []*part {
	var roles []*part
	for _, t := range p.parts {
		if t.role != nil {
			roles = append(roles, t)
		}
	}
	return roles
}

// subject returns the org access as the guardrails check it. In a namespace, the provider config that is in force
// counts as written: it may come from observed objects, and the author of the org access may have written those.
func (p *Plan) subject() *guardrail.Subject {
	config := p.written.ProviderConfig
	if config == nil && p.xr.Generation.Namespaced && p.owner != nil {
		config = &p.config
	}
	return &guardrail.Subject{
		XR:             p.xr,
		Platform:       p.platform,
		Region:         p.region,
		RegionPath:     p.regionPath,
		ProviderConfig: config,
		ProviderPath:   configPath.Child("name"),
	}
}

// things returns the parts whose ownership must be decided: other parts are attached to them, or misplaced.
func (p *Plan) things() []ownership.Thing {
	var things []ownership.Thing
	for _, t := range p.parts {
		if t.of == "" && !t.misplaced() {
			things = append(things, t.Thing)
		}
	}
	return things
}
