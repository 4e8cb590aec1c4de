package iamtest

import "testing"

func TestStringOperators(t *testing.T) {
	jobCategory := `{"StringEquals":{"aws:PrincipalTag/job-category":"iamuser-admin"}}`
	home := `{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}}`
	runConditionCases(t, map[string]conditionCase{
		"Equals": {
			reason:    pageOperators + "example string condition operator, row 1",
			condition: jobCategory,
			keys:      Context{"aws:PrincipalTag/job-category": {"iamuser-admin"}},
			want:      true,
		},
		"EqualsOtherValue": {
			reason:    pageOperators + "example string condition operator, row 2",
			condition: jobCategory,
			keys:      Context{"aws:PrincipalTag/job-category": {"dev-ops"}},
		},
		"EqualsAbsentKey": {
			reason:    pageOperators + "example string condition operator, row 3",
			condition: jobCategory,
		},
		"EqualsOtherCaseOfValue": {
			reason:    pageCondition + "StringEquals makes sure that only john matches, users named John are denied",
			condition: `{"StringEquals":{"aws:username":"john"}}`,
			keys:      Context{"aws:username": {"John"}},
		},
		"EqualsOtherCaseOfKey": {
			reason:    pageCondition + "context key names are not case-sensitive",
			condition: `{"StringEquals":{"AWS:UserName":"john"}}`,
			keys:      Context{"aws:username": {"john"}},
			want:      true,
		},
		"EqualsStarIsLiteral": {
			reason:    pageOperators + "exact matching: StringEquals knows no wildcard",
			condition: `{"StringEquals":{"aws:username":"jo*"}}`,
			keys:      Context{"aws:username": {"john"}},
		},
		"EqualsLiteralStar": {
			reason:    pageOperators + "exact matching: a star equals a star",
			condition: `{"StringEquals":{"aws:username":"jo*"}}`,
			keys:      Context{"aws:username": {"jo*"}},
			want:      true,
		},
		"IgnoreCase": {
			reason:    pageCondition + "StringEqualsIgnoreCase matches users named john or John",
			condition: `{"StringEqualsIgnoreCase":{"aws:username":"john"}}`,
			keys:      Context{"aws:username": {"John"}},
			want:      true,
		},
		"IgnoreCaseOtherValue": {
			reason:    pageOperators + "exact matching, ignoring case only",
			condition: `{"StringEqualsIgnoreCase":{"aws:username":"john"}}`,
			keys:      Context{"aws:username": {"Johnny"}},
		},
		"NotEquals": {
			reason:    pageOperators + "StringNotEquals is negated matching",
			condition: `{"StringNotEquals":{"aws:username":"john"}}`,
			keys:      Context{"aws:username": {"jane"}},
			want:      true,
		},
		"NotEqualsEqualValue": {
			reason:    pageOperators + "StringNotEquals is negated matching",
			condition: `{"StringNotEquals":{"aws:username":"john"}}`,
			keys:      Context{"aws:username": {"john"}},
		},
		"NotEqualsAbsentKey": {
			reason:    pageOperators + "if the key must not match and is not present, the condition is true",
			condition: `{"StringNotEquals":{"s3:prefix":"john"}}`,
			want:      true,
		},
		"NotEqualsIgnoreCase": {
			reason:    pageOperators + "negated matching, ignoring case",
			condition: `{"StringNotEqualsIgnoreCase":{"aws:username":"JOHN"}}`,
			keys:      Context{"aws:username": {"john"}},
		},
		"NotEqualsIgnoreCaseAbsentKey": {
			reason:    pageOperators + "if the key must not match and is not present, the condition is true",
			condition: `{"StringNotEqualsIgnoreCase":{"s3:prefix":"JOHN"}}`,
			want:      true,
		},
		"LikePolicyVariable": {
			reason:    pageOperators + "example using a policy variable, martha_rivera",
			condition: home,
			keys:      Context{"aws:username": {"martha_rivera"}, "s3:prefix": {"home/martha_rivera/"}},
			want:      true,
		},
		"LikePolicyVariableOtherUser": {
			reason:    pageOperators + "example using a policy variable, nikki_wolf has another home",
			condition: home,
			keys:      Context{"aws:username": {"nikki_wolf"}, "s3:prefix": {"home/martha_rivera/"}},
		},
		"LikePolicyVariableAbsent": {
			reason:    pageOperators + "example using a policy variable, no aws:username: no match",
			condition: home,
			keys:      Context{"s3:prefix": {"home/martha_rivera/"}},
		},
		"LikeEmptyValue": {
			reason:    pageOperators + "example using a policy variable: the empty prefix is listed",
			condition: home,
			keys:      Context{"s3:prefix": {""}},
			want:      true,
		},
		"LikeNeedsWildcards": {
			reason:    pageOperators + "you must specify wildcards to achieve partial string matches",
			condition: `{"StringLike":{"s3:prefix":"home"}}`,
			keys:      Context{"s3:prefix": {"home/"}},
		},
		"LikeCaseSensitive": {
			reason:    pageOperators + "StringLike is case-sensitive matching",
			condition: `{"StringLike":{"s3:prefix":"Home/*"}}`,
			keys:      Context{"s3:prefix": {"home/a"}},
		},
		"LikeStarSpansSeparators": {
			reason:    pageOperators + "wildcards stand anywhere in the string and know no separator",
			condition: `{"StringLike":{"s3:prefix":"a*z"}}`,
			keys:      Context{"s3:prefix": {"a/b:c/z"}},
			want:      true,
		},
		"LikeStarIsEmpty": {
			reason:    pageOperators + "a multi-character wildcard stands for no character too",
			condition: `{"StringLike":{"s3:prefix":"home/*"}}`,
			keys:      Context{"s3:prefix": {"home/"}},
			want:      true,
		},
		"LikeQuestionMark": {
			reason:    pageOperators + "a single-character match wildcard",
			condition: `{"StringLike":{"s3:prefix":"v?.0"}}`,
			keys:      Context{"s3:prefix": {"v1.0"}},
			want:      true,
		},
		"LikeQuestionMarkIsNotEmpty": {
			reason:    pageOperators + "a single-character match wildcard stands for exactly one",
			condition: `{"StringLike":{"s3:prefix":"v?.0"}}`,
			keys:      Context{"s3:prefix": {"v.0"}},
		},
		"LikeQuestionMarkIsNotTwo": {
			reason:    pageOperators + "a single-character match wildcard stands for exactly one",
			condition: `{"StringLike":{"s3:prefix":"v?.0"}}`,
			keys:      Context{"s3:prefix": {"v10.0"}},
		},
		"LikeAsManyStars": {
			reason:    pageOperators + "several wildcards need the right split of the string",
			condition: `{"StringLike":{"s3:prefix":"*ab*ab*c"}}`,
			keys:      Context{"s3:prefix": {"xabyabababzc"}},
			want:      true,
		},
		"LikeArnSpansColons": {
			reason:    pageOperators + "ARN: a string operator matches where an ARN operator does not",
			condition: `{"StringLike":{"aws:SourceArn":"arn:aws:someservice:*:111122223333:finance/*"}}`,
			keys: Context{"aws:SourceArn": {
				"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}},
			want: true,
		},
		"NotLike": {
			reason:    pageOperators + "StringNotLike is negated matching",
			condition: `{"StringNotLike":{"s3:prefix":"home/*"}}`,
			keys:      Context{"s3:prefix": {"home/a"}},
		},
		"NotLikeOtherValue": {
			reason:    pageOperators + "StringNotLike is negated matching",
			condition: `{"StringNotLike":{"s3:prefix":"home/*"}}`,
			keys:      Context{"s3:prefix": {"work/a"}},
			want:      true,
		},
		"NotLikeAbsentKey": {
			reason:    pageOperators + "StringNotLike with an absent key is true",
			condition: `{"StringNotLike":{"s3:prefix":"home/*"}}`,
			want:      true,
		},
		"BooleanWithoutQuotes": {
			reason:    pageGrammar + "quotation marks are optional for numeric and Boolean values",
			condition: `{"StringEquals":{"s3:prefix":true}}`,
			keys:      Context{"s3:prefix": {"true"}},
			want:      true,
		},
	})
}
