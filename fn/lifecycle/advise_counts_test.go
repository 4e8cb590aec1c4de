package lifecycle

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

func TestAdviseCounts(t *testing.T) {
	checkAdvice(t, map[string]advised{
		"OneTag": {
			reason: "One tag is one image.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `this rule never acts: "latest" is one tag, one image at a time carries it, and that is never more than 30; write "latest*" for all tags that start with it`},
			},
		},
		"OneTagInArchive": {
			reason: "Archive rules don't count.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
		},
		"OneTagProtected": {
			reason: "It keeps latest from the rule after it.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
		},
		"OneTagProtectedFromTagged": {
			reason: "An image may have both tags.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"OneTagBeforeUntagged": {
			reason: "An image with a tag is not untagged: nothing is kept from anything.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `this rule never acts: "latest" is one tag, one image at a time carries it, and that is never more than 30; write "latest*" for all tags that start with it`},
			},
		},
		"OneTagBeforeArchive": {
			reason: "Another class.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `this rule never acts: "latest" is one tag, one image at a time carries it, and that is never more than 30; write "latest*" for all tags that start with it`},
			},
		},
		"OneTagByAge": {
			reason: "An age may act.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
		},
		"AnyByCount": {
			reason: "Untagged children of multi-arch images count.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.countNumber", Message: `this rule counts every image, also untagged ones, such as those for each platform of a multi-arch tag: it may keep fewer than 30 tags; to count tagged images only, write tagStatus tagged with tagPatternList ["*"], and expire untagged images by a rule of their own`},
			},
		},
		"AnyByCountAfterOthers": {
			reason: "What earlier rules keep counts too.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1].selection.countNumber", Message: `this rule counts every image, also untagged ones, such as those for each platform of a multi-arch tag, and those that an earlier rule claims: it may keep fewer than 30 tags; to count tagged images only, write tagStatus tagged with tagPatternList ["*"], with room in countNumber for what earlier rules keep, and expire untagged images by a rule of their own`},
			},
		},
		"AnyByCountAfterUntagged": {
			reason: "Untagged images have a rule of their own already.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[1].selection.countNumber", Message: `this rule counts every image, also untagged ones, such as those for each platform of a multi-arch tag: it may keep fewer than 30 tags; to count tagged images only, write tagStatus tagged with tagPatternList ["*"]`},
			},
		},
		"AnyButOne": {
			reason: "The newest image may be an untagged one.",
			rules: `
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.countNumber", Message: `this rule counts every image, also untagged ones, such as those for each platform of a multi-arch tag: it may keep no tagged image; to count tagged images only, write tagStatus tagged with tagPatternList ["*"], and expire untagged images by a rule of their own`},
			},
		},
		"AnyByAge": {
			reason: "An age counts nothing.",
			rules: `
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
		},
		"Shorthands": {
			reason: "What the shorthands stand for.",
			rules: `
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
	})
}
