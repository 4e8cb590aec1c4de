package iamtest

import "testing"

func TestPrincipals(t *testing.T) {
	const account = "111122223333"
	ana := User("arn:aws:iam::111122223333:user/ana")
	deploy := RoleSession("arn:aws:iam::111122223333:role/ci/deploy", "run-7")
	cases := map[string]struct {
		reason    string
		principal string
		caller    Principal
		want      grant
	}{
		"AccountARN": {
			reason:    pagePrincipal + "the account ARN delegates permissions to the account",
			principal: `{"AWS":"arn:aws:iam::111122223333:root"}`,
			caller:    ana,
			want:      grantAccount,
		},
		"AccountID": {
			reason:    pagePrincipal + "the account ARN and the shortened account ID behave the same way",
			principal: `{"AWS":"111122223333"}`,
			caller:    deploy,
			want:      grantAccount,
		},
		"AccountRootUser": {
			reason:    pagePrincipal + "the account ARN does not limit permissions to only the root user, who is named too",
			principal: `{"AWS":"arn:aws:iam::111122223333:root"}`,
			caller:    AccountRoot("aws", account),
			want:      grantDirect,
		},
		"OtherAccount": {
			reason:    pagePrincipal + "the 123456789012 account or the 555555555555 account, and no other",
			principal: `{"AWS":["123456789012","555555555555"]}`,
			caller:    ana,
			want:      grantNone,
		},
		"ListIsOred": {
			reason:    pagePrincipal + "more than one principal is a logical OR",
			principal: `{"AWS":["123456789012","111122223333"]}`,
			caller:    ana,
			want:      grantAccount,
		},
		"ClosestGrantWins": {
			reason:    pagePrincipal + "the account delegates, the user is granted directly",
			principal: `{"AWS":["111122223333","arn:aws:iam::111122223333:user/ana"]}`,
			caller:    ana,
			want:      grantDirect,
		},
		"OtherPartition": {
			reason:    pageDelegation + "access is delegated only within a single partition",
			principal: `{"AWS":"arn:aws-cn:iam::111122223333:root"}`,
			caller:    ana,
			want:      grantNone,
		},
		"Role": {
			reason:    pagePrincipal + "a role ARN names the sessions of the role",
			principal: `{"AWS":"arn:aws:iam::111122223333:role/ci/deploy"}`,
			caller:    deploy,
			want:      grantDirect,
		},
		"RoleWithoutItsPath": {
			reason:    pagePrincipal + "the ARN of a role holds its path",
			principal: `{"AWS":"arn:aws:iam::111122223333:role/deploy"}`,
			caller:    deploy,
			want:      grantNone,
		},
		"RoleSession": {
			reason:    pagePrincipal + "the ARN of a role session holds the role's name and the session's",
			principal: `{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/run-7"}`,
			caller:    deploy,
			want:      grantDirect,
		},
		"OtherRoleSession": {
			reason:    pagePrincipal + "a session principal names one session",
			principal: `{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/run-7"}`,
			caller:    RoleSession("arn:aws:iam::111122223333:role/ci/deploy", "run-8"),
			want:      grantNone,
		},
		"User": {
			reason:    pagePrincipal + "an IAM user by its ARN",
			principal: `{"AWS":["arn:aws:iam::111122223333:user/bob","arn:aws:iam::111122223333:user/ana"]}`,
			caller:    ana,
			want:      grantDirect,
		},
		"UserOtherCase": {
			reason:    pagePrincipal + "the user name part of the ARN is case sensitive",
			principal: `{"AWS":"arn:aws:iam::111122223333:user/Ana"}`,
			caller:    ana,
			want:      grantNone,
		},
		"Everyone":    {reason: pagePrincipal + "* is all principals", principal: `"*"`, caller: ana, want: grantDirect},
		"EveryoneAWS": {reason: pagePrincipal + `{"AWS":"*"} is equivalent`, principal: `{"AWS":"*"}`, caller: deploy, want: grantDirect},
		"EveryoneAnonymous": {
			reason:    pagePrincipal + "using a wildcard grants public access",
			principal: `{"AWS":"*"}`,
			caller:    Anonymous(),
			want:      grantDirect,
		},
		"AccountAnonymous": {
			reason:    pagePrincipal + "an anonymous caller is of no account",
			principal: `{"AWS":"111122223333"}`,
			caller:    Anonymous(),
			want:      grantNone,
		},
		"Service": {
			reason:    pagePrincipal + "several services in one Service element",
			principal: `{"Service":["ecs.amazonaws.com","elasticloadbalancing.amazonaws.com"]}`,
			caller:    Service("ecs.amazonaws.com"),
			want:      grantDirect,
		},
		"ServiceOfARegion": {
			reason:    pagePrincipal + "s3.amazonaws.com is not s3.ap-east-1.amazonaws.com",
			principal: `{"Service":"s3.amazonaws.com"}`,
			caller:    Service("s3.ap-east-1.amazonaws.com"),
			want:      grantNone,
		},
		"Provider": {
			reason:    pagePrincipal + "the ARN of an OIDC provider, in Federated",
			principal: `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`,
			caller:    OIDCProvider("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"),
			want:      grantDirect,
		},
		"ProviderOfAnotherAccount": {
			reason:    pagePrincipal + "an OIDC IDP that exists in your AWS account",
			principal: `{"Federated":"arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"}`,
			caller:    OIDCProvider("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"),
			want:      grantNone,
		},
		"ProviderIsNotItsAccount": {
			reason:    pagePrincipal + "the account delegates to its users and roles, not to whom it federates",
			principal: `{"AWS":"111122223333"}`,
			caller:    OIDCProvider("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"),
			want:      grantNone,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v, err := parseJSON(tc.principal)
			if err != nil {
				t.Fatal(err)
			}
			e, err := parsePrincipalElement(v)
			if err != nil {
				t.Fatalf("%s\nparsePrincipalElement(...): %v", tc.reason, err)
			}
			if tc.caller.err != nil {
				t.Fatalf("%s\ncaller: %v", tc.reason, tc.caller.err)
			}
			if d := diff(tc.want, e.grant(tc.caller)); d != "" {
				t.Errorf("%s\ne.grant(...): -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

func TestRefusedPrincipals(t *testing.T) {
	cases := map[string]struct {
		reason    string
		principal string
	}{
		"PartOfARoleName":    {reason: pagePrincipal + "you cannot use a wildcard to match part of a principal name or ARN", principal: `{"AWS":"arn:aws:iam::111122223333:role/deploy-*"}`},
		"AllUsers":           {reason: pagePrincipal + "you cannot use a wildcard to mean all users", principal: `{"AWS":"arn:aws:iam::111122223333:user/*"}`},
		"AnyAccount":         {reason: pagePrincipal + "you cannot use a wildcard to match part of a principal name or ARN", principal: `{"AWS":"arn:aws:iam::*:role/deploy"}`},
		"AllSessions":        {reason: pagePrincipal + "principals must always name a specific session", principal: `{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/*"}`},
		"ServiceStar":        {reason: pagePrincipal + "the service principal can't be *", principal: `{"Service":"*"}`},
		"ProviderStar":       {reason: pagePrincipal + "you cannot use a wildcard to match part of a principal name or ARN", principal: `{"Federated":"arn:aws:iam::111122223333:oidc-provider/*"}`},
		"FederatedStar":      {reason: pagePrincipal + "a federated principal is a provider", principal: `{"Federated":"*"}`},
		"ProviderURL":        {reason: pagePrincipal + "a provider is named by its ARN", principal: `{"Federated":"token.actions.githubusercontent.com"}`},
		"ShortAccount":       {reason: pagePrincipal + "the 12-digit identifier of the account", principal: `{"AWS":"11112222333"}`},
		"Group":              {reason: pagePrincipal + "you cannot identify a user group as a principal", principal: `{"AWS":"arn:aws:iam::111122223333:group/dev"}`},
		"OtherService":       {reason: pagePrincipal + "AWS principals are of IAM and STS", principal: `{"AWS":"arn:aws:s3:::bucket"}`},
		"UnknownKind":        {reason: pageGrammar + "AWS, Federated, Service and CanonicalUser", principal: `{"Organization":"o-a1b2c3d4e5"}`},
		"NameWithoutKind":    {reason: pageGrammar + "* or a map", principal: `"111122223333"`},
		"RegionOfIAM":        {reason: "IAM ARNs have no region", principal: `{"AWS":"arn:aws:iam:eu-west-1:111122223333:user/ana"}`},
		"NoAccount":          {reason: pagePrincipal + "the 12-digit identifier of the account", principal: `{"AWS":"arn:aws:iam::aws:user/ana"}`},
		"RootOfSomething":    {reason: pagePrincipal + "the account ARN ends with root", principal: `{"AWS":"arn:aws:iam::111122223333:root/x"}`},
		"RoleWithoutName":    {reason: pagePrincipal + "a role has a name", principal: `{"AWS":"arn:aws:iam::111122223333:role/"}`},
		"SessionWithoutName": {reason: pagePrincipal + "a session has a name", principal: `{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy"}`},
		"SessionWithPath":    {reason: pagePrincipal + "a session principal is role-name/role-session-name", principal: `{"AWS":"arn:aws:sts::111122223333:assumed-role/ci/deploy/run-7"}`},
		"SessionWithoutRole": {reason: pagePrincipal + "a session is of a role", principal: `{"AWS":"arn:aws:sts::111122223333:assumed-role//run-7"}`},
		"ProviderNoAccount":  {reason: pagePrincipal + "a provider exists in an account", principal: `{"Federated":"arn:aws:iam::aws:oidc-provider/x"}`},
		"ProviderOfSTS":      {reason: pagePrincipal + "a provider is IAM's", principal: `{"Federated":"arn:aws:sts::111122223333:oidc-provider/x"}`},
		"ProviderNoName":     {reason: pagePrincipal + "a provider has a name", principal: `{"Federated":"arn:aws:iam::111122223333:oidc-provider/"}`},
		"FederatedRole":      {reason: pagePrincipal + "a role is no provider", principal: `{"Federated":"arn:aws:iam::111122223333:role/deploy"}`},
		"EmptyCanonicalUser": {reason: pageGrammar + "a canonical user has an id", principal: `{"CanonicalUser":""}`},
		"CanonicalUserStar":  {reason: pagePrincipal + "you cannot use a wildcard to match part of a principal name or ARN", principal: `{"CanonicalUser":"79a5*"}`},
		"EmptyList":          {reason: pageGrammar + "arrays can take one or more values", principal: `{"AWS":[]}`},
		"EmptyObject":        {reason: pageGrammar + "a map with entries", principal: `{}`},
		"Number":             {reason: pageGrammar + "principals are strings", principal: `{"AWS":111122223333}`},
		"VariableInThePlace": {reason: pageVariables + "variables belong in Resource and Condition", principal: `{"AWS":"arn:aws:iam::111122223333:user/${aws:username}"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v, err := parseJSON(tc.principal)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := parsePrincipalElement(v); err == nil {
				t.Errorf("%s\nparsePrincipalElement(%s): want an error, got %+v", tc.reason, tc.principal, e)
			}
		})
	}
}

func TestAcceptedPrincipals(t *testing.T) {
	cases := map[string]struct {
		reason    string
		principal string
	}{
		"DeletedRole":   {reason: pagePrincipal + "the principal ID appears when AWS can no longer map it back to an ARN", principal: `{"AWS":"AROADBQP57FF2AEXAMPLE"}`},
		"FederatedUser": {reason: pagePrincipal + "AWS STS federated user principals", principal: `{"AWS":"arn:aws:sts::111122223333:federated-user/ana"}`},
		"SAML":          {reason: pagePrincipal + "SAML federated principals", principal: `{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}`},
		"BuiltIn":       {reason: pagePrincipal + "the built in OIDC IDPs", principal: `{"Federated":["cognito-identity.amazonaws.com","www.amazon.com","graph.facebook.com","accounts.google.com"]}`},
		"CanonicalUser": {reason: pagePrincipal + "a canonical user ID", principal: `{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`},
		"China":         {reason: "service principals and ARNs of the partition aws-cn", principal: `{"Service":"codedeploy.cn-north-1.amazonaws.com.cn","AWS":"arn:aws-cn:iam::111122223333:root"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v, err := parseJSON(tc.principal)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parsePrincipalElement(v); err != nil {
				t.Errorf("%s\nparsePrincipalElement(%s): %v", tc.reason, tc.principal, err)
			}
		})
	}
}
