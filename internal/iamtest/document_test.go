package iamtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	cases := map[string]struct {
		reason string
		kind   Kind
		text   string
		want   *Document
	}{
		"Identity": {
			reason: pageGrammar + "a single statement, single values",
			kind:   IdentityPolicy,
			text:   `{"Version":"2012-10-17","Statement":{"Sid":"Token","Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}}`,
			want: &Document{Kind: IdentityPolicy, Version: "2012-10-17", Statements: []Statement{
				{Sid: "Token", Effect: Allow, Action: []string{"ecr:GetAuthorizationToken"}, Resource: []string{"*"}},
			}},
		},
		"AnyOrder": {
			reason: pageGrammar + "blocks can appear in any order",
			kind:   IdentityPolicy,
			text:   `{"Statement":[{"NotResource":["arn:aws:s3:::a"],"NotAction":["s3:*"],"Effect":"Deny"}],"Version":"2008-10-17"}`,
			want: &Document{Kind: IdentityPolicy, Version: "2008-10-17", Statements: []Statement{
				{Effect: Deny, NotAction: []string{"s3:*"}, NotResource: []string{"arn:aws:s3:::a"}},
			}},
		},
		"Trust": {
			reason: pageOIDC + "a trust policy for GitHub",
			kind:   TrustPolicy,
			text: trustPolicy(GitHubIssuer, `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},`+
				`"ForAnyValue:StringLikeIfExists":{"token.actions.githubusercontent.com:sub":["a","b"]}}`),
			want: &Document{Kind: TrustPolicy, Version: "2012-10-17", Statements: []Statement{{
				Effect:    Allow,
				Principal: &PrincipalElement{Federated: []string{"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}},
				Action:    []string{"sts:AssumeRoleWithWebIdentity"},
				Condition: []Condition{
					{Operator: "StringEquals", Key: "token.actions.githubusercontent.com:aud", Values: []string{"sts.amazonaws.com"}},
					{Set: ForAnyValue, Operator: "StringLike", IfExists: true, Key: "token.actions.githubusercontent.com:sub", Values: []string{"a", "b"}},
				},
			}}},
		},
		"Repository": {
			reason: pageECRExamples + "with an Id, without a Resource, and everyone as principal",
			kind:   RepositoryPolicy,
			text:   `{"Version":"2012-10-17","Id":"ECRPolicyId1","Statement":[{"Sid":"IP Allow","Effect":"Deny","Principal":"*","Action":"ecr:*"}]}`,
			want: &Document{Kind: RepositoryPolicy, Version: "2012-10-17", ID: "ECRPolicyId1", Statements: []Statement{
				{Sid: "IP Allow", Effect: Deny, Principal: &PrincipalElement{Any: true}, Action: []string{"ecr:*"}},
			}},
		},
		"Scalars": {
			reason: pageGrammar + "quotation marks are optional for numeric and Boolean values",
			kind:   IdentityPolicy,
			text:   `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a":[1.50,"2"]},"Bool":{"b":true}}}]}`,
			want: &Document{Kind: IdentityPolicy, Statements: []Statement{{
				Effect: Allow, Action: []string{"*"}, Resource: []string{"*"},
				Condition: []Condition{
					{Operator: "NumericEquals", Key: "a", Values: []string{"1.50", "2"}},
					{Operator: "Bool", Key: "b", Values: []string{"true"}},
				},
			}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, tc.kind, tc.text)
			if d := cmp.Diff(tc.want, got, cmpopts.IgnoreUnexported(Statement{}, Condition{})); d != "" {
				t.Errorf("%s\nParse(...): -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

// IAM's rule for characters is no rule of ECR's.
func TestCharacters(t *testing.T) {
	const at = "@"
	trust := trustPolicy(GitHubIssuer, `{"StringEquals":{"a":"`+at+`"}}`)
	identity := `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::` + at + `"}}`
	repository := `{"Statement":{"Sid":"` + at + `","Effect":"Deny","Principal":"*","Action":"ecr:*"}}`
	cases := map[string]struct {
		reason string
		kind   Kind
		text   string
		put    string
		want   bool
	}{
		"LastIdentity":  {reason: pageQuotas + "characters in the range U+0020 to U+00FF", kind: IdentityPolicy, text: identity, put: "\u00ff", want: true},
		"LastTrust":     {reason: pageQuotas + "characters in the range U+0020 to U+00FF", kind: TrustPolicy, text: trust, put: "\u00ff", want: true},
		"NextIdentity":  {reason: pageQuotas + "characters in the range U+0020 to U+00FF", kind: IdentityPolicy, text: identity, put: "\u0100"},
		"NextTrust":     {reason: pageQuotas + "characters in the range U+0020 to U+00FF", kind: TrustPolicy, text: trust, put: "\u0100"},
		"ECR":           {reason: "ECR documents no such rule", kind: RepositoryPolicy, text: repository, put: "\u0100", want: true},
		"EscapedInJSON": {reason: pageQuotas + "the text counts, and an escape is ASCII", kind: TrustPolicy, text: trust, put: `\u0100`, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			// White space stands between the tokens, where IAM admits all three.
			text := strings.Replace("{\t\r\n"+strings.TrimPrefix(tc.text, "{"), at, tc.put, 1)
			_, err := Parse(tc.kind, text)
			if d := diff(tc.want, err == nil); d != "" {
				t.Errorf("%s\nParse(%s, %q): %v: -want, +got:\n%s", tc.reason, tc.kind, text, err, d)
			}
		})
	}
}

func TestRefusedDocuments(t *testing.T) {
	const head, tail = `{"Version":"2012-10-17","Statement":[`, `]}`
	identity := func(elements string) string {
		return head + `{"Effect":"Allow","Action":"ecr:PutImage","Resource":"*"` + elements + `}` + tail
	}
	condition := func(c string) string { return identity(`,"Condition":` + c) }
	cases := map[string]struct {
		reason string
		kind   Kind // default IdentityPolicy
		text   string
	}{
		"NotJSON":              {reason: pageGrammar + "policies are JSON", text: `{"Version":`},
		"NotAnObject":          {reason: pageGrammar + "a policy is an object", text: `[]`},
		"Trailing":             {reason: pageGrammar + "a policy is one object", text: identity("") + "{}"},
		"NoStatement":          {reason: pageGrammar + "statement_block is not optional", text: `{"Version":"2012-10-17"}`},
		"EmptyStatements":      {reason: pageGrammar + "arrays can take one or more values", text: head + tail},
		"StatementString":      {reason: pageGrammar + "a statement is an object", text: head + `"x"` + tail},
		"UnknownElement":       {reason: pageGrammar + "no other blocks", text: `{"Version":"2012-10-17","Statements":[]}`},
		"UnknownInStatement":   {reason: pageGrammar + "no other blocks", text: identity(`,"Resources":"*"`)},
		"LowerCase":            {reason: pageGrammar + "element names are literal", text: identity(`,"condition":{}`)},
		"Twice":                {reason: pageGrammar + "you cannot include the Effect block twice", text: identity(`,"Effect":"Allow"`)},
		"DuplicateSid":         {reason: pageChecks + "unique Sids required", text: head + `{"Sid":"a","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"a:c","Resource":"*"}` + tail},
		"SidCharacters":        {reason: pageGrammar + "for IAM policies, letters and digits are the only characters in Sid", text: identity(`,"Sid":"push images"`)},
		"Version":              {reason: pageGrammar + "2008-10-17 or 2012-10-17", text: `{"Version":"2026-01-01","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`},
		"VersionNumber":        {reason: pageGrammar + "the version is a string", text: `{"Version":20121017,"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`},
		"IdOfAnIdentity":       {reason: pageGrammar + "Id must not be included in identity-based policies", text: `{"Id":"x","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`},
		"Effect":               {reason: pageGrammar + "Allow or Deny", text: head + `{"Effect":"allow","Action":"a:b","Resource":"*"}` + tail},
		"NoEffect":             {reason: pageGrammar + "effect_block is not optional", text: head + `{"Action":"a:b","Resource":"*"}` + tail},
		"NoAction":             {reason: pageGrammar + "action_block is not optional", text: head + `{"Effect":"Allow","Resource":"*"}` + tail},
		"BothActions":          {reason: pageGrammar + "Action or NotAction", text: identity(`,"NotAction":"a:b"`)},
		"EmptyActions":         {reason: pageGrammar + "arrays can take one or more values", text: head + `{"Effect":"Allow","Action":[],"Resource":"*"}` + tail},
		"ActionNumber":         {reason: pageGrammar + "an action is a string", text: head + `{"Effect":"Allow","Action":[7],"Resource":"*"}` + tail},
		"ActionWithoutService": {reason: pageGrammar + "a service namespace, a colon, and the name", text: head + `{"Effect":"Allow","Action":"PutImage","Resource":"*"}` + tail},
		"ServiceWildcard":      {reason: pageGrammar + "action names can include wildcards, namespaces not", text: head + `{"Effect":"Allow","Action":"ec*:PutImage","Resource":"*"}` + tail},
		"NoResource":           {reason: pageResource + "statements must include Resource or NotResource", text: head + `{"Effect":"Allow","Action":"a:b"}` + tail},
		"BothResources":        {reason: pageGrammar + "Resource or NotResource", text: identity(`,"NotResource":"*"`)},
		"EmptyResources":       {reason: pageGrammar + "arrays can take one or more values", text: head + `{"Effect":"Allow","Action":"a:b","Resource":[]}` + tail},
		"EmptyResource":        {reason: pageResource + "a resource is an ARN", text: head + `{"Effect":"Allow","Action":"a:b","Resource":""}` + tail},
		"ResourceNoARN":        {reason: pageChecks + "add the required prefix (arn)", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"repository/a"}` + tail},
		"ResourceQuestionMark": {reason: pageResource + "* alone is everything, ? alone is no ARN", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"?"}` + tail},
		"ResourcePrefix":       {reason: pageChecks + "ARNs must include the required arn: prefix", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"urn:aws:s3:::b"}` + tail},
		"ResourceTwoFields":    {reason: pageGrammar + "an incomplete ARN names at least its service", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws"}` + tail},
		"ResourcePartition":    {reason: pageChecks + "missing ARN field", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn::s3:::b"}` + tail},
		"ResourceNoService":    {reason: pageChecks + "missing ARN field", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws::::b"}` + tail},
		"NotResource":          {reason: pageChecks + "NotResource takes ARNs too", text: head + `{"Effect":"Deny","Action":"a:b","NotResource":"b"}` + tail},
		"ResourceService":      {reason: pageResource + "you can't use a wildcard in the service segment", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:*:eu-west-1:111122223333:x"}` + tail},
		"ResourceVariable":     {reason: pageVariables + "you can't use a variable before the fifth colon", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:sqs:*:${aws:PrincipalAccount}:q"}` + tail},
		"VariableOpen":         {reason: pageVariables + "a variable is in ${ }", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::b/${aws:username"}` + tail},
		"VariableEmpty":        {reason: pageVariables + "a variable has a name", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::b/${}"}` + tail},
		"VariableDefault":      {reason: pageVariables + "the default value is in single quotes", text: head + `{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::b/${aws:username, x}"}` + tail},
		"PrincipalOfIdentity":  {reason: pageGrammar + "Principal must not be included in identity-based policies", text: identity(`,"Principal":"*"`)},
		"Characters":           {reason: pageQuotas + "policy documents can contain only U+0020 to U+00FF", text: condition(`{"StringEquals":{"a":"日"}}`)},
		"ConditionList":        {reason: pageGrammar + "a condition is a map", text: condition(`[]`)},
		"ConditionEmpty":       {reason: pageChecks + "empty object condition", text: condition(`{}`)},
		"OperatorEmpty":        {reason: pageChecks + "empty object condition", text: condition(`{"StringEquals":{}}`)},
		"ValuesEmpty":          {reason: pageGrammar + "arrays can take one or more values", text: condition(`{"StringEquals":{"a":[]}}`)},
		"ValueNull":            {reason: pageGrammar + "a value is a string, a number or a Boolean", text: condition(`{"StringEquals":{"a":null}}`)},
		"ValueObject":          {reason: pageGrammar + "a value is a string, a number or a Boolean", text: condition(`{"StringEquals":{"a":{"b":"c"}}}`)},
		"KeyTwoSpellings":      {reason: pageChecks + "duplicate keys with different case", text: condition(`{"StringEquals":{"aws:TagKeys":"a","AWS:tagkeys":"b"}}`)},
		"UnknownOperator":      {reason: pageChecks + "invalid condition operator", text: condition(`{"StringMatches":{"a":"b"}}`)},
		"OperatorSpelling":     {reason: pageOperators + "operators have one spelling here", text: condition(`{"stringequals":{"a":"b"}}`)},
		"UnknownSet":           {reason: pageSets + "ForAllValues and ForAnyValue", text: condition(`{"ForSomeValues:StringEquals":{"a":"b"}}`)},
		"NullIfExists":         {reason: pageOperators + "any condition operator except Null", text: condition(`{"NullIfExists":{"a":"true"}}`)},
		"NullSet":              {reason: pageOperators + "Null tests the key, not its values", text: condition(`{"ForAllValues:Null":{"a":"true"}}`)},
		"KeyEmpty":             {reason: pageCondition + "a condition key has a name", text: condition(`{"StringEquals":{"":"b"}}`)},
		"KeyWildcard":          {reason: pageCondition + "a condition key is one key", text: condition(`{"StringEquals":{"aws:*":"b"}}`)},
		"NullText":             {reason: pageOperators + "use either true or false", text: condition(`{"Null":{"a":"yes"}}`)},
		"NullTwoValues":        {reason: pageChecks + "invalid condition multiple Boolean values", text: condition(`{"Null":{"a":["true","false"]}}`)},
		"NullVariable":         {reason: pageOperators + "you can not use a policy variable with Null", text: condition(`{"Null":{"a":"${aws:username}"}}`)},
		"BoolTwoValues":        {reason: pageChecks + "invalid condition multiple Boolean values", text: condition(`{"Bool":{"a":["true","false"]}}`)},
		"BoolText":             {reason: pageOperators + "Boolean values are true or false", text: condition(`{"Bool":{"a":"yes"}}`)},
		"NumericText":          {reason: pageOperators + "an integer or decimal value", text: condition(`{"NumericEquals":{"a":"ten"}}`)},
		"NumericFraction":      {reason: pageOperators + "an integer or decimal value", text: condition(`{"NumericEquals":{"a":"1/2"}}`)},
		"NumericHexadecimal":   {reason: pageOperators + "an integer or decimal value", text: condition(`{"NumericEquals":{"a":"0x10"}}`)},
		"NumericWildcard":      {reason: pageOperators + "numeric: wildcards are not supported", text: condition(`{"NumericEquals":{"a":"1*"}}`)},
		"NumericVariable":      {reason: pageOperators + "numeric: policy variables are not supported", text: condition(`{"NumericEquals":{"a":"${aws:MultiFactorAuthAge}"}}`)},
		"DateWildcard":         {reason: pageOperators + "date: wildcards are not supported", text: condition(`{"DateEquals":{"a":"2026-*"}}`)},
		"DateText":             {reason: pageOperators + "one of the W3C formats or epoch time", text: condition(`{"DateEquals":{"a":"01/02/2026"}}`)},
		"IPText":               {reason: pageOperators + "IP: the standard CIDR format", text: condition(`{"IpAddress":{"a":"203.0.113.*"}}`)},
		"IPZone":               {reason: pageOperators + "IP: an address has no zone", text: condition(`{"IpAddress":{"a":"fe80::1%eth0"}}`)},
		"ArnOpenVariable":      {reason: pageVariables + "a variable is in ${ }", text: condition(`{"ArnLike":{"a":"arn:aws:sns:*:*:${aws:username"}}`)},
		"StringOpenVariable":   {reason: pageVariables + "a variable is in ${ }", text: condition(`{"StringLike":{"a":"${aws:username"}}`)},
		"BoolOpenVariable":     {reason: pageVariables + "a variable is in ${ }", text: condition(`{"Bool":{"a":"${aws:username"}}`)},
		"BinaryText":           {reason: pageOperators + "binary: base-64", text: condition(`{"BinaryEquals":{"a":"%%"}}`)},
		"ArnText":              {reason: pageOperators + "ARN: six colon-delimited components", text: condition(`{"ArnLike":{"a":"arn:aws:sns"}}`)},
		"NotPrincipalAllow":    {reason: pageNotPrincipal + "NotPrincipal with Allow is not supported", kind: ResourcePolicy, text: head + `{"Effect":"Allow","NotPrincipal":"*","Action":"s3:*","Resource":"*"}` + tail},
		"BothPrincipals":       {reason: pageGrammar + "Principal or NotPrincipal", kind: ResourcePolicy, text: head + `{"Effect":"Deny","Principal":"*","NotPrincipal":"*","Action":"s3:*","Resource":"*"}` + tail},
		"NoPrincipal":          {reason: pageGrammar + "Principal is required in resource-based policies", kind: RepositoryPolicy, text: head + `{"Effect":"Allow","Action":"ecr:*"}` + tail},
		"TrustNoPrincipal":     {reason: pageGrammar + "Principal is required in trust policies", kind: TrustPolicy, text: head + `{"Effect":"Allow","Action":"sts:AssumeRole"}` + tail},
		"TrustResource":        {reason: "a trust policy is about its role", kind: TrustPolicy, text: head + `{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}` + tail},
		"TrustAction":          {reason: "a trust policy takes STS actions only", kind: TrustPolicy, text: head + `{"Effect":"Allow","Principal":"*","Action":"ecr:PutImage"}` + tail},
		"TrustNotPrincipal":    {reason: pageNotPrincipal + "you cannot use it in an IAM role trust policy", kind: TrustPolicy, text: head + `{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}` + tail},
		"RepositoryAction":     {reason: "a repository policy takes ECR actions only", kind: RepositoryPolicy, text: head + `{"Effect":"Allow","Principal":"*","Action":"*"}` + tail},
		"RepositoryToken":      {reason: pageRepository + "GetAuthorizationToken is allowed through an IAM policy", kind: RepositoryPolicy, text: head + `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:GetAuthorizationToken"}` + tail},
		"RepositoryIncomplete": {reason: pageGrammar + "incomplete ARNs are completed in identity-based policies", kind: RepositoryPolicy, text: head + `{"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"arn:aws:ecr"}` + tail},
		"RegistryNoResource":   {reason: "ECR User Guide, registry-permissions-examples: statements name repositories", kind: RegistryPolicy, text: head + `{"Effect":"Allow","Principal":"*","Action":"ecr:*"}` + tail},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = IdentityPolicy
			}
			if _, err := Parse(kind, tc.text); err == nil {
				t.Errorf("%s\nParse(%s, %s): want an error", tc.reason, kind, tc.text)
			}
		})
	}
}
