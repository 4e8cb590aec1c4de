package registry

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// maxImages is how many images one project registry holds.
const maxImages = 100

// bound refuses more images than there can be, and cuts them off: what there is no end
// to is not looked at one by one.
func (s *Spec) bound() fault.List {
	var l fault.List
	if n := len(s.Images); n > maxImages {
		l.Invalid(imagesPath, n, "a project registry holds at most %d images: split the project's images over several", maxImages)
		s.Images = s.Images[:maxImages]
	}
	return l
}

// validate returns what is wrong with what was written, and with what is in force.
func (p *project) validate() fault.List {
	var l fault.List
	p.validateImages(&l)
	l = append(l, settings.NewLayer(specPath.Child("defaults"), p.spec.Defaults).Validate()...)
	if p.spec.GitHub != nil {
		l = append(l, github.ValidateProject(p.spec.GitHub, githubPath)...)
	}
	p.validateManagementPolicies(&l)
	return l
}

func (p *project) validateImages(l *fault.List) {
	if len(p.images) == 0 {
		l.Required(imagesPath, "at least one image")
	}
	seen := make(map[string]bool, len(p.images))
	for n := range p.images {
		i := &p.images[n]
		switch {
		case i.Name == "":
			l.Required(i.namePath(), "the name of the image")
		case !aws.IsRepositoryPath(i.Name):
			l.AWS("repository.name", i.namePath(), i.Name, "must be lower case letters and digits in parts joined by one of . _ - /")
		case len(i.repository) > aws.MaxRepositoryName:
			l.AWS("repository.name", i.namePath(), i.Name, "the repository's name, <project>/<image>, has %d characters; at most %d are allowed", len(i.repository), aws.MaxRepositoryName)
		case seen[i.Name]:
			l.Invalid(i.namePath(), i.Name, "another image has this name")
		}
		seen[i.Name] = true
		*l = append(*l, i.layer.Validate()...)
		p.validateInForce(l, i)
	}
}

func (i *image) namePath() *field.Path { return i.layer.Path().Child("name") }

// validateInForce returns what is wrong with settings that no layer could know alone.
func (p *project) validateInForce(l *fault.List, i *image) {
	if n := len(i.Tags) + len(settings.FunctionTags); n > aws.MaxTags {
		l.AWS("tags", p.tagsPath(i), nil, "%d tags in all, with those of all layers and the function's own %d; at most %d are allowed, since the provider adds three to them", n, len(settings.FunctionTags), aws.MaxTags)
	}
	partition := aws.Partition(i.region)
	if e := i.Encryption; e.Value.KMSKey != "" && i.region != "" {
		path := i.layerPath(e.Layer).Child("encryption", "kmsKey")
		switch key, ok := aws.IsKMSKeyARN(e.Value.KMSKey); {
		case !ok:
		case key.Partition != partition:
			l.AWS("repository.encryption", path, e.Value.KMSKey, "must be a key of partition %s", partition)
		case key.Region != i.region:
			rule := "must be a key of the repository's region, %s"
			if slices.Contains(p.platform.Defaults, e.Layer) {
				rule += ": where it is another than the platform team's, spec.defaults.encryption names one"
			}
			l.AWS("repository.encryption", path, e.Value.KMSKey, rule, i.region)
		}
	}
	if i.Pull.Layer == nil {
		return
	}
	path := i.Pull.Layer.Path().Child("pull")
	for n, s := range i.Pull.Value.Principals {
		if a, ok := aws.ParseARN(s); ok && i.region != "" && a.Partition != partition {
			l.AWS("policy.principal", path.Child("principals").Index(n), s, "must be of partition %s", partition)
		}
	}
	i.grants = p.grantsOf(i, partition)
	*l = append(*l, policy.CheckRepository(i.grants, path)...)
}

// grantsOf returns the text of the image's repository policy, "" for none. Most images
// of a project share one.
func (p *project) grantsOf(i *image, partition string) string {
	key := grantKey{i.Pull.Layer, i.region}
	text, ok := p.grants[key]
	if !ok {
		text = policy.RepositoryPull(partition, i.region, &i.Pull.Value)
		if p.grants == nil {
			p.grants = map[grantKey]string{}
		}
		p.grants[key] = text
	}
	return text
}

// A grantKey is what a repository policy depends on.
type grantKey struct {
	layer  *settings.Layer
	region string
}

// tagsPath is the path of the nearest layer that gives an image tags.
func (p *project) tagsPath(i *image) *field.Path {
	layers := append(slices.Clone(p.platform.Defaults), settings.NewLayer(specPath.Child("defaults"), p.spec.Defaults), i.layer)
	for _, l := range slices.Backward(layers) {
		if l != nil && len(l.Tags) > 0 {
			return l.Path().Child("tags")
		}
	}
	return i.layer.Path().Child("tags")
}

func (p *project) validateManagementPolicies(l *fault.List) {
	given := p.spec.ManagementPolicies
	if given == nil {
		return
	}
	has := func(a v1alpha1.ManagementAction) bool { return slices.Contains(given, a) }
	var most int
	for _, a := range []v1alpha1.ManagementAction{v1alpha1.ManagementObserve, v1alpha1.ManagementCreate, v1alpha1.ManagementUpdate, v1alpha1.ManagementDelete} {
		if has(a) {
			most++
		}
	}
	change := has(v1alpha1.ManagementCreate) && has(v1alpha1.ManagementUpdate)
	switch {
	case most != len(given) || !has(v1alpha1.ManagementObserve):
	case most == 1, most == 3 && change, most == 4:
		return
	}
	names := make([]string, len(given))
	for n, a := range given {
		names[n] = string(a)
	}
	if !has(v1alpha1.ManagementDelete) {
		// A cap that is none hides nothing of what would be said without it.
		p.spec.ManagementPolicies = nil
	}
	l.Invalid(managePath, "["+strings.Join(names, ", ")+"]", "must be [Observe], [Observe, Create, Update] or [Observe, Create, Update, Delete]")
}
