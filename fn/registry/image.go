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

// An image is one of the images in the spec, with its repository.
type image struct {
	name       string
	repository string // name of the repository
	region     string

	// objectName is the name of the Repository object, the same in all composite resources that want the repository.
	// label is the value of its labelRepository.
	objectName, label string

	// written are the image's settings in the spec, and effective those in force.
	written   *settings.Layer
	effective settings.Repository

	// encryption that the repository has, or is created with.
	encryption settings.Encryption

	// lifecycle and grants are the wanted lifecycle policy and repository policy, as JSON; empty if none is wanted.
	lifecycle, grants string

	// observed Repository; nil if there is none.
	observed *observed.Resource

	// inAWS is what AWS has; nil unless the project registry only observes.
	inAWS *guardrail.Observed
}

// resolveImages returns the images of the spec, with the settings in force.
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
		encryption, encryptionAdvice, encryptionFaults := resolveEncryption(i)
		i.encryption = encryption
		advice = append(advice, p.observed.adviseOnMisplaced(repositoryKey(name), i.path(), "", i.repository)...)
		advice, faults = append(advice, encryptionAdvice...), append(faults, encryptionFaults...)
		// Nearer layers set nothing of the lifecycle, so all images with this layer share a policy.
		layer := i.effective.Lifecycle.Layer
		i.lifecycle = lifecycles.get(layer, func() string { return lifecycle.Policy(i.effective.Lifecycle.Rules()) })
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

// resolveEncryption returns the encryption of a repository: the one that it has, if any, since AWS cannot change it.
func resolveEncryption(i *image) (has settings.Encryption, advice fault.Advice, faults fault.List) {
	want := i.effective.Encryption
	if r := i.observed; r != nil && len(r.Status.AtProvider.Encryption) > 0 {
		has = settings.Encryption(r.Status.AtProvider.Encryption[0])
	}
	if has.Type == "" {
		return want.Value, nil, nil
	}
	path := i.pathOf(want.Layer).Child("encryption")
	switch {
	// If KMS is wanted without a key, AWS chooses one.
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

// A grant identifies a repository policy: it follows from a layer's pull and the region.
type grant struct {
	pull   *settings.Layer
	region string
}

// A memo computes each value once, since most images of a project share their policies.
type memo[K comparable, V any] map[K]V

func (m memo[K, V]) get(key K, compute func() V) V {
	v, ok := m[key]
	if !ok {
		v = compute()
		m[key] = v
	}
	return v
}

// path returns the path of the image in the spec.
func (i *image) path() *field.Path { return i.written.Path() }

func (i *image) namePath() *field.Path { return i.path().Child("name") }

// pathOf returns the path of a layer, or the image's for what is built in.
func (i *image) pathOf(l *settings.Layer) *field.Path {
	if l == nil {
		return i.path()
	}
	return l.Path()
}
