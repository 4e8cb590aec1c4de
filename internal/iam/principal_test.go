package iam_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

var (
	ana      = iam.User("arn:aws:iam::111122223333:user/ana")
	deploy   = iam.RoleSession("arn:aws:iam::111122223333:role/ci/deploy", "run-7")
	provider = iam.OIDCProvider("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com")
)

// A caller of the resource's own account shows how a policy names it: directly, which is enough, or by its account,
// which leaves the decision to the account.
func TestPrincipals(t *testing.T) {
	const direct, account, nobody = "direct", "account", "nobody"
	cases := []struct {
		name, reason, principal string
		caller                  iam.Principal
		want                    string
	}{
		{"AccountARN", principals + "the account ARN delegates permissions to the account",
			`{"AWS":"arn:aws:iam::111122223333:root"}`, ana, account},
		{"AccountID", principals + "the shortened account ID behaves the same way", `{"AWS":"111122223333"}`,
			deploy, account},
		{"OtherAccount", principals + "no other account", `{"AWS":["123456789012","555555555555"]}`, ana, nobody},
		{"List", principals + "more than one principal is a logical OR",
			`{"AWS":["123456789012","111122223333"]}`, ana, account},
		{"Closest", principals + "the account delegates, the user is granted directly",
			`{"AWS":["111122223333","arn:aws:iam::111122223333:user/ana"]}`, ana, direct},
		{"OtherPartition", delegation + "access is delegated only within a single partition",
			`{"AWS":"arn:aws-cn:iam::111122223333:root"}`, ana, nobody},
		{"Role", principals + "a role ARN names the sessions of the role",
			`{"AWS":"arn:aws:iam::111122223333:role/ci/deploy"}`, deploy, direct},
		{"RoleWithoutPath", principals + "the ARN of a role has its path",
			`{"AWS":"arn:aws:iam::111122223333:role/deploy"}`, deploy, nobody},
		{"Session", principals + "the ARN of a session has the role's name and the session's",
			`{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/run-7"}`, deploy, direct},
		{"OtherSession", principals + "a session principal names one session",
			`{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/run-8"}`, deploy, nobody},
		{"User", principals + "an IAM user by its ARN", `{"AWS":"arn:aws:iam::111122223333:user/ana"}`, ana, direct},
		{"UserCase", principals + "the user name part of the ARN is case sensitive",
			`{"AWS":"arn:aws:iam::111122223333:user/Ana"}`, ana, nobody},
		{"Everyone", principals + "* is all principals", `"*"`, ana, direct},
		{"EveryoneAWS", principals + `{"AWS":"*"} is equivalent`, `{"AWS":"*"}`, deploy, direct},
		{"EveryoneAnonymous", principals + "using a wildcard grants public access", `{"AWS":"*"}`,
			iam.Anonymous(), direct},
		{"AccountAnonymous", principals + "an anonymous caller is of no account", `{"AWS":"111122223333"}`,
			iam.Anonymous(), nobody},
		{"Service", principals + "several services", `{"Service":["ecs.amazonaws.com","lambda.amazonaws.com"]}`,
			iam.Service("lambda.amazonaws.com"), direct},
		{"RegionalService", principals + "s3.amazonaws.com is not s3.ap-east-1.amazonaws.com",
			`{"Service":"s3.amazonaws.com"}`, iam.Service("s3.ap-east-1.amazonaws.com"), nobody},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			d := parse(t, iam.RepositoryPolicy, head+`{"Effect":"Allow","Principal":`+tc.principal+`,"Action":"ecr:*"}`+tail)
			r := iam.Request{Action: "ecr:PutImage", Resource: "arn:aws:ecr:eu-west-1:111122223333:repository/a", Principal: tc.caller}
			alone, err := iam.EvaluateOne(d, r)
			if err != nil {
				t.Fatal(err)
			}
			all, err := iam.Evaluate(nil, iam.ResourcePolicies{Repository: d}, r)
			if err != nil {
				t.Fatal(err)
			}
			got := nobody
			switch {
			case all.Allowed():
				got = direct
			case alone.Allowed():
				got = account
			}
			if got != tc.want {
				t.Errorf("%s\n%s: want %s, got %s", tc.reason, tc.principal, tc.want, got)
			}
		})
	}
}

func TestPrincipalNames(t *testing.T) {
	const part = principals + "you cannot use a wildcard to match part of a principal name or ARN"
	cases := []struct {
		name, reason, principal string
		want                    bool
	}{
		{"PartOfARoleName", part, `{"AWS":"arn:aws:iam::111122223333:role/deploy-*"}`, false},
		{"AllUsers", principals + "you cannot use a wildcard to mean all users",
			`{"AWS":"arn:aws:iam::111122223333:user/*"}`, false},
		{"AnyAccount", part, `{"AWS":"arn:aws:iam::*:role/deploy"}`, false},
		{"AllSessions", principals + "principals must always name a specific session",
			`{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/*"}`, false},
		{"ServiceStar", principals + "the service principal can't be *", `{"Service":"*"}`, false},
		{"ProviderStar", part, `{"Federated":"arn:aws:iam::111122223333:oidc-provider/*"}`, false},
		{"FederatedStar", principals + "a federated principal is a provider", `{"Federated":"*"}`, false},
		{"ProviderURL", principals + "a provider is named by its ARN",
			`{"Federated":"token.actions.githubusercontent.com"}`, false},
		{"ShortAccount", principals + "the 12-digit identifier of the account", `{"AWS":"11112222333"}`, false},
		{"Group", principals + "you cannot identify a user group as a principal",
			`{"AWS":"arn:aws:iam::111122223333:group/dev"}`, false},
		{"OtherService", principals + "AWS principals are of IAM and STS", `{"AWS":"arn:aws:s3:::bucket"}`, false},
		{"UnknownKind", grammar + "AWS, Federated, Service and CanonicalUser", `{"Organization":"o-a1b2c3d4e5"}`,
			false},
		{"NameWithoutKind", grammar + "* or an object", `"111122223333"`, false},
		{"RegionOfIAM", "ARNs of IAM have no region", `{"AWS":"arn:aws:iam:eu-west-1:111122223333:user/ana"}`, false},
		{"RootOfSomething", principals + "the account ARN ends with root",
			`{"AWS":"arn:aws:iam::111122223333:root/x"}`, false},
		{"RoleWithoutName", principals + "a role has a name", `{"AWS":"arn:aws:iam::111122223333:role/"}`, false},
		{"SessionWithoutName", principals + "a session has a name",
			`{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy"}`, false},
		{"SessionWithPath", principals + "a session principal is role-name/role-session-name",
			`{"AWS":"arn:aws:sts::111122223333:assumed-role/ci/deploy/run-7"}`, false},
		{"ProviderWithoutAccount", principals + "a provider is in an account",
			`{"Federated":"arn:aws:iam::aws:oidc-provider/x"}`, false},
		{"FederatedRole", principals + "a role is no provider",
			`{"Federated":"arn:aws:iam::111122223333:role/deploy"}`, false},
		{"CanonicalUserStar", part, `{"CanonicalUser":"79a5*"}`, false},
		{"EmptyList", grammar + "arrays can take one or more values", `{"AWS":[]}`, false},
		{"EmptyObject", grammar + "an object with entries", `{}`, false},
		{"Number", grammar + "principals are strings", `{"AWS":111122223333}`, false},
		{"Variable", variables + "variables belong in Resource and Condition",
			`{"AWS":"arn:aws:iam::111122223333:user/${aws:username}"}`, false},

		{"DeletedRole", principals + "the ID appears when AWS can no longer map it back to an ARN",
			`{"AWS":"AROADBQP57FF2AEXAMPLE"}`, true},
		{"FederatedUser", principals + "AWS STS federated user principals",
			`{"AWS":"arn:aws:sts::111122223333:federated-user/ana"}`, true},
		{"SAML", principals + "SAML federated principals",
			`{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}`, true},
		{"BuiltIn", principals + "the built in OIDC providers",
			`{"Federated":["cognito-identity.amazonaws.com","accounts.google.com"]}`, true},
		{"CanonicalUser", principals + "a canonical user ID",
			`{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, true},
		{"China", "names of the partition aws-cn",
			`{"Service":"codedeploy.cn-north-1.amazonaws.com.cn","AWS":"arn:aws-cn:iam::111122223333:root"}`, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			_, err := iam.Parse(iam.RepositoryPolicy, head+`{"Effect":"Allow","Principal":`+tc.principal+`,"Action":"ecr:*"}`+tail)
			if (err == nil) != tc.want {
				t.Errorf("%s\n%s: want accepted %t, got error: %v", tc.reason, tc.principal, tc.want, err)
			}
		})
	}
}
