package iamtest

import "testing"

// carlos and his policies are AWS's own example of one account.
const (
	carlosIdentity = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"AllowS3ListRead","Effect":"Allow","Action":["s3:GetBucketLocation","s3:GetAccountPublicAccessBlock",` +
		`"s3:ListAccessPoints","s3:ListAllMyBuckets"],"Resource":"arn:aws:s3:::*"},` +
		`{"Sid":"AllowS3Self","Effect":"Allow","Action":"s3:*","Resource":[` +
		`"arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/*","arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"]},` +
		`{"Sid":"DenyS3Logs","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*log*"}]}`
	carlosBucket = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::123456789012:user/carlossalazar"},"Action":"s3:*","Resource":[` +
		`"arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/*","arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"]}]}`
)

// demo and its policies are AWS's own example of two accounts.
const (
	demoIdentity = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"AllowS3ListRead","Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"},` +
		`{"Sid":"AllowS3ProductionObjectActions","Effect":"Allow","Action":"s3:*Object*",` +
		`"Resource":"arn:aws:s3:::amzn-s3-demo-bucket-production/*"},` +
		`{"Sid":"DenyS3Logs","Effect":"Deny","Action":"s3:*","Resource":["arn:aws:s3:::*log*","arn:aws:s3:::*log*/*"]}]}`
	productionBucket = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["s3:GetObject*","s3:PutObject*","s3:ReplicateObject","s3:RestoreObject"],` +
		`"Principal":{"AWS":"arn:aws:iam::111111111111:role/Demo"},` +
		`"Resource":"arn:aws:s3:::amzn-s3-demo-bucket-production/*"}]}`
)

type accessCase struct {
	reason   string
	identity []string
	resource string // a resource policy
	request  Request
	want     Decision
}

func runAccessCases(t *testing.T, cases map[string]accessCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var identity []*Document
			for _, p := range tc.identity {
				identity = append(identity, mustParse(t, IdentityPolicy, p))
			}
			var resource ResourcePolicies
			if tc.resource != "" {
				resource.Resource = mustParse(t, ResourcePolicy, tc.resource)
			}
			got, err := Allowed(identity, resource, tc.request)
			if err != nil {
				t.Fatalf("%s\nAllowed(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Decision); d != "" {
				t.Errorf("%s\nAllowed(...): %v (%v): -want, +got:\n%s", tc.reason, got.Decision, got.Reasons, d)
			}
		})
	}
}

func TestAllowedInOneAccount(t *testing.T) {
	carlos := func(action, resource string) Request {
		return Request{
			Action: action, Resource: resource, ResourceAccount: "123456789012",
			Principal: User("arn:aws:iam::123456789012:user/carlossalazar"),
		}
	}
	save := carlos("s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/report")
	nobody := save
	nobody.Principal = User("arn:aws:iam::123456789012:user/nobody")
	root := save
	root.Principal = AccountRoot("aws", "123456789012")
	statement := func(effect, principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"s3:*","Resource":"arn:aws:s3:::*"}]}`
	}
	const exceptCarlos = `"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/carlossalazar","123456789012"]}`
	denyOthers := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny",` + exceptCarlos + `,"Action":"s3:*","Resource":"*"}]}`
	runAccessCases(t, map[string]accessCase{
		"Logs": {
			reason:   pageOneAccount + "the identity-based policy explicitly denies access to buckets used for logging",
			identity: []string{carlosIdentity}, resource: carlosBucket,
			request: carlos("s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar-logs/report"),
			want:    DecisionExplicitDeny,
		},
		"OwnBucket": {
			reason:   pageOneAccount + "both policies allow the request",
			identity: []string{carlosIdentity}, resource: carlosBucket, request: save,
			want: DecisionAllow,
		},
		"IdentityIsEnough": {
			reason:   pageOneAccount + "if one of the policy types allows the request and the other doesn't, it is still allowed",
			identity: []string{carlosIdentity}, request: save,
			want: DecisionAllow,
		},
		"ResourceIsEnough": {
			reason:   pageOneAccount + "if one of the policy types allows the request and the other doesn't, it is still allowed",
			resource: carlosBucket, request: save,
			want: DecisionAllow,
		},
		"NobodyAllows": {
			reason:  pageDenyAllow + "by default, all requests are implicitly denied",
			request: save,
			want:    DecisionImplicitDeny,
		},
		"OtherUser": {
			reason:   pageOneAccount + "only the carlossalazar user can access the bucket",
			resource: carlosBucket, request: nobody,
			want: DecisionImplicitDeny,
		},
		"OtherAction": {
			reason:   pageDenyAllow + "what no statement covers is implicitly denied",
			identity: []string{carlosIdentity}, resource: carlosBucket,
			request: carlos("sqs:SendMessage", "arn:aws:sqs:us-east-2:123456789012:queue1"),
			want:    DecisionImplicitDeny,
		},
		"ResourceDenies": {
			reason:   pageDenyAllow + "an explicit deny overrides an explicit allow",
			identity: []string{carlosIdentity}, resource: statement("Deny", `"*"`), request: save,
			want: DecisionExplicitDeny,
		},
		"DenyWithoutAllow": {
			reason:   pageDenyAllow + "one explicit deny that applies is the final decision",
			resource: statement("Deny", `{"AWS":"123456789012"}`), request: save,
			want: DecisionExplicitDeny,
		},
		"DenyInASecondPolicy": {
			reason:   pageDenyAllow + "all policies that apply are evaluated",
			identity: []string{carlosIdentity, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:Put*","Resource":"*"}}`},
			request:  save,
			want:     DecisionExplicitDeny,
		},
		"DenyForOthers": {
			reason:   pageDenyAllow + "a Deny that does not apply changes nothing",
			identity: []string{carlosIdentity}, resource: statement("Deny", `{"AWS":"arn:aws:iam::123456789012:user/nobody"}`), request: save,
			want: DecisionAllow,
		},
		"NotPrincipalOther": {
			reason:   pageNotPrincipal + "denies access to all principals except those named",
			identity: []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
			resource: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/carlossalazar"},"Action":"s3:*","Resource":"*"}]}`,
			request:  nobody,
			want:     DecisionExplicitDeny,
		},
		"NotPrincipalNamed": {
			reason:   pageNotPrincipal + "the principal and its account are named",
			identity: []string{carlosIdentity}, resource: denyOthers, request: save,
			want: DecisionAllow,
		},
		"EveryoneInTheAccount": {
			reason:   pagePrincipal + "for users and roles within your account, * needs no other permissions",
			resource: statement("Allow", `"*"`), request: nobody,
			want: DecisionAllow,
		},
		"OwnAccountOnlyDelegates": {
			reason:   pagePrincipal + "an account principal delegates authority to the account, its own too: the user has no policy",
			resource: statement("Allow", `{"AWS":"123456789012"}`), request: nobody,
			want: DecisionImplicitDeny,
		},
		"OwnAccountAndIdentity": {
			reason:   pagePrincipal + "an account principal delegates authority to the account, whose policy allows",
			identity: []string{carlosIdentity}, resource: statement("Allow", `{"AWS":"123456789012"}`), request: save,
			want: DecisionAllow,
		},
		"RootUser": {
			reason:  pageDenyAllow + "the root user of the account has full access",
			request: root,
			want:    DecisionAllow,
		},
		"RootUserDenied": {
			reason:   pageDenyAllow + "an explicit deny in a resource-based policy applies to the root user",
			resource: statement("Deny", `"*"`), request: root,
			want: DecisionExplicitDeny,
		},
		"PrincipalArnInsteadOfNotPrincipal": {
			reason:   pagePrincipal + "Deny everyone with ArnNotEquals aws:PrincipalArn excepts the one named",
			identity: []string{carlosIdentity},
			resource: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",` +
				`"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/carlossalazar"}}}]}`,
			request: save,
			want:    DecisionAllow,
		},
		"PrincipalArnOther": {
			reason:   pagePrincipal + "Deny everyone with ArnNotEquals aws:PrincipalArn denies the others",
			identity: []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
			resource: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",` +
				`"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/carlossalazar"}}}]}`,
			request: nobody,
			want:    DecisionExplicitDeny,
		},
	})
}

func TestAllowedBetweenAccounts(t *testing.T) {
	demo := func(action, resource string) Request {
		return Request{
			Action: action, Resource: resource, ResourceAccount: "222222222222",
			Principal: RoleSession("arn:aws:iam::111111111111:role/Demo", "carlos"),
		}
	}
	const object = "arn:aws:s3:::amzn-s3-demo-bucket-production/report"
	save := demo("s3:PutObject", object)
	const bucketA = `{"Version":"2012-10-17","Statement":[{"Sid":"PrincipalAccess","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:*","Resource":"arn:aws:s3:::BucketA/*"}]}`
	const user2Identity = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::BucketA/*"}]}`
	onBucketA := func(action string, p Principal) Request {
		return Request{Action: action, Resource: "arn:aws:s3:::BucketA/x", ResourceAccount: "444455556666", Principal: p}
	}
	user1, user2 := User("arn:aws:iam::111122223333:user/User1"), User("arn:aws:iam::111122223333:user/User2")
	const public = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BucketA/*"}]}`
	const organisation = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",` +
		`"Resource":"arn:aws:s3:::BucketA/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}`
	inOrganisation := onBucketA("s3:GetObject", user2)
	inOrganisation.Context = Context{"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}}
	inOther := onBucketA("s3:GetObject", user2)
	inOther.Context = Context{"aws:PrincipalOrgID": {"o-zzzzzzzzzz"}}
	runAccessCases(t, map[string]accessCase{
		"Logs": {
			reason:   pageCrossAccount + "explicitly denied within one of the accounts",
			identity: []string{demoIdentity},
			request:  demo("s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket-production-logs/report"),
			want:     DecisionExplicitDeny,
		},
		"Production": {
			reason:   pageCrossAccount + "both accounts allow the request",
			identity: []string{demoIdentity}, resource: productionBucket, request: save,
			want: DecisionAllow,
		},
		"IdentityAlone": {
			reason:   pageCrossAccount + "the resource-based policy must allow the requester too",
			identity: []string{demoIdentity}, request: save,
			want: DecisionImplicitDeny,
		},
		"ResourceAlone": {
			reason:   pageCrossAccount + "the requester must have an identity-based policy",
			resource: productionBucket, request: save,
			want: DecisionImplicitDeny,
		},
		"NotDelete": {
			reason:   pageCrossAccount + "the role can create and edit, but not delete the objects",
			identity: []string{demoIdentity}, resource: productionBucket, request: demo("s3:DeleteObject", object),
			want: DecisionImplicitDeny,
		},
		"Delegated": {
			reason:   pageDelegation + "User2 can view the objects",
			identity: []string{user2Identity}, resource: bucketA, request: onBucketA("s3:GetObject", user2),
			want: DecisionAllow,
		},
		"DelegatedNotMore": {
			reason:   pageDelegation + "User2 cannot create, edit or delete them",
			identity: []string{user2Identity}, resource: bucketA, request: onBucketA("s3:PutObject", user2),
			want: DecisionImplicitDeny,
		},
		"NotDelegated": {
			reason:   pageDelegation + "User1 does not have access to BucketA",
			resource: bucketA, request: onBucketA("s3:GetObject", user1),
			want: DecisionImplicitDeny,
		},
		"RootOfTheOtherAccount": {
			reason:   pageDelegation + "the root user has full access to BucketA",
			resource: bucketA, request: onBucketA("s3:PutObject", AccountRoot("aws", "111122223333")),
			want: DecisionAllow,
		},
		"RootOfAnUnnamedAccount": {
			reason:   pageDelegation + "a root user has access to other accounts only where they grant it",
			resource: bucketA, request: onBucketA("s3:PutObject", AccountRoot("aws", "777788889999")),
			want: DecisionImplicitDeny,
		},
		"PublicNeedsIdentity": {
			reason:   pagePrincipal + "with *, principals in other accounts must also have identity-based permissions",
			resource: public, request: onBucketA("s3:GetObject", user1),
			want: DecisionImplicitDeny,
		},
		"PublicAndIdentity": {
			reason:   pagePrincipal + "with *, principals in other accounts must also have identity-based permissions",
			identity: []string{user2Identity}, resource: public, request: onBucketA("s3:GetObject", user2),
			want: DecisionAllow,
		},
		"PublicAnonymous": {
			reason:   pagePrincipal + "* grants access to all users, including anonymous users",
			resource: public, request: onBucketA("s3:GetObject", Anonymous()),
			want: DecisionAllow,
		},
		"Organisation": {
			reason:   "reference_policies_condition-keys, aws:PrincipalOrgID: the principals of the organisation",
			identity: []string{user2Identity}, resource: organisation, request: inOrganisation,
			want: DecisionAllow,
		},
		"OtherOrganisation": {
			reason:   "reference_policies_condition-keys, aws:PrincipalOrgID: the principals of another organisation",
			identity: []string{user2Identity}, resource: organisation, request: inOther,
			want: DecisionImplicitDeny,
		},
		"NoOrganisation": {
			reason:   "reference_policies_condition-keys, aws:PrincipalOrgID: absent for an account of no organisation",
			identity: []string{user2Identity}, resource: organisation, request: onBucketA("s3:GetObject", user2),
			want: DecisionImplicitDeny,
		},
		"OrganisationAnonymous": {
			reason:   "reference_policies_condition-keys, aws:PrincipalOrgID: absent for an anonymous caller",
			resource: organisation, request: onBucketA("s3:GetObject", Anonymous()),
			want: DecisionImplicitDeny,
		},
		"OtherPartition": {
			reason:   pageDelegation + "access is delegated only within a single partition",
			identity: []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
			resource: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]}`,
			request:  Request{Action: "sqs:SendMessage", Resource: "arn:aws-cn:sqs:cn-north-1:111122223333:q", Principal: user2},
			want:     DecisionImplicitDeny,
		},
		"Service": {
			reason: pageOperators + "Amazon SNS may send messages on behalf of a topic",
			resource: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"SQS:SendMessage",` +
				`"Resource":"arn:aws:sqs:us-east-1:123456789012:QUEUE-ID","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:TOPIC-ID"}}}}`,
			request: Request{
				Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:123456789012:QUEUE-ID", Principal: Service("sns.amazonaws.com"),
				Context: Context{"aws:SourceArn": {"arn:aws:sns:us-east-1:123456789012:TOPIC-ID"}},
			},
			want: DecisionAllow,
		},
		"ServiceForAnother": {
			reason: pageOperators + "a user who calls directly has no aws:SourceArn",
			resource: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"SQS:SendMessage",` +
				`"Resource":"arn:aws:sqs:us-east-1:123456789012:QUEUE-ID","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:TOPIC-ID"}}}}`,
			request: Request{Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:123456789012:QUEUE-ID", Principal: Service("sns.amazonaws.com")},
			want:    DecisionImplicitDeny,
		},
	})
}
