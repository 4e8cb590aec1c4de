package lifecycle

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// maxCompared bounds the pairs of entries that claims compares. Nobody needs longer
// lists, and who writes them should not cost the function seconds.
const maxCompared = 400

// claims reports whether every image that b selects by its tags is one that a selects,
// of whatever storage class. It does not tell so of lists that are very long.
func claims(a, b v1alpha1.LifecycleSelection) bool {
	if a.TagStatus == anyImage {
		return true
	}
	if a.TagStatus != b.TagStatus {
		return false
	}
	if a.TagStatus == untagged {
		return true
	}
	if size(a) == 0 || size(a)*size(b) > maxCompared {
		return false
	}
	as, _ := patterns(a)
	bs, _ := patterns(b)
	// An image that b selects has a tag in each of bs, and perhaps no other.
	return !slices.ContainsFunc(as, func(p pattern) bool {
		return !slices.ContainsFunc(bs, p.covers)
	})
}

// size returns the number of entries in the tag list of a selection.
func size(s v1alpha1.LifecycleSelection) int { return len(s.TagPatternList) + len(s.TagPrefixList) }

// claimants returns the earlier rules of its storage class that leave rules[i] no
// image to act on: one, or for a rule over any image also one over the untagged and
// one over all tagged ones. It returns nil if there are none.
func claimants(rules []v1alpha1.LifecycleRule, i int) []int {
	s := rules[i].Selection
	un, tag := -1, -1
	for j := range i {
		e := rules[j].Selection
		if storageClass(e) != storageClass(s) {
			continue
		}
		if claims(e, s) {
			return []int{j}
		}
		if un < 0 && e.TagStatus == untagged {
			un = j
		}
		if tag < 0 && selectsAllTagged(e) {
			tag = j
		}
	}
	if s.TagStatus == anyImage && un >= 0 && tag >= 0 {
		return []int{min(un, tag), max(un, tag)}
	}
	return nil
}

// selectsAllTagged reports whether a selection is over tagged images and leaves none
// out.
func selectsAllTagged(s v1alpha1.LifecycleSelection) bool {
	ps, _ := patterns(s)
	return s.TagStatus == tagged && len(ps) > 0 && !slices.ContainsFunc(ps, func(p pattern) bool { return !p.all() })
}
