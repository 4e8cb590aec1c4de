package iamtest

import "testing"

func TestECRPolicies(t *testing.T) {
	const (
		own      = "arn:aws:ecr:us-west-2:444455556666:repository/prod-api"
		other    = "arn:aws:ecr:us-west-2:444455556666:repository/dev-api"
		pullUser = "arn:aws:iam::444455556666:user/pull-user-1"

		allowUsers = `{"Version":"2012-10-17","Statement":[` +
			`{"Sid":"AllowPull","Effect":"Allow","Principal":{"AWS":["` + pullUser + `","arn:aws:iam::444455556666:user/pull-user-2"]},` +
			`"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Resource":"*"},` +
			`{"Sid":"AllowAll","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:user/admin-user"},"Action":["ecr:*"],"Resource":"*"}]}`
		denyPull = `{"Version":"2012-10-17","Statement":[{"Sid":"DenyPull","Effect":"Deny","Principal":"*",` +
			`"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Resource":"*"}]}`
		crossPush = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowCrossAccountPush","Effect":"Allow",` +
			`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["ecr:BatchCheckLayerAvailability","ecr:CompleteLayerUpload",` +
			`"ecr:InitiateLayerUpload","ecr:PutImage","ecr:UploadLayerPart"]}]}`
		codeBuild = `{"Version":"2012-10-17","Statement":[{"Sid":"CodeBuildAccess","Effect":"Allow",` +
			`"Principal":{"Service":"codebuild.amazonaws.com"},"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Resource":"*",` +
			`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:codebuild:us-east-1:123456789012:project/project-name"},` +
			`"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`
		replicate = `{"Version":"2012-10-17","Statement":[{"Sid":"ReplicationAccessCrossAccount","Effect":"Allow",` +
			`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["ecr:CreateRepository","ecr:ReplicateImage"],` +
			`"Resource":["arn:aws:ecr:us-west-2:444455556666:repository/prod-*"]}]}`
		registryPull = `{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow",` +
			`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],` +
			`"Resource":"arn:aws:ecr:us-west-2:444455556666:repository/*"}]}`
		registryDeny = `{"Version":"2012-10-17","Statement":[{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"ecr:*",` +
			`"Resource":"arn:aws:ecr:us-west-2:444455556666:repository/*"}]}`
		allECR = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}`
	)
	source := AccountRoot("aws", "111122223333")
	puller := RoleSession("arn:aws:iam::111122223333:role/node", "i-1")
	cases := map[string]struct {
		reason     string
		identity   []string
		repository string
		registry   string
		scope      RegistryScope
		request    Request
		want       Decision
	}{
		"AllowUsersPull": {
			reason:     pageECRExamples + "pull-user-1 may pull, by the repository policy alone",
			repository: allowUsers, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: User(pullUser)},
			want: DecisionAllow,
		},
		"AllowUsersNotPush": {
			reason:     pageECRExamples + "pull-user-1 may only pull",
			repository: allowUsers, request: Request{Action: "ecr:PutImage", Resource: own, Principal: User(pullUser)},
			want: DecisionImplicitDeny,
		},
		"AllowUsersAdmin": {
			reason:     pageECRExamples + "full access to the admin-user",
			repository: allowUsers, request: Request{Action: "ecr:DeleteRepository", Resource: own, Principal: User("arn:aws:iam::444455556666:user/admin-user")},
			want: DecisionAllow,
		},
		"DenyAll": {
			reason:   pageECRExamples + "deny all: all users in all accounts",
			identity: []string{allECR}, repository: denyPull, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: User(pullUser)},
			want: DecisionExplicitDeny,
		},
		"DeniedByIAM": {
			reason:     pageRepository + "allowed through a repository policy but denied through an IAM policy: denied",
			identity:   []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecr:BatchGetImage","Resource":"*"}]}`},
			repository: allowUsers, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: User(pullUser)},
			want: DecisionExplicitDeny,
		},
		"CrossAccountPushBoth": {
			reason:   pageECRExamples + "a specific account pushes; in another account the identity's policy is needed too",
			identity: []string{allECR}, repository: crossPush, request: Request{Action: "ecr:PutImage", Resource: own, Principal: puller},
			want: DecisionAllow,
		},
		"CrossAccountPushIdentityMissing": {
			reason:     pageDelegation + "in cross account access a principal needs an Allow in the identity policy and the resource-based policy",
			repository: crossPush, request: Request{Action: "ecr:PutImage", Resource: own, Principal: puller},
			want: DecisionImplicitDeny,
		},
		"Service": {
			reason:     pageECRExamples + "CodeBuild, for one project",
			repository: codeBuild, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: Service("codebuild.amazonaws.com"), Context: Context{
				"aws:SourceArn": {"arn:aws:codebuild:us-east-1:123456789012:project/project-name"}, "aws:SourceAccount": {"123456789012"}}},
			want: DecisionAllow,
		},
		"ServiceForAnotherProject": {
			reason:     pageECRExamples + "CodeBuild, for one project",
			repository: codeBuild, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: Service("codebuild.amazonaws.com"), Context: Context{
				"aws:SourceArn": {"arn:aws:codebuild:us-east-1:123456789012:project/project-name-2"}, "aws:SourceAccount": {"123456789012"}}},
			want: DecisionImplicitDeny,
		},
		"ReplicationV1": {
			reason:   pageRegistry + "V1 enforces ReplicateImage",
			registry: replicate, scope: RegistryScopeV1, request: Request{Action: "ecr:ReplicateImage", Resource: own, Principal: source},
			want: DecisionAllow,
		},
		"ReplicationOtherPrefix": {
			reason:   "ECR User Guide, registry-permissions-examples: all repositories that start with prod-",
			registry: replicate, scope: RegistryScopeV2, request: Request{Action: "ecr:ReplicateImage", Resource: other, Principal: source},
			want: DecisionImplicitDeny,
		},
		"PullV2": {
			reason:   pageRegistry + "V2 allows all ECR actions in the policy",
			identity: []string{allECR}, registry: registryPull, scope: RegistryScopeV2, request: Request{Action: "ecr:BatchGetImage", Resource: other, Principal: puller},
			want: DecisionAllow,
		},
		"PullV1": {
			reason:   pageRegistry + "V1 only enforces replication, import and creation",
			identity: []string{allECR}, registry: registryPull, scope: RegistryScopeV1, request: Request{Action: "ecr:BatchGetImage", Resource: other, Principal: puller},
			want: DecisionImplicitDeny,
		},
		"DenyV2": {
			reason:   pageRegistry + "V2 enforces the registry policy in all ECR requests",
			identity: []string{allECR}, registry: registryDeny, scope: RegistryScopeV2, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: User(pullUser)},
			want: DecisionExplicitDeny,
		},
		"DenyV1": {
			reason:   pageRegistry + "V1 only enforces replication, import and creation",
			identity: []string{allECR}, registry: registryDeny, scope: RegistryScopeV1, request: Request{Action: "ecr:BatchGetImage", Resource: own, Principal: User(pullUser)},
			want: DecisionAllow,
		},
		"DenyV1Create": {
			reason:   pageRegistry + "V1 enforces CreateRepository",
			identity: []string{allECR}, registry: registryDeny, scope: RegistryScopeV1, request: Request{Action: "ecr:CreateRepository", Resource: own, Principal: User(pullUser)},
			want: DecisionExplicitDeny,
		},
		"Token": {
			reason:   pageRepository + "users need permission for GetAuthorizationToken through an IAM policy",
			identity: []string{allECR}, registry: registryDeny, scope: RegistryScopeV2, request: Request{Action: "ecr:GetAuthorizationToken", Resource: "*", Principal: puller},
			want: DecisionAllow,
		},
		"TokenOnARepository": {
			reason:   pageResource + "an action without resources is allowed only with * in Resource",
			identity: []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"` + own + `"}]}`},
			request:  Request{Action: "ecr:GetAuthorizationToken", Resource: "*", Principal: puller},
			want:     DecisionImplicitDeny,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var identity []*Document
			for _, p := range tc.identity {
				identity = append(identity, mustParse(t, IdentityPolicy, p))
			}
			resource := ResourcePolicies{RegistryScope: tc.scope}
			if tc.repository != "" {
				resource.Resource = mustParse(t, RepositoryPolicy, tc.repository)
			}
			if tc.registry != "" {
				resource.Registry = mustParse(t, RegistryPolicy, tc.registry)
			}
			got, err := Allowed(identity, resource, tc.request)
			if err != nil {
				t.Fatalf("%s\nAllowed(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Decision); d != "" {
				t.Errorf("%s\nAllowed(...): %v: -want, +got:\n%s", tc.reason, got.Reasons, d)
			}
		})
	}
}
