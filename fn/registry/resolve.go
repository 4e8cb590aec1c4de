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

// A Plan is what a project registry wants to have. resolve makes it, and no later stage changes it.
type Plan struct {
	xr       *composite.XR
	platform *settings.Platform
	before   *v1alpha1.ProjectRegistryStatus

	// written is the spec as written, and defaults is its spec.defaults; nil if there is none. The fields below are
	// what is in force.
	written  *Spec
	defaults *settings.Layer

	// project is the part of the repositories' names before the first slash.
	project string

	// region of the repositories, and the field that it comes from.
	region     string
	regionPath *field.Path

	config managed.ProviderConfig

	// chosen is the provider config that the author of the composite resource chose, and chosenPath the field that it
	// comes from. Both are nil if it comes from the platform team, or from observed objects.
	chosen     *managed.ProviderConfig
	chosenPath *field.Path

	// observeOnly is true if nothing may be written to AWS. mayDelete is true if managementPolicies allow Delete.
	observeOnly, mayDelete bool

	images []*image
	role   role

	// observed are the objects of this project registry. connected is true if it has published connection details.
	observed  observations
	connected bool
}

// resolve decides what is in force. It returns its lookups, advice where that differs from what was written, and faults
// where nothing can be in force.
func resolve(
	req composite.Request, written *Spec, platform *settings.Platform, before *v1alpha1.ProjectRegistryStatus,
) (*Plan, composite.Lookups, fault.Advice, fault.List) {
	p := &Plan{xr: req.XR, platform: platform, before: before, written: written}
	p.connected = req.Observed[composite.KeyConnection] != nil
	p.defaults = settings.NewLayer(specPath.Child("defaults"), written.Defaults)
	p.observeOnly, p.mayDelete = resolveManagement(written)
	project, projectFaults := resolveProject(req.XR, written)

	reported, hidden := withHidden(req)
	found := observed.Count(reported, word, expectImages(project))
	first, decided := firstRepository(found.Counted), before
	correctable := unmade(found, before)
	if correctable {
		first, decided = nil, &v1alpha1.ProjectRegistryStatus{} // nothing is decided yet
	}
	decidedFaults := validateProject(project, req.XR, decided)

	region, path, regionAdvice, regionFaults := resolveRegion(written, platform, decidedRegion(first, decided))
	names := roleNames(project, region, req.XR)
	found = found.With(observed.Count(reported, word, expectRole(names)))

	decidedConfig := decidedProviderConfig(first, req.XR, decided)
	config, configAdvice, configFaults := platform.DecideProviderConfig(
		req.XR, "repositories", decidedConfig, written.ProviderConfig, configPath.Child("name"), "")

	p.project, p.region, p.regionPath, p.config = project, region, path, config
	p.chosen, p.chosenPath = chosenProviderConfig(p, first, decidedConfig)
	if correctable {
		found = setAside(found, p)
	}
	p.observed = observations{Objects: found, lifecycles: lifecyclesByImage(found.Counted), hidden: hidden}

	images, imageAdvice, imageFaults := resolveImages(p)
	p.images = images
	pushRole, lookups, roleAdvice, roleFaults := resolveRole(req, p, names)
	p.role = pushRole

	advice := slices.Concat(found.Ignored, regionAdvice, configAdvice, imageAdvice, roleAdvice)
	faults := slices.Concat(projectFaults, decidedFaults, regionFaults, configFaults, imageFaults, roleFaults)
	return p, lookups, advice, faults
}

// resolveManagement returns what managementPolicies allow. An invalid list without Delete restricts nothing, so that it
// hides no other fault.
func resolveManagement(s *Spec) (observeOnly, mayDelete bool) {
	given := s.ManagementPolicies
	mayDelete = slices.Contains(given, v1alpha1.ManagementDelete)
	if given == nil || !mayDelete && !validManagement(given) {
		return false, true
	}
	return len(given) == 1, mayDelete
}

// resolveProject returns the project: the spec's, or else the namespace.
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
		l.Required(projectPath, "the project, since without a claim there is no namespace to name it after")
	case !aws.IsProject(project):
		l.Invalid(projectPath, project, "the namespace cannot be the project: it %s", settings.ProjectGrammar)
	}
	return project, l
}

// resolveRegion returns the region and the field that it comes from: the decided region, else the spec's, else the
// platform team's.
func resolveRegion(
	s *Spec, platform *settings.Platform, decided string,
) (region string, path *field.Path, advice fault.Advice, faults fault.List) {
	region, path = *cmp.Or(platform.Region, new("")), platform.RegionPath
	if s.Region != nil {
		region, path = *s.Region, regionPath
		if faults = settings.ValidateRegion(region, path); len(faults) > 0 {
			return decided, path, nil, faults // no object may be named after an invalid region
		}
	}
	switch {
	case decided == "" && region == "" && platform.Broken: // the settings may name a region
	case decided == "" && region == "":
		faults.Required(regionPath, "the region of the repositories: the platform team's settings give no default")
	case decided == "" || decided == region:
	case s.Region != nil:
		faults.AWS("repository.region", path, region, "the repositories are in %s, and AWS cannot move them", decided)
	default:
		if region != "" {
			advice.Add(path, "has no effect here: the repositories are in %s, and AWS cannot move them", decided)
		}
		return decided, regionPath, advice, nil
	}
	return region, path, nil, faults
}

// deletable reports whether the repository is deleted when the image leaves the spec.
func (p *Plan) deletable(i *image) bool {
	return p.mayDelete && i.effective.DeletionPolicy.Value == v1alpha1.DeletionDelete
}

// removed returns the names of images that have an observed object of a type and are not in the spec, sorted.
func (p *Plan) removed(t metav1.TypeMeta) []string {
	names := map[string]bool{}
	for key := range p.observed.Counted {
		if of, image, _ := parseKey(key); of == t {
			names[image] = true
		}
	}
	for _, i := range p.images {
		delete(names, i.name)
	}
	return slices.Sorted(maps.Keys(names))
}

// subject returns the project as the guardrails see it.
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

// things returns what other objects may own: the repositories and the push role.
func (p *Plan) things() []ownership.Thing {
	things := make([]ownership.Thing, len(p.images), len(p.images)+1)
	exclusive := guardrail.Exclusive(p.platform.Rules(), p.project, p.xr.Namespace)
	for n, i := range p.images {
		things[n] = ownership.Thing{
			Key: repositoryKey(i.name), TypeMeta: typeRepository,
			ProviderConfig: p.config, Identity: []string{i.region, i.repository},
			Region: i.region, External: i.repository,
			Shared: p.observeOnly,
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
