package lifecycle

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// KeepsAtMost returns the largest number of tagged images that one rule keeps, if all tagged images are bounded: an
// expire rule by count selects all of them, and each rule before it that selects some is an expire rule by count, too.
// Otherwise it returns false: a rule that expires by age, or archives, has no bound, and no later rule expires what it
// selects.
func KeepsAtMost(rules []v1alpha1.LifecycleRule) (int64, bool) {
	var most int64
	selectors := selectors(rules)
	for i, s := range selectors {
		if s.tags == nil || s.class != standard || !acts(selectors, i) {
			continue
		}
		r := rules[i]
		if r.Action.Type != expire || r.Selection.CountType != ByCount {
			return 0, false
		}
		most = max(most, r.Selection.CountNumber)
		if s.allTagged() {
			return most, true
		}
	}
	return 0, false
}

// ExpiresUntaggedAfter returns the number of days after the push at which untagged images expire, by an expire rule
// over untagged or any images. It returns false if there is none. Only the first rule over untagged images can act on
// them, since it selects all of them.
func ExpiresUntaggedAfter(rules []v1alpha1.LifecycleRule) (int64, bool) {
	for i, s := range selectors(rules) {
		if s.untagged && s.class == standard {
			r := rules[i]
			if r.Action.Type != expire || r.Selection.CountType != sincePushed {
				return 0, false
			}
			return r.Selection.CountNumber, true
		}
	}
	return 0, false
}

// Expires reports whether a rule expires images in standard storage, or images that another rule has archived.
func Expires(rules []v1alpha1.LifecycleRule) bool {
	archives := false
	expires := map[string]bool{}
	selectors := selectors(rules)
	for i, s := range selectors {
		switch {
		case !acts(selectors, i):
		case rules[i].Action.Type == expire:
			expires[s.class] = true
		default:
			archives = true
		}
	}
	return expires[standard] || archives && expires[archive]
}
