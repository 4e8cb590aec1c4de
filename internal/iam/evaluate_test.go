package iam_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

const (
	own      = "arn:aws:ecr:us-west-2:444455556666:repository/prod-api"
	dev      = "arn:aws:ecr:us-west-2:444455556666:repository/dev-api"
	pullUser = "arn:aws:iam::444455556666:user/pull-user-1"

	allECR = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}`
	noPull = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecr:BatchGetImage","Resource":"*"}]}`
)

// attached returns a resource policy of one statement.
func attached(effect, principal, elements string) string {
	return head + `{"Effect":"` + effect + `","Principal":` + principal + elements + `}` + tail
}

// Each finding names its statement, and the elements and conditions that do not match.
func TestFindings(t *testing.T) {
	d := parse(t, iam.RepositoryPolicy, head+
		`{"Sid":"Pull","Effect":"Allow","Principal":{"AWS":"`+pullUser+`"},"Action":["ecr:BatchGetImage"],"Resource":"`+own+`"},`+
		`{"Effect":"Deny","Principal":"*","NotAction":"ecr:Put*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":["o-a"]}}},`+
		`{"Sid":"Org","Effect":"Allow","Principal":"*","Action":"ecr:*","Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-a"]}}}`+tail)
	got, err := iam.EvaluateOne(d, iam.Request{
		Action: "ecr:PutImage", Resource: dev, Principal: iam.User("arn:aws:iam::444455556666:user/other"),
		Context: iam.Context{"aws:PrincipalOrgID": {"o-b"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	org := iam.Condition{Operator: "StringEquals", Key: "aws:PrincipalOrgID", Values: []string{"o-a"}}
	want := []iam.Finding{
		{Policy: iam.RepositoryPolicy, Index: 0, Sid: "Pull", Effect: iam.Allow, Misses: []iam.Miss{
			{Element: "Principal", Want: []string{pullUser}, Got: []string{"arn:aws:iam::444455556666:user/other"}},
			{Element: "Action", Want: []string{"ecr:BatchGetImage"}, Got: []string{"ecr:PutImage"}},
			{Element: "Resource", Want: []string{own}, Got: []string{dev}},
		}},
		{Policy: iam.RepositoryPolicy, Index: 1, Effect: iam.Deny, Misses: []iam.Miss{
			{Element: "NotAction", Want: []string{"ecr:Put*"}, Got: []string{"ecr:PutImage"}},
		}},
		{Policy: iam.RepositoryPolicy, Index: 2, Sid: "Org", Effect: iam.Allow, Misses: []iam.Miss{
			{Element: "Condition", Condition: &org, Want: []string{"o-a"}, Got: []string{"o-b"}},
		}},
	}
	if diff := cmp.Diff(want, got.Findings, cmpopts.IgnoreUnexported(iam.Finding{})); diff != "" {
		t.Errorf("EvaluateOne(...): -want, +got:\n%s", diff)
	}
	if len(got.Deciding()) != 0 {
		t.Errorf("nothing matches: got %v", got.Deciding())
	}

	got, err = iam.EvaluateOne(d, iam.Request{Action: "ecr:BatchGetImage", Resource: own, Principal: iam.User(pullUser)})
	if err != nil {
		t.Fatal(err)
	}
	denies := []iam.Finding{{Policy: iam.RepositoryPolicy, Index: 1, Effect: iam.Deny}}
	if diff := cmp.Diff(denies, got.Deciding(), cmpopts.IgnoreUnexported(iam.Finding{})); diff != "" {
		t.Errorf("a Deny decides, not the Allow beside it: -want, +got:\n%s", diff)
	}
}

// A key with several values needs a set operator: AWS does not document what happens without one.
func TestSeveralValuesNeedASetOperator(t *testing.T) {
	d := parse(t, iam.RepositoryPolicy, attached("Allow", `"*"`, `,"Action":"ecr:*","Condition":{"StringEquals":{"aws:TagKeys":"a"}}`))
	got, err := iam.EvaluateOne(d, iam.Request{
		Action: "ecr:PutImage", Resource: own, Principal: iam.User(pullUser), Context: iam.Context{"aws:TagKeys": {"a", "b"}},
	})
	if err == nil {
		t.Errorf("want an error, got %v", got.Decision)
	}
}

func TestRefusedRequests(t *testing.T) {
	identity := parse(t, iam.IdentityPolicy, allECR)
	policy := parse(t, iam.RegistryPolicy, attached("Allow", `"*"`, `,"Action":"ecr:*","Resource":"*"`))
	user := iam.User(pullUser)
	for _, tc := range []struct {
		name, reason string
		identity     *iam.Document
		resource     iam.ResourcePolicies
		action, on   string
		who          iam.Principal
		message      string
	}{
		{"NoPrincipal", "a request has a caller", nil, iam.ResourcePolicies{}, "ecr:PutImage", own,
			iam.Principal{}, "principal"},
		{"Pattern", "a request is for one action", nil, iam.ResourcePolicies{}, "ecr:*", own, user, "ecr:*"},
		{"NoARN", "a resource is an ARN", nil, iam.ResourcePolicies{}, "ecr:PutImage", "shop/api", user, "shop/api"},
		{"NoAccount", "the account of a bucket is not in its ARN", nil, iam.ResourcePolicies{}, "s3:GetObject",
			"arn:aws:s3:::b", user, "account"},
		{"Star", "PutImage is about a repository", nil, iam.ResourcePolicies{}, "ecr:PutImage", "*", user,
			"repository"},
		{"Token", "GetAuthorizationToken takes no resource", nil, iam.ResourcePolicies{},
			"ecr:GetAuthorizationToken", own, user, "*"},
		{"NoUser", "the ARN of a role is not that of a user", nil, iam.ResourcePolicies{}, "ecr:PutImage", own,
			iam.User("arn:aws:iam::444455556666:role/a"), "user"},
		{"NotIAM", "a user is IAM's", nil, iam.ResourcePolicies{}, "ecr:PutImage", own,
			iam.User("arn:aws:sts::444455556666:user/a"), "user"},
		{"NoSession", "a role calls in a session", nil, iam.ResourcePolicies{}, "ecr:PutImage", own,
			iam.RoleSession("arn:aws:iam::444455556666:role/r", ""), "session"},
		{"NoService", "a service has a service principal", nil, iam.ResourcePolicies{}, "ecr:PutImage", own,
			iam.Service("lambda"), "lambda"},
		{"Provider", "a provider is a principal of trust policies only", nil, iam.ResourcePolicies{},
			"ecr:PutImage", own, iam.OIDCProvider("arn:aws:iam::111122223333:oidc-provider/x"), "EvaluateTrust"},
		{"Identity", "a registry policy is no identity policy", policy, iam.ResourcePolicies{}, "ecr:PutImage",
			own, user, "identity policy"},
		{"Repository", "an identity policy is no repository policy", nil,
			iam.ResourcePolicies{Repository: identity}, "ecr:PutImage", own, user, "repository policy"},
		{"ServiceIdentity", "a service has no identity policies", identity, iam.ResourcePolicies{},
			"ecr:PutImage", own, iam.Service("lambda.amazonaws.com"), "identity policies"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var identity []*iam.Document
			if tc.identity != nil {
				identity = append(identity, tc.identity)
			}
			_, err := iam.Evaluate(identity, tc.resource, iam.Request{Action: tc.action, Resource: tc.on, Principal: tc.who})
			if err == nil || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("%s\nEvaluate(...): want an error with %q, got: %v", tc.reason, tc.message, err)
			}
		})
	}
}

func TestECRActions(t *testing.T) {
	seen := ""
	for _, a := range iam.ECRActions() {
		if a.Name <= seen || !strings.HasPrefix(a.Name, "ecr:") {
			t.Errorf("%s: the actions must be ECR's, sorted and each once", a.Name)
		}
		seen = a.Name
	}
	for name, want := range map[string]string{"ecr:PutImage": own, "ecr:GetAuthorizationToken": "*", "ecr:putregistrypolicy": "*"} {
		a, ok := iam.ECRAction(name)
		if got := a.ResourceFor(own); !ok || got != want {
			t.Errorf("AWS evaluates %s on %s, got %s", name, want, got)
		}
	}
	if _, ok := iam.ECRAction("ecr:ListImageReferrers"); ok {
		t.Error("ListImageReferrers is an operation, but not an action")
	}
}
