package registry

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/fn/policy"
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

	images []image
	role   role

	// observed are the objects that this project registry has, and connected is true if it has connection details.
	observed  observations
	connected bool
}

// An image is one of the spec, and its repository.
type image struct {
	target

	// written are the settings of the image in the spec, and effective those that are in force.
	written   *settings.Layer
	effective settings.Repository

	// encryption is what the repository has, or is created with.
	encryption settings.Encryption

	// lifecycle and grants are the texts of the lifecycle policy and the repository policy; empty if none is wanted.
	lifecycle, grants string

	// observed Repository; nil if there is none.
	observed *observed.Resource

	// elsewhere is an object of the Repository's key that is about another repository; nil if there is none.
	elsewhere *observed.Resource
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
	var decided decision
	correctable := unmade(seen, before)
	if !correctable {
		decided = decide(seen, req.XR, before)
	}
	faults.Add(validateProject(project, req.XR, decided)...)

	region, path, advice, wrong := resolveRegion(written, platform, decided.region)
	p.region, p.regionPath, faults = region, path, append(faults, wrong...)
	names := roleNames(project, region, req.XR)
	seen, more := seen.withRole(all, names)

	told := fault.Advice{}
	for _, why := range slices.Concat(ignored, more) {
		told.Add(specPath, "%s", why)
	}
	advice = append(told, advice...)

	config, further, wrong := platform.DecideProviderConfig(
		req.XR, "repositories", decided.config, written.ProviderConfig, configPath.Child("name"), "")
	p.config, advice, faults = config, append(advice, further...), append(faults, wrong...)
	p.observed = seen
	if correctable {
		p.observed = seen.without(p)
	}
	p.chosen, p.chosenPath = chosenProviderConfig(p, decided)

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

// A decision is what cannot change any more, since AWS has something of the project; each empty if it is not known. While
// AWS has nothing, nothing is decided, so that a mistake can be corrected.
type decision struct {
	project, namespace string
	region             string
	config             *managed.ProviderConfig
}

// decide returns what the observed repositories have, since AWS cannot move them, and else what the status tells.
func decide(o observations, x *composite.XR, before *v1alpha1.ProjectRegistryStatus) decision {
	d := decision{project: before.Project, namespace: before.Namespace, config: decidedProviderConfig(o, x, before)}
	if aws.IsRegion(before.Region) {
		d.region = before.Region
	}
	if r := o.first; r != nil {
		d.region = cmp.Or(r.Spec.ForProvider.Region, d.region)
	}
	return d
}

// unmade reports whether AWS is known to have nothing of the project: the status lists the repositories, none of them was
// made, and no object has reported anything since.
func unmade(o observations, before *v1alpha1.ProjectRegistryStatus) bool {
	made := len(before.Repositories) == 0 || len(before.Retained) > 0 || before.PushRoleARN != ""
	for _, r := range before.Repositories {
		made = made || r.ARN != ""
	}
	for _, objects := range []map[string]*observed.Resource{o.repositories, o.elsewhere} {
		for _, r := range objects {
			made = made || r.Exists() || r.Ready()
		}
	}
	return !made
}

// validateProject returns what of the project is written otherwise than it is decided.
func validateProject(project string, x *composite.XR, decided decision) fault.List {
	var l fault.List
	if was := decided.project; was != "" && project != "" && was != project {
		l.Invalid(projectPath, project, "the project is %q and cannot change: it is part of every repository's name", was)
	}
	if was := decided.namespace; was != "" && was != x.Namespace {
		l.Invalid(specPath.Child("claimRef", "namespace"), x.Namespace,
			"the project was written in namespace %q, and cannot move to another", was)
	}
	return l
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

// decidedProviderConfig is the one that the observed repositories have, since with another one they would be in another
// account; else the one that the status tells; nil if there is neither.
func decidedProviderConfig(o observations, x *composite.XR, before *v1alpha1.ProjectRegistryStatus) *managed.ProviderConfig {
	if config := o.first.ProviderConfig(x); config != nil || before.ProviderConfig == "" {
		return config
	}
	kind, name, ok := strings.Cut(before.ProviderConfig, "/")
	if !ok {
		kind, name = "", before.ProviderConfig
	}
	c := x.ProviderConfig(kind, name)
	return &c
}

// chosenProviderConfig returns the provider config that whoever wrote the composite resource chose, and the field: that
// of the spec or, of a namespaced one, that of the status, which may be the team's to write.
func chosenProviderConfig(p *Plan, decided decision) (*managed.ProviderConfig, *field.Path) {
	switch {
	case p.written.ProviderConfig != nil:
		return p.written.ProviderConfig, configPath.Child("name")
	case p.xr.Generation.Namespaced && p.observed.first.ProviderConfig(p.xr) == nil && decided.config != nil:
		return decided.config, statusPath.Child("providerConfig")
	}
	return nil, nil
}

// configOf is the provider config that an observed object is managed with.
func (p *Plan) configOf(r *observed.Resource) managed.ProviderConfig {
	return *cmp.Or(r.ProviderConfig(p.xr), &p.config)
}

// resolveImages finds the settings of each image.
func resolveImages(p *Plan) ([]image, fault.Advice, fault.List) {
	base := settings.BuiltIn()
	for _, layer := range p.platform.Defaults {
		base = base.With(layer)
	}
	tags, faults := p.platform.TagsOf(p.xr)
	base = base.WithTags(tags, nil).With(p.defaults)

	var advice fault.Advice
	texts := texts{lifecycles: map[lifecycleForm]string{}, grants: map[grant]string{}}
	layers := settings.ImageLayers(imagesPath, p.written.Images)
	images := make([]image, len(layers))
	for n := range layers {
		i := &images[n]
		name := p.written.Images[n].Name
		*i = image{
			written:   &layers[n],
			effective: base.With(&layers[n]),
			observed:  p.observed.repositories[name],
			elsewhere: p.observed.elsewhere[repositoryKey(name)],
		}
		region := p.region
		if i.observed != nil {
			region = cmp.Or(i.observed.Spec.ForProvider.Region, region)
		}
		i.target = newTarget(name, p.project+"/"+name, region, p.config)
		if o := i.elsewhere; o != nil {
			advice.Add(i.path(), "the object %s is about %s in AWS and is removed; the one for %s is made once it is gone",
				o.Metadata.Name, o.Metadata.Annotations.ExternalName, i.repository)
		}
		encryption, further, wrong := resolveEncryption(i)
		i.encryption, advice, faults = encryption, append(advice, further...), append(faults, wrong...)
		i.lifecycle = texts.lifecycle(&i.effective.Lifecycle)
		i.grants = texts.pull(region, i.effective.Pull)
	}
	return images, advice, faults
}

// resolveEncryption finds the encryption of a repository: the one that it has, since AWS cannot change it.
func resolveEncryption(i *image) (settings.Encryption, fault.Advice, fault.List) {
	var advice fault.Advice
	var faults fault.List
	want := i.effective.Encryption
	if i.observed == nil {
		return want.Value, nil, nil
	}
	list := i.observed.Status.AtProvider.Encryption
	if len(list) == 0 || list[0].Type == "" {
		return want.Value, nil, nil
	}
	has := settings.Encryption(list[0])
	path := i.pathOf(want.Layer).Child("encryption")
	switch {
	// Where KMS is wanted without a key, AWS fills its own in.
	case want.Value.Type == has.Type && (want.Value.KMSKey == "" || want.Value.KMSKey == has.KMSKey):
	case want.Layer == nil:
	case want.Layer == i.written:
		faults.AWS("repository.encryption", path, describe(want.Value),
			"the repository exists with %s, and AWS cannot change it: leave the field out, or write what it has", describe(has))
	default:
		advice.Add(path, "has no effect on the repositories that exist with another encryption: AWS cannot change it")
	}
	return has, advice, faults
}

func describe(e settings.Encryption) string {
	if e.KMSKey == "" {
		return e.Type
	}
	return e.Type + " and key " + e.KMSKey
}

// texts are policies that are written once: most images of a project share one.
type texts struct {
	lifecycles map[lifecycleForm]string
	grants     map[grant]string
}

// A lifecycleForm is what a lifecycle policy is written from: the rules of a layer, or the two shorthands.
type lifecycleForm struct {
	rules                *settings.Layer
	untagged, keepImages int64
}

// A grant is what a repository policy is written from: the pull of a layer, in a region.
type grant struct {
	pull   *settings.Layer
	region string
}

func (t *texts) lifecycle(l *settings.Lifecycle) string {
	form := lifecycleForm{untagged: l.UntaggedExpiryDays.Value, keepImages: l.KeepImages.Value}
	if l.ByRules {
		form = lifecycleForm{rules: l.Form}
	}
	text, ok := t.lifecycles[form]
	if !ok {
		text = lifecycle.Policy(l.Rules())
		t.lifecycles[form] = text
	}
	return text
}

func (t *texts) pull(region string, pull settings.Setting[v1alpha1.Pull]) string {
	if pull.Layer == nil {
		return ""
	}
	text, ok := t.grants[grant{pull.Layer, region}]
	if !ok {
		text = policy.RepositoryPull(aws.Partition(region), region, &pull.Value)
		t.grants[grant{pull.Layer, region}] = text
	}
	return text
}

// path of the image in the spec.
func (i *image) path() *field.Path { return i.written.Path() }

func (i *image) namePath() *field.Path { return i.path().Child("name") }

// pathOf is the path of a layer, and of the image itself for what is built in.
func (i *image) pathOf(l *settings.Layer) *field.Path {
	if l == nil {
		return i.path()
	}
	return l.Path()
}

// deletable reports whether an image's repository is deleted with the image.
func (p *Plan) deletable(i *image) bool {
	return p.mayDelete && i.effective.DeletionPolicy.Value == v1alpha1.DeletionDelete
}

// removedGrants returns the images that left the spec and whose RepositoryPolicy is still there, sorted.
func (p *Plan) removedGrants() []string { return p.removed(p.observed.policies) }

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
		for _, image := range p.removedGrants() {
			o := p.observed.policies[image]
			text := cmp.Or(o.Status.AtProvider.Policy, o.Spec.ForProvider.Policy)
			s.Removed = append(s.Removed, guardrail.Removed{Image: image, RepositoryPolicy: text})
		}
	}
	for n := range p.images {
		i := &p.images[n]
		r := guardrail.Repository{
			Settings:   &i.effective,
			Image:      i.name,
			Layer:      i.written,
			Encryption: i.encryption,
			Exists:     i.observed.Exists(),
			Deletable:  p.deletable(i),
		}
		if i.observed != nil {
			r.Region, r.ProviderConfig = i.region, i.config
		}
		if p.observeOnly {
			r.Observed = p.observed.inAWS(i.name)
		}
		s.Repositories[n] = r
	}
	return s
}

// things are what another object can have: the repositories and the push role.
func (p *Plan) things() []ownership.Thing {
	things := make([]ownership.Thing, len(p.images), len(p.images)+1)
	exclusive := guardrail.Exclusive(p.platform.Rules(), p.project, p.xr.Namespace)
	for n := range p.images {
		i := &p.images[n]
		things[n] = ownership.Thing{
			Key:        repositoryKey(i.name),
			APIVersion: typeRepository.APIVersion, Kind: typeRepository.Kind,
			ProviderConfig: i.config, Identity: []string{i.region, i.repository},
			Region: i.region, External: i.repository,
			Shared: p.observeOnly, // an object that only observes is in nobody's way
			Label:  labelRepository, Value: i.label, Everywhere: true,
			Served: true, Exclusive: exclusive,
			Ours: i.observed,
		}
	}
	if p.written.GitHub != nil && !p.observeOnly {
		things = append(things, p.roleThing())
	}
	return things
}
