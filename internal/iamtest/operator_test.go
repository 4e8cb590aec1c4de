package iamtest

import "testing"

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
		"BoolPolicyVariableAbsent": {
			reason:    pageVariables + "a variable without a value equals nothing",
			condition: `{"Bool":{"aws:SecureTransport":"${aws:PrincipalTag/ssl}"}}`,
			keys:      Context{"aws:SecureTransport": {"false"}},
		},
		"BoolPolicyVariableText": {
			reason:    pageOperators + "what is neither true nor false is no Boolean",
			condition: `{"Bool":{"aws:SecureTransport":"${aws:PrincipalTag/ssl}"}}`,
			keys:      Context{"aws:SecureTransport": {"false"}, "aws:PrincipalTag/ssl": {"no"}},
		},
		"BoolText": {
			reason:    pageOperators + "what is neither true nor false is no Boolean",
			condition: ssl,
			keys:      Context{"aws:SecureTransport": {"no"}},
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
		"ArnLikeShortValue": {
			reason:    pageOperators + "what has no six components matches no ARN",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:*"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws"}},
		},
		"ArnVariableIsAnARN": {
			reason:    pageOperators + "ARN: policy variables are supported",
			condition: `{"ArnEquals":{"aws:SourceArn":"${aws:PrincipalTag/source}"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-east-1:1:t"}, "aws:PrincipalTag/source": {"arn:aws:sns:us-east-1:1:t"}},
			want:      true,
		},
		"ArnVariableIsNoARN": {
			reason:    pageOperators + "what has no six components is no ARN",
			condition: `{"ArnEquals":{"aws:SourceArn":"${aws:PrincipalTag/source}"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-east-1:1:t"}, "aws:PrincipalTag/source": {"arn"}},
		},
		"ArnVariableAbsent": {
			reason:    pageVariables + "a variable without a value is like nothing",
			condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*${aws:PrincipalTag/source}"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-east-1:1:t"}},
		},
		"ArnVariableAbsentNegated": {
			reason:    pageVariables + "inverted operators match against a null value",
			condition: `{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:*:*${aws:PrincipalTag/source}"}}`,
			keys:      Context{"aws:SourceArn": {"arn:aws:sns:us-east-1:1:t"}},
			want:      true,
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
