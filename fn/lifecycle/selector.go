package lifecycle

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A Selector is which images of a storage class a rule selects, by their tags.
type Selector struct {
	class string

	// untagged is true if images without a tag are selected.
	untagged bool

	// tags select an image that has a tag in each of them. Without any, no tagged image is
	// selected.
	tags []pattern
}

// NewSelector returns the selector that a rule's selection stands for.
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

// storageClass returns the class of the images that a rule can select. The count
// type decides it: archived images are selected by sinceImageTransitioned and by
// nothing else. Only where that says nothing does the written class.
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

// Archived reports whether the images are those in the archive storage class.
func (s Selector) Archived() bool { return s.class == archive }

// Selects reports whether an image with these tags is selected.
func (s Selector) Selects(tags []string) bool {
	if len(tags) == 0 {
		return s.untagged
	}
	return s.tags != nil && !slices.ContainsFunc(s.tags, func(p pattern) bool { return !slices.ContainsFunc(tags, p.matches) })
}

// maxCompared bounds the pairs of patterns that coversTagged compares. Nobody needs longer
// lists, and who writes them should not cost the function seconds.
const maxCompared = 400

// coversTagged reports whether s selects every tagged image that t selects, of whatever
// storage class. It does not find out for lists that are very long.
func (s Selector) coversTagged(t Selector) bool {
	if s.tags == nil || len(s.tags)*len(t.tags) > maxCompared {
		return false
	}
	// An image that t selects has a tag in each pattern of t, and perhaps no other.
	return !slices.ContainsFunc(s.tags, func(p pattern) bool { return !slices.ContainsFunc(t.tags, p.covers) })
}

// allTagged reports whether every tagged image is selected.
func (s Selector) allTagged() bool {
	return s.tags != nil && !slices.ContainsFunc(s.tags, func(p pattern) bool { return !p.covers(everyTag) })
}

// claimants returns the rules of its storage class before rule i that leave it no image to
// act on: one, or one for the untagged and one for the tagged images that it selects. It
// returns none if some image may be left.
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

// acts reports whether there are images that rule i can act on: ones with the tags that it
// asks for, and that no rule before it selects.
func acts(rules []Selector, i int) bool {
	return (rules[i].untagged || rules[i].tags != nil) && len(claimants(rules, i)) == 0
}
