package iamtest

import "testing"

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
