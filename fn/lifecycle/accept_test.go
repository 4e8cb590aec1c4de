package lifecycle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidateAccepts(t *testing.T) {
	cases := map[string]struct {
		reason string
		rules  string
	}{
		"NoRules": {
			reason: "An empty list means no policy.",
			rules:  `[]`,
		},
		"EmptyDescription": {
			reason: "A description may say nothing.",
			rules:  `[{description: "", selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"DescriptionWithQuotes": {
			reason: "JSON escapes what must be.",
			rules:  `[{description: "a \"b\" \\ c\n<d> & é", selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"NullLists": {
			reason: "Null is absent.",
			rules:  `[{description: null, selection: {tagStatus: any, tagPatternList: null, tagPrefixList: null, storageClass: null, countType: imageCountMoreThan, countUnit: null, countNumber: 1}, action: {type: expire, targetStorageClass: null}}]`,
		},
		"FourWildcards": {
			reason: "The user guide's own example of what is valid.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ["*test*1*2*3", "test*1*2*3*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"PatternWithoutWildcard": {
			reason: "A pattern without a wildcard is one tag.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [latest], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"PrefixWithStars": {
			reason: "A prefix has no wildcards, so they are not limited; advice tells that it matches nothing.",
			rules:  `[{selection: {tagStatus: tagged, tagPrefixList: ["*****"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"DuplicatePattern": {
			reason: "An entry written twice is legal; advice tells it.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [v*, v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
		},
		"ExplicitStandard": {
			reason: "The default may be written.",
			rules:  `[{selection: {tagStatus: any, storageClass: standard, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}]`,
		},
		"TransitionByCount": {
			reason: "What is more than N may be archived.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}]`,
		},
		"TransitionByPush": {
			reason: "What is old may be archived.",
			rules:  `[{selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}]`,
		},
		"LeastTransitioned": {
			reason: "90 days is the least.",
			rules:  `[{selection: {tagStatus: untagged, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}]`,
		},
		"LargeNumber": {
			reason: "No maximum is documented; teams write 9999 to keep everything.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 9999999}, action: {type: expire}}]`,
		},
		"OverlappingSets": {
			reason: "The sets of tags differ, though they share a tag.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [a*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [b*, a*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [b*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
		},
		"PatternsAndPrefixes": {
			reason: "Different rules may use different lists; a pattern and a prefix of one text differ.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
		},
		"EveryKindPerClass": {
			reason: "Untagged, tagged and any, once for each storage class; any is the last of its class, not of all.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: untagged, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 120}, action: {type: expire}}
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
		},
		"ClassesInterleaved": {
			reason: "Standard rules may come after the archive's any.",
			rules: `
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules := fromYAML(t, tc.rules)
			if l := Validate(rules, rulesPath); len(l) > 0 {
				t.Errorf("%s\nValidate(...): want no fault, got:\n%s", tc.reason, l.Message())
			}
			if len(rules) == 0 {
				return
			}
			got, ok := Parse(Policy(rules))
			if !ok {
				t.Fatalf("%s\nParse(Policy(...)): want a policy, got none", tc.reason)
			}
			if diff := cmp.Diff(rules, got); diff != "" {
				t.Errorf("%s\nParse(Policy(...)): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
