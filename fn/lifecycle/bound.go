package lifecycle

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// KeepsAtMost returns the number of images that the rules keep: that of an expire
// rule by count over any, or over all tagged images. It returns false if there is
// none that acts. The first rule over all of them claims them, so that no later one
// can act; an earlier rule over some tags only may keep more images.
func KeepsAtMost(rules []v1alpha1.LifecycleRule) (int64, bool) {
	return bound(rules, byCount, selectsAllTagged)
}

// ExpiresUntaggedAfter returns the age in days, since they were pushed, at which
// untagged images expire: that of an expire rule over untagged or any images. It
// returns false if there is none that acts. The first rule over all of them claims
// them, so that no later one can act.
func ExpiresUntaggedAfter(rules []v1alpha1.LifecycleRule) (int64, bool) {
	return bound(rules, sincePushed, func(s v1alpha1.LifecycleSelection) bool { return s.TagStatus == untagged })
}

// bound returns the number of the rule that claims all images of the standard storage
// class that are told by over, if it expires by the count type.
func bound(rules []v1alpha1.LifecycleRule, countType string, over func(v1alpha1.LifecycleSelection) bool) (int64, bool) {
	for _, r := range rules {
		s := r.Selection
		if storageClass(s) != standard || (s.TagStatus != anyImage && !over(s)) {
			continue
		}
		if r.Action.Type != expire || s.CountType != countType {
			return 0, false
		}
		return s.CountNumber, true
	}
	return 0, false
}
