package iam_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

func TestActions(t *testing.T) {
	for _, tc := range []struct {
		name, reason, element, action string
		want                          bool
	}{
		{"Exact", actions + "one action", `"Action":"sqs:SendMessage"`, "sqs:SendMessage", true},
		{"AnyCase", actions + "iam:ListAccessKeys is the same as IAM:listaccesskeys",
			`"Action":"IAM:listaccesskeys"`, "iam:ListAccessKeys", true},
		{"List", actions + "multiple values", `"Action":["sqs:SendMessage","iam:ChangePassword"]`,
			"iam:ChangePassword", true},
		{"Service", actions + "s3:* applies to all S3 actions", `"Action":"s3:*"`, "s3:GetObject", true},
		{"OtherService", actions + "s3:* does not apply to other services", `"Action":"s3:*"`,
			"s3express:CreateSession", false},
		{"InTheName", actions + "iam:*AccessKey* includes UpdateAccessKey", `"Action":"iam:*AccessKey*"`,
			"iam:UpdateAccessKey", true},
		{"NotInTheName", actions + "iam:*AccessKey* does not include ListUsers", `"Action":"iam:*AccessKey*"`,
			"iam:ListUsers", false},
		{"QuestionMark", actions + "single-character match wildcards", `"Action":"sqs:?endMessage"`,
			"sqs:SendMessage", true},
		{"WholeName", actions + "without a wildcard it is the whole name", `"Action":"sqs:Send"`,
			"sqs:SendMessage", false},
		{"Everything", grammar + "* is every action", `"Action":"*"`, "sqs:SendMessage", true},
		{"NotAction", notAction + "every action except iam:*", `"NotAction":"iam:*"`, "s3:GetObject", true},
		{"NotActionListed", notAction + "actions listed in NotAction are not impacted",
			`"NotAction":["s3:deletebucket","iam:*"]`, "s3:DeleteBucket", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := parse(t, iam.IdentityPolicy, head+`{"Effect":"Allow",`+tc.element+`,"Resource":"*"}`+tail)
			got, err := iam.EvaluateOne(d, iam.Request{Action: tc.action, Resource: "*", Principal: ana})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\n%s on %s: want %t", tc.reason, tc.action, tc.element, tc.want)
			}
		})
	}
}

func TestResources(t *testing.T) {
	const (
		objects = `"Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/*/test/*"`
		shop    = "arn:aws:ecr:eu-west-1:111122223333:repository/shop"
		others  = `"NotResource":["` + shop + `","` + shop + `/*"]`
		inside  = resources + "a wildcard that is not the last character of its segment stays within it"
	)
	for _, tc := range []struct {
		name, reason, element, resource string
		want                            bool
	}{
		{"Exact", resources + "a specific resource", `"Resource":"` + shop + `"`, shop, true},
		{"NoPrefix", resources + "without a wildcard it is the whole ARN", `"Resource":"` + shop + `"`,
			shop + "/api", false},
		{"Case", resources + "names are case sensitive", `"Resource":"` + shop + `"`,
			"arn:aws:ecr:eu-west-1:111122223333:repository/Shop", false},
		{"Path", resources + "everything below a path", `"Resource":"` + shop + `/*"`, shop + "/a/b", true},
		{"OtherPath", resources + "everything below a path", `"Resource":"` + shop + `/*"`, shop + "x", false},
		{"List", resources + "two resources", `"Resource":["arn:aws:sqs:::a","` + shop + `"]`, shop, true},
		{"Expansion", resources + "wildcard expansion, object 4", objects,
			"arn:aws:ecr:eu-west-1:111122223333:repository/1/2/3/test/4/x", true},
		{"ExpansionEmpty", resources + "wildcard expansion, object 8", objects,
			"arn:aws:ecr:eu-west-1:111122223333:repository/1/test/", true},
		{"NoExpansion", resources + "the ARN would not match, object 1", objects,
			"arn:aws:ecr:eu-west-1:111122223333:repository/1-test/x", false},
		{"AnyRegion", resources + "a wildcard within a segment",
			`"Resource":"arn:aws:ecr:*:111122223333:repository/shop"`, shop, true},
		{"OtherAccount", resources + "a wildcard in one segment leaves the others alone",
			`"Resource":"arn:aws:ecr:*:111122223333:repository/shop"`, "arn:aws:ecr:eu-west-1:444455556666:repository/shop", false},
		{"Partition", resources + "every segment must match", `"Resource":"arn:aws:ecr:*:*:repository/*"`,
			"arn:aws-cn:ecr:cn-north-1:111122223333:repository/a", false},
		{"AnyPartition", resources + "a wildcard within the partition",
			`"Resource":"arn:aws*:ecr:*:*:repository/*"`, "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a",
			true},
		{"InTheSegment", inside, `"Resource":"arn:aws:sns:eu-*1:111122223333:t"`,
			"arn:aws:sns:eu-west-1:111122223333:t", true},
		{"InTheSegmentOnly", inside, `"Resource":"arn:aws:sns:*1:111122223333:t"`,
			"arn:aws:sns:x:111122223331:111122223333:t", false},
		{"BeforeTheLast", inside, `"Resource":"arn:aws:sns:*w*:111122223333:t"`,
			"arn:aws:sns:x:w:111122223333:t", false},
		{"LastOfTheSegment", resources + "a * that is the last character of a segment can match beyond the colon boundaries",
			`"Resource":"arn:aws:sns:*:111122223333:t"`, "arn:aws:sns:x:444455556666:111122223333:t", true},
		{"QuestionMark", resources + "? is any single character",
			`"Resource":"arn:aws:ecr:eu-west-?:111122223333:repository/sho?"`, shop, true},
		{"QuestionMarkColon", resources + "? stays within its segment",
			`"Resource":"arn:aws:sns:eu?west:111122223333:t"`, "arn:aws:sns:eu:west:111122223333:t", false},
		{
			"ColonInTheResource", resources + "* can expand to everything within the resource part",
			`"Resource":"arn:aws:logs:*:111122223333:log-group:*stream"`, "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream", true,
		},
		{"Incomplete", grammar + "arn:aws:ecr is equivalent to arn:aws:ecr:*:*:*", `"Resource":"arn:aws:ecr"`,
			shop, true},
		{"IncompleteOther", grammar + "arn:aws:sqs is equivalent to arn:aws:sqs:*:*:*",
			`"Resource":"arn:aws:sqs"`, shop, false},
		{"IncompleteRegion", grammar + "missing fields are completed with wildcards",
			`"Resource":"arn:aws:ecr:eu-west-2"`, shop, false},
		{"NotEverything", resources + "actions without resources need * in the Resource element",
			`"Resource":"arn:aws:ecr:*"`, "*", false},
		{"Everything", resources + "actions without resources need * in the Resource element", `"Resource":"*"`,
			"*", true},
		{"NotResource", notResource + "every resource except the listed", others,
			"arn:aws:ecr:eu-west-1:111122223333:repository/x", true},
		{"NotResourceListed", notResource + "every resource except the listed", others, shop + "/api", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := parse(t, iam.IdentityPolicy, head+`{"Effect":"Allow","Action":"*",`+tc.element+`}`+tail)
			got, err := iam.EvaluateOne(d, iam.Request{Action: "some:Action", Resource: tc.resource, Principal: ana})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\n%s on %s: want %t", tc.reason, tc.resource, tc.element, tc.want)
			}
		})
	}
}

const (
	own      = "arn:aws:ecr:us-west-2:444455556666:repository/prod-api"
	dev      = "arn:aws:ecr:us-west-2:444455556666:repository/dev-api"
	pullUser = "arn:aws:iam::444455556666:user/pull-user-1"

	allECR = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}`
	noPull = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecr:BatchGetImage","Resource":"*"}]}`
)

// attached is a resource policy of one statement.
func attached(effect, principal, elements string) string {
	return head + `{"Effect":"` + effect + `","Principal":` + principal + elements + `}` + tail
}

func TestEvaluate(t *testing.T) {
	const (
		account  = `{"AWS":"arn:aws:iam::111122223333:root"}`
		pull     = `,"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]`
		push     = `,"Action":["ecr:InitiateLayerUpload","ecr:UploadLayerPart","ecr:CompleteLayerUpload","ecr:PutImage"]`
		all      = `,"Action":"ecr:*"`
		prod     = `,"Resource":"arn:aws:ecr:us-west-2:444455556666:repository/prod-*"`
		every    = `,"Resource":"arn:aws:ecr:us-west-2:444455556666:repository/*"`
		inOrg    = pull + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`
		orgKey   = globalKeys + "aws:PrincipalOrgID: "
		build    = `{"Service":"codebuild.amazonaws.com"}`
		forBuild = pull + `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:codebuild:us-east-1:123456789012:project/a"},` +
			`"StringEquals":{"aws:SourceAccount":"123456789012"}}`
		except = `,"Action":"ecr:*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + pullUser + `"}}`
	)
	var (
		puller = iam.User(pullUser)
		other  = iam.User("arn:aws:iam::444455556666:user/other")
		owner  = iam.AccountRoot("aws", "444455556666")
		remote = iam.RoleSession("arn:aws:iam::111122223333:role/node", "i-1")
		root   = iam.AccountRoot("aws", "111122223333")
		codeb  = iam.Service("codebuild.amazonaws.com")
		org    = func(id string) iam.Context { return iam.Context{"aws:PrincipalOrgID": {id}} }
		source = func(project string) iam.Context {
			return iam.Context{
				"aws:SourceArn":     {"arn:aws:codebuild:us-east-1:123456789012:project/" + project},
				"aws:SourceAccount": {"123456789012"},
			}
		}
	)
	const allowed, implicit, explicit = iam.DecisionAllow, iam.DecisionImplicitDeny, iam.DecisionExplicitDeny
	for _, tc := range []struct {
		name, reason string
		identity     string
		repository   string
		registry     string
		scope        iam.RegistryScope
		action, on   string
		who          iam.Principal
		keys         iam.Context
		want         iam.Decision
	}{
		// One account.
		{name: "Nobody", reason: denyAllow + "by default, all requests are implicitly denied",
			action: "ecr:BatchGetImage", on: own, who: puller, want: implicit},
		{name: "Identity", reason: oneAccount + "if one of the policy types allows the request, it is allowed",
			identity: allECR, action: "ecr:PutImage", on: own, who: puller, want: allowed},
		{
			name: "Resource", reason: examples + "pull-user-1 may pull, by the repository policy alone",
			repository: attached("Allow", `{"AWS":"`+pullUser+`"}`, pull), action: "ecr:BatchGetImage", on: own, who: puller, want: allowed,
		},
		{
			name: "ResourceNotMore", reason: examples + "pull-user-1 may only pull",
			repository: attached("Allow", `{"AWS":"`+pullUser+`"}`, pull), action: "ecr:PutImage", on: own, who: puller, want: implicit,
		},
		{
			name: "ResourceDenies", reason: examples + "deny all: all users in all accounts",
			identity: allECR, repository: attached("Deny", `"*"`, pull), action: "ecr:BatchGetImage", on: own, who: puller, want: explicit,
		},
		{
			name: "IdentityDenies", reason: repository + "allowed by a repository policy but denied by an IAM policy: denied",
			identity: noPull, repository: attached("Allow", `{"AWS":"`+pullUser+`"}`, pull), action: "ecr:BatchGetImage", on: own, who: puller,
			want: explicit,
		},
		{name: "DenyForOthers", reason: denyAllow + "a Deny that does not apply changes nothing",
			identity: allECR, repository: attached("Deny", `{"AWS":"arn:aws:iam::444455556666:user/other"}`, all),
			action: "ecr:PutImage", on: own, who: puller, want: allowed},
		{
			name: "Exception", reason: principals + "Deny everyone with ArnNotEquals aws:PrincipalArn excepts the one named",
			identity: allECR, repository: attached("Deny", `"*"`, except), action: "ecr:PutImage", on: own, who: puller, want: allowed,
		},
		{
			name: "ExceptionOther", reason: principals + "Deny everyone with ArnNotEquals aws:PrincipalArn denies the others",
			identity: allECR, repository: attached("Deny", `"*"`, except), action: "ecr:PutImage", on: own, who: other, want: explicit,
		},
		{name: "OwnEveryone", reason: principals + "for users and roles within your account, * needs no other permissions",
			repository: attached("Allow", `"*"`, all), action: "ecr:PutImage", on: own, who: other, want: allowed},
		{
			name: "OwnAccount", reason: principals + "an account principal delegates to the account, its own too: the user has no policy",
			repository: attached("Allow", `{"AWS":"444455556666"}`, all), action: "ecr:PutImage", on: own, who: other, want: implicit,
		},
		{name: "Root", reason: denyAllow + "the root user of the account has full access",
			action: "ecr:PutImage", on: own, who: owner, want: allowed},
		{name: "RootDenied", reason: denyAllow + "an explicit deny in a resource-based policy applies to the root user",
			repository: attached("Deny", `"*"`, all), action: "ecr:PutImage", on: own, who: owner, want: explicit},

		// Two accounts.
		{
			name: "Both", reason: twoAccounts + "both accounts allow the request",
			identity: allECR, repository: attached("Allow", account, push), action: "ecr:PutImage", on: own, who: remote, want: allowed,
		},
		{name: "IdentityAlone", reason: twoAccounts + "the resource-based policy must allow the requester too",
			identity: allECR, action: "ecr:PutImage", on: own, who: remote, want: implicit},
		{name: "ResourceAlone", reason: twoAccounts + "the requester must have an identity-based policy",
			repository: attached("Allow", account, push), action: "ecr:PutImage", on: own, who: remote, want: implicit},
		{
			name: "ResourceNamesTheRole", reason: twoAccounts + "also if the role is named",
			repository: attached("Allow", `{"AWS":"arn:aws:iam::111122223333:role/node"}`, push), action: "ecr:PutImage", on: own, who: remote,
			want: implicit,
		},
		{
			name: "RemoteDenies", reason: twoAccounts + "explicitly denied within one of the accounts",
			identity: noPull, repository: attached("Allow", account, pull), action: "ecr:BatchGetImage", on: own, who: remote, want: explicit,
		},
		{name: "RemoteRoot", reason: delegation + "the root user of the account that is named has access",
			repository: attached("Allow", account, push), action: "ecr:PutImage", on: own, who: root, want: allowed},
		{name: "RemoteRootUnnamed", reason: delegation + "a root user has access to other accounts only where they grant it",
			action: "ecr:PutImage", on: own, who: root, want: implicit},
		{name: "Partition", reason: delegation + "access is delegated only within a single partition",
			identity: allECR, repository: attached("Allow", `"*"`, all), action: "ecr:PutImage",
			on: "arn:aws-cn:ecr:cn-north-1:444455556666:repository/a", who: remote, want: implicit},
		{name: "Public", reason: principals + "with *, principals in other accounts must also have identity-based permissions",
			repository: attached("Allow", `"*"`, pull), action: "ecr:BatchGetImage", on: own, who: remote, want: implicit},
		{name: "PublicAnonymous", reason: principals + "* grants access to all users, including anonymous users",
			repository: attached("Allow", `"*"`, pull), action: "ecr:BatchGetImage", on: own, who: iam.Anonymous(), want: allowed},
		{name: "Organization", reason: orgKey + "the principals of the organisation",
			identity: allECR, repository: attached("Allow", `"*"`, inOrg), action: "ecr:BatchGetImage", on: own, who: remote,
			keys: org("o-a1b2c3d4e5"), want: allowed},
		{name: "OtherOrganization", reason: orgKey + "those of another organisation",
			identity: allECR, repository: attached("Allow", `"*"`, inOrg), action: "ecr:BatchGetImage", on: own, who: remote,
			keys: org("o-zzzzzzzzzz"), want: implicit},
		{name: "NoOrganization", reason: orgKey + "absent for an anonymous caller",
			repository: attached("Allow", `"*"`, inOrg), action: "ecr:BatchGetImage", on: own, who: iam.Anonymous(), want: implicit},
		{
			name: "Service", reason: examples + "CodeBuild, for one project",
			repository: attached("Allow", build, forBuild), action: "ecr:BatchGetImage", on: own, who: codeb, keys: source("a"), want: allowed,
		},
		{
			name: "ServiceForAnother", reason: examples + "CodeBuild, for one project",
			repository: attached("Allow", build, forBuild), action: "ecr:BatchGetImage", on: own, who: codeb, keys: source("b"), want: implicit,
		},
		{name: "ServiceForNobody", reason: operators + "a call that is not on somebody's behalf has no aws:SourceArn",
			repository: attached("Allow", build, forBuild), action: "ecr:BatchGetImage", on: own, who: codeb, want: implicit},

		// The registry's policy.
		{
			name: "ReplicationV1", reason: registry + "V1 enforces ReplicateImage",
			registry: attached("Allow", account, all+prod), scope: iam.RegistryScopeV1, action: "ecr:ReplicateImage", on: own, who: root,
			want: allowed,
		},
		{
			name: "ReplicationOther", reason: "ECR User Guide, registry-permissions-examples: all repositories that start with prod-",
			registry: attached("Allow", account, all+prod), scope: iam.RegistryScopeV2, action: "ecr:ReplicateImage", on: dev, who: root,
			want: implicit,
		},
		{
			name: "PullV2", reason: registry + "V2 allows all ECR actions in the policy", identity: allECR,
			registry: attached("Allow", account, pull+every), scope: iam.RegistryScopeV2, action: "ecr:BatchGetImage", on: dev, who: remote,
			want: allowed,
		},
		{
			name: "PullV1", reason: registry + "V1 only enforces replication, import and creation", identity: allECR,
			registry: attached("Allow", account, pull+every), scope: iam.RegistryScopeV1, action: "ecr:BatchGetImage", on: dev, who: remote,
			want: implicit,
		},
		{
			name: "DenyV2", reason: registry + "V2 enforces the registry policy in all ECR requests", identity: allECR,
			registry: attached("Deny", `"*"`, all+every), scope: iam.RegistryScopeV2, action: "ecr:BatchGetImage", on: own, who: puller,
			want: explicit,
		},
		{
			name: "DenyV1", reason: registry + "V1 only enforces replication, import and creation", identity: allECR,
			registry: attached("Deny", `"*"`, all+every), scope: iam.RegistryScopeV1, action: "ecr:BatchGetImage", on: own, who: puller,
			want: allowed,
		},
		{
			name: "DenyV1Create", reason: registry + "V1 enforces CreateRepository", identity: allECR,
			registry: attached("Deny", `"*"`, all+every), scope: iam.RegistryScopeV1, action: "ecr:CreateRepository", on: own, who: puller,
			want: explicit,
		},
		{name: "Token", reason: repository + "users need permission for GetAuthorizationToken through an IAM policy",
			identity: allECR, action: "ecr:GetAuthorizationToken", on: "*", who: remote, want: allowed},
		{name: "TokenOfARepository", reason: resources + "an action without resources is allowed only with * in Resource",
			identity: head + `{"Effect":"Allow","Action":"ecr:*","Resource":"` + own + `"}` + tail,
			action:   "ecr:GetAuthorizationToken", on: "*", who: remote, want: implicit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var identity []*iam.Document
			if tc.identity != "" {
				identity = append(identity, parse(t, iam.IdentityPolicy, tc.identity))
			}
			resource := iam.ResourcePolicies{RegistryScope: tc.scope}
			if tc.repository != "" {
				resource.Repository = parse(t, iam.RepositoryPolicy, tc.repository)
			}
			if tc.registry != "" {
				resource.Registry = parse(t, iam.RegistryPolicy, tc.registry)
			}
			got, err := iam.Evaluate(identity, resource, iam.Request{Action: tc.action, Resource: tc.on, Principal: tc.who, Context: tc.keys})
			if err != nil {
				t.Fatalf("%s\nEvaluate(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want.String(), got.Decision.String()); diff != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s\n%v", tc.reason, diff, got.Findings)
			}
		})
	}
}

// Each statement is named, with what keeps it from matching.
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
	var names []string
	for _, f := range got.Deciding() {
		names = append(names, f.String())
	}
	if diff := cmp.Diff([]string{"repository policy, Statement[1]"}, names); diff != "" {
		t.Errorf("a Deny decides, not the Allow beside it: -want, +got:\n%s", diff)
	}
}

// The condition keys that follow from the caller and the resource: each is equal to what is wanted, or absent.
func TestDerivedKeys(t *testing.T) {
	const arn, values = globalKeys + "aws:PrincipalArn: ", variables + "principal key values: "
	root, user := iam.AccountRoot("aws", "111122223333"), iam.User("arn:aws:iam::111122223333:user/dev/ana")
	lambda := iam.Service("lambda.amazonaws.com")
	for _, tc := range []struct {
		name, reason string
		who          iam.Principal
		keys         iam.Context
		key, want    string
	}{
		{"ArnOfRole", arn + "the ARN of the role, not of the session", deploy, nil, "aws:PrincipalArn",
			"arn:aws:iam::111122223333:role/ci/deploy"},
		{"ArnOfUser", arn + "the ARN of the user", user, nil, "aws:PrincipalArn",
			"arn:aws:iam::111122223333:user/dev/ana"},
		{"ArnOfRoot", arn + "the ARN of the root user", root, nil, "aws:PrincipalArn",
			"arn:aws:iam::111122223333:root"},
		{"ArnOfAnonymous", arn + "anonymous requests do not include this key", iam.Anonymous(), nil,
			"aws:PrincipalArn", ""},
		{"AccountOfRole", globalKeys + "aws:PrincipalAccount", deploy, nil, "aws:PrincipalAccount", "111122223333"},
		{"AccountOfService", globalKeys + "a service is of no account", lambda, nil, "aws:PrincipalAccount", ""},
		{"TypeOfRoot", values + "row 1", root, nil, "aws:PrincipalType", "Account"},
		{"TypeOfUser", values + "row 2", user, nil, "aws:PrincipalType", "User"},
		{"TypeOfRole", values + "an assumed role", deploy, nil, "aws:PrincipalType", "AssumedRole"},
		{"TypeOfAnonymous", values + "an anonymous caller", iam.Anonymous(), nil, "aws:PrincipalType", "Anonymous"},
		{"NameOfUser", values + "the user's name, without the path", user, nil, "aws:username", "ana"},
		{"NameOfRole", values + "not present for a role", deploy, nil, "aws:username", ""},
		{"ServiceName", globalKeys + "aws:PrincipalServiceName", lambda, nil, "aws:PrincipalServiceName",
			"lambda.amazonaws.com"},
		{"IsService", globalKeys + "aws:PrincipalIsAWSService", lambda, nil, "aws:PrincipalIsAWSService", "true"},
		{"IsNoService", globalKeys + "aws:PrincipalIsAWSService", user, nil, "aws:PrincipalIsAWSService", "false"},
		{"ResourceAccount", globalKeys + "aws:ResourceAccount is the owner of the resource", user, nil,
			"aws:ResourceAccount", "444455556666"},
		{"Given", "a key that is given is taken as it is, in any case", user,
			iam.Context{"AWS:username": {"bob"}}, "aws:username", "bob"},
		{"GivenAsAbsent", "a key that is given without values is absent", user, iam.Context{"aws:username": nil},
			"aws:username", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			element := `{"StringEquals":{"` + tc.key + `":"` + tc.want + `"}}`
			if tc.want == "" {
				element = `{"Null":{"` + tc.key + `":"true"}}`
			}
			d := parse(t, iam.RepositoryPolicy, attached("Allow", `"*"`, `,"Action":"ecr:*","Condition":`+element))
			got, err := iam.EvaluateOne(d, iam.Request{Action: "ecr:PutImage", Resource: own, Principal: tc.who, Context: tc.keys})
			if err != nil {
				t.Fatal(err)
			}
			if !got.Allowed() {
				t.Errorf("%s\nwant %s to be %q", tc.reason, tc.key, tc.want)
			}
		})
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
			"ecr:PutImage", own, provider, "EvaluateTrust"},
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
		t.Error("ListImageReferrers is an operation, but no action")
	}
}
