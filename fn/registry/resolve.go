package registry

import (
	"cmp"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A Plan is what a project registry is to have. Resolve makes it, and nothing changes it.
type Plan struct {
	xr       *composite.XR
	platform *settings.Platform
	before   *v1alpha1.ProjectRegistryStatus

	// written is the spec, as it was written, and defaults are its spec.defaults; nil if there are none. What follows is
	// in force.
	written  *Spec
	defaults *settings.Layer

	// project is the left part of the repositories' names.
	project string

	// region of the repositories, and the field that it came from.
	region     string
	regionPath *field.Path

	config managed.ProviderConfig

	// chosen is the provider config that whoever wrote the composite resource chose, and chosenPath the field that it
	// came from; nil if the platform team chose it, or what is observed.
	chosen     *managed.ProviderConfig
	chosenPath *field.Path

	// observeOnly is true if nothing may be written to AWS, mayDelete if repositories may be deletable.
	observeOnly, mayDelete bool

	images []*image
	role   role

	// observed are the objects that this project registry has, and connected is true if it has connection details.
	observed  observations
	connected bool
}

// resolve decides what is in force, and returns what it looked for, advice where that is not what was written, and
// faults where nothing can be in force.
func resolve(
	req composite.Request, written *Spec, platform *settings.Platform, before *v1alpha1.ProjectRegistryStatus,
) (*Plan, composite.Lookups, fault.Advice, fault.List) {
	p := &Plan{xr: req.XR, platform: platform, before: before, written: written}
	p.connected = req.Observed[composite.KeyConnection] != nil
	p.defaults = settings.NewLayer(specPath.Child("defaults"), written.Defaults)
	p.observeOnly, p.mayDelete = resolveManagement(written)

	project, faults := resolveProject(req.XR, written)
	p.project = project
	all, hidden := withHidden(req)
	seen, ignored := observe(all, hidden, project)
	decided := before
	correctable := unmade(seen, before)
	if correctable {
		decided, seen.first = &v1alpha1.ProjectRegistryStatus{}, nil
	}
	faults.Add(validateProject(project, req.XR, decided)...)

	region, path, advice, wrong := resolveRegion(written, platform, decidedRegion(seen, decided))
	p.region, p.regionPath, faults = region, path, append(faults, wrong...)
	names := roleNames(project, region, req.XR)
	seen, more := seen.withRole(all, names)
	advice = slices.Concat(ignored, more, advice)

	had := decidedProviderConfig(seen, req.XR, decided)
	config, further, wrong := platform.DecideProviderConfig(
		req.XR, "repositories", had, written.ProviderConfig, configPath.Child("name"), "")
	p.config, advice, faults = config, append(advice, further...), append(faults, wrong...)
	p.observed = seen
	if correctable {
		p.observed = seen.without(p)
	}
	p.chosen, p.chosenPath = chosenProviderConfig(p, had)

	images, further, wrong := resolveImages(p)
	p.images, advice, faults = images, append(advice, further...), append(faults, wrong...)

	r, lookups, further, wrong := resolveRole(req, p, names)
	p.role, advice, faults = r, append(advice, further...), append(faults, wrong...)
	return p, lookups, advice, faults
}

// resolveManagement finds out what may be done in AWS. Of a list that is not valid, one without Delete restricts
// nothing, so that it hides no other fault.
func resolveManagement(s *Spec) (observeOnly, mayDelete bool) {
	given := s.ManagementPolicies
	mayDelete = slices.Contains(given, v1alpha1.ManagementDelete)
	if given == nil || !mayDelete && !validManagement(given) {
		return false, true
	}
	return len(given) == 1, mayDelete
}

// resolveProject finds the left part of the repositories' names.
func resolveProject(x *composite.XR, s *Spec) (string, fault.List) {
	var l fault.List
	project := x.Namespace
	switch {
	case s.Project != nil:
		project = *s.Project
		if !aws.IsProject(project) {
			l.Invalid(projectPath, project, "%s", settings.ProjectGrammar)
		}
	case project == "":
		l.Required(projectPath, "the project, where there is no claim whose namespace it could be")
	case !aws.IsProject(project):
		l.Invalid(projectPath, project, "the namespace cannot be the project: it %s", settings.ProjectGrammar)
	}
	return project, l
}

// resolveRegion finds the region and the field that it came from: the one that is decided, else the one that is written.
func resolveRegion(s *Spec, platform *settings.Platform, decided string) (string, *field.Path, fault.Advice, fault.List) {
	var advice fault.Advice
	var faults fault.List
	written, path := *cmp.Or(platform.Region, new("")), platform.RegionPath
	if s.Region != nil {
		written, path = *s.Region, regionPath
		if faults = settings.ValidateRegion(written, regionPath); len(faults) > 0 {
			return decided, regionPath, nil, faults // nothing is named after what is no region
		}
	}
	switch {
	case decided == "" && written == "" && platform.Broken: // the settings may have it
	case decided == "" && written == "":
		faults.Required(regionPath, "the region of the repositories: the platform team's settings give no default")
	case decided == "" || decided == written:
	case s.Region != nil:
		faults.AWS("repository.region", regionPath, written, "the repositories are in %s, and AWS cannot move them", decided)
	default:
		if written != "" {
			advice.Add(path, "has no effect here: the repositories are in %s, and AWS cannot move them", decided)
		}
		return decided, regionPath, advice, nil
	}
	return written, path, nil, faults
}

// configOf is the provider config that an observed object is managed with.
func (p *Plan) configOf(r *observed.Resource) managed.ProviderConfig {
	return *cmp.Or(r.ProviderConfig(p.xr), &p.config)
}

// deletable reports whether an image's repository is deleted with the image.
func (p *Plan) deletable(i *image) bool {
	return p.mayDelete && i.effective.DeletionPolicy.Value == v1alpha1.DeletionDelete
}

// removed returns the images that are not in the spec and have an observed object of a type, sorted.
func (p *Plan) removed(t metav1.TypeMeta) []string {
	left := map[string]bool{}
	for key := range p.observed.objects {
		if of, image, _ := parseKey(key); of == t {
			left[image] = true
		}
	}
	for _, i := range p.images {
		delete(left, i.name)
	}
	return slices.Sorted(maps.Keys(left))
}

// subject is the project as the guardrails look at it.
func (p *Plan) subject() *guardrail.Subject {
	s := &guardrail.Subject{
		XR:               p.xr,
		Platform:         p.platform,
		Project:          p.project,
		Region:           p.region,
		RegionPath:       p.regionPath,
		ProviderConfig:   p.chosen,
		ProviderPath:     p.chosenPath,
		ManagementDelete: slices.Contains(p.written.ManagementPolicies, v1alpha1.ManagementDelete),
		Repositories:     make([]guardrail.Repository, len(p.images)),
	}
	if p.observeOnly {
		for _, image := range p.removed(typeRepositoryPolicy) {
			o := p.observed.policy(image)
			text := cmp.Or(o.Status.AtProvider.Policy, o.Spec.ForProvider.Policy)
			s.Removed = append(s.Removed, guardrail.Removed{Image: image, RepositoryPolicy: text})
		}
	}
	for n, i := range p.images {
		r := guardrail.Repository{
			Settings:   &i.effective,
			Image:      i.name,
			Layer:      i.written,
			Encryption: i.encryption,
			Exists:     i.observed.Exists(),
			Deletable:  p.deletable(i),
			Observed:   i.inAWS,
		}
		if i.observed != nil {
			r.Region, r.ProviderConfig = i.region, p.config
		}
		s.Repositories[n] = r
	}
	return s
}

// things are what another object can have: the repositories and the push role.
func (p *Plan) things() []ownership.Thing {
	things := make([]ownership.Thing, len(p.images), len(p.images)+1)
	exclusive := guardrail.Exclusive(p.platform.Rules(), p.project, p.xr.Namespace)
	for n, i := range p.images {
		things[n] = ownership.Thing{
			Key: repositoryKey(i.name), TypeMeta: typeRepository,
			ProviderConfig: p.config, Identity: []string{i.region, i.repository},
			Region: i.region, External: i.repository,
			Shared: p.observeOnly, // an object that only observes is in nobody's way
			Label:  labelRepository, Value: i.label, Everywhere: true,
			Exclusive: exclusive,
			Ours:      i.observed,
		}
	}
	if p.written.GitHub != nil && !p.observeOnly {
		things = append(things, p.roleThing())
	}
	return things
}
