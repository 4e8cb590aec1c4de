package lifecycle

import "testing"

func TestValidateActions(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"TypeMissing": {
			reason: "A rule says what it does.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {}}]`,
			want: []string{
				`rules[0].action.type: required: one of expire, transition (AWS's rule)`,
			},
		},
		"TypeUnknown": {
			reason: "There is no delete.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: delete}}]`,
			want: []string{
				`rules[0].action.type "delete": must be one of expire, transition (AWS's rule)`,
			},
		},
		"TypeUpperCase": {
			reason: "AWS's API has EXPIRE in its previews; a policy has expire.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: EXPIRE}}]`,
			want: []string{
				`rules[0].action.type "EXPIRE": must be one of expire, transition (AWS's rule)`,
			},
		},
		"TransitionWithoutTarget": {
			reason: "A transition says to where.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: transition}}]`,
			want: []string{
				`rules[0].action.targetStorageClass: required with type transition: write archive (AWS's rule)`,
			},
		},
		"TransitionToStandard": {
			reason: "Images come back by a restore, not by a rule.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: transition, targetStorageClass: standard}}]`,
			want: []string{
				`rules[0].action.targetStorageClass "standard": must be archive (AWS's rule)`,
			},
		},
		"TransitionToUnknown": {
			reason: "ECR has one class to go to.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: transition, targetStorageClass: glacier}}]`,
			want: []string{
				`rules[0].action.targetStorageClass "glacier": must be archive (AWS's rule)`,
			},
		},
		"TransitionToEmpty": {
			reason: "An empty class is not the default.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: transition, targetStorageClass: ''}}]`,
			want: []string{
				`rules[0].action.targetStorageClass "": must be archive (AWS's rule)`,
			},
		},
		"ExpireWithTarget": {
			reason: "An expired image goes nowhere.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].action.targetStorageClass "archive": must be absent with type expire; remove it, or write type transition (AWS's rule)`,
			},
		},
		"ExpireWithUnknownTarget": {
			reason: "It is to go, not to be corrected.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire, targetStorageClass: trash}}]`,
			want: []string{
				`rules[0].action.targetStorageClass "trash": must be absent with type expire; remove it, or write type transition (AWS's rule)`,
			},
		},
		"MissingTypeWithUnknownTarget": {
			reason: "Both are told.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {targetStorageClass: trash}}]`,
			want: []string{
				`rules[0].action.type: required: one of expire, transition (AWS's rule)`,
				`rules[0].action.targetStorageClass "trash": must be archive (AWS's rule)`,
			},
		},
		"UnknownTypeWithTarget": {
			reason: "The target may be right.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: archive, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].action.type "archive": must be one of expire, transition (AWS's rule)`,
			},
		},
		"PulledExpires": {
			reason: "sinceImagePulled works only with transition.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].action.type "expire": must be transition with countType sinceImagePulled; write transition with targetStorageClass archive, and expire archived images by a rule with countType sinceImageTransitioned (AWS's rule)`,
			},
		},
		"PulledExpiresWithTarget": {
			reason: "The type is at fault, not its target.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: expire, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].action.type "expire": must be transition with countType sinceImagePulled; write transition with targetStorageClass archive, and expire archived images by a rule with countType sinceImageTransitioned (AWS's rule)`,
			},
		},
		"PulledExpiresWithUnknownTarget": {
			reason: "Once the type is right the target is at fault.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: expire, targetStorageClass: trash}}]`,
			want: []string{
				`rules[0].action.type "expire": must be transition with countType sinceImagePulled; write transition with targetStorageClass archive, and expire archived images by a rule with countType sinceImageTransitioned (AWS's rule)`,
				`rules[0].action.targetStorageClass "trash": must be archive (AWS's rule)`,
			},
		},
		"TransitionedTransitions": {
			reason: "sinceImageTransitioned works only with expire.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: transition, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].action.type "transition": must be expire with countType sinceImageTransitioned, without targetStorageClass: its images are archived already (AWS's rule)`,
			},
		},
		"TransitionedTransitionsWithoutTarget": {
			reason: "The type is at fault, a target would not help.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: transition}}]`,
			want: []string{
				`rules[0].action.type "transition": must be expire with countType sinceImageTransitioned, without targetStorageClass: its images are archived already (AWS's rule)`,
			},
		},
		"TransitionedTransitionsToUnknown": {
			reason: "The target is to go with the type.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: transition, targetStorageClass: trash}}]`,
			want: []string{
				`rules[0].action.type "transition": must be expire with countType sinceImageTransitioned, without targetStorageClass: its images are archived already (AWS's rule)`,
			},
		},
		"TransitionedExpiresWithTarget": {
			reason: "An expired image goes nowhere.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].action.targetStorageClass "archive": must be absent with type expire; remove it (AWS's rule)`,
			},
		},
	})
}

func TestValidateOrder(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"AllAtOnce": {
			reason: "Everything wrong with one rule is told, in the order of its fields.",
			rules:  `[{selection: {tagStatus: untagged, tagPatternList: [v*], storageClass: cold, countType: sinceImagePushed, countNumber: -1}, action: {type: remove}}]`,
			want: []string{
				`rules[0].selection.tagPatternList ["v*"]: must be absent with tagStatus untagged; remove it, or write tagStatus tagged (AWS's rule)`,
				`rules[0].selection.storageClass "cold": must be standard or absent with countType sinceImagePushed; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
				`rules[0].selection.countUnit: required with countType sinceImagePushed: write days (AWS's rule)`,
				`rules[0].selection.countNumber -1: must be at least 1 (AWS's rule)`,
				`rules[0].action.type "remove": must be one of expire, transition (AWS's rule)`,
			},
		},
		"RuleByRule": {
			reason: "Faults come in the order of the rules, those of a rule's place among the others with the rule.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: -1}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countNumber: 1}, action: {type: expire}}
- {selection: {tagStatus: tagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: []string{
				`rules[0].selection.countNumber -1: must be at least 1 (AWS's rule)`,
				`rules[1]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[0], which selects any image of storage class standard (AWS's rule)`,
				`rules[1].selection.countUnit: required with countType sinceImagePushed: write days (AWS's rule)`,
				`rules[2]: Rule for tagStatus=ANY must have the lowest priority per storage class; move this rule before rules[0], which selects any image of storage class standard (AWS's rule)`,
				`rules[2].selection.tagPatternList: Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED; ["*"] selects every tagged image (AWS's rule)`,
			},
		},
		"EmptyRule": {
			reason: "An empty rule lacks everything.",
			rules:  `[{}]`,
			want: []string{
				`rules[0].selection.tagStatus: required: one of tagged, untagged, any (AWS's rule)`,
				`rules[0].selection.countType: required: one of imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned (AWS's rule)`,
				`rules[0].selection.countNumber: required, at least 1 (AWS's rule)`,
				`rules[0].action.type: required: one of expire, transition (AWS's rule)`,
			},
		},
	})
}
