package lifecycle

import "testing"

func TestValidateStorageClasses(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"Unknown": {
			reason: "S3 has other classes than ECR.",
			rules:  `[{selection: {tagStatus: any, storageClass: GLACIER, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "GLACIER": must be standard or absent with countType imageCountMoreThan; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"Empty": {
			reason: "An empty class is not the default.",
			rules:  `[{selection: {tagStatus: any, storageClass: '', countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "": must be standard or absent with countType imageCountMoreThan; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"UpperCase": {
			reason: "AWS's values are in lower case.",
			rules:  `[{selection: {tagStatus: any, storageClass: STANDARD, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "STANDARD": must be standard or absent with countType imageCountMoreThan; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"ArchiveWithCount": {
			reason: "Archived images cannot be counted.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "archive": must be standard or absent with countType imageCountMoreThan; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"ArchiveWithPushed": {
			reason: "Archived images have no age since they were pushed.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "archive": must be standard or absent with countType sinceImagePushed; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"ArchiveWithPulled": {
			reason: "Archived images cannot be pulled.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImagePulled, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].selection.storageClass "archive": must be standard or absent with countType sinceImagePulled; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"ArchiveTransitioned": {
			reason: "Only standard images can be archived.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].selection.storageClass "archive": must be standard or absent with countType sinceImagePushed; archived images are selected by countType sinceImageTransitioned only (AWS's rule)`,
			},
		},
		"MissingWithTransitioned": {
			reason: "The default is standard, which has no transitioned images.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass: required with countType sinceImageTransitioned: write archive (AWS's rule)`,
			},
		},
		"StandardWithTransitioned": {
			reason: "Standard images have not been transitioned.",
			rules:  `[{selection: {tagStatus: any, storageClass: standard, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "standard": must be archive with countType sinceImageTransitioned (AWS's rule)`,
			},
		},
		"UnknownWithUnknownCountType": {
			reason: "Which of the two it is to be cannot be told.",
			rules:  `[{selection: {tagStatus: any, storageClass: deep, countType: age, countNumber: 90}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "deep": must be one of standard, archive (AWS's rule)`,
				`rules[0].selection.countType "age": must be one of imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned (AWS's rule)`,
			},
		},
		"UnknownWithTransitioned": {
			reason: "The unknown word is told, once, and what it is to be.",
			rules:  `[{selection: {tagStatus: any, storageClass: deep, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.storageClass "deep": must be archive with countType sinceImageTransitioned (AWS's rule)`,
			},
		},
	})
}

func TestValidateCounts(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"TypeMissing": {
			reason: "A rule says what it counts.",
			rules:  `[{selection: {tagStatus: any, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countType: required: one of imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned (AWS's rule)`,
			},
		},
		"TypeUnknown": {
			reason: "There is no sinceImageCreated.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImageCreated, countUnit: days, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countType "sinceImageCreated": must be one of imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned (AWS's rule)`,
			},
		},
		"TypeOtherCase": {
			reason: "Case matters.",
			rules:  `[{selection: {tagStatus: any, countType: ImageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countType "ImageCountMoreThan": must be one of imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned (AWS's rule)`,
			},
		},
		"UnitMissingWithPushed": {
			reason: "An age needs a unit.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit: required with countType sinceImagePushed: write days (AWS's rule)`,
			},
		},
		"UnitMissingWithPulled": {
			reason: "An age needs a unit.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePulled, countNumber: 1}, action: {type: transition, targetStorageClass: archive}}]`,
			want: []string{
				`rules[0].selection.countUnit: required with countType sinceImagePulled: write days (AWS's rule)`,
			},
		},
		"UnitMissingWithTransitioned": {
			reason: "An age needs a unit.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countNumber: 90}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit: required with countType sinceImageTransitioned: write days (AWS's rule)`,
			},
		},
		"UnitWithCount": {
			reason: "Images have no unit.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countUnit: days, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit "days": must be absent with countType imageCountMoreThan, which counts images; remove it (AWS's rule)`,
			},
		},
		"UnknownUnitWithCount": {
			reason: "It is to go, not to be corrected.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countUnit: images, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit "images": must be absent with countType imageCountMoreThan, which counts images; remove it (AWS's rule)`,
			},
		},
		"UnitHours": {
			reason: "Days are the only unit.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: hours, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit "hours": must be days (AWS's rule)`,
			},
		},
		"UnitDay": {
			reason: "Days are the only unit.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: day, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit "day": must be days (AWS's rule)`,
			},
		},
		"UnitUpperCase": {
			reason: "Case matters.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: DAYS, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit "DAYS": must be days (AWS's rule)`,
			},
		},
		"UnitEmpty": {
			reason: "An empty unit is none that AWS knows.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: '', countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countUnit "": must be days (AWS's rule)`,
			},
		},
		"UnitUnknownWithUnknownType": {
			reason: "Both are told.",
			rules:  `[{selection: {tagStatus: any, countType: age, countUnit: weeks, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countType "age": must be one of imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned (AWS's rule)`,
				`rules[0].selection.countUnit "weeks": must be days (AWS's rule)`,
			},
		},
		"NumberMissing": {
			reason: "A rule says how many.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber: required, at least 1 (AWS's rule)`,
			},
		},
		"NumberZero": {
			reason: "0 is not an accepted value.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 0}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber: required, at least 1 (AWS's rule)`,
			},
		},
		"NumberNegative": {
			reason: "Acceptable values are positive integers.",
			rules:  `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: -1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber -1: must be at least 1 (AWS's rule)`,
			},
		},
		"DaysZero": {
			reason: "0 is not an accepted value.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 0}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber: required, at least 1 (AWS's rule)`,
			},
		},
		"DaysNegative": {
			reason: "Acceptable values are positive integers.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: -14}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber -14: must be at least 1 (AWS's rule)`,
			},
		},
		"TransitionedNumberMissing": {
			reason: "The least is 90, and it is told at once.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber: required, at least 90: an image stays archived for that many days at least (AWS's rule)`,
			},
		},
		"Transitioned89": {
			reason: "Archived images stay for 90 days.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 89}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber 89: must be at least 90: an image stays archived for that many days at least (AWS's rule)`,
			},
		},
		"Transitioned1": {
			reason: "Archived images stay for 90 days.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber 1: must be at least 90: an image stays archived for that many days at least (AWS's rule)`,
			},
		},
		"TransitionedNegative": {
			reason: "The number is told once.",
			rules:  `[{selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: -90}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.countNumber -90: must be at least 90: an image stays archived for that many days at least (AWS's rule)`,
			},
		},
	})
}
