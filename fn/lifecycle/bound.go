package lifecycle

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// KeepsAtMost returns the largest number of tagged images that one rule keeps, where all of
// them are bounded: an expire rule by count is over any or all tagged images, and each
// rule over some of them before it is an expire rule by count, too. It returns false if
// there is no such rule, or one before it expires by age or archives: what a rule
// selects, no later one expires.
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

// ExpiresUntaggedAfter returns the age in days, since they were pushed, at which
// untagged images expire: that of an expire rule over untagged or any images. It
// returns false if there is none. The first rule over them selects all of them, so that
// no later one can act.
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

// Expires reports whether a rule expires images: those in standard storage, or those that
// another rule has archived.
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
