package registry_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestBoundary shows the permissions boundary of a project's push role.
func TestBoundary(t *testing.T) {
	cases := map[string]struct {
		reason, push string
		want         string
	}{
		"None": {reason: "If the organisation's role has no boundary, a project's has none.", push: `{}`},
		"Organisation's": {
			reason: "A platform that lets the provider create only roles with a boundary has one for all push roles.",
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
