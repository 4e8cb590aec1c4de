package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestStrangersRole shows that a role which was there before, at another path, gets no policy of a project and is not
// deleted with the project's object.
func TestStrangersRole(t *testing.T) {
	type role struct {
		Policy   bool
		Policies []string
		ARN      string
	}
	type test struct {
		reason string
		arn    string
		taken  bool // by the object of a claim of the same name
		want   role
	}
	cases := map[string]test{
		"Own": {
			reason: "A role at the path of projects' roles is the project's: it gets its policy, and is deleted with the object.",
			arn:    "arn:aws:iam::111122223333:role/ecr/project/x",
			want:   role{Policy: true, Policies: []string{"Observe", "Create", "Update", "Delete"}, ARN: "arn:aws:iam::111122223333:role/ecr/project/x"},
		},
		"Stranger": {
			reason: "The provider refuses to change a role at another path, and so must not delete it.",
			arn:    "arn:aws:iam::111122223333:role/x",
			want:   role{Policies: []string{"Observe", "Create", "Update"}},
		},
		"StrangerOfAnother": {
			reason: "If another object owns it, too, it is only observed: without a trust policy nothing else is allowed.",
			arn:    "arn:aws:iam::111122223333:role/x", taken: true,
			want: role{Policies: []string{"Observe"}},
		},
		"NotYet": {
			reason: "If AWS has no role, it is created.",
			want:   role{Policies: []string{"Observe", "Create", "Update", "Delete"}},
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		if tc.taken && !g.Namespaced {
			return // a claim was there first
		}
		const object = `
apiVersion: iam.aws.upbound.io/v1beta1
kind: Role
metadata: {name: ecr-push-shop-10b5d96a-010ba70682, creationTimestamp: "2026-01-01T00:00:00Z", annotations: {crossplane.io/external-name: ecr-push-shop-10b5d96a}}
`
		r := fntest.Request{
			XR:    fntest.Registry{Live: true, Spec: `{region: eu-west-1, orgAccessRef: {name: octo}, github: {repositories: [web]}, images: [{name: web}]}`}.XR(t, g),
			Input: "guardrails: {orgAccessNamespaces: [shop]}",
			Observed: ofGeneration(g, map[string]string{"push-role": strings.Replace(object, "01-01T", "01-02T", 1) +
				`status: {atProvider: {arn: "` + tc.arn + `"}, conditions: [{type: Ready, status: "True"}, {type: Synced, status: "True"}]}`}),
			Cluster: fntest.OrgAccess(g, "shop", "octo"),
		}
		if tc.taken {
			r.Cluster += "\n---\n" + object
		}
		rsp := fntest.Run(t, r)
		var status struct{ PushRoleARN string }
		fntest.Status(t, rsp, &status)
		desired := rsp.GetDesired().GetResources()
		got := role{Policy: desired["push-policy"] != nil, Policies: policiesOf(desired["push-role"]), ARN: status.PushRoleARN}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
		}
	})
}
