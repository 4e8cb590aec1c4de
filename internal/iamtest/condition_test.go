package iamtest

import "testing"

// evalCondition decides one Condition element over a context.
func evalCondition(t *testing.T, condition string, keys Context) (bool, error) {
	t.Helper()
	d := mustParse(t, IdentityPolicy,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+condition+`}}`)
	r, err := Evaluate(d, Request{
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::amzn-s3-demo-bucket/key",
		Principal: RoleSession("arn:aws:iam::111122223333:role/reader", "session"),
		Context:   keys,
	})
	return r.Allowed(), err
}

type conditionCase struct {
	reason    string
	condition string
	keys      Context
	want      bool
}

func runConditionCases(t *testing.T, cases map[string]conditionCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := evalCondition(t, tc.condition, tc.keys)
			if err != nil {
				t.Fatalf("%s\nunexpected error: %v", tc.reason, err)
			}
			if d := diff(tc.want, got); d != "" {
				t.Errorf("%s\n%s\nover %v: -want, +got:\n%s", tc.reason, tc.condition, tc.keys, d)
			}
		})
	}
}

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

func TestOtherOperators(t *testing.T) {
	issued := `{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}}`
	ssl := `{"Bool":{"aws:SecureTransport":"false"}}`
	binary := `{"BinaryEquals":{"key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}`
	sourceIP := `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`
	bothIPs := `{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}}`
	topic := `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}}`
	runConditionCases(t, map[string]conditionCase{
		"NumericLessThanEquals": {
			reason:    pageOperators + "s3:max-keys: list up to 10 objects",
			condition: `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`,
			keys:      Context{"s3:max-keys": {"10"}},
			want:      true,
		},
		"NumericLessThanEqualsMore": {
			reason:    pageOperators + "s3:max-keys: 11 is more than 10",
			condition: `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`,
			keys:      Context{"s3:max-keys": {"11"}},
		},
		"NumericIsNotText": {
			reason:    pageOperators + "an integer or decimal value: 9 is less than 10, though as text it is not",
			condition: `{"NumericLessThan":{"s3:max-keys":"10"}}`,
			keys:      Context{"s3:max-keys": {"9"}},
			want:      true,
		},
		"NumericAbsentKey": {
			reason:    pageOperators + "s3:max-keys: if the key is not present, the values do not match",
			condition: `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`,
		},
		"NumericMFAAge": {
			reason:    pageCondition + "aws:MultiFactorAuthAge is 2800, less than 3600",
			condition: `{"NumericLessThanEquals":{"aws:MultiFactorAuthAge":3600}}`,
			keys:      Context{"aws:MultiFactorAuthAge": {"2800"}},
			want:      true,
		},
		"NumericEqualsDecimal": {
			reason:    pageOperators + "a decimal value: 10.0 equals 10",
			condition: `{"NumericEquals":{"s3:max-keys":"10.0"}}`,
			keys:      Context{"s3:max-keys": {"10"}},
			want:      true,
		},
		"NumericNotEqualsAbsentKey": {
			reason:    pageOperators + "negated matching with an absent key is true",
			condition: `{"NumericNotEquals":{"s3:max-keys":"10"}}`,
			want:      true,
		},
		"NumericNotEqualsNoNumber": {
			reason:    pageOperators + "what is no number matches no number",
			condition: `{"NumericNotEquals":{"s3:max-keys":"10"}}`,
			keys:      Context{"s3:max-keys": {"ten"}},
			want:      true,
		},
		"NumericGreaterThan": {
			reason:    pageOperators + "NumericGreaterThan does not hold for the number itself",
			condition: `{"NumericGreaterThan":{"s3:max-keys":"10"}}`,
			keys:      Context{"s3:max-keys": {"10"}},
		},
		"NumericGreaterThanEquals": {
			reason:    pageOperators + "NumericGreaterThanEquals holds for the number itself",
			condition: `{"NumericGreaterThanEquals":{"s3:max-keys":"-10"}}`,
			keys:      Context{"s3:max-keys": {"-10"}},
			want:      true,
		},
		"DateGreaterThan": {
			reason:    pageOperators + "aws:TokenIssueTime: credentials issued in 2020",
			condition: issued,
			keys:      Context{"aws:TokenIssueTime": {"2020-06-01T12:00:00Z"}},
			want:      true,
		},
		"DateGreaterThanEqual": {
			reason:    pageOperators + "matching after a specific date and time: not at it",
			condition: issued,
			keys:      Context{"aws:TokenIssueTime": {"2020-01-01T00:00:01Z"}},
		},
		"DateAbsentKey": {
			reason:    pageOperators + "aws:TokenIssueTime is not present for long-term keys: denied",
			condition: issued,
		},
		"DateEpoch": {
			reason:    pageOperators + "date values in a W3C format or in epoch time",
			condition: `{"DateLessThanEquals":{"aws:EpochTime":"1577836800"}}`,
			keys:      Context{"aws:EpochTime": {"2020-01-01T00:00:00Z"}},
			want:      true,
		},
		"DateOtherZone": {
			reason:    pageOperators + "W3C dates have a zone: these are one point in time",
			condition: `{"DateEquals":{"aws:CurrentTime":"2020-01-01T01:00+01:00"}}`,
			keys:      Context{"aws:CurrentTime": {"2020-01-01T00:00:00.000Z"}},
			want:      true,
		},
		"DateLessThan": {
			reason:    pageOperators + "matching before a specific date, given as a day",
			condition: `{"DateLessThan":{"aws:CurrentTime":"2020-01-02"}}`,
			keys:      Context{"aws:CurrentTime": {"2020-01-01T23:59:59Z"}},
			want:      true,
		},
		"DateNotEqualsAbsentKey": {
			reason:    pageOperators + "negated matching with an absent key is true",
			condition: `{"DateNotEquals":{"aws:CurrentTime":"2020"}}`,
			want:      true,
		},
		"DateGreaterThanEquals": {
			reason:    pageOperators + "matching at or after a specific date and time",
			condition: `{"DateGreaterThanEquals":{"aws:CurrentTime":"2020-01"}}`,
			keys:      Context{"aws:CurrentTime": {"2019-12-31T23:59:59Z"}},
		},
		"Bool": {
			reason:    pageOperators + "example boolean condition operator, row 1",
			condition: ssl,
			keys:      Context{"aws:SecureTransport": {"false"}},
			want:      true,
		},
		"BoolOtherValue": {
			reason:    pageOperators + "example boolean condition operator, row 2",
			condition: ssl,
			keys:      Context{"aws:SecureTransport": {"true"}},
		},
		"BoolAbsentKey": {
			reason:    pageOperators + "example boolean condition operator, row 3",
			condition: ssl,
		},
		"BoolWithoutQuotes": {
			reason:    pageGrammar + "quotation marks are optional for Boolean values",
			condition: `{"Bool":{"aws:SecureTransport":true}}`,
			keys:      Context{"aws:SecureTransport": {"true"}},
			want:      true,
		},
		"BoolPolicyVariable": {
			reason:    pageOperators + "boolean: policy variables are supported",
			condition: `{"Bool":{"aws:SecureTransport":"${aws:PrincipalTag/ssl}"}}`,
			keys:      Context{"aws:SecureTransport": {"true"}, "aws:PrincipalTag/ssl": {"true"}},
			want:      true,
		},
		"Binary": {
			reason:    pageOperators + "binary, row 1",
			condition: binary,
			keys:      Context{"key": {"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}},
			want:      true,
		},
		"BinaryOtherValue": {
			reason:    pageOperators + "binary, row 2",
			condition: binary,
			keys:      Context{"key": {"ASIAIOSFODNN7EXAMPLE"}},
		},
		"BinaryAbsentKey": {
			reason:    pageOperators + "binary, row 3",
			condition: binary,
		},
		"IPInRange": {
			reason:    pageOperators + "example IP address, row 1",
			condition: sourceIP,
			keys:      Context{"aws:SourceIp": {"203.0.113.1"}},
			want:      true,
		},
		"IPOutOfRange": {
			reason:    pageOperators + "example IP address, row 2",
			condition: sourceIP,
			keys:      Context{"aws:SourceIp": {"198.51.100.1"}},
		},
		"IPAbsentKey": {
			reason:    pageOperators + "aws:SourceIp is absent behind a VPC endpoint: false",
			condition: sourceIP,
		},
		"IPv6InRange": {
			reason:    pageOperators + "mix of IPv4 and IPv6",
			condition: bothIPs,
			keys:      Context{"aws:SourceIp": {"2001:db8:1234:5678::1"}},
			want:      true,
		},
		"IPv6OutOfRange": {
			reason:    pageOperators + "mix of IPv4 and IPv6",
			condition: bothIPs,
			keys:      Context{"aws:SourceIp": {"2001:db8:1234:5679::1"}},
		},
		"IPWithoutPrefix": {
			reason:    pageOperators + "without a routing prefix the default is /32",
			condition: `{"IpAddress":{"aws:SourceIp":"203.0.113.1"}}`,
			keys:      Context{"aws:SourceIp": {"203.0.113.2"}},
		},
		"NotIP": {
			reason:    pageECRExamples + "restricting access to specific IP addresses: an address outside is denied",
			condition: `{"NotIpAddress":{"aws:SourceIp":"54.240.143.0/24"}}`,
			keys:      Context{"aws:SourceIp": {"54.240.144.1"}},
			want:      true,
		},
		"NotIPInRange": {
			reason:    pageECRExamples + "restricting access to specific IP addresses: one inside is not",
			condition: `{"NotIpAddress":{"aws:SourceIp":"54.240.143.0/24"}}`,
			keys:      Context{"aws:SourceIp": {"54.240.143.99"}},
		},
		"NotIPAbsentKey": {
			reason:    pageOperators + "negated matching with an absent key is true",
			condition: `{"NotIpAddress":{"aws:SourceIp":"54.240.143.0/24"}}`,
			want:      true,
		},
		"Arn": {
			reason:    pageOperators + "example ARN condition operator, row 1",
			condition: topic,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}},
			want:      true,
		},
		"ArnOtherAccount": {
			reason:    pageOperators + "example ARN condition operator, row 2",
			condition: topic,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-west-2:777788889999:TOPIC-ID"}},
		},
		"ArnAbsentKey": {
			reason:    pageOperators + "example ARN condition operator, row 3",
			condition: topic,
		},
		"ArnEqualsTakesWildcards": {
			reason:    pageOperators + "ArnEquals and ArnLike behave identically",
			condition: `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:123456789012:TOPIC-*"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}},
			want:      true,
		},
		"ArnLikeChecksEachComponent": {
			reason:    pageOperators + "ArnLike matches elements between colons: the match fails",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:someservice:*:111122223333:finance/*"}}`,
			keys: Context{"aws:SourceArn": {
				"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}},
		},
		"ArnLikeLastComponentHasColons": {
			reason:    pageOperators + "six components: colons after the fifth belong to the last",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:111122223333:function:*"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:lambda:eu-west-1:111122223333:function:f:live"}},
			want:      true,
		},
		"ArnLikeNoARN": {
			reason:    pageOperators + "what has no six components matches no ARN",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:*"}}`,
			keys:      Context{"aws:SourceArn": {"111122223333"}},
		},
		"ArnNotLikeAbsentKey": {
			reason:    pageOperators + "ArnNotLike with an absent key is true",
			condition: `{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`,
			want:      true,
		},
		"ArnNotEqualsMatching": {
			reason:    pageOperators + "ArnNotEquals and ArnNotLike behave identically",
			condition: `{"ArnNotEquals":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-west-2:777788889999:TOPIC-ID"}},
		},
	})
}

func TestExistence(t *testing.T) {
	instance := `{"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}`
	runConditionCases(t, map[string]conditionCase{
		"IfExistsMatching": {
			reason:    pageOperators + "IfExists, row 1",
			condition: instance,
			keys:      Context{"ec2:InstanceType": {"t1.micro"}},
			want:      true,
		},
		"IfExistsOtherValue": {
			reason:    pageOperators + "IfExists, row 2",
			condition: instance,
			keys:      Context{"ec2:InstanceType": {"m2.micro"}},
		},
		"IfExistsAbsentKey": {
			reason:    pageOperators + "IfExists, row 3",
			condition: instance,
			want:      true,
		},
		"IfExistsNegatedAbsentKey": {
			reason:    pageOperators + "StringNotEqualsIfExists with Deny still denies if the key is not present",
			condition: `{"StringNotEqualsIfExists":{"aws:PrincipalServiceName":"codebuild.amazonaws.com"}}`,
			want:      true,
		},
		"IfExistsBool": {
			reason:    pageNotAction + "BoolIfExists denies whoever signed in without MFA",
			condition: `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`,
			keys:      Context{"aws:MultiFactorAuthPresent": {"true"}},
		},
		"IfExistsBoolAbsentKey": {
			reason:    pageNotAction + "BoolIfExists is true for access keys, which have no such key",
			condition: `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`,
			want:      true,
		},
		"IfExistsOnlyForItsKey": {
			reason:    pageOperators + "other condition elements can still result in a nonmatch",
			condition: `{"StringLikeIfExists":{"ec2:InstanceType":"t1.*"},"StringEquals":{"ec2:Region":"us-east-1"}}`,
		},
		"NullFalsePresent": {
			reason:    pageOperators + "Null false: the user must use temporary credentials, and does",
			condition: `{"Null":{"aws:TokenIssueTime":"false"}}`,
			keys:      Context{"aws:TokenIssueTime": {"2020-01-01T00:00:01Z"}},
			want:      true,
		},
		"NullFalseAbsent": {
			reason:    pageOperators + "Null false: the key cannot be absent",
			condition: `{"Null":{"aws:TokenIssueTime":"false"}}`,
		},
		"NullTrueAbsent": {
			reason:    pageOperators + "Null true: the key doesn't exist",
			condition: `{"Null":{"aws:TokenIssueTime":"true"}}`,
			want:      true,
		},
		"NullTruePresent": {
			reason:    pageOperators + "Null true: the key exists",
			condition: `{"Null":{"aws:TokenIssueTime":true}}`,
			keys:      Context{"aws:TokenIssueTime": {"2020-01-01T00:00:01Z"}},
		},
		"NullFalseEmptyValue": {
			reason:    pageOperators + "Null false: the key exists and its value is not null; an empty string is a null dataset",
			condition: `{"Null":{"aws:TagKeys":"false"}}`,
			keys:      Context{"aws:TagKeys": {""}},
		},
		"NullTrueNoValues": {
			reason:    pageOperators + "a key without any value is not there",
			condition: `{"Null":{"aws:TagKeys":"true"}}`,
			keys:      Context{"aws:TagKeys": {}},
			want:      true,
		},
	})
}

func TestConditionLogic(t *testing.T) {
	tasks := `{"StringEquals":{"aws:RequestTag/environment":["production","prod-backup"]},"ArnEquals":{"ecs:cluster":[` +
		`"arn:aws:ecs:us-east-1:111122223333:cluster/default1","arn:aws:ecs:us-east-1:111122223333:cluster/default2"]}}`
	const default1 = "arn:aws:ecs:us-east-1:111122223333:cluster/default1"
	const default2 = "arn:aws:ecs:us-east-1:111122223333:cluster/default2"
	tags := `"StringEquals":{"aws:PrincipalTag/department":["finance","hr","legal"],"aws:PrincipalTag/role":["audit","security"]}`
	users := `{"aws:PrincipalArn":["arn:aws:iam::222222222222:user/Ana","arn:aws:iam::222222222222:user/Mary"]}`
	positive := `{` + tags + `,"ArnLike":` + users + `}`
	negated := `{` + tags + `,"ArnNotLike":` + users + `}`
	who := func(department, role, name string) Context {
		c := Context{"aws:PrincipalArn": {"arn:aws:iam::222222222222:user/" + name}}
		if department != "" {
			c["aws:PrincipalTag/department"] = []string{department}
		}
		if role != "" {
			c["aws:PrincipalTag/role"] = []string{role}
		}
		return c
	}
	runConditionCases(t, map[string]conditionCase{
		"OperatorsAreAnded": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 1",
			condition: tasks,
			keys:      Context{"aws:RequestTag/environment": {"production"}, "ecs:cluster": {default1}},
			want:      true,
		},
		"ValuesAreOred": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 2",
			condition: tasks,
			keys:      Context{"aws:RequestTag/environment": {"prod-backup"}, "ecs:cluster": {default2}},
			want:      true,
		},
		"OtherTag": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 3",
			condition: tasks,
			keys:      Context{"aws:RequestTag/webserver": {"production"}, "ecs:cluster": {default2}},
		},
		"NoTag": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 4",
			condition: tasks,
			keys:      Context{"ecs:cluster": {default2}},
		},
		"AllKeys":               {reason: pageLogic + "first table, row 1", condition: positive, keys: who("legal", "audit", "Mary"), want: true},
		"OtherUser":             {reason: pageLogic + "first table, row 2", condition: positive, keys: who("hr", "audit", "Nikki")},
		"OtherRole":             {reason: pageLogic + "first table, row 3", condition: positive, keys: who("hr", "payroll", "Mary")},
		"NoRole":                {reason: pageLogic + "first table, row 4", condition: positive, keys: who("hr", "", "Mary")},
		"NoTags":                {reason: pageLogic + "first table, row 5", condition: positive, keys: who("", "", "Mary")},
		"NegatedValuesAreNored": {reason: pageLogic + "second table, row 1", condition: negated, keys: who("legal", "audit", "Nikki"), want: true},
		"NegatedNamedUser":      {reason: pageLogic + "second table, row 2", condition: negated, keys: who("hr", "audit", "Mary")},
		"NegatedOtherRole":      {reason: pageLogic + "second table, row 3", condition: negated, keys: who("hr", "payroll", "Nikki")},
		"NegatedNoRole":         {reason: pageLogic + "second table, row 4", condition: negated, keys: who("hr", "", "Nikki")},
		"NegatedNoTags":         {reason: pageLogic + "second table, row 5", condition: negated, keys: who("", "", "Nikki")},
	})
}
