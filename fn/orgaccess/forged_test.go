package orgaccess_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestForged shows that an observed object counts only if it has the kind of its key, this org access controls it, and
// its external-name is one that this org access wants or had. An author who may write spec.crossplane.resourceRefs can
// make Crossplane report any other object.
func TestForged(t *testing.T) {
	const ours = `ownerReferences: [{apiVersion: ecr.ontopix.io/v1alpha1, kind: XEcrOrgAccess, name: octo, uid: uid-octo, controller: true}]`
	role := func(apiVersion, kind, owner string) string {
		return fmt.Sprintf(`{apiVersion: %s, kind: %s, metadata: {name: forged, annotations: {crossplane.io/external-name: victim}, %s}, spec: {managementPolicies: [Observe, Create, Update, Delete], providerConfigRef: {name: production}, forProvider: {path: /ecr/}}, status: {atProvider: {arn: "arn:aws:iam::111122223333:role/ecr/victim"}}}`, apiVersion, kind, owner)
	}
	cases := map[string]struct {
		reason   string
		spec     string
		status   string
		observed map[string]string
		advice   string
	}{
		"ConfigMap": {
			reason:   "An object of another kind is no role, whatever its annotations say.",
			observed: map[string]string{"push-role": role("v1", "ConfigMap", ours)},
			advice:   "the object ConfigMap forged is ignored",
		},
		"AnotherGroup": {
			reason:   "Nor is a Role of another group.",
			observed: map[string]string{"push-role": role("rbac.authorization.k8s.io/v1", "Role", ours)},
			advice:   "the object Role forged is ignored",
		},
		"Nobodys": {
			reason:   "A role that nobody controls is not this org access's.",
			observed: map[string]string{"push-role": role("iam.aws.upbound.io/v1beta1", "Role", "labels: {a: b}")},
			advice:   "this org access does not control it",
		},
		"SomebodyElses": {
			reason:   "Nor is one that another composite resource controls.",
			observed: map[string]string{"push-role": role("iam.aws.upbound.io/v1beta1", "Role", strings.ReplaceAll(ours, "uid-octo", "uid-theirs"))},
			advice:   "this org access does not control it",
		},
		"Leaving": {
			reason:   "An ignored object is not deleted either.",
			spec:     "push: {enabled: false}",
			observed: map[string]string{"push-role": role("iam.aws.upbound.io/v1beta1", "Role", "labels: {a: b}"), "push-policy": role("v1", "Secret", ours)},
			advice:   "this org access does not control it",
		},
		"Settings": {
			reason:   "This also holds for the settings of the registry.",
			observed: map[string]string{"scanning": strings.Replace(role("v1", "ConfigMap", ours), "path: /ecr/", "region: us-east-1", 1)},
			advice:   "the object ConfigMap forged is ignored",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := full + tc.spec
			want := request{spec: spec}.run(t)
			got := request{spec: spec, status: tc.status, Request: fntest.Request{Observed: tc.observed}}.run(t)
			if fatal := got.fatal(); fatal != "" {
				t.Fatalf("%s\nrefused: %s", tc.reason, fatal)
			}
			if diff := cmp.Diff(want.keys(), got.keys()); diff != "" {
				t.Errorf("%s\n-keys without it, +keys with it:\n%s", tc.reason, diff)
			}
			for _, r := range got.GetDesired().GetResources() {
				if text := r.GetResource().String(); strings.Contains(text, "victim") || strings.Contains(text, "production") || strings.Contains(text, "us-east-1") {
					t.Errorf("%s\nrendered from the forged object: %s", tc.reason, text)
				}
			}
			if !strings.Contains(got.advice(t), tc.advice) {
				t.Errorf("%s\nadvice: want %q in:\n%s", tc.reason, tc.advice, got.advice(t))
			}
		})
	}
}

// TestUncontrolled shows that objects without a controller count if their external-names are the wanted ones. A local
// render has such objects, and some engines give the composite resource a UID that no object has.
func TestUncontrolled(t *testing.T) {
	seen := request{spec: full}.run(t).observe(t)
	want := request{spec: full, Request: fntest.Request{Observed: seen}}.run(t)
	uncontrolled := map[string]string{}
	for key, text := range seen {
		uncontrolled[key] = strings.ReplaceAll(text, "controller: true", "controller: false")
		if uncontrolled[key] == text {
			t.Fatalf("%s has no controller to begin with", key)
		}
	}
	got := request{spec: full, Request: fntest.Request{Observed: uncontrolled}}.run(t)
	if diff := cmp.Diff(want.GetDesired(), got.GetDesired(), protocmp.Transform()); diff != "" {
		t.Errorf("-controlled, +uncontrolled:\n%s", diff)
	}
}

// TestRoleThatItNeverHad shows that a role is neither kept nor deleted if the status names another role: only a role
// that this org access had counts.
func TestRoleThatItNeverHad(t *testing.T) {
	seen := request{spec: minimal}.run(t).observe(t)
	for _, key := range []string{"push-role", "push-policy"} {
		seen[key] = strings.ReplaceAll(seen[key], "ecr-org-push-octo", "victim")
	}
	r := request{spec: minimal, status: "{pushRole: {name: ecr-org-push-octo}}", Request: fntest.Request{Observed: seen}}.run(t)
	for _, key := range []string{"push-role", "push-policy"} {
		if got := r.object(t, key).Spec.ManagementPolicies; cmp.Diff([]string{"Observe"}, got) != "" {
			t.Errorf("%s may only observe before it is dropped, so that nothing is deleted in AWS: got %v", key, got)
		}
	}
	if s := r.status(t); s.PushRole != nil {
		t.Errorf("status.pushRole: got %v", s.PushRole)
	}
	kept := request{spec: minimal, status: "{pushRole: {name: victim}}", Request: fntest.Request{Observed: seen}}.run(t)
	if got := kept.object(t, "push-role").External(); got != "victim" {
		t.Errorf("a name that the status has is kept: got %s", got)
	}
}
