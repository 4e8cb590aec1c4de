package registry

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A project is one composite resource on its way through the function: what was
// written, what is in force, what is observed.
type project struct {
	xr       *composite.XR
	platform *settings.Platform
	spec     *Spec
	before   v1alpha1.ProjectRegistryStatus
	observed *state

	name       string
	region     string
	regionPath *field.Path // of the field that the region came from
	config     managed.ProviderConfig
	images     []image

	// named is the provider config that the team chose, and namedPath the field that it
	// came from; nil if the platform team chose it, or what is observed.
	named     *managed.ProviderConfig
	namedPath *field.Path

	orgAccess *orgAccess // nil unless a push role is wanted

	// roleNames are the names that the push role may have, the one of a new role first.
	roleNames []string

	// roleLeft is true while the push role is left to an object of the claimed
	// generation, and roleTakenBy who has that; empty if it is only waited for.
	roleLeft    bool
	roleTakenBy string

	// left are the images that left the spec, once render has found them.
	left []leaving

	// passing is true if something is desired for this run only: the next has to come
	// soon.
	passing bool

	// deleteAllowed reports whether the platform team allows that an image's repository
	// is deleted with it.
	deleteAllowed func(image string, withImages bool) bool

	advice       []v1alpha1.Advice
	rulesAdvised int // how many lifecycle rules were looked at for it

	// shorthands are the texts of the lifecycle policies that were written already.
	shorthands map[[2]int64]string

	// compared are the lifecycle policies that were compared already.
	compared map[[2]string][]lifecycle.Loss

	// grants are the texts of the repository policies that were written already.
	grants map[grantKey]string
}

// An image is one of the project's, and its repository.
type image struct {
	*v1alpha1.Image
	settings.Repository

	layer      *settings.Layer
	repository string // name in AWS

	// observed Repository; nil if there is none yet. Region and provider config are
	// those that it has, since AWS cannot change them.
	observed *observed.Resource
	region   string
	config   managed.ProviderConfig

	// objectName is the name of the Repository object: the same for all who would manage
	// that repository. label is the value of the label that marks it.
	objectName, label string

	// inForce is the encryption that the repository has, or is created with.
	inForce settings.Encryption

	// free is false while the repository's object is somebody else's, or still being
	// deleted: nothing is rendered for the image then.
	free bool

	// takenBy is who else has the repository's object; empty if nobody has.
	takenBy string

	policyText string // the lifecycle policy that is wanted; empty if none is
	grants     string // the repository policy that is wanted; empty if none is

	ready bool // AWS has all that is wanted
}

// observeOnly reports whether nothing may be written to AWS.
func (p *project) observeOnly() bool {
	return len(p.spec.ManagementPolicies) == 1
}

// mayDelete reports whether the spec's cap allows repositories to be deletable.
func (p *project) mayDelete() bool {
	return p.spec.ManagementPolicies == nil || slices.Contains(p.spec.ManagementPolicies, v1alpha1.ManagementDelete)
}

// deletable reports whether an image's repository goes with the image.
func (p *project) deletable(i *image) bool {
	return p.mayDelete() && i.DeletionPolicy.Value == v1alpha1.DeletionDelete
}

// resolve finds out what is in force, and returns what of it cannot be.
func (p *project) resolve(req observedRequest) fault.List {
	var l fault.List
	p.resolveProject(&l)
	p.observed = observe(req, p.name)
	p.resolveRegion(&l)
	p.roleNames = roleNames(p.name, p.region, p.xr)
	p.observed.observeRole(req, p.roleNames)
	for _, ignored := range p.observed.ignored {
		p.advise(specPath, "%s", ignored)
	}
	p.resolveProviderConfig(&l)

	base := settings.BuiltIn()
	for _, layer := range p.platform.Defaults {
		base = base.With(layer)
	}
	tags, faults := p.platform.TagsOf(p.xr)
	l.Add(faults...)
	base = base.WithTags(tags, nil)
	base = base.With(settings.NewLayer(specPath.Child("defaults"), p.spec.Defaults))

	layers := settings.ImageLayers(imagesPath, p.spec.Images)
	p.images = make([]image, len(layers))
	for n := range p.images {
		i := &p.images[n]
		*i = image{
			Image:      &p.spec.Images[n],
			Repository: base.With(&layers[n]),
			layer:      &layers[n],
			repository: p.name + "/" + p.spec.Images[n].Name,
			observed:   p.observed.repositories[p.spec.Images[n].Name],
			region:     p.region,
			config:     p.config,
			free:       true,
		}
		p.waitForElsewhere(i)
		p.decide(&l, i)
		i.identify()
	}
	return l
}

// waitForElsewhere leaves an image alone whose Repository object is about another repository.
func (p *project) waitForElsewhere(i *image) {
	o := p.observed.elsewhere[repositoryKey(i.Name)]
	if o == nil {
		return
	}
	i.free = false
	p.advise(i.layer.Path(), "the object %s is about %s in AWS and is removed; the one for %s is made once it is gone", o.Metadata.Name, o.Metadata.Annotations.ExternalName, i.repository)
}

// identify names the image's Repository object.
func (i *image) identify() {
	i.objectName = i.config.ObjectName(i.region, i.repository)
	i.label = managed.Hash(10, i.region, i.repository)
}

// resolveProject finds the left part of the repositories' names.
func (p *project) resolveProject(l *fault.List) {
	switch {
	case p.spec.Project != nil:
		p.name = *p.spec.Project
		if !aws.IsProject(p.name) {
			l.Invalid(projectPath, p.name, "%s", settings.ProjectGrammar)
		}
	case p.xr.Namespace == "":
		l.Required(projectPath, "the project, where there is no claim whose namespace it could be")
	default:
		p.name = p.xr.Namespace
		if !aws.IsProject(p.name) {
			l.Invalid(projectPath, p.name, "the namespace cannot be the project: it %s", settings.ProjectGrammar)
		}
	}
	if was := p.before.Project; was != "" && p.name != "" && was != p.name {
		l.Invalid(projectPath, p.name, "the project is %q and cannot change: it is part of every repository's name", was)
	}
	if was := p.before.Namespace; was != "" && was != p.xr.Namespace {
		l.Invalid(specPath.Child("claimRef", "namespace"), p.xr.Namespace, "the project was written in namespace %q, and cannot move to another", was)
	}
}

// resolveRegion finds the region: what the observed repositories have, since AWS
// cannot move them; else what the status tells; else what is written.
func (p *project) resolveRegion(l *fault.List) {
	decided := p.before.Region
	if !aws.IsRegion(decided) {
		decided = "" // nobody decided on that
	}
	if r := p.observed.first; r != nil && r.Spec.ForProvider.Region != "" {
		decided = r.Spec.ForProvider.Region
	}
	written, path := "", p.platform.RegionPath
	if p.platform.Region != nil {
		written = *p.platform.Region
	}
	if p.spec.Region != nil {
		written, path = *p.spec.Region, regionPath
		*l = append(*l, settings.ValidateRegion(written, regionPath)...)
	}
	p.region, p.regionPath = written, path
	switch {
	case decided == "" && written == "" && p.platform.Broken: // the settings may have it
	case decided == "" && written == "":
		l.Required(regionPath, "the region of the repositories: the platform team's settings give no default")
	case decided == "" || decided == written:
	case p.spec.Region != nil:
		l.AWS("repository.region", regionPath, written, "the repositories are in %s, and AWS cannot move them", decided)
	default:
		p.region, p.regionPath = decided, regionPath
		if written != "" {
			p.advise(path, "has no effect here: the repositories are in %s, and AWS cannot move them", decided)
		}
	}
}

// resolveProviderConfig finds the provider config, as resolveRegion the region: with
// another one the repositories would be in another account.
func (p *project) resolveProviderConfig(l *fault.List) {
	decided := parseProviderConfig(p.before.ProviderConfig, p.xr)
	// The status of a namespaced composite resource may be the team's to write.
	if p.xr.Generation.Namespaced {
		p.named, p.namedPath = decided, statusPath.Child("providerConfig")
	}
	if r := p.observed.first; r != nil && r.Spec.ProviderConfigRef != nil {
		decided, p.named = ptr(p.configOf(r)), nil
	}
	p.config = p.platform.ProviderConfig(p.xr)
	if named := p.spec.ProviderConfig; named != nil {
		p.config, p.named, p.namedPath = *named, named, configPath.Child("name")
	}
	if decided == nil || *decided == p.config {
		return
	}
	if p.spec.ProviderConfig != nil {
		l.Invalid(configPath.Child("name"), p.config.String(), "the repositories are managed with %s, and cannot move to another account", decided)
		return
	}
	if p.platform.ProviderConfigRef != nil {
		p.advise(p.platform.ProviderConfigPath, "has no effect here: the repositories are managed with %s, and cannot move to another account", decided)
	}
	p.config = *decided
}

// configOf is the provider config that an observed resource is managed with.
func (p *project) configOf(r *observed.Resource) managed.ProviderConfig {
	if ref := r.Spec.ProviderConfigRef; ref != nil {
		return p.xr.ProviderConfig(ref.Kind, ref.Name)
	}
	return p.config
}

// parseProviderConfig reads what the status tells; nil if it tells nothing.
func parseProviderConfig(s string, x *composite.XR) *managed.ProviderConfig {
	if s == "" {
		return nil
	}
	kind, name, ok := strings.Cut(s, "/")
	if !ok {
		kind, name = "", s
	}
	return ptr(x.ProviderConfig(kind, name))
}

// decide takes for one image what AWS cannot change any more from what AWS has.
func (p *project) decide(l *fault.List, i *image) {
	i.inForce = i.Encryption.Value
	if i.observed == nil {
		return
	}
	if r := i.observed.Spec.ForProvider.Region; r != "" {
		i.region = r
	}
	has := i.observed.Status.AtProvider.Encryption
	if len(has) == 0 || has[0].Type == "" {
		return
	}
	i.inForce = settings.Encryption(has[0])
	if sameEncryption(i.Encryption.Value, has[0]) {
		return
	}
	path := i.layerPath(i.Encryption.Layer).Child("encryption")
	switch i.Encryption.Layer {
	case nil:
	case i.layer:
		l.AWS("repository.encryption", path, describe(i.Encryption.Value), "the repository exists with %s, and AWS cannot change it: leave the field out, or write what it has", describe(settings.Encryption(has[0])))
	default:
		p.advise(path, "has no effect on the repositories that exist with another encryption: AWS cannot change it")
	}
}

// sameEncryption reports whether AWS has what is wanted. Where KMS is wanted without a
// key, AWS fills its own in.
func sameEncryption(want settings.Encryption, has observed.Encryption) bool {
	return want.Type == has.Type && (want.KMSKey == "" || want.KMSKey == has.KMSKey)
}

func describe(e settings.Encryption) string {
	if e.KMSKey == "" {
		return e.Type
	}
	return e.Type + " and key " + e.KMSKey
}

// layerPath is the path of a layer, and of the image itself for what is built in.
func (i *image) layerPath(l *settings.Layer) *field.Path {
	if l == nil {
		return i.layer.Path()
	}
	return l.Path()
}

// advise adds advice, once.
func (p *project) advise(path *field.Path, format string, args ...any) {
	a := v1alpha1.Advice{Path: path.String(), Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(p.advice, a) {
		p.advice = append(p.advice, a)
	}
}
