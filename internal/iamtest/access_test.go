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

func TestDecisionNames(t *testing.T) {
	got := []string{DecisionImplicitDeny.String(), DecisionAllow.String(), DecisionExplicitDeny.String()}
	if d := diff([]string{"implicitDeny", "allowed", "explicitDeny"}, got); d != "" {
		t.Errorf("the policy simulator's names: -want, +got:\n%s", d)
	}
}

// A statement that led to the decision is named, so that a failed test says
// what to look at.
func TestReasons(t *testing.T) {
	d := mustParse(t, IdentityPolicy, carlosIdentity)
	got, err := Allowed([]*Document{d}, ResourcePolicies{}, Request{
		Action: "s3:PutObject", Resource: "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/log", ResourceAccount: "123456789012",
		Principal: User("arn:aws:iam::123456789012:user/carlossalazar"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Result{Decision: DecisionExplicitDeny, Reasons: []string{
		`identity policy: Statement[1] "AllowS3Self": Allow`, `identity policy: Statement[2] "DenyS3Logs": Deny`,
	}}
	if d := diff(want, got); d != "" {
		t.Errorf("Allowed(...): -want, +got:\n%s", d)
	}
}
