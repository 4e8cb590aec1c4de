package iam_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// The pages of AWS's documentation that the cases come from, of the IAM User Guide unless the constant says
// otherwise.
const (
	operators    = "reference_policies_elements_condition_operators: "
	sets         = "reference_policies_condition-single-vs-multi-valued-context-keys: "
	multivalued  = "reference_policies_condition_examples-multi-valued-context-keys: "
	logic        = "reference_policies_condition-logic-multiple-context-keys-or-values: "
	condition    = "reference_policies_elements_condition: "
	variables    = "reference_policies_variables: "
	actions      = "reference_policies_elements_action: "
	notAction    = "reference_policies_elements_notaction: "
	resources    = "reference_policies_elements_resource: "
	notResource  = "reference_policies_elements_notresource: "
	principals   = "reference_policies_elements_principal: "
	notPrincipal = "reference_policies_elements_notprincipal: "
	grammar      = "reference_policies_grammar: "
	denyAllow    = "reference_policies_evaluation-logic_policy-eval-denyallow: "
	oneAccount   = "reference_policies_evaluation-logic_policy-eval-basics: "
	twoAccounts  = "reference_policies_evaluation-logic-cross-account: "
	delegation   = "access_policies-cross-account-resource-access: "
	globalKeys   = "reference_policies_condition-keys: "
	oidcKeys     = "reference_policies_iam-condition-keys: "
	gitHubRole   = "id_roles_create_for-idp_oidc: "
	checks       = "access-analyzer-reference-policy-checks: "
	quotas       = "reference_iam-quotas: "
	stsKeys      = "Service Authorization Reference, condition keys of STS: "
	registry     = "ECR User Guide, registry-permissions: "
	repository   = "ECR User Guide, repository-policies: "
	examples     = "ECR User Guide, repository-policy-examples: "
	gitHub       = "GitHub Docs, OpenID Connect reference: "
)

func parse(t *testing.T, kind iam.Kind, text string) *iam.Document {
	t.Helper()
	d, err := iam.Parse(kind, text)
	if err != nil {
		t.Fatalf("Parse(%s, ...): %v\n%s", kind, err, text)
	}
	return d
}

// A conditionCase is one Condition element, over the values of one key.
type conditionCase struct {
	name, reason, condition string
	key                     string
	values                  []string // none: the key is absent
	want                    bool
}

func runConditions(t *testing.T, cases []conditionCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			keys := iam.Context{}
			if tc.key != "" {
				keys[tc.key] = tc.values
			}
			d := parse(t, iam.IdentityPolicy,
				`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+tc.condition+`}}`)
			got, err := iam.EvaluateOne(d, iam.Request{Action: "sqs:SendMessage", Resource: "*", Principal: ana, Context: keys})
			if err != nil {
				t.Fatalf("%s\nEvaluateOne(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, got.Allowed()); diff != "" {
				t.Errorf("%s\n%s over %v: -want, +got:\n%s", tc.reason, tc.condition, keys, diff)
			}
		})
	}
}

func TestStringOperators(t *testing.T) {
	const (
		user    = "aws:username"
		equals  = `{"StringEquals":{"aws:username":"john"}}`
		not     = `{"StringNotEquals":{"aws:username":"john"}}`
		ignore  = `{"StringEqualsIgnoreCase":{"aws:username":"john"}}`
		notCase = `{"StringNotEqualsIgnoreCase":{"aws:username":"JOHN"}}`
		prefix  = "s3:prefix"
		home    = `{"StringLike":{"s3:prefix":["","home/*"]}}`
		version = `{"StringLike":{"s3:prefix":"v?.0"}}`
		notHome = `{"StringNotLike":{"s3:prefix":"home/*"}}`
	)
	runConditions(t, []conditionCase{
		{"Equals", operators + "exact matching, row 1", equals, user, []string{"john"}, true},
		{"EqualsOther", operators + "exact matching, row 2", equals, user, []string{"jane"}, false},
		{"EqualsAbsent", operators + "exact matching, row 3: the key is absent", equals, prefix,
			[]string{"john"}, false},
		{"EqualsCase", condition + "only john matches, users named John are denied", equals, user,
			[]string{"John"}, false},
		{"KeyCase", condition + "names of context keys are not case-sensitive", equals, "AWS:UserName",
			[]string{"john"}, true},
		{"EqualsStar", operators + "StringEquals has no wildcard", `{"StringEquals":{"aws:username":"jo*"}}`,
			user, []string{"john"}, false},
		{"EqualsLiteralStar", operators + "a star equals a star", `{"StringEquals":{"aws:username":"jo*"}}`,
			user, []string{"jo*"}, true},
		{"IgnoreCase", condition + "matches users named john or John", ignore, user, []string{"John"}, true},
		{"IgnoreCaseOnly", operators + "exact matching, ignoring case", ignore, user, []string{"Johnny"}, false},
		{"NotEquals", operators + "negated matching", not, user, []string{"jane"}, true},
		{"NotEqualsEqual", operators + "negated matching", not, user, []string{"john"}, false},
		{"NotEqualsAbsent", operators + "negated, and the key is absent: true", not, "", nil, true},
		{"NotEqualsIgnoreCase", operators + "negated matching, ignoring case", notCase, user, []string{"john"}, false},
		{"LikeEmpty", operators + "the empty prefix is listed", home, prefix, []string{""}, true},
		{"LikeStar", operators + "a multi-character wildcard", home, prefix, []string{"home/a/b:c"}, true},
		{"LikeStarIsEmpty", operators + "it also stands for no character", home, prefix, []string{"home/"}, true},
		{"LikeWhole", operators + "you must specify wildcards to achieve partial string matches", home, prefix,
			[]string{"home"}, false},
		{"LikeCase", operators + "case-sensitive matching", home, prefix, []string{"Home/a"}, false},
		{"QuestionMark", operators + "a single-character wildcard", version, prefix, []string{"v1.0"}, true},
		{"QuestionMarkWide", operators + "characters, not bytes", version, prefix, []string{"vü.0"}, true},
		{"QuestionMarkNone", operators + "exactly one character", version, prefix, []string{"v.0"}, false},
		{"QuestionMarkTwo", operators + "exactly one character", version, prefix, []string{"v10.0"}, false},
		{"ManyStars", operators + "several wildcards need the right split", `{"StringLike":{"s3:prefix":"*ab*ab*c"}}`,
			prefix, []string{"xabyabababzc"}, true},
		{"ManyStarsEnd", operators + "the text must end as the pattern does", `{"StringLike":{"s3:prefix":"*ab*ab*c"}}`,
			prefix, []string{"xabyabababzcd"}, false},
		{"NotLike", operators + "negated matching", notHome, prefix, []string{"home/a"}, false},
		{"NotLikeOther", operators + "negated matching", notHome, prefix, []string{"work/a"}, true},
		{"NotLikeAbsent", operators + "negated, and the key is absent: true", notHome, "", nil, true},
		{"Number", grammar + "quotation marks are optional for numbers", `{"StringEquals":{"aws:SourceAccount":111122223333}}`,
			"aws:SourceAccount", []string{"111122223333"}, true},
	})
}

func TestOtherOperators(t *testing.T) {
	const (
		source = "aws:SourceArn"
		topic  = `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:123456789012:TOPIC-*"}}`
		lambda = `{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:111122223333:function:*"}}`
		other  = `{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`
		ssl    = "aws:SecureTransport"
		plain  = `{"Bool":{"aws:SecureTransport":"false"}}`
		issued = "aws:TokenIssueTime"
		temp   = `{"Null":{"aws:TokenIssueTime":"false"}}`
		long   = `{"Null":{"aws:TokenIssueTime":true}}`
		typ    = "ec2:InstanceType"
		small  = `{"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}`
	)
	runConditions(t, []conditionCase{
		{"Arn", operators + "ArnEquals and ArnLike behave identically", topic, source,
			[]string{"arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}, true},
		{"ArnAccount", operators + "ARN, row 2", topic, source,
			[]string{"arn:aws:sns:us-west-2:777788889999:TOPIC-ID"}, false},
		{"ArnAbsent", operators + "ARN, row 3", topic, "", nil, false},
		{"ArnField", operators + "each of the six components is checked separately",
			`{"ArnLike":{"aws:SourceArn":"arn:aws:x:*:111122223333:finance/*"}}`,
			source, []string{"arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, false},
		{"ArnColons", operators + "colons after the fifth belong to the last component", lambda, source,
			[]string{"arn:aws:lambda:eu-west-1:111122223333:function:f:live"}, true},
		{"ArnShort", operators + "what has no six components is no ARN",
			`{"ArnLike":{"aws:SourceArn":"*:*:*:*:*:*"}}`, source, []string{"arn:aws"}, false},
		{"ArnNot", operators + "negated matching", other, source,
			[]string{"arn:aws:sns:us-west-2:777788889999:TOPIC-ID"}, false},
		{"ArnNotAbsent", operators + "negated, and the key is absent: true", other, "", nil, true},

		{"Bool", operators + "Boolean, row 1", plain, ssl, []string{"false"}, true},
		{"BoolOther", operators + "Boolean, row 2", plain, ssl, []string{"true"}, false},
		{"BoolAbsent", operators + "Boolean, row 3", plain, "", nil, false},
		{"BoolText", operators + "what is neither true nor false is no Boolean", plain, ssl, []string{"no"}, false},
		{"BoolUnquoted", grammar + "quotation marks are optional for Booleans",
			`{"Bool":{"aws:SecureTransport":true}}`, ssl, []string{"true"}, true},
		{"BoolIfExists", notAction + "BoolIfExists is true where the key is absent",
			`{"BoolIfExists":{"aws:SecureTransport":"false"}}`, "", nil, true},

		{"NullFalse", operators + "Null false: the key must be there, and is", temp, issued,
			[]string{"2020-01-01T00:00:01Z"}, true},
		{"NullFalseAbsent", operators + "Null false: the key must be there", temp, "", nil, false},
		{"NullFalseEmpty", operators + "an empty string is a null dataset", temp, issued, []string{""}, false},
		{"NullTrue", operators + "Null true: the key must not be there, and is", long, issued,
			[]string{"2020-01-01T00:00:01Z"}, false},
		{"NullTrueAbsent", operators + "Null true: the key must not be there", long, issued, []string{}, true},

		{"IfExists", operators + "IfExists, row 1", small, typ, []string{"t1.micro"}, true},
		{"IfExistsOther", operators + "IfExists, row 2", small, typ, []string{"m2.micro"}, false},
		{"IfExistsAbsent", operators + "IfExists, row 3", small, "", nil, true},
		{"IfExistsAlone", operators + "other conditions can still result in a nonmatch",
			`{"StringLikeIfExists":{"ec2:InstanceType":"t1.*"},"StringEquals":{"ec2:Region":"us-east-1"}}`, "", nil, false},
	})
}

func TestSetOperators(t *testing.T) {
	const (
		tags    = "aws:TagKeys"
		all     = `{"ForAllValues:StringEquals":{"aws:TagKeys":["environment","cost-center"]}}`
		guarded = `{"ForAllValues:StringEquals":{"aws:TagKeys":["environment","cost-center"]},"Null":{"aws:TagKeys":"false"}}`
		some    = `{"ForAnyValue:StringEquals":{"aws:TagKeys":["environment","cost-center"]}}`
		allNot  = `{"ForAllValues:StringNotLike":{"aws:TagKeys":["key1*","key2*"]}}`
		someNot = `{"ForAnyValue:StringNotLike":{"aws:TagKeys":"key1*"}}`
		paths   = `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a/r-b/ou-b-c/*"}}`
	)
	runConditions(t, []conditionCase{
		{"All", sets + "ForAllValues: every value of the request matches", all, tags,
			[]string{"environment", "cost-center"}, true},
		{"AllOneMore", sets + "ForAllValues: one value does not", all, tags, []string{"environment", "dept"}, false},
		{"AllAbsent", sets + "ForAllValues is true if there are no keys in the request", all, "", nil, true},
		{"AllEmpty", operators + "ForAllValues is true for a null dataset, such as an empty string", all, tags,
			[]string{""}, true},
		{"AllNull", sets + "Null prevents that", guarded, "", nil, false},
		{"Any", sets + "ForAnyValue: one value of the request matches", some, tags,
			[]string{"environment", "dept"}, true},
		{"AnyOther", sets + "ForAnyValue: none does", some, tags, []string{"dept"}, false},
		{"AnyAbsent", sets + "ForAnyValue is false if there are no keys in the request", some, "", nil, false},
		{"AnyEmpty", sets + "ForAnyValue is false for a null dataset",
			`{"ForAnyValue:StringLike":{"aws:TagKeys":"*"}}`, tags, []string{""}, false},
		{"AllNot", multivalued + "no value of the request may match one of the policy", allNot, tags,
			[]string{"key3:a", "key2:b"}, false},
		{"AllNotOther", multivalued + "none does", allNot, tags, []string{"key3:a", "key4:b"}, true},
		{"AnyNot", multivalued + "one value of the request must not match", someNot, tags,
			[]string{"key1:a", "key2:b"}, true},
		{"AnyNotAll", multivalued + "all of them do", someNot, tags, []string{"key1:a", "key1:b"}, false},
		{"AnyIfExists", "AWS does not say which wins if the key is absent: IfExists does here",
			`{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}}`, "", nil, true},
		{"OrgPath", globalKeys + "aws:PrincipalOrgPaths: an account below the unit", paths,
			"aws:PrincipalOrgPaths", []string{"o-a/r-b/ou-b-c/ou-b-d/"}, true},
		{"OrgPathOther", globalKeys + "aws:PrincipalOrgPaths: an account beside it", paths,
			"aws:PrincipalOrgPaths", []string{"o-a/r-b/ou-b-cc/"}, false},
	})
}

// A key of several values needs a set operator, and AWS does not say what happens without one.
func TestSeveralValuesNeedASetOperator(t *testing.T) {
	d := parse(t, iam.IdentityPolicy, given(`{"StringEquals":{"aws:TagKeys":"a"}}`))
	got, err := iam.EvaluateOne(d, iam.Request{
		Action: "ecr:PutImage", Resource: own, Principal: ana, Context: iam.Context{"aws:TagKeys": {"a", "b"}},
	})
	if err == nil {
		t.Errorf("want an error, got %v", got.Decision)
	}
}

// Operators and keys are ANDed, values ORed, and with a negated operator NORed.
func TestConditionLogic(t *testing.T) {
	const tags = `"StringEquals":{"aws:PrincipalTag/department":["finance","hr","legal"],"aws:PrincipalTag/role":["audit","security"]}`
	const users = `{"aws:PrincipalArn":["arn:aws:iam::222222222222:user/Ana","arn:aws:iam::222222222222:user/Mary"]}`
	for _, tc := range []struct {
		department, role, user string
		positive, negated      bool // the two tables of the page
	}{
		{"legal", "audit", "Mary", true, false},
		{"legal", "audit", "Nikki", false, true},
		{"hr", "payroll", "Mary", false, false},
		{"hr", "payroll", "Nikki", false, false},
		{"hr", "", "Mary", false, false},
		{"", "", "Nikki", false, false},
	} {
		keys := iam.Context{}
		if tc.department != "" {
			keys["aws:PrincipalTag/department"] = []string{tc.department}
		}
		if tc.role != "" {
			keys["aws:PrincipalTag/role"] = []string{tc.role}
		}
		for operator, want := range map[string]bool{"ArnLike": tc.positive, "ArnNotLike": tc.negated} {
			d := parse(t, iam.IdentityPolicy, given(`{`+tags+`,"`+operator+`":`+users+`}`))
			got, err := iam.EvaluateOne(d, iam.Request{
				Action: "ecr:PutImage", Resource: own, Principal: iam.User("arn:aws:iam::222222222222:user/" + tc.user), Context: keys,
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != want {
				t.Errorf("%s%s of %+v: want %t", logic, operator, tc, want)
			}
		}
	}
}
