package registry

import (
	"cmp"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// An image is one of the spec, and its repository.
type image struct {
	name       string
	repository string // name of the repository
	region     string

	// objectName is the name of the Repository object: the same for all who would manage that repository. label is the
	// value of the label that marks it.
	objectName, label string

	// written are the settings of the image in the spec, and effective those that are in force.
	written   *settings.Layer
	effective settings.Repository

	// encryption is what the repository has, or is created with.
	encryption settings.Encryption

	// lifecycle and grants are the texts of the lifecycle policy and the repository policy; empty if none is wanted.
	lifecycle, grants string

	// observed Repository; nil if there is none.
	observed *observed.Resource

	// inAWS is what AWS has, where nothing may be written to it; nil otherwise.
	inAWS *guardrail.Observed
}

// resolveImages finds the settings of each image.
func resolveImages(p *Plan) ([]*image, fault.Advice, fault.List) {
	base := settings.BuiltIn()
	for _, layer := range p.platform.Defaults {
		base = base.With(layer)
	}
	tags, faults := p.platform.TagsOf(p.xr)
	base = base.WithTags(tags, nil).With(p.defaults)

	var advice fault.Advice
	lifecycles, grants := memo[*settings.Layer, string]{}, memo[grant, string]{}
	layers := settings.ImageLayers(imagesPath, p.written.Images)
	images := make([]*image, len(layers))
	for n := range layers {
		name := p.written.Images[n].Name
		i := &image{
			name:       name,
			repository: p.project + "/" + name,
			region:     p.region,
			written:    &layers[n],
			effective:  base.With(&layers[n]),
			observed:   p.observed.repository(name),
		}
		images[n] = i
		if i.observed != nil {
			i.region = cmp.Or(i.observed.Spec.ForProvider.Region, i.region)
		}
		i.objectName, i.label = p.config.ObjectName(i.region, i.repository), managed.Hash(10, i.region, i.repository)
		if o := p.observed.elsewhere[repositoryKey(name)]; o != nil {
			advice.Add(i.path(), "the object %s is about %s in AWS and is removed; the one for %s is made once it is gone",
				o.Metadata.Name, o.Metadata.Annotations.ExternalName, i.repository)
		}
		encryption, further, wrong := resolveEncryption(i)
		i.encryption, advice, faults = encryption, append(advice, further...), append(faults, wrong...)
		// The layer that gives a form gives all of it: those that are nearer give neither.
		form := i.effective.Lifecycle.Form
		i.lifecycle = lifecycles.get(form, func() string { return lifecycle.Policy(i.effective.Lifecycle.Rules()) })
		if p.observeOnly {
			i.inAWS = p.observed.inAWS(name, i.lifecycle)
		}
		if pull := &i.effective.Pull; pull.Layer != nil {
			i.grants = grants.get(grant{pull.Layer, i.region}, func() string {
				return policy.RepositoryPull(aws.Partition(i.region), i.region, &pull.Value)
			})
		}
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

// A grant is what a repository policy is written from: the pull of a layer, in a region.
type grant struct {
	pull   *settings.Layer
	region string
}

// A memo computes each value once: most images of a project share their policies.
type memo[K comparable, V any] map[K]V

func (m memo[K, V]) get(key K, compute func() V) V {
	v, ok := m[key]
	if !ok {
		v = compute()
		m[key] = v
	}
	return v
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
