package lifecycle

import "testing"

func TestValidateSets(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"UntaggedTwice": {
			reason: "Only one rule can select untagged images.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"UntaggedTwiceIdentical": {
			reason: "Two equal rules are two.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"UntaggedThreeTimes": {
			reason: "Each one too many is told.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}`,
			want: []string{
				`rules[1].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
				`rules[2].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"UntaggedTwiceExplicitClass": {
			reason: "An absent storage class is standard.",
			rules: `
- {selection: {tagStatus: untagged, storageClass: standard, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"UntaggedTwiceArchived": {
			reason: "One per storage class, the archive too.",
			rules: `
- {selection: {tagStatus: untagged, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: untagged, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"UntaggedTwiceApart": {
			reason: "Rules between them don't matter.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[2].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"AnyBeforeTagged": {
			reason: "Any must have the lowest priority.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[0], which selects any image of storage class standard (AWS's rule)`,
			},
		},
		"AnyBeforeUntagged": {
			reason: "Any must have the lowest priority.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[0], which selects any image of storage class standard (AWS's rule)`,
			},
		},
		"AnyTwice": {
			reason: "Two cannot both be the last.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagStatus "any": Rule for tagStatus=ANY must have the lowest priority per storage class, so there is one; rules[0] selects any image of storage class standard already, remove one of them (AWS's rule)`,
			},
		},
		"AnyBeforeMany": {
			reason: "Each rule after it is told, with where to move it.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[2]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[1], which selects any image of storage class standard (AWS's rule)`,
				`rules[3]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[1], which selects any image of storage class standard (AWS's rule)`,
				`rules[4].selection.tagStatus "any": Rule for tagStatus=ANY must have the lowest priority per storage class, so there is one; rules[1] selects any image of storage class standard already, remove one of them (AWS's rule)`,
			},
		},
		"AnyArchivedBeforeTaggedArchived": {
			reason: "Per storage class.",
			rules: `
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}`,
			want: []string{
				`rules[1]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[0], which selects any image of storage class archive (AWS's rule)`,
			},
		},
		"AnyArchivedBetweenStandard": {
			reason: "A rule of the other class between them does not help.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[2]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[0], which selects any image of storage class standard (AWS's rule)`,
			},
		},
		"AnyBeforeUntaggedTwice": {
			reason: "Both rules that it breaks are told.",
			rules: `
- {selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[2]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[1], which selects any image of storage class standard (AWS's rule)`,
				`rules[2].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
			},
		},
		"SamePatterns": {
			reason: "The sets of tags are unique.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["v*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePrefixes": {
			reason: "The sets of tags are unique.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPrefixList: [v], countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPrefixList ["v"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePatternsOtherOrder": {
			reason: "A set has no order.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [a*, b*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [b*, a*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["b*", "a*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePatternsWithDuplicates": {
			reason: "A set has no duplicates.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [a*, b*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [b*, a*, b*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["b*", "a*", "b*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePrefixesOtherOrder": {
			reason: "A set has no order.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: [a, b], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPrefixList: [b, a], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPrefixList ["b", "a"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePatternsOtherAction": {
			reason: "An image meets one rule only; archiving and expiring the same is no exception.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ['*'], countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: tagged, tagPatternList: ['*'], countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePatternsThreeTimes": {
			reason: "Each one too many is told.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["v*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
				`rules[2].selection.tagPatternList ["v*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePatternsArchived": {
			reason: "Per storage class, the archive too.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [v*], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["v*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"SamePatternsExplicitClass": {
			reason: "An absent storage class is standard.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: [v*], storageClass: standard, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagPatternList ["v*"]: The set of all rules selecting a specific storage class must contain a unique set of prefixes; rules[0] has the same, remove one of them (AWS's rule)`,
			},
		},
		"ClassFollowsCountType": {
			reason: "A forgotten storage class hides nothing: the count type says which class is meant.",
			rules: `
- {selection: {tagStatus: untagged, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}`,
			want: []string{
				`rules[1].selection.tagStatus "untagged": Only one rule can select Untagged images per storage class; rules[0] does already, remove one of them (AWS's rule)`,
				`rules[1].selection.storageClass: required with countType sinceImageTransitioned: write archive (AWS's rule)`,
			},
		},
	})
}
