package lifecycle

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

func TestAdviseClaims(t *testing.T) {
	checkAdvice(t, map[string]advised{
		"AfterAllTagged": {
			reason: "* claims every tagged image.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1]", Message: `this rule never acts: rules[0] claims every image that it selects, also those that it keeps; move it before rules[0]`},
			},
		},
		"AfterWider": {
			reason: "v1 is in v.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["v"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v1.*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1]", Message: `this rule never acts: rules[0] claims every image that it selects, also those that it keeps; move it before rules[0]`},
			},
		},
		"AfterNarrower": {
			reason: "The narrower rule first is how it is done.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v1.*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPrefixList: ["v"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"SameInOtherWords": {
			reason: "A prefix is a pattern.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["v"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1]", Message: `this rule never acts: rules[0] claims every image that it selects, also those that it keeps; remove one of them: both select the same images, and only one rule acts on an image`},
			},
		},
		"ListIsNarrower": {
			reason: "Who needs both has one of them.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["a*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["a*", "*-rc"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1]", Message: `this rule never acts: rules[0] claims every image that it selects, also those that it keeps; move it before rules[0]`},
			},
		},
		"ListIsWider": {
			reason: "Who has one of them need not have both.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["a*", "*-rc"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["a*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"AnyAfterBoth": {
			reason: "Untagged and all tagged images are all images.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[2]", Message: `this rule never acts: rules[0] and rules[1] together claim every image that it selects, also those that it keeps; remove it, or narrow rules[0] or rules[1], since a rule over any images must stay the last`},
			},
		},
		"AnyAfterBothReversed": {
			reason: "In whatever order.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["**"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[2]", Message: `this rule never acts: rules[0] and rules[1] together claim every image that it selects, also those that it keeps; remove it, or narrow rules[0] or rules[1], since a rule over any images must stay the last`},
			},
		},
		"AnyAfterUntagged": {
			reason: "Tagged images are left.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
		},
		"AnyAfterAllTagged": {
			reason: "Untagged images are left, and the count is known to reach only those.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"ExpireAfterTransition": {
			reason: "What is to expire once it is archived needs a rule for the archive.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: sinceImagePulled, countUnit: days, countNumber: 90}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1]", Message: `this rule never acts: rules[0] claims every image that it selects, also those that it keeps; move it before rules[0]; to expire what has been archived, write countType sinceImageTransitioned with storageClass archive`},
			},
		},
		"AnyExpireAfterTransitions": {
			reason: "The same for all images.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: sinceImagePulled, countUnit: days, countNumber: 90}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[2]", Message: `this rule never acts: rules[0] and rules[1] together claim every image that it selects, also those that it keeps; remove it, or narrow rules[0] or rules[1], since a rule over any images must stay the last; to expire what has been archived, write countType sinceImageTransitioned with storageClass archive`},
			},
		},
		"TransitionAndExpire": {
			reason: "AWS's own way: a rule for each storage class.",
			rules: `
- {selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 90}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
		},
		"OtherClass": {
			reason: "Classes don't claim from each other.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
		},
		"ArchivedToo": {
			reason: "Within the archive they do.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1]", Message: `this rule never acts: rules[0] claims every image that it selects, also those that it keeps; move it before rules[0]`},
			},
		},
		"UntaggedAlone": {
			reason: "Nothing claims untagged images but untagged and any.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
		},
		"Overlap": {
			reason: "A part is left: no advice.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*-rc"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
	})
}
