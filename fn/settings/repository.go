package settings

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// Repository has the settings that are in force for one repository, each with the layer that it comes from.
type Repository struct {
	Mutability     Setting[Mutability]
	ScanOnPush     Setting[bool]
	Encryption     Setting[Encryption]
	Lifecycle      Lifecycle
	Pull           Setting[v1alpha1.Pull]
	DeletionPolicy Setting[v1alpha1.DeletionPolicy]
	ForceDelete    Setting[bool]
	Tags           map[string]Setting[string]
}

// Mutability is a tag mutability mode and its exclusion filters.
type Mutability struct {
	Mode    v1alpha1.ImageTagMutability
	Filters []string
}

// AllMutable reports whether every tag can be overwritten.
//
// At most five filters exclude every tag only if one of them is nothing but wildcards: a filter A*B*C that has other
// characters can match only three tags of one character, the first of A, the first of B and the last of C. Five such
// filters match at most 15, and there are more tags of one character than that.
func (m Mutability) AllMutable() bool {
	switch m.Mode {
	case v1alpha1.Mutable:
		return true
	case v1alpha1.ImmutableWithExclusion:
		return slices.ContainsFunc(m.Filters, matchesEveryTag)
	case v1alpha1.MutableWithExclusion:
		return !slices.ContainsFunc(m.Filters, matchesATag)
	}
	return false
}

func matchesEveryTag(filter string) bool { return strings.Trim(filter, "*") == "" }

// matchesATag reports whether a filter can match a tag. A tag does not begin with . or -.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
func matchesATag(filter string) bool {
	return !strings.HasPrefix(filter, ".") && !strings.HasPrefix(filter, "-")
}

// Encryption is an encryption type and, with KMS, the key, which is empty for AWS's own key.
type Encryption struct {
	Type   string
	KMSKey string
}

// Lifecycle is the lifecycle policy that is in force: rules, or the two shorthands.
type Lifecycle struct {
	// Layer is the nearest one that has rules or a shorthand; nil if the shorthands are built in.
	Layer *Layer

	// ByRules is true if rules are in force.
	ByRules bool

	// Given has the rules as they are written, if ByRules is true.
	Given []v1alpha1.LifecycleRule

	// UntaggedExpiryDays and KeepImages are in force if ByRules is false.
	UntaggedExpiryDays Setting[int64]
	KeepImages         Setting[int64]
}

// Rules returns the rules of the policy; none means that there is no policy.
func (l *Lifecycle) Rules() []v1alpha1.LifecycleRule {
	if l.ByRules {
		return l.Given
	}
	return lifecycle.Shorthands(l.UntaggedExpiryDays.Value, l.KeepImages.Value)
}

// BuiltIn returns the settings of a repository that no layer sets: those that the decision record recommends.
func BuiltIn() Repository {
	return Repository{
		Mutability:     Setting[Mutability]{Value: Mutability{Mode: v1alpha1.Immutable}},
		ScanOnPush:     Setting[bool]{Value: true},
		Encryption:     Setting[Encryption]{Value: Encryption{Type: string(v1alpha1.EncryptionAES256)}},
		Lifecycle:      Lifecycle{UntaggedExpiryDays: Setting[int64]{Value: 14}, KeepImages: Setting[int64]{Value: 30}},
		DeletionPolicy: Setting[v1alpha1.DeletionPolicy]{Value: v1alpha1.DeletionOrphan},
	}
}

// With returns the settings overridden by those of a nearer layer, which may be nil: field by field, and tags key by
// key. Encryption, pull, the rules, and the mutability with its filters are replaced whole, even by empty ones.
func (r Repository) With(l *Layer) Repository {
	if l == nil {
		return r
	}
	if l.ImageTagMutability != nil {
		r.Mutability = Setting[Mutability]{
			Value: Mutability{Mode: *l.ImageTagMutability, Filters: l.ImageTagMutabilityExclusionFilters},
			Layer: l,
		}
	}
	r.ScanOnPush = nearer(r.ScanOnPush, l.ScanOnPush, l)
	if l.Encryption != nil {
		r.Encryption = Setting[Encryption]{Value: encryptionOf(l.Encryption), Layer: l}
	}
	r.Pull = nearer(r.Pull, l.Pull, l)
	r.DeletionPolicy = nearer(r.DeletionPolicy, l.DeletionPolicy, l)
	r.ForceDelete = nearer(r.ForceDelete, l.ForceDelete, l)
	r.Lifecycle = r.Lifecycle.with(l)
	return r.WithTags(l.Tags, l)
}

// tooManyTags is a number of tags above which WithTags adds no more: AWS's limit refuses them anyway, and they would be
// copied for each of a hundred images.
const tooManyTags = 10 * aws.MaxTags

// WithTags returns the settings with more tags, which replace those of the same keys.
func (r Repository) WithTags(tags map[string]string, l *Layer) Repository {
	if len(tags) == 0 || len(r.Tags) > tooManyTags {
		return r
	}
	merged := make(map[string]Setting[string], len(r.Tags)+len(tags))
	maps.Copy(merged, r.Tags)
	for k, v := range tags {
		merged[k] = Setting[string]{Value: v, Layer: l}
	}
	r.Tags = merged
	return r
}

func (l Lifecycle) with(layer *Layer) Lifecycle {
	s := layer.Lifecycle
	if s == nil {
		return l
	}
	l.UntaggedExpiryDays = nearer(l.UntaggedExpiryDays, s.UntaggedExpiryDays, layer)
	l.KeepImages = nearer(l.KeepImages, s.KeepImages, layer)
	switch {
	case s.Rules != nil:
		l.Layer, l.ByRules, l.Given = layer, true, s.Rules
	case s.UntaggedExpiryDays != nil || s.KeepImages != nil:
		l.Layer, l.ByRules, l.Given = layer, false, nil
	}
	return l
}

func encryptionOf(e *v1alpha1.Encryption) Encryption {
	return Encryption{Type: string(*cmp.Or(e.Type, new(v1alpha1.EncryptionAES256))), KMSKey: *cmp.Or(e.KMSKey, new(""))}
}
