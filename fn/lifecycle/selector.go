package lifecycle

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A Selector selects images of a storage class by their tags, as a rule does. Package retention evaluates policies with
// it.
type Selector struct {
	class string

	// untagged is true if images without a tag are selected.
	untagged bool

	// tags are patterns, each of which must match a tag of the image. Without patterns no tagged image is selected.
	tags []pattern
}

// NewSelector returns the selector of a rule's selection.
func NewSelector(s v1alpha1.LifecycleSelection) Selector {
	sel := Selector{class: storageClass(s)}
	switch s.TagStatus {
	case untagged:
		sel.untagged = true
	case anyImage:
		sel.untagged, sel.tags = true, []pattern{everyTag}
	case tagged:
		if ps := patterns(s); !slices.ContainsFunc(ps, func(p pattern) bool { return p.impossible() != 0 }) {
			sel.tags = ps
		}
	}
	return sel
}

func selectors(rules []v1alpha1.LifecycleRule) []Selector {
	s := make([]Selector, len(rules))
	for i, r := range rules {
		s[i] = NewSelector(r.Selection)
	}
	return s
}

// storageClass returns the storage class of the images that a rule selects. The count type decides, since only
// sinceImageTransitioned selects archived images. If the count type is unknown, the class that is written decides.
func storageClass(s v1alpha1.LifecycleSelection) string {
	switch s.CountType {
	case sinceTransitioned:
		return archive
	case ByCount, sincePushed, SincePulled:
		return standard
	}
	if s.StorageClass != nil {
		return *s.StorageClass
	}
	return standard
}

// Archived reports whether s selects archived images.
func (s Selector) Archived() bool { return s.class == archive }

// Selects reports whether s selects an image of its storage class with these tags.
func (s Selector) Selects(tags []string) bool {
	if len(tags) == 0 {
		return s.untagged
	}
	return s.tags != nil && !slices.ContainsFunc(s.tags, func(p pattern) bool { return !slices.ContainsFunc(tags, p.matches) })
}

// maxCompared is the maximum number of pairs of patterns that coversTagged compares. Nobody needs longer lists, and
// those who write them should not cost the function seconds.
const maxCompared = 400

// coversTagged reports whether s selects every tagged image that t selects, regardless of the storage class. It reports
// false for very long lists.
func (s Selector) coversTagged(t Selector) bool {
	if s.tags == nil || len(s.tags)*len(t.tags) > maxCompared {
		return false
	}
	// An image that t selects has a tag in each pattern of t, and perhaps no other.
	return !slices.ContainsFunc(s.tags, func(p pattern) bool { return !slices.ContainsFunc(t.tags, p.covers) })
}

// allTagged reports whether s selects every tagged image.
func (s Selector) allTagged() bool {
	return s.tags != nil && !slices.ContainsFunc(s.tags, func(p pattern) bool { return !p.covers(everyTag) })
}

// claimants returns the rules before rule i, of its storage class, that leave it no image to act on: one rule, or one
// for the untagged and one for the tagged images that it selects. It returns none if they may leave it some image.
func claimants(rules []Selector, i int) []int {
	s := rules[i]
	first := func(claims func(Selector) bool) int {
		return slices.IndexFunc(rules[:i], func(e Selector) bool { return e.class == s.class && claims(e) })
	}
	var by []int
	if s.untagged {
		by = append(by, first(func(e Selector) bool { return e.untagged }))
	}
	if s.tags != nil {
		by = append(by, first(func(e Selector) bool { return e.coversTagged(s) }))
	}
	slices.Sort(by)
	if len(by) > 0 && by[0] < 0 {
		return nil
	}
	return slices.Compact(by)
}

// acts reports whether rule i can act on some image: it selects the image, and no rule before it does.
func acts(rules []Selector, i int) bool {
	return (rules[i].untagged || rules[i].tags != nil) && len(claimants(rules, i)) == 0
}
