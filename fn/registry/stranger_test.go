package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestStrangersRole shows that a role which was there before, at another path, gets no
// policy of a project and does not go with the project's object.
func TestStrangersRole(t *testing.T) {
	type role struct {
		Policy   bool
		Policies []any
		ARN      string
	}
	cases := map[string]struct {
		reason string
		arn    string
		want   role
	}{
		"Own": {
			reason: "A role at the path of projects is the project's: its policy may come, and it goes with the object.",
			arn:    "arn:aws:iam::111122223333:role/ecr/project/x",
			want:   role{Policy: true, Policies: []any{"Observe", "Create", "Update", "Delete"}, ARN: "arn:aws:iam::111122223333:role/ecr/project/x"},
		},
		"Stranger": {
			reason: "A role of the name at another path is somebody's: the provider refuses to change it, and so must not delete it.",
			arn:    "arn:aws:iam::111122223333:role/x",
			want:   role{Policies: []any{"Observe", "Create", "Update"}},
		},
		"NotYet": {
			reason: "Where AWS has no role, it is made.",
			want:   role{Policies: []any{"Observe", "Create", "Update", "Delete"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := fntest.Run(t, fntest.Request{
				XR: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: XProjectRegistry
metadata: {name: team-x, uid: u, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  claimRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, name: team, namespace: team}
  region: eu-west-1
  orgAccessRef: {name: octo}
  github: {repositories: [web], branches: [main]}
  images: [{name: web}]
`,
				Observed: map[string]string{"push-role": `
apiVersion: iam.aws.upbound.io/v1beta1
kind: Role
metadata: {name: r, annotations: {crossplane.io/external-name: ecr-push-team-d37d091d}}
status: {atProvider: {arn: "` + tc.arn + `"}, conditions: [{type: Ready, status: "True"}, {type: Synced, status: "True"}]}
`},
				Cluster: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: XEcrOrgAccess
metadata: {name: octo}
spec: {accountId: "111122223333", github: {organization: octo, organizationId: "1"}}
`,
			})
			object := rsp.GetDesired().GetResources()["push-role"].GetResource().AsMap()
			got := role{Policies: object["spec"].(map[string]any)["managementPolicies"].([]any)}
			_, got.Policy = rsp.GetDesired().GetResources()["push-policy"]
			got.ARN = rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields()["pushRoleArn"].GetStringValue()
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nRunFunction: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
