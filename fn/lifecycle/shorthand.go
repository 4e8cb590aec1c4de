package lifecycle

import (
	"fmt"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Shorthands returns the two rules that untaggedExpiryDays and keepImages stand for. The second counts only tagged
// images: a rule over any image would also count the untagged children of multi-arch images.
func Shorthands(untaggedExpiryDays, keepImages int64) []v1alpha1.LifecycleRule {
	return []v1alpha1.LifecycleRule{
		{
			Description: new(fmt.Sprintf("expire untagged images after %d days", untaggedExpiryDays)),
			Selection: v1alpha1.LifecycleSelection{
				TagStatus: untagged, CountType: sincePushed, CountUnit: new(days), CountNumber: untaggedExpiryDays,
			},
			Action: v1alpha1.LifecycleAction{Type: expire},
		},
		{
			Description: new(fmt.Sprintf("keep the newest %d tagged images", keepImages)),
			Selection:   v1alpha1.LifecycleSelection{TagStatus: tagged, TagPatternList: []string{"*"}, CountType: ByCount, CountNumber: keepImages},
			Action:      v1alpha1.LifecycleAction{Type: expire},
		},
	}
}
