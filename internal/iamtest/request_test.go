package iamtest

import "testing"

// The keys that follow from the caller and the resource.
func TestDerivedKeys(t *testing.T) {
	const own, bucket = "arn:aws:sqs:eu-west-1:444455556666:q", "arn:aws:s3:::bucket"
	root, ana := AccountRoot("aws", "111122223333"), User("arn:aws:iam::111122223333:user/dev/ana")
	deploy := RoleSession("arn:aws:iam::111122223333:role/ci/deploy", "run-7")
	const principalArn, keys = "reference_policies_condition-keys, aws:PrincipalArn: ", "reference_policies_condition-keys: "
	cases := map[string]struct {
		reason    string
		principal Principal
		resource  string
		keys      Context
		key       string
		want      []string
	}{
		"ArnOfRole":           {reason: principalArn + "the ARN of the role, not of the session", principal: deploy, resource: own, key: "aws:PrincipalArn", want: []string{"arn:aws:iam::111122223333:role/ci/deploy"}},
		"ArnOfUser":           {reason: principalArn + "the ARN of the user", principal: ana, resource: own, key: "aws:PrincipalArn", want: []string{"arn:aws:iam::111122223333:user/dev/ana"}},
		"ArnOfRoot":           {reason: principalArn + "the ARN of the root user", principal: root, resource: own, key: "aws:PrincipalArn", want: []string{"arn:aws:iam::111122223333:root"}},
		"ArnOfAnonymous":      {reason: principalArn + "anonymous requests do not include this key", principal: Anonymous(), resource: own, key: "aws:PrincipalArn"},
		"AccountOfRole":       {reason: keys + "aws:PrincipalAccount", principal: deploy, resource: own, key: "aws:PrincipalAccount", want: []string{"111122223333"}},
		"AccountOfAnonymous":  {reason: keys + "aws:PrincipalAccount is absent for anonymous requests", principal: Anonymous(), resource: own, key: "aws:PrincipalAccount"},
		"AccountOfService":    {reason: keys + "a service is of no account", principal: Service("sns.amazonaws.com"), resource: own, key: "aws:PrincipalAccount"},
		"TypeOfRoot":          {reason: pageVariables + "principal key values, row 1", principal: root, resource: own, key: "aws:PrincipalType", want: []string{"Account"}},
		"TypeOfUser":          {reason: pageVariables + "principal key values, row 2", principal: ana, resource: own, key: "aws:PrincipalType", want: []string{"User"}},
		"TypeOfRole":          {reason: pageVariables + "principal key values, assumed role", principal: deploy, resource: own, key: "aws:PrincipalType", want: []string{"AssumedRole"}},
		"TypeOfAnonymous":     {reason: pageVariables + "principal key values, anonymous caller", principal: Anonymous(), resource: own, key: "aws:PrincipalType", want: []string{"Anonymous"}},
		"NameOfUser":          {reason: pageVariables + "principal key values: the user's name, without the path", principal: ana, resource: own, key: "aws:username", want: []string{"ana"}},
		"NameOfRole":          {reason: pageVariables + "principal key values: not present for a role", principal: deploy, resource: own, key: "aws:username"},
		"ServiceName":         {reason: keys + "aws:PrincipalServiceName", principal: Service("sns.amazonaws.com"), resource: own, key: "aws:PrincipalServiceName", want: []string{"sns.amazonaws.com"}},
		"IsService":           {reason: keys + "aws:PrincipalIsAWSService of a service", principal: Service("sns.amazonaws.com"), resource: own, key: "aws:PrincipalIsAWSService", want: []string{"true"}},
		"IsNoService":         {reason: keys + "aws:PrincipalIsAWSService of a user", principal: ana, resource: own, key: "aws:PrincipalIsAWSService", want: []string{"false"}},
		"ResourceAccount":     {reason: keys + "aws:ResourceAccount is the owner of the resource", principal: ana, resource: own, key: "aws:ResourceAccount", want: []string{"444455556666"}},
		"ResourceAccountStar": {reason: "an action without a resource concerns the caller's account", principal: ana, resource: "*", key: "aws:ResourceAccount", want: []string{"111122223333"}},
		"ResourceAccountGone": {reason: "a bucket's ARN does not say whose it is", principal: ana, resource: bucket, key: "aws:ResourceAccount"},
		"Given":               {reason: "a key that is given is taken as given, in any spelling", principal: ana, resource: own, keys: Context{"AWS:username": {"bob"}}, key: "aws:username", want: []string{"bob"}},
		"GivenAsAbsent":       {reason: "a key that is given without values is absent", principal: ana, resource: own, keys: Context{"aws:username": nil}, key: "aws:username"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e, err := newEvaluation(Request{Action: "some:Action", Resource: tc.resource, Principal: tc.principal, Context: tc.keys})
			if err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			if d := diff(tc.want, e.keys.get(tc.key)); d != "" {
				t.Errorf("%s\n%s: -want, +got:\n%s", tc.reason, tc.key, d)
			}
		})
	}
}

func TestRefusedRequests(t *testing.T) {
	const repo = "arn:aws:ecr:us-west-2:444455556666:repository/a"
	ana := User("arn:aws:iam::444455556666:user/ana")
	identity := mustParse(t, IdentityPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}`)
	registry := mustParse(t, RegistryPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"*"}]}`)
	cases := map[string]struct {
		reason   string
		identity []*Document
		resource ResourcePolicies
		request  Request
	}{
		"NoPrincipal":       {reason: "a request has a caller", request: Request{Action: "ecr:PutImage", Resource: repo}},
		"ActionPattern":     {reason: "a request is for one action", request: Request{Action: "ecr:*", Resource: repo, Principal: ana}},
		"NoARN":             {reason: "a resource is an ARN", request: Request{Action: "ecr:PutImage", Resource: "shop/api", Principal: ana}},
		"RepositoryIsStar":  {reason: "PutImage is about a repository", request: Request{Action: "ecr:PutImage", Resource: "*", Principal: ana}},
		"TokenOfARepo":      {reason: "GetAuthorizationToken takes no resource", request: Request{Action: "ecr:GetAuthorizationToken", Resource: repo, Principal: ana}},
		"NoUserARN":         {reason: "a user is named by the ARN of a user", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: User("arn:aws:iam::444455556666:role/ana")}},
		"NotOfIAM":          {reason: "a user is IAM's", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: User("arn:aws:sts::444455556666:user/ana")}},
		"NoUserAccount":     {reason: "a user has an account", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: User("arn:aws:iam::aws:user/ana")}},
		"NoUserARNAtAll":    {reason: "a user is named by an ARN", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: User("ana")}},
		"NoSessionName":     {reason: "a role calls in a session", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: RoleSession("arn:aws:iam::444455556666:role/r", "")}},
		"NoService":         {reason: "a service has a service principal", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: Service("lambda")}},
		"Provider":          {reason: "a provider is a principal of trust policies only", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: OIDCProvider("arn:aws:iam::444455556666:oidc-provider/x")}},
		"TwoSpellings":      {reason: "key names are not case-sensitive", request: Request{Action: "ecr:PutImage", Resource: repo, Principal: ana, Context: Context{"aws:TagKeys": {"a"}, "AWS:tagkeys": {"b"}}}},
		"OtherAccount":      {reason: "the ARN says whose the resource is", request: Request{Action: "ecr:PutImage", Resource: repo, ResourceAccount: "111122223333", Principal: ana}},
		"UnknownAccount":    {reason: "the ARN of a bucket does not say whose it is", request: Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", Principal: ana}},
		"ScopeMissing":      {reason: "what a registry policy enforces depends on its scope", resource: ResourcePolicies{Registry: registry}, request: Request{Action: "ecr:PutImage", Resource: repo, Principal: ana}},
		"KindOfIdentity":    {reason: "a registry policy is no identity policy", identity: []*Document{registry}, request: Request{Action: "ecr:PutImage", Resource: repo, Principal: ana}},
		"KindOfResource":    {reason: "an identity policy is no resource policy", resource: ResourcePolicies{Resource: identity}, request: Request{Action: "ecr:PutImage", Resource: repo, Principal: ana}},
		"KindOfRegistry":    {reason: "an identity policy is no registry policy", resource: ResourcePolicies{Registry: identity, RegistryScope: RegistryScopeV2}, request: Request{Action: "ecr:PutImage", Resource: repo, Principal: ana}},
		"ServiceIdentity":   {reason: "a service has no identity-based policies", identity: []*Document{identity}, request: Request{Action: "ecr:PutImage", Resource: repo, Principal: Service("lambda.amazonaws.com")}},
		"AnonymousIdentity": {reason: "an anonymous caller has no identity-based policies", identity: []*Document{identity}, request: Request{Action: "ecr:PutImage", Resource: repo, Principal: Anonymous()}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := Allowed(tc.identity, tc.resource, tc.request); err == nil {
				t.Errorf("%s\nAllowed(...): want an error, got %v", tc.reason, got.Decision)
			}
		})
	}
}
