package lifecycle

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// KeepsAtMost returns the largest number of tagged images that one rule keeps, where all of
// them are bounded: an expire rule by count is over any or all tagged images, and each
// rule over some of them before it is an expire rule by count, too. It returns false if
// there is no such rule, or one before it expires by age or archives: what a rule
// selects, no later one expires.
func KeepsAtMost(rules []v1alpha1.LifecycleRule) (int64, bool) {
	var most int64
	for i, r := range rules {
		s := r.Selection
		if s.TagStatus == untagged || !acts(rules, i) || storageClass(s) != standard {
			continue
		}
		if r.Action.Type != expire || s.CountType != byCount {
			return 0, false
		}
		most = max(most, s.CountNumber)
		if s.TagStatus == anyImage || selectsAllTagged(s) {
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
	for _, r := range rules {
		s := r.Selection
		if storageClass(s) != standard || s.TagStatus == tagged {
			continue
		}
		if r.Action.Type != expire || s.CountType != sincePushed {
			return 0, false
		}
		return s.CountNumber, true
	}
	return 0, false
}

// Expires reports whether a rule expires images: those in standard storage, or those that
// another rule has archived.
func Expires(rules []v1alpha1.LifecycleRule) bool {
	archives := false
	expires := map[string]bool{}
	for i, r := range rules {
		switch {
		case !acts(rules, i):
		case r.Action.Type == expire:
			expires[storageClass(r.Selection)] = true
		default:
			archives = true
		}
	}
	return expires[standard] || archives && expires[archive]
}

// acts reports whether there are images that rules[i] can act on: ones with the tags that
// it asks for, and that no earlier rule selects.
func acts(rules []v1alpha1.LifecycleRule, i int) bool {
	return !matchesNothing(rules[i].Selection) && len(claimants(rules, i)) == 0
}

// matchesNothing reports whether no image can have the tags that a selection asks for.
func matchesNothing(s v1alpha1.LifecycleSelection) bool {
	if s.TagStatus != tagged {
		return false
	}
	ps, _ := patterns(s)
	for _, p := range ps {
		if p.impossible() != 0 {
			return true
		}
	}
	return len(ps) == 0
}
