package lifecycle

import "testing"

func TestValidateTagStatus(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"Missing": {
			reason: "A rule says which images it is over.",
			rules:  `[{selection: {countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus: required: one of tagged, untagged, any (AWS's rule)`,
			},
		},
		"Empty": {
			reason: "An empty word is a missing one.",
			rules:  `[{selection: {tagStatus: '', countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus: required: one of tagged, untagged, any (AWS's rule)`,
			},
		},
		"UpperCase": {
			reason: "AWS's error texts write ANY; the value is any.",
			rules:  `[{selection: {tagStatus: ANY, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus "ANY": must be one of tagged, untagged, any (AWS's rule)`,
			},
		},
		"All": {
			reason: "There is no all.",
			rules:  `[{selection: {tagStatus: all, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus "all": must be one of tagged, untagged, any (AWS's rule)`,
			},
		},
		"Space": {
			reason: "White space is not cut off.",
			rules:  `[{selection: {tagStatus: ' any', countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus " any": must be one of tagged, untagged, any (AWS's rule)`,
			},
		},
		"MissingWithList": {
			reason: "A list of tags does not replace tagStatus, and is not at fault itself.",
			rules:  `[{selection: {tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus: required: one of tagged, untagged, any (AWS's rule)`,
			},
		},
	})
}

func TestValidateTagLists(t *testing.T) {
	checkRefusals(t, map[string]refusal{
		"TaggedWithoutList": {
			reason: "AWS: Must specify tagPrefixList or tagPatternList.",
			rules:  `[{selection: {tagStatus: tagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList: Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED; ["*"] selects every tagged image (AWS's rule)`,
			},
		},
		"EmptyPatternList": {
			reason: "An empty list is not every tag: AWS refuses it.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList []: must not be empty; remove it, or name the tags (AWS's rule)`,
			},
		},
		"EmptyPrefixList": {
			reason: "An empty list is not every tag: AWS refuses it.",
			rules:  `[{selection: {tagStatus: tagged, tagPrefixList: [], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList []: must not be empty; remove it, or name the tags (AWS's rule)`,
			},
		},
		"BothEmpty": {
			reason: "Both lists are told.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [], tagPrefixList: [], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList []: must not be empty; remove it, or name the tags (AWS's rule)`,
				`rules[0].selection.tagPrefixList []: must not be empty; remove it, or name the tags (AWS's rule)`,
			},
		},
		"Both": {
			reason: "A rule has patterns or prefixes.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [v*], tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList ["v"]: must be absent, since tagPatternList is given: a rule has one of them; write the prefix dev as pattern dev*, or a rule of its own (AWS's rule)`,
			},
		},
		"EmptyPatternListBesidePrefixes": {
			reason: "A list that is given counts, even if it is empty.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [], tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList []: must not be empty; remove it, or name the tags (AWS's rule)`,
			},
		},
		"PatternsBesideEmptyPrefixList": {
			reason: "A list that is given counts, even if it is empty.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [v*], tagPrefixList: [], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList []: must not be empty; remove it, or name the tags (AWS's rule)`,
			},
		},
		"PatternsWithUntagged": {
			reason: "An untagged image has no tag to match.",
			rules:  `[{selection: {tagStatus: untagged, tagPatternList: [v*], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList ["v*"]: must be absent with tagStatus untagged; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"PrefixesWithUntagged": {
			reason: "An untagged image has no tag to match.",
			rules:  `[{selection: {tagStatus: untagged, tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList ["v"]: must be absent with tagStatus untagged; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"EmptyPatternsWithUntagged": {
			reason: "AWS refuses even an empty list.",
			rules:  `[{selection: {tagStatus: untagged, tagPatternList: [], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList []: must be absent with tagStatus untagged; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"PatternsWithAny": {
			reason: "Any image is every image.",
			rules:  `[{selection: {tagStatus: any, tagPatternList: ['*'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList ["*"]: must be absent with tagStatus any; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"PrefixesWithAny": {
			reason: "Any image is every image.",
			rules:  `[{selection: {tagStatus: any, tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList ["v"]: must be absent with tagStatus any; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"EmptyPrefixesWithAny": {
			reason: "AWS refuses even an empty list.",
			rules:  `[{selection: {tagStatus: any, tagPrefixList: [], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList []: must be absent with tagStatus any; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"BothWithUntagged": {
			reason: "Both lists are told.",
			rules:  `[{selection: {tagStatus: untagged, tagPatternList: [v*], tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList ["v*"]: must be absent with tagStatus untagged; remove it, or write tagStatus tagged (AWS's rule)`,
				`rules[0].selection.tagPrefixList ["v"]: must be absent with tagStatus untagged; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"BothWithAny": {
			reason: "Both lists are told.",
			rules:  `[{selection: {tagStatus: any, tagPatternList: [v*], tagPrefixList: [v], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList ["v*"]: must be absent with tagStatus any; remove it, or write tagStatus tagged (AWS's rule)`,
				`rules[0].selection.tagPrefixList ["v"]: must be absent with tagStatus any; remove it, or write tagStatus tagged (AWS's rule)`,
			},
		},
		"EmptyPattern": {
			reason: "No tag is empty.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: [''], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList[0] "": must not be empty; to select every tagged image, write tagPatternList ["*"] (the API's rule)`,
			},
		},
		"EmptyPrefix": {
			reason: "An empty prefix is every tag by accident.",
			rules:  `[{selection: {tagStatus: tagged, tagPrefixList: [v, ''], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPrefixList[1] "": must not be empty; to select every tagged image, write tagPatternList ["*"] (the API's rule)`,
			},
		},
		"FiveWildcards": {
			reason: "At most four wildcards per string.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ['*a*b*c*d*'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList[0] "*a*b*c*d*": has 5 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
			},
		},
		"AWSsExampleOfTooMany": {
			reason: "The user guide's own example.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ['test*1*2*3*4*5*6'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList[0] "test*1*2*3*4*5*6": has 6 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
			},
		},
		"FiveWildcardsInARow": {
			reason: "Two wildcards in a row are two.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ['*****'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList[0] "*****": has 5 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
			},
		},
		"SecondPatternAtFault": {
			reason: "The path names the entry.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ['a*', '*a*b*c*d*'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList[1] "*a*b*c*d*": has 5 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
			},
		},
		"EveryPatternAtFault": {
			reason: "Every entry is told.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ['a*b*c*d*e*', 'f*g*h*i*j*k*'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagPatternList[0] "a*b*c*d*e*": has 5 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
				`rules[0].selection.tagPatternList[1] "f*g*h*i*j*k*": has 6 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
			},
		},
		"UnknownStatusWithBadPattern": {
			reason: "An unknown tagStatus does not hide the patterns' faults.",
			rules:  `[{selection: {tagStatus: tags, tagPatternList: ['*****'], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			want: []string{
				`rules[0].selection.tagStatus "tags": must be one of tagged, untagged, any (AWS's rule)`,
				`rules[0].selection.tagPatternList[0] "*****": has 5 wildcards (*), at most 4 are allowed per string (AWS's rule)`,
			},
		},
	})
}
