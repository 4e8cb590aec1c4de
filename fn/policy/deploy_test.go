package policy

import (
	"os"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

func readDeploy(t *testing.T, name string) []*iam.Document {
	t.Helper()
	text, err := os.ReadFile("../../deploy/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return []*iam.Document{parse(t, iam.IdentityPolicy, string(text))}
}

// TestProviderPermissions shows that deploy/iam-policy.json lets the provider create only roles with the boundary, and
// never remove the boundary.
func TestProviderPermissions(t *testing.T) {
	const role = "arn:aws:iam::" + account + ":role/ecr/ecr-org-push-octo"
	bounded := iam.Context{"iam:PermissionsBoundary": {"arn:aws:iam::" + account + ":policy/ecr-boundary"}}
	cases := map[string]struct {
		reason, action, resource string
		context                  iam.Context
		want                     bool
	}{
		"Create":         {reason: "A role with the boundary.", action: "iam:CreateRole", resource: role, context: bounded, want: true},
		"CreateUnbound":  {reason: "A role without a boundary.", action: "iam:CreateRole", resource: role},
		"CreateAdmin":    {reason: "A role with a wider boundary.", action: "iam:CreateRole", resource: role, context: iam.Context{"iam:PermissionsBoundary": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		"Policy":         {reason: "The policy of a role with the boundary.", action: "iam:PutRolePolicy", resource: role, context: bounded, want: true},
		"PolicyUnbound":  {reason: "The policy of a role without a boundary.", action: "iam:PutRolePolicy", resource: role},
		"Boundary":       {reason: "Older roles get the boundary.", action: "iam:PutRolePermissionsBoundary", resource: role, context: bounded, want: true},
		"DeleteBoundary": {reason: "No role loses the boundary.", action: "iam:DeleteRolePermissionsBoundary", resource: role, context: bounded},
		"OtherRole":      {reason: "Other roles are out of reach.", action: "iam:CreateRole", resource: "arn:aws:iam::" + account + ":role/admin", context: bounded},
		"Attach":         {reason: "Managed policies are never attached.", action: "iam:AttachRolePolicy", resource: role, context: bounded},
		"Provider":       {reason: "The identity provider is created if it is missing.", action: "iam:CreateOpenIDConnectProvider", resource: octo.Issuer("aws").ProviderARN("aws", account), want: true},
		"ProviderChange": {reason: "The identity provider is never changed: others use it, too.", action: "iam:RemoveClientIDFromOpenIDConnectProvider", resource: octo.Issuer("aws").ProviderARN("aws", account)},
		"Delete":         {reason: "Repositories are not deleted.", action: "ecr:DeleteRepository", resource: "arn:aws:ecr:eu-west-1:" + account + ":repository/a"},
	}
	provider := readDeploy(t, "iam-policy.json")
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := iam.Evaluate(provider, iam.ResourcePolicies{}, iam.Request{
				Action: tc.action, Resource: tc.resource, Context: tc.context,
				Principal: iam.RoleSession("arn:aws:iam::"+account+":role/crossplane", "provider"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\n%s on %s: want %t", tc.reason, tc.action, tc.resource, tc.want)
			}
		})
	}
}

// TestBoundary shows that deploy/iam-boundary.json allows exactly what the rendered roles may do.
func TestBoundary(t *testing.T) {
	roles := []*iam.Document{
		parse(t, iam.IdentityPolicy, Push("aws", account, []string{"*"})),
		parse(t, iam.IdentityPolicy, Pull("aws", account, []string{"*"})),
	}
	boundary := readDeploy(t, "iam-boundary.json")
	for _, a := range iam.ECRActions() {
		for _, in := range []string{account, other} {
			r := iam.Request{
				Action: a.Name, Resource: a.ResourceFor("arn:aws:ecr:eu-west-1:" + in + ":repository/a/b"),
				Principal: iam.RoleSession("arn:aws:iam::"+account+":role/ecr/push", "job"),
			}
			want, err := iam.Evaluate(roles, iam.ResourcePolicies{}, r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := iam.Evaluate(boundary, iam.ResourcePolicies{}, r)
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != want.Allowed() {
				t.Errorf("%s on %s: the boundary says %t, the roles %t", r.Action, r.Resource, got.Allowed(), want.Allowed())
			}
		}
	}
}
