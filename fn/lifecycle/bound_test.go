package lifecycle

import (
	"fmt"
	"testing"
)

func TestBounds(t *testing.T) {
	type want struct {
		keeps     int64
		keepsOK   bool
		expires   int64
		expiresOK bool
		noExpiry  bool
	}
	cases := map[string]struct {
		reason string
		rules  string
		want   want
	}{
		"None": {reason: "No rules, no bounds.", rules: `[]`, want: want{noExpiry: true}},
		"AnyByCount": {
			reason: "A count of any images bounds their number, not their age.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}]`,
			want:   want{keeps: 30, keepsOK: true},
		},
		"AnyByAge": {
			reason: "An age of any images bounds that of untagged ones.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}]`,
			want:   want{expires: 14, expiresOK: true},
		},
		"AllTagged": {
			reason: "* is every tagged image.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}]`,
			want:   want{keeps: 30, keepsOK: true},
		},
		"AllTaggedTwice": {
			reason: "So are ** and * together.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ["**", "*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}]`,
			want:   want{keeps: 30, keepsOK: true},
		},
		"SomeTagged": {
			reason: "v* leaves images without bound, and so does a list that narrows *.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*", "x*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"SomeTaggedBefore": {
			reason: "A rule over some tags before the bound may keep more of them.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 100}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 100, keepsOK: true},
		},
		"FewerOfSomeTaggedBefore": {
			reason: "Or fewer, and the bound is that of the others.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["v"], countType: imageCountMoreThan, countNumber: 5}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 30, keepsOK: true},
		},
		"AgeOfSomeBefore": {
			reason: "There is no end to how many images of one week there are.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["pr-*"], countType: sinceImagePushed, countUnit: days, countNumber: 7}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"SomeArchivedBefore": {
			reason: "An archived image is one that is kept, and no later rule expires it.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: sinceImagePulled, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"NothingBefore": {
			reason: "No tag begins with a hyphen: the rule before the bound is none.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["-*", "*"], countType: imageCountMoreThan, countNumber: 2147483647}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 30, keepsOK: true},
		},
		"NothingLeftBefore": {
			reason: "Nor is one that an earlier rule leaves no image.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 5}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v1*"], countType: imageCountMoreThan, countNumber: 2147483647}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 30, keepsOK: true},
		},
		"UntaggedBefore": {
			reason: "A rule over untagged images takes no tagged one from the bound.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 2147483647}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 30, keepsOK: true},
		},
		"ArchiveBefore": {
			reason: "Nor does one over archived images.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 30, keepsOK: true},
		},
		"OnlyNothing": {
			reason: "A rule that matches nothing expires nothing.",
			rules:  `[{selection: {tagStatus: tagged, tagPrefixList: ["v*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want:   want{noExpiry: true},
		},
		"ArchivedAndExpired": {
			reason: "What one rule archives and the next expires is expired in the end.",
			rules: `
- {selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
		},
		"ExpireAfterTheArchive": {
			reason: "An expire rule that is left no image expires nothing.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}`,
			want: want{noExpiry: true},
		},
		"ClaimedByLargerCount": {
			reason: "The first rule over all tagged images decides: the second never expires a tagged one.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 9999}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: want{keeps: 9999, keepsOK: true},
		},
		"ClaimedByAge": {
			reason: "A rule by age that claims every tagged image leaves the count nothing.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["**"], countType: sinceImagePushed, countUnit: days, countNumber: 36500}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"ClaimedByTransition": {
			reason: "Archived images are kept.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 10}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"Archived": {
			reason: "A rule over archived images bounds none of the others.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}]`,
			want:   want{noExpiry: true},
		},
		"TransitionByAge": {
			reason: "To archive is not to expire.",
			rules:  `[{selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}]`,
			want:   want{noExpiry: true},
		},
		"UntaggedByAge": {
			reason: "The usual rule.",
			rules:  `[{selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}]`,
			want:   want{expires: 14, expiresOK: true},
		},
		"UntaggedByCount": {
			reason: "A count is not an age.",
			rules:  `[{selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"UntaggedClaimed": {
			reason: "A rule that keeps untagged images claims them: the age of any never reaches them.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 9999}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
		},
		"UntaggedLater": {
			reason: "The age is that of the rule that acts.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: want{expires: 30, expiresOK: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules := fromYAML(t, tc.rules)
			got := want{}
			got.keeps, got.keepsOK = KeepsAtMost(rules)
			got.expires, got.expiresOK = ExpiresUntaggedAfter(rules)
			got.noExpiry = !Expires(rules)
			if got != tc.want {
				t.Errorf("%s\nwant %+v, got %+v", tc.reason, tc.want, got)
			}
		})
	}
}

// TestBoundsHold previews random rules on images that show their bounds.
func TestBoundsHold(t *testing.T) {
	// The patterns of the random rules hold no digits: the images of one family are all
	// selected by the same rules.
	families := map[string][]image{}
	for _, family := range []string{"a", "b", "c", "ab", "ba", "abc"} {
		for i := range 50 {
			families[family] = append(families[family], taggedImage(fmt.Sprint(i), 0, fmt.Sprintf("%s%d", family, i)))
		}
	}
	random(t, 1500, func(t *testing.T, r source) {
		rules := r.valid()
		expired := func(images []image) (n int) {
			for _, i := range preview(rules, images) {
				if rules[i].Action.Type == expire {
					n++
				}
			}
			return n
		}

		if n, ok := KeepsAtMost(rules); ok {
			for family, images := range families {
				if left := len(images) - expired(images); int64(left) > n {
					t.Errorf("KeepsAtMost(%s): got %d; of the images %s* %d are left", Policy(rules), n, family, left)
				}
			}
		}

		after := func(days float64) bool { return expired([]image{taggedImage("old", days)}) == 1 }
		n, ok := ExpiresUntaggedAfter(rules)
		if ok != after(10000) || ok && (after(float64(n)) || !after(float64(n)+0.25)) {
			t.Errorf("ExpiresUntaggedAfter(%s): got %d, %t; after 10000 days expired: %t", Policy(rules), n, ok, after(10000))
		}
	})
}
