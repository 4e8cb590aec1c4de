package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
)

// Rules of the policies that the tests compare.
const (
	untagged14  = `{selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`
	untagged30  = `{selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`
	keep30      = `{selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`
	keep100     = `{selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 100}, action: {type: expire}}`
	any30       = `{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`
	any100      = `{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 100}, action: {type: expire}}`
	anyDays60   = `{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 60}, action: {type: expire}}`
	prefixV10   = `{selection: {tagStatus: tagged, tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}`
	patternV10  = `{selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}`
	patternV110 = `{selection: {tagStatus: tagged, tagPatternList: ["v1.*"], countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}`
	latest      = `{selection: {tagStatus: tagged, tagPatternList: [latest], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`
	archive30   = `{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}`
	unpulled30  = `{selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}`
	archive90   = `{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}`
	archive365  = `{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`
)

func TestLosses(t *testing.T) {
	type losses = []lifecycle.Loss
	cases := map[string]struct {
		reason     string
		old, rules string
		want       losses
	}{
		"Same":           {reason: "Nothing changes.", old: untagged14 + "," + keep30, rules: untagged14 + "," + keep30},
		"NoPolicyBefore": {reason: "Without a policy AWS keeps all images.", rules: untagged14 + "," + keep30, want: losses{{Rule: 0, Claimants: []int{-1}}, {Rule: 1, Claimants: []int{-1}}}},
		"NoPolicyAfter":  {reason: "Nothing expires any more.", old: untagged14},
		"UntaggedOnlyBefore": {
			reason: "Tagged images did not expire.",
			old:    untagged14, rules: untagged14 + "," + keep30, want: losses{{Rule: 1, Claimants: []int{-1}}},
		},
		"FewerByRules":       {reason: "The old number would keep them.", old: any100, rules: any30, want: losses{{Rule: 0, Claimants: []int{0}, CountNumber: 100}}},
		"More":               {reason: "A larger number keeps more.", old: keep30, rules: keep100},
		"TaggedInsteadOfAny": {reason: "A rule that counts fewer images keeps more of them.", old: any30, rules: keep30},
		"AnyInsteadOfTagged": {reason: "Untagged images count too, and expire.", old: keep30, rules: any30, want: losses{{Rule: 0, Claimants: []int{-1, 0}}}},
		"AnyInsteadOfUntagged": {
			reason: "Tagged images count too, and more untagged ones expire.",
			old:    untagged30, rules: any30, want: losses{{Rule: 0, Claimants: []int{-1, 0}}},
		},
		"CountInsteadOfAge": {
			reason: "The newest 30 are kept for ever, but the next may be young.",
			old:    anyDays60, rules: keep30, want: losses{{Rule: 0, Claimants: []int{0}}},
		},
		"PrefixIsPattern": {reason: "They select the same images.", old: prefixV10, rules: patternV10},
		"NarrowerPattern": {reason: "v* covers v1.*, and counts all images that v1.* counts.", old: patternV10, rules: patternV110},
		"WiderPattern":    {reason: "v2 is new.", old: patternV110, rules: patternV10, want: losses{{Rule: 0, Claimants: []int{-1, 0}}}},
		"ProtectionRemoved": {
			reason: "A rule that never acts keeps its images from the next.",
			old:    latest + "," + anyDays60, rules: anyDays60, want: losses{{Rule: 0, Claimants: []int{0}}},
		},
		"ProtectionAdded":        {reason: "A rule that never acts takes nothing.", old: anyDays60, rules: latest + "," + anyDays60},
		"ArchiveInsteadOfExpire": {reason: "An archived image is not lost.", old: anyDays60, rules: archive30},
		"UnpulledInsteadOfOld": {
			reason: "An image is pulled after it is pushed, and archived later.",
			old:    archive30 + "," + archive90, rules: unpulled30 + "," + archive90,
		},
		"ExpireInsteadOfArchive": {reason: "An image that was archived is lost.", old: archive30, rules: anyDays60, want: losses{{Rule: 0, Claimants: []int{0}}}},
		"ArchivedAndExpired": {
			reason: "An archived image expires in the end.",
			rules:  archive30 + "," + archive90, want: losses{{Rule: 0, Claimants: []int{-1}, Archives: true}, {Rule: 1, Claimants: []int{-1}}},
		},
		"ArchivedForLess": {
			reason: "Archived images expire earlier.",
			old:    archive30 + "," + archive365, rules: archive30 + "," + archive90, want: losses{{Rule: 1, Claimants: []int{1}, CountNumber: 365}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			old, rules := lifecycletest.FromYAML(t, "["+tc.old+"]"), lifecycletest.FromYAML(t, "["+tc.rules+"]")
			if diff := cmp.Diff(tc.want, lifecycle.Losses(old, rules)); diff != "" {
				t.Errorf("%s\nLosses(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDescribeLoss(t *testing.T) {
	const gone = "Images that AWS kept may expire within a day"
	cases := map[string]struct {
		reason     string
		old, rules string
		want       []string
	}{
		"NoPolicy": {
			reason: "Each rule says that AWS has no policy.",
			rules:  untagged14 + "," + archive30 + "," + archive90,
			want: []string{
				"expires untagged images 14 days after they were pushed; AWS has no lifecycle policy, so it keeps all images. " + gone,
				"archives images 30 days after they were pushed; AWS has no lifecycle policy, so it keeps all images. Archived images cannot be pulled, and the images of an archived manifest list may expire",
				"expires archived images 90 days after they were archived; AWS has no lifecycle policy, so it keeps all images. " + gone,
			},
		},
		"Kept": {
			reason: "No rule claims them in AWS.",
			old:    untagged14, rules: untagged14 + "," + keep30,
			want: []string{"expires all tagged images but the newest 30; the policy in AWS keeps them. " + gone},
		},
		"SomeKept": {
			reason: "One rule claims some of them.",
			old:    patternV110, rules: patternV10,
			want: []string{`expires all images with a tag like "v*" but the newest 10; the policy in AWS keeps more: it expires all images with a tag like "v1.*" but the newest 10, and keeps others. ` + gone},
		},
		"OneKept": {
			reason: "A count of 1 needs no number.",
			old:    latest + "," + anyDays60, rules: anyDays60,
			want: []string{`expires images 60 days after they were pushed; the policy in AWS keeps more: it expires all images with a tag like "latest" but the newest. ` + gone},
		},
		"Archived": {
			reason: "They are archived in AWS.",
			old:    archive30, rules: anyDays60,
			want: []string{"expires images 60 days after they were pushed; the policy in AWS keeps more: it archives images 30 days after they were pushed. " + gone},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			old, rules := lifecycletest.FromYAML(t, "["+tc.old+"]"), lifecycletest.FromYAML(t, "["+tc.rules+"]")
			var got []string
			for _, l := range lifecycle.Losses(old, rules) {
				got = append(got, l.Describe(old, rules))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nDescribe(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRules shows that Rules returns YAML that a team can write.
func TestRules(t *testing.T) {
	lifecycletest.Random(t, 200, func(t *testing.T, r lifecycletest.Source) {
		rules := r.Valid()
		for i := range rules {
			rules[i].Description = nil
		}
		if diff := cmp.Diff(rules, lifecycletest.FromYAML(t, lifecycle.Rules(rules))); diff != "" {
			t.Errorf("Rules(...): -want, +got:\n%s", diff)
		}
	})
}

// TestLossesOfMany compares policies with as many entries as the API allows.
func TestLossesOfMany(t *testing.T) {
	old := make([]v1alpha1.LifecycleRule, 50)
	for i := range old {
		s := v1alpha1.LifecycleSelection{TagStatus: "tagged", CountType: lifecycle.ByCount, CountNumber: 10}
		for k := range 100 {
			s.TagPatternList = append(s.TagPatternList, fmt.Sprintf("%d*%d*x", i, k))
		}
		old[i] = v1alpha1.LifecycleRule{Selection: s, Action: v1alpha1.LifecycleAction{Type: "expire"}}
	}
	if losses := lifecycle.Losses(old, old); len(losses) > 0 {
		t.Errorf("Losses(...): want none, got %+v", losses)
	}
}
