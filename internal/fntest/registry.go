package fntest

import (
	"cmp"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// A Registry is a project registry of either generation.
type Registry struct {
	// Namespace and Name of the claim, or of the namespaced composite resource. Defaults: `shop` and `images`.
	Namespace, Name string

	// Unclaimed is true for a composite resource of the platform team. The namespaced generation has none.
	Unclaimed bool

	// Spec in YAML.
	Spec string

	// Status before the run, in YAML.
	Status string

	// Labels of the claim.
	Labels map[string]string

	// UID of the composite resource; empty as in a local render.
	UID string

	// Live is true if an API server has created the object.
	Live bool
}

// Both runs a test for both generations.
func Both(t *testing.T, test func(t *testing.T, g managed.Generation)) {
	t.Helper()
	t.Run("Claimed", func(t *testing.T) { test(t, managed.Claimed) })
	t.Run("Namespaced", func(t *testing.T) { test(t, managed.Namespaced) })
}

// Each runs a test for each case of a table, and for both generations.
func Each[T any](t *testing.T, cases map[string]T, test func(t *testing.T, g managed.Generation, tc T)) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			Both(t, func(t *testing.T, g managed.Generation) { test(t, g, tc) })
		})
	}
}

// XR returns the composite resource, in YAML.
func (r Registry) XR(t testing.TB, g managed.Generation) string {
	t.Helper()
	return Text(t, r.Object(t, g))
}

// Object returns the composite resource.
func (r Registry) Object(t testing.TB, g managed.Generation) map[string]any {
	t.Helper()
	namespace, name := cmp.Or(r.Namespace, "shop"), cmp.Or(r.Name, "images")
	spec := unmarshal(t, r.Spec)
	meta := map[string]any{"name": name}
	o := map[string]any{"apiVersion": g.Group + "/v1alpha1", "kind": "XProjectRegistry", "metadata": meta, "spec": spec}
	switch {
	case g.Namespaced:
		o["kind"] = "ProjectRegistry"
		meta["namespace"] = namespace
	case !r.Unclaimed:
		meta["name"] = name + "-x2x4x"
		spec["claimRef"] = map[string]any{"apiVersion": g.Group + "/v1alpha1", "kind": "ProjectRegistry", "namespace": namespace, "name": name}
	}
	if len(r.Labels) > 0 {
		meta["labels"] = r.Labels
	}
	if r.UID != "" {
		meta["uid"] = r.UID
	}
	if r.Live {
		meta["creationTimestamp"] = "2026-01-01T00:00:00Z"
	}
	if r.Status != "" {
		o["status"] = unmarshal(t, r.Status)
	}
	return o
}

// EnvironmentConfig returns an EnvironmentConfig with the platform team's settings, in YAML.
func EnvironmentConfig(name, data string) string {
	return "apiVersion: apiextensions.crossplane.io/v1beta1\nkind: EnvironmentConfig\nmetadata: {name: " + name + "}\ndata:\n  " +
		strings.ReplaceAll(data, "\n", "\n  ") + "\n"
}

// OrgAccess returns an org access of a generation, in YAML.
func OrgAccess(g managed.Generation, namespace, name string) string {
	kind, in := "XEcrOrgAccess", ""
	if g.Namespaced {
		kind, in = "EcrOrgAccess", ", namespace: "+namespace
	}
	return "apiVersion: " + g.Group + "/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + in + "}\n" +
		`spec: {accountId: "` + cloud.Account + `", region: eu-west-1, github: {organization: octo, organizationId: "583231"}}` + "\n"
}
