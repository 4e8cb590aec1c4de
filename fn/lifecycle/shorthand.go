package lifecycle

import (
	"fmt"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Shorthands returns the two rules that untaggedExpiryDays and keepImages stand
// for. The second counts tagged images only: a rule over any image would count the
// untagged children of multi-arch images as well.
func Shorthands(untaggedExpiryDays, keepImages int64) []v1alpha1.LifecycleRule {
	unit := days
	older := fmt.Sprintf("expire untagged images after %d days", untaggedExpiryDays)
	more := fmt.Sprintf("keep the newest %d tagged images", keepImages)
	return []v1alpha1.LifecycleRule{
		{
			Description: &older,
			Selection:   v1alpha1.LifecycleSelection{TagStatus: untagged, CountType: sincePushed, CountUnit: &unit, CountNumber: untaggedExpiryDays},
			Action:      v1alpha1.LifecycleAction{Type: expire},
		},
		{
			Description: &more,
			Selection:   v1alpha1.LifecycleSelection{TagStatus: tagged, TagPatternList: []string{"*"}, CountType: ByCount, CountNumber: keepImages},
			Action:      v1alpha1.LifecycleAction{Type: expire},
		},
	}
}
