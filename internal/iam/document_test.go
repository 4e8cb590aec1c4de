package iam_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

const head, tail = `{"Version":"2012-10-17","Statement":[`, `]}`

// identity is an identity policy of one statement, with further elements.
func identity(elements string) string {
	return head + `{"Effect":"Allow","Action":"ecr:PutImage","Resource":"*"` + elements + `}` + tail
}

// on is an identity policy for one Resource.
func on(resource string) string {
	return head + `{"Effect":"Allow","Action":"a:b","Resource":` + resource + `}` + tail
}

// given is an identity policy with a condition.
func given(condition string) string { return identity(`,"Condition":` + condition) }

func TestRefusedDocuments(t *testing.T) {
	const trust, repositories, registries = iam.TrustPolicy, iam.RepositoryPolicy, iam.RegistryPolicy
	cases := []struct {
		name, reason string
		kind         iam.Kind // IdentityPolicy if empty
		text         string
		message      string // what the error must say, where that matters
	}{
		{"NotJSON", grammar + "policies are JSON", "", `{"Version":`, ""},
		{"NotUTF8", "JSON is UTF-8", "", identity("") + "\xff", ""},
		{"NotAnObject", grammar + "a policy is an object", "", `[]`, ""},
		{"Trailing", grammar + "a policy is one object", "", identity("") + "{}", ""},
		{"NoStatement", grammar + "Statement is not optional", "", `{"Version":"2012-10-17"}`, "Statement"},
		{"EmptyStatements", grammar + "arrays can take one or more values", "", head + tail, "Statement"},
		{"StatementString", grammar + "a statement is an object", "", head + `"x"` + tail, ""},
		{"UnknownElement", grammar + "no other elements", "", `{"Version":"2012-10-17","Statements":[]}`, "Statements"},
		{"UnknownInStatement", grammar + "no other elements", "", identity(`,"Resources":"*"`),
			`Statement[0]: unknown field "Resources"`},
		{"LowerCase", grammar + "names of elements are literal", "", identity(`,"condition":{}`), "condition"},
		{"Twice", grammar + "you cannot include the Effect block twice", "", identity(`,"Effect":"Allow"`), `"Effect"`},
		{
			"SidTwice", checks + "unique Sids required", "",
			head + `{"Sid":"a","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"a:c","Resource":"*"}` + tail,
			`Statement[1]: the Sid "a" occurs twice`,
		},
		{"SidCharacters", grammar + "for IAM policies, letters and digits are the only characters in Sid", "",
			identity(`,"Sid":"push images"`), "Sid"},
		{"Version", grammar + "2008-10-17 or 2012-10-17", "",
			`{"Version":"2026-01-01","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, "Version"},
		{"VersionNumber", grammar + "the version is a string", "",
			`{"Version":20121017,"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, ""},
		{"ID", grammar + "Id must not be included in identity-based policies", "",
			`{"Id":"x","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, "Id"},
		{"Effect", grammar + "Allow or Deny", "",
			head + `{"Effect":"allow","Action":"a:b","Resource":"*"}` + tail, "Effect"},
		{"NoEffect", grammar + "Effect is not optional", "", head + `{"Action":"a:b","Resource":"*"}` + tail, "Effect"},
		{"NoAction", grammar + "Action is not optional", "", head + `{"Effect":"Allow","Resource":"*"}` + tail,
			"Action"},
		{"BothActions", grammar + "Action or NotAction", "", identity(`,"NotAction":"a:b"`), "NotAction"},
		{"EmptyActions", grammar + "arrays can take one or more values", "",
			head + `{"Effect":"Allow","Action":[],"Resource":"*"}` + tail, ""},
		{"ActionNull", grammar + "an action is a string", "",
			head + `{"Effect":"Allow","Action":null,"Resource":"*"}` + tail, ""},
		{"ActionNumber", grammar + "an action is a string", "",
			head + `{"Effect":"Allow","Action":[7],"Resource":"*"}` + tail, ""},
		{"ActionWithoutService", grammar + "a service, a colon and a name", "",
			head + `{"Effect":"Allow","Action":"PutImage","Resource":"*"}` + tail, "PutImage"},
		{"ServiceWildcard", grammar + "names can have wildcards, services not", "",
			head + `{"Effect":"Allow","Action":"ec*:PutImage","Resource":"*"}` + tail, ""},
		{"NoResource", resources + "statements must include Resource or NotResource", "",
			head + `{"Effect":"Allow","Action":"a:b"}` + tail, "Resource"},
		{"BothResources", grammar + "Resource or NotResource", "", identity(`,"NotResource":"*"`), "NotResource"},
		{"EmptyResources", grammar + "arrays can take one or more values", "", on(`[]`), ""},
		{"EmptyResource", resources + "a resource is an ARN", "", on(`""`), ""},
		{"ResourceNoARN", checks + "ARNs must include the required arn: prefix", "", on(`"repository/a"`),
			"repository/a"},
		{"ResourceQuestionMark", resources + "* alone is everything, ? alone is no ARN", "", on(`"?"`), ""},
		{"ResourceTwoFields", grammar + "an incomplete ARN names at least its service", "", on(`"arn:aws"`), ""},
		{"ResourceNoPartition", checks + "missing ARN field", "", on(`"arn::s3:::b"`), ""},
		{"ResourceNoService", checks + "missing ARN field", "", on(`"arn:aws::::b"`), ""},
		{"ResourceService", resources + "you can't use a wildcard in the service segment", "",
			on(`"arn:aws:*:eu-west-1:111122223333:x"`), "service"},
		{"ResourceVariable", "variables are not evaluated", "", on(`"arn:aws:s3:::b/${aws:username}"`), "variable"},
		{"NotResource", checks + "NotResource takes ARNs too", "",
			head + `{"Effect":"Deny","Action":"a:b","NotResource":"b"}` + tail, ""},
		{"Characters", quotas + "policies have characters from U+0020 to U+00FF only", "",
			given(`{"StringEquals":{"a":"日"}}`), "U+65E5"},

		{"ConditionNull", grammar + "a condition is an object", "", given(`null`), ""},
		{"ConditionList", grammar + "a condition is an object", "", given(`[]`), ""},
		{"ConditionEmpty", checks + "empty object condition", "", given(`{}`), "Condition"},
		{"OperatorEmpty", checks + "empty object condition", "", given(`{"StringEquals":{}}`), "StringEquals"},
		{"OperatorTwice", grammar + "no name twice", "",
			given(`{"StringEquals":{"a":"b"},"StringEquals":{"c":"d"}}`), "StringEquals"},
		{"KeyTwice", grammar + "no name twice", "", given(`{"StringEquals":{"a":"b","a":"d"}}`), ""},
		{"KeyTwoSpellings", checks + "duplicate keys with different case", "",
			given(`{"StringEquals":{"aws:TagKeys":"a","AWS:tagkeys":"b"}}`), "twice"},
		{"KeyEmpty", condition + "a condition key has a name", "", given(`{"StringEquals":{"":"b"}}`), ""},
		{"KeyWildcard", condition + "a condition key is one key", "", given(`{"StringEquals":{"aws:*":"b"}}`), "aws:*"},
		{"ValuesEmpty", grammar + "arrays can take one or more values", "", given(`{"StringEquals":{"a":[]}}`), ""},
		{"ValueNull", grammar + "a value is a string, a number or a Boolean", "",
			given(`{"StringEquals":{"a":null}}`), ""},
		{"ValueObject", grammar + "a value is a string, a number or a Boolean", "",
			given(`{"StringEquals":{"a":{"b":"c"}}}`), ""},
		{"ValueFraction", "AWS does not say how it writes one", "", given(`{"StringEquals":{"a":1.5}}`), ""},
		{"UnknownOperator", checks + "invalid condition operator", "", given(`{"StringMatches":{"a":"b"}}`),
			"StringMatches"},
		{"OperatorSpelling", operators + "operators have one spelling", "", given(`{"stringequals":{"a":"b"}}`),
			"stringequals"},
		{"Number", "operators for numbers are not evaluated", "", given(`{"NumericLessThan":{"a":"7"}}`),
			`"NumericLessThan" is not evaluated`},
		{"Date", "operators for dates are not evaluated", "",
			given(`{"DateLessThan":{"aws:CurrentTime":"2026-01-01"}}`), "not evaluated"},
		{"Address", "operators for addresses are not evaluated", "",
			given(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), "not evaluated"},
		{"UnknownSet", sets + "ForAllValues and ForAnyValue", "",
			given(`{"ForSomeValues:StringEquals":{"a":"b"}}`), "ForSomeValues"},
		{"NullIfExists", operators + "any operator except Null", "", given(`{"NullIfExists":{"a":"true"}}`), ""},
		{"NullSet", operators + "Null tests the key, not its values", "",
			given(`{"ForAllValues:Null":{"a":"true"}}`), ""},
		{"NullText", operators + "use either true or false", "", given(`{"Null":{"a":"yes"}}`), "true or false"},
		{"NullTwoValues", checks + "invalid condition multiple Boolean values", "",
			given(`{"Null":{"a":["true","false"]}}`), ""},
		{"BoolTwoValues", checks + "invalid condition multiple Boolean values", "",
			given(`{"Bool":{"a":["true","false"]}}`), ""},
		{"BoolText", operators + "Boolean values are true or false", "", given(`{"Bool":{"a":"yes"}}`), ""},
		{"ArnText", operators + "ARN: six colon-delimited components", "",
			given(`{"ArnLike":{"a":"arn:aws:sns"}}`), "six"},
		{"ConditionVariable", "variables are not evaluated", "", given(`{"StringLike":{"a":"${aws:username}"}}`),
			"StringLike: a:"},
		{"ConditionEscape", "escapes are not evaluated either", "", given(`{"StringLike":{"a":"${*}"}}`), "variable"},

		{"PrincipalOfIdentity", grammar + "Principal must not be included in identity-based policies", "",
			identity(`,"Principal":"*"`), "Principal"},
		{
			"NotPrincipal", notPrincipal + "AWS advises against it, and its meaning depends on how the caller's account is named", repositories,
			head + `{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"ecr:*"}` + tail, "NotPrincipal",
		},
		{"NoPrincipal", grammar + "Principal is required in resource-based policies", repositories,
			head + `{"Effect":"Allow","Action":"ecr:*"}` + tail, "Principal"},
		{"TrustNoPrincipal", grammar + "Principal is required in trust policies", trust,
			head + `{"Effect":"Allow","Action":"sts:AssumeRole"}` + tail, ""},
		{"TrustResource", "a trust policy is about its role", trust,
			head + `{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}` + tail, ""},
		{"TrustAction", "a trust policy takes STS actions only", trust,
			head + `{"Effect":"Allow","Principal":"*","Action":"ecr:PutImage"}` + tail, "STS"},
		{"RepositoryAction", "a repository policy takes ECR actions only", repositories,
			head + `{"Effect":"Allow","Principal":"*","Action":"*"}` + tail, "ECR"},
		{"RepositoryToken", repository + "GetAuthorizationToken is allowed through an IAM policy", repositories,
			head + `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:GetAuthorizationToken"}` + tail, ""},
		{"RepositoryIncomplete", grammar + "incomplete ARNs are completed in identity-based policies", repositories,
			head + `{"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"arn:aws:ecr"}` + tail, ""},
		{"RegistryNoResource", "ECR User Guide, registry-permissions-examples: statements name repositories", registries,
			head + `{"Effect":"Allow","Principal":"*","Action":"ecr:*"}` + tail, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if tc.kind == "" {
				tc.kind = iam.IdentityPolicy
			}
			_, err := iam.Parse(tc.kind, tc.text)
			if err == nil {
				t.Fatalf("%s\nParse(%s, %s): want an error", tc.reason, tc.kind, tc.text)
			}
			if !strings.Contains(err.Error(), tc.message) {
				t.Errorf("%s\nParse(%s, %s): want %q in the error, got: %v", tc.reason, tc.kind, tc.text, tc.message, err)
			}
		})
	}
}

func TestAcceptedDocuments(t *testing.T) {
	cases := []struct {
		name, reason string
		kind         iam.Kind
		text         string
	}{
		{"OneStatement", grammar + "one statement needs no list", iam.IdentityPolicy,
			`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
		{"WhiteSpace", grammar + "policies are JSON", iam.IdentityPolicy,
			"\t\r\n{ \"Statement\" : [ {\"Effect\":\"Deny\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"} ]\n}"},
		{"LastCharacter", quotas + "characters from U+0020 to U+00FF", iam.IdentityPolicy,
			given("{\"StringEquals\":{\"a\":\"\u00ff\"}}")},
		{"Escape", quotas + "the text counts, and an escape is ASCII", iam.IdentityPolicy,
			given(`{"StringEquals":{"a":"\u0100"}}`)},
		{"ECRCharacters", "ECR documents no such rule, nor one on Sids", iam.RepositoryPolicy,
			head + `{"Sid":"new statement Ā","Effect":"Allow","Principal":"*","Action":"ecr:*"}` + tail},
		{"RepositoryID", grammar + "resource policies may have an Id", iam.RepositoryPolicy,
			`{"Id":"x","Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}`},
		{
			"OldVariable", variables + "a policy of 2008 has none", iam.IdentityPolicy,
			`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"${y}"}}}}`,
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := iam.Parse(tc.kind, tc.text); err != nil {
				t.Errorf("%s\nParse(%s, %s): %v", tc.reason, tc.kind, tc.text, err)
			}
		})
	}
}
