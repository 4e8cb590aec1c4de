package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestBoundary shows what bounds a project's push role.
func TestBoundary(t *testing.T) {
	cases := map[string]struct {
		reason, push string
		want         string
	}{
		"None": {reason: "Where the organisation's role is not bounded, a project's is not.", push: `{}`},
		"Organisation's": {
			reason: "A platform that lets the provider make bounded roles only has one boundary for all that push.",
			push:   `{permissionsBoundary: "arn:aws:iam::123456789012:policy/bound"}`, want: "arn:aws:iam::123456789012:policy/bound",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := fntest.Run(t, fntest.Request{
				XR:      fntest.Registry{Spec: `{region: eu-west-1, github: {repositories: [web]}, orgAccessRef: {name: octo}, images: [{name: web}]}`}.XR(t, managed.Claimed),
				Cluster: strings.Replace(orgAccesses, "name: ontopix}\nspec: {", "name: octo}\nspec: {push: "+tc.push+", ", 1),
			})
			var role fntest.Resource
			fntest.Desired(t, rsp, "push-role", &role)
			if got, _ := role.Spec.ForProvider["permissionsBoundary"].(string); got != tc.want {
				t.Errorf("%s\npermissionsBoundary: want %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// TestOrgAccessRefused shows what is told of an org access that may not be named.
func TestOrgAccessRefused(t *testing.T) {
	cases := map[string]struct {
		reason     string
		generation managed.Generation
		ref        string
		want       string
	}{
		"Name": {
			reason:     "Nobody learns whether there is what they may not name.",
			generation: managed.Claimed, ref: `{name: other}`,
			want: `spec.orgAccessRef.name "other": all projects use the org access "ontopix" (the platform team's rule orgAccess)`,
		},
		"Namespace": {
			reason:     "What is wrong is the namespace alone.",
			generation: managed.Namespaced, ref: `{name: ontopix, namespace: evil}`,
			want: `spec.orgAccessRef.namespace "evil": all projects use the org access "ontopix" in namespace platform (the platform team's rule orgAccess)`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := fntest.Run(t, fntest.Request{
				XR:    fntest.Registry{Spec: `{region: eu-west-1, github: {repositories: [web]}, orgAccessRef: ` + tc.ref + `, images: [{name: web}]}`}.XR(t, tc.generation),
				Input: movingInput, Cluster: orgAccesses,
			})
			if diff := cmp.Diff(tc.want, fntest.Fatal(rsp)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestWarningsOnce shows that a warning which many images inherit is told once.
func TestWarningsOnce(t *testing.T) {
	rsp := fntest.Run(t, fntest.Request{
		XR:    fntest.Registry{Spec: `{region: eu-west-1, defaults: {scanOnPush: false}, images: [{name: a}, {name: b}, {name: c}]}`}.XR(t, managed.Claimed),
		Input: `{guardrails: {requireScanOnPush: true, warn: [requireScanOnPush]}}`,
	})
	if got := fntest.Condition(rsp, "Compliant"); strings.Count(got, "spec.defaults.scanOnPush") != 1 {
		t.Errorf("one line for the layer that they inherit it from, got %s", got)
	}
}
