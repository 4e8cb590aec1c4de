package orgaccess

import (
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

// A Plan is what an org access is to have. Resolve makes it, and nothing changes it.
type Plan struct {
	xr       *composite.XR
	platform *settings.Platform
	before   *v1alpha1.EcrOrgAccessStatus

	// written is the spec, as it was written. What follows is in force.
	written *Spec

	// owner of the workflows that are let in, the path of the field that names it, and the issuer of their tokens.
	// Without an owner, which is a fault, there are no parts.
	owner     issuer.Owner
	ownerPath *field.Path
	issuer    oidc.Issuer

	partition string
	config    managed.ProviderConfig

	// region of the registry-level parts; empty if there is none to be had and nothing needs one. regionPath is the
	// field that it came from.
	region     string
	regionPath *field.Path

	// observed are the objects that this org access has, by composition resource name.
	observed map[string]*observed.Resource

	// parts that are wanted, in the order of the table of classes.
	parts []part
}

// resolve decides what is in force, and returns advice where that is not what was written, and faults where nothing can
// be in force.
func resolve(req composite.Request, spec *Spec, platform *settings.Platform, before *v1alpha1.EcrOrgAccessStatus) (*Plan, fault.Advice, fault.List) {
	p := &Plan{xr: req.XR, platform: platform, before: before, written: spec, partition: spec.partition()}
	owner, path, faults := issuer.Of(&spec.OrgIssuers, specPath)
	if owner == nil {
		return p, nil, faults
	}
	p.owner, p.ownerPath, p.issuer = owner, path, owner.Issuer(p.partition)
	objects, advice := observe(p, req)
	p.observed = objects

	config, more, wrong := platform.DecideProviderConfig(p.xr, "roles", decidedProviderConfig(p), spec.ProviderConfig,
		configPath.Child("name"), ": make another org access for that")
	p.config, advice, faults = config, append(advice, more...), append(faults, wrong...)
	region, path, more, wrong := resolveRegion(p)
	p.region, p.regionPath, advice, faults = region, path, append(advice, more...), append(faults, wrong...)
	for i := range classes {
		c := &classes[i]
		if !c.asked(spec) {
			continue
		}
		parts, more, wrong := c.parts(p)
		advice, faults = append(advice, more...), append(faults, wrong...)
		for _, t := range parts {
			t = p.complete(c, t)
			p.parts = append(p.parts, t)
			if t.moved() {
				advice.Add(t.path, "the object of %s is released, since an object cannot be about anything else in AWS; the one for %s "+
					"is made once it is gone", t.Ours.Metadata.Annotations.ExternalName, t.External)
			}
		}
	}
	return p, advice, faults
}

// decidedProviderConfig is the one that observed objects have; nil if there are none.
func decidedProviderConfig(p *Plan) *managed.ProviderConfig {
	for _, key := range p.observedKeys() {
		if config := p.observed[key].ProviderConfig(p.xr); config != nil {
			return config
		}
	}
	return nil
}

// resolveRegion finds the region of the registry-level parts, and the field that it came from: the region that the
// observed objects have, since AWS cannot move them; else the one that is written; else the platform team's.
func resolveRegion(p *Plan) (region string, path *field.Path, advice fault.Advice, faults fault.List) {
	decided, written := decidedRegion(p), p.written.Region != nil
	if written {
		region, path = *p.written.Region, regionPath
	} else if p.platform.Region != nil {
		region, path = *p.platform.Region, p.platform.RegionPath
	}
	switch needed := len(registryFields(p.written)) > 0; {
	case decided != "" && decided != region && written:
		faults.AWS("registry.region", path, region, "the registry's settings are in %s, and cannot move to another region: make another "+
			"org access for that, or take out crossAccountPull and registry first", decided)
	case decided != "" && decided != region:
		if region != "" {
			advice.Add(path, "has no effect here: the registry's settings are in %s, and cannot move to another region", decided)
		}
		return decided, regionPath, advice, nil
	case written, region != "" && aws.Partition(region) == p.partition:
	case needed && region == "":
		faults.Required(regionPath, "with crossAccountPull or registry, the region of the registry: the platform team's settings give no default")
	case needed:
		faults.Required(regionPath, "with crossAccountPull or registry, the region of the registry: the platform team's default, %s, is "+
			"not in partition %s", region, p.partition)
		return "", nil, nil, faults
	default:
		return "", nil, nil, nil // a default in another partition matters only where a region is needed
	}
	return region, path, nil, faults
}

// decidedRegion is that of the observed registry-level objects; empty if there are none, or if they are not wanted any
// more.
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

// observedKeys returns the keys of the observed objects, in the order of the table of classes.
func (p *Plan) observedKeys() []string {
	return slices.SortedFunc(maps.Keys(p.observed), compareKeys)
}

// roles are those that are wanted.
func (p *Plan) roles() []*role {
	var roles []*role
	for i := range p.parts {
		if r := p.parts[i].role; r != nil {
			roles = append(roles, r)
		}
	}
	return roles
}

// subject is the org access as the guardrails look at it. A provider config that is in force without being the platform
// team's counts like one that is written: the objects of a namespaced composite resource are its author's.
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

// things are the parts that another object can have.
func (p *Plan) things() []ownership.Thing {
	var things []ownership.Thing
	for i := range p.parts {
		if t := &p.parts[i]; t.of == "" && !t.moved() {
			things = append(things, t.Thing)
		}
	}
	return things
}
