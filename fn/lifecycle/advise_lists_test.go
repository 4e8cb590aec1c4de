package lifecycle

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

func TestAdviseLists(t *testing.T) {
	checkAdvice(t, map[string]advised{
		"DevAndStaging": {
			reason: "The classic: keep the last 30 dev and staging images.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["dev", "staging"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "dev" and "staging"; to match images with any one of them, write one rule per prefix, each of which then keeps 30`},
			},
		},
		"Patterns": {
			reason: "The same with patterns.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["dev*", "staging*", "prod*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "dev*", "staging*" and "prod*"; to match images with any one of them, write one rule per pattern`},
			},
		},
		"ExactTags": {
			reason: "No tag is both latest and stable; a later rule makes the count useful.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest", "stable"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "latest" and "stable"; to match images with any one of them, write one rule per pattern, each of which then keeps 30`},
			},
		},
		"TagAndPattern": {
			reason: "latest does not start with v.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["latest", "v*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "latest" and "v*"; to match images with any one of them, write one rule per pattern`},
			},
		},
		"Holds": {
			reason: "Parts anywhere may both be in one tag; a pattern says so without doubt.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*dev*", "*staging*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "*dev*" and "*staging*"; to match images with any one of them, write one rule per pattern, each of which then keeps 30; to match a single tag that holds all of it, write one pattern like "*dev*staging*"`},
			},
		},
		"HoldsTooMuch": {
			reason: "A combined pattern would have too many wildcards.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*a*b*", "*c*d*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "*a*b*" and "*c*d*"; to match images with any one of them, write one rule per pattern, each of which then keeps 30`},
			},
		},
		"Ends": {
			reason: "Two ends are alternatives.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*-dev", "*-rc"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "*-dev" and "*-rc"; to match images with any one of them, write one rule per pattern, each of which then keeps 30`},
			},
		},
		"StartAndEnd": {
			reason: "One tag starts with v and ends with -rc: meant as it is.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*", "*-rc"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"StartAndHold": {
			reason: "One tag starts with v and holds arm64: meant as it is.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*", "*arm64*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"EverythingToo": {
			reason: "* is redundant, not an alternative.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*", "v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `"*" adds nothing: an image must match every pattern of the list, and whatever matches "v*" matches it too; leave it out, or write a rule of its own if it is to match more images`},
			},
		},
		"NarrowerToo": {
			reason: "v* is implied by v1.*.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v1.*", "v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[1]", Message: `"v*" adds nothing: an image must match every pattern of the list, and whatever matches "v1.*" matches it too; leave it out, or write a rule of its own if it is to match more images`},
			},
		},
		"NarrowerPrefix": {
			reason: "A prefix of a prefix is implied.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["release", "rel"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList[1]", Message: `"rel" adds nothing: an image must match every prefix of the list, and whatever matches "release" matches it too; leave it out, or write a rule of its own if it is to match more images`},
			},
		},
		"Duplicate": {
			reason: "Twice is once.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*", "v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[1]", Message: `"v*" is in the list already; leave it out`},
			},
		},
		"SameMeaning": {
			reason: "** is *, the first is kept.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v**", "v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[1]", Message: `"v*" adds nothing: an image must match every pattern of the list, and whatever matches "v**" matches it too; leave it out, or write a rule of its own if it is to match more images`},
			},
		},
		"RedundantAndAlternatives": {
			reason: "What is redundant is not among the alternatives.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*", "dev*", "staging*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `"*" adds nothing: an image must match every pattern of the list, and whatever matches "dev*" matches it too; leave it out, or write a rule of its own if it is to match more images`},
				{Path: "rules[0].selection.tagPatternList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "dev*" and "staging*"; to match images with any one of them, write one rule per pattern, each of which then keeps 30`},
			},
		},
		"One": {
			reason: "One pattern is what it says.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"AllTagged": {
			reason: "* alone is every tagged image.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
		},
		"ManyAlternatives": {
			reason: "A long list is not repeated whole.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["a", "b", "c", "d", "e", "f", "g", "h"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "a", "b", "c", "d", "e" and 3 more; to match images with any one of them, write one rule per prefix, each of which then keeps 30`},
			},
		},
		"ManyImpossible": {
			reason: "Nor is each entry of it told.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["a/", "b/", "c/", "d/", "e/", "f/", "g/", "h/"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList[0]", Message: `"a/" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
				{Path: "rules[0].selection.tagPrefixList[1]", Message: `"b/" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
				{Path: "rules[0].selection.tagPrefixList[2]", Message: `"c/" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
				{Path: "rules[0].selection.tagPrefixList[3]", Message: `"d/" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
				{Path: "rules[0].selection.tagPrefixList[4]", Message: `"e/" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
			},
		},
		"ManyRedundant": {
			reason: "Nor is each that is redundant.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["abcdefgh", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList[1]", Message: `"a" adds nothing: an image must match every prefix of the list, and whatever matches "abcdefgh" matches it too; leave it out, or write a rule of its own if it is to match more images`},
				{Path: "rules[0].selection.tagPrefixList[2]", Message: `"ab" adds nothing: an image must match every prefix of the list, and whatever matches "abcdefgh" matches it too; leave it out, or write a rule of its own if it is to match more images`},
				{Path: "rules[0].selection.tagPrefixList[3]", Message: `"abc" adds nothing: an image must match every prefix of the list, and whatever matches "abcdefgh" matches it too; leave it out, or write a rule of its own if it is to match more images`},
				{Path: "rules[0].selection.tagPrefixList[4]", Message: `"abcd" adds nothing: an image must match every prefix of the list, and whatever matches "abcdefgh" matches it too; leave it out, or write a rule of its own if it is to match more images`},
				{Path: "rules[0].selection.tagPrefixList[5]", Message: `"abcde" adds nothing: an image must match every prefix of the list, and whatever matches "abcdefgh" matches it too; leave it out, or write a rule of its own if it is to match more images`},
			},
		},
		"Slash": {
			reason: "Branches have slashes, tags have none.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["feature/*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `"feature/*" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
			},
		},
		"CommaList": {
			reason: "One entry per tag.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["dev,staging"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList[0]", Message: `"dev,staging" matches no image: no tag holds the character ','; write the tags as they are pushed, one entry each`},
			},
		},
		"StarInPrefix": {
			reason: "A prefix has no wildcards.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["dev*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList[0]", Message: `"dev*" matches no image: a * in tagPrefixList is no wildcard, and no tag holds one; write the pattern in tagPatternList`},
			},
		},
		"LeadingDash": {
			reason: "No tag starts with a dash.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["-rc*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `"-rc*" matches no image: no tag starts with '-'; write what the tags start with, or a * before it in tagPatternList`},
			},
		},
		"ImpossibleClaimsNothing": {
			reason: "What matches nothing is told, and nothing else of it; the rule after it is not concerned.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["feature/*", "v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}
- {selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 30}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPatternList[0]", Message: `"feature/*" matches no image: no tag holds the character '/'; write the tags as they are pushed, one entry each`},
			},
		},
		"Archived": {
			reason: "Archived images have tags too.",
			rules: `
- {selection: {tagStatus: tagged, tagPrefixList: ["dev", "staging"], storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
			want: fault.Advice{
				{Path: "rules[0].selection.tagPrefixList", Message: `an image must match every entry of a tag list, so this rule matches only images that carry a tag for each of "dev" and "staging"; to match images with any one of them, write one rule per prefix`},
			},
		},
	})
}
