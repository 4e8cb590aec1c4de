package render

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// previous are examples with objects in testdata/previous, as the previous version rendered them and the provider
// reported them: `git show <release>:examples/<name>/observed.yaml`.
var previous = []string{
	"project-registry/pull", "project-registry/github", "platform/strict", "org-access/everything",
	"namespaced/project-registry", "namespaced/org-access",
}

// TestUpgrade shows that the objects of the previous version are kept: on a live control plane each is rendered with
// the same name, for the same thing in AWS, with the same management policies and parameters. Only the reference from a
// policy has changed: it is a name where a selector had filled in the same name.
func TestUpgrade(t *testing.T) {
	byName := map[string]pass{}
	for _, p := range passes(t) {
		byName[p.Name] = p
	}
	for _, name := range previous {
		t.Run(name, func(t *testing.T) {
			p := byName[name]
			p.req.Observed = filepath.Join("testdata", "previous", filepath.FromSlash(name)+".yaml")
			in := live(t, p.req)
			writeDefaults(t, in.Composition)
			r, err := inProcess(engine.Protocol22).Run(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			want, got := map[string]any{}, map[string]any{}
			for _, o := range in.Observed {
				want[o.GetAnnotations()[engine.AnnotationResourceName]] = rendered(o)
			}
			composed, err := manifest.Bytes(r.Composed...)
			if err != nil {
				t.Fatal(err)
			}
			now, err := manifest.Read(bytes.NewReader(composed))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range now {
				got[o.GetAnnotations()[engine.AnnotationResourceName]] = rendered(o)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-previous, +now:\n%s", diff)
			}
		})
	}
}

// writeDefaults sets the previous version's built-in defaults: changed defaults are not a matter of upgrades.
func writeDefaults(t *testing.T, composition *unstructured.Unstructured) {
	t.Helper()
	pipeline, _, err := unstructured.NestedSlice(composition.Object, "spec", "pipeline")
	if err != nil {
		t.Fatal(err)
	}
	pipeline[0].(map[string]any)["input"].(map[string]any)["defaults"] = map[string]any{
		"imageTagMutability": "IMMUTABLE",
		"scanOnPush":         true,
		"encryption":         map[string]any{"type": "AES256"},
		"lifecycle":          map[string]any{"untaggedExpiryDays": int64(14), "keepImages": int64(30)},
		"deletionPolicy":     "Orphan",
	}
	if err := unstructured.SetNestedSlice(composition.Object, pipeline, "spec", "pipeline"); err != nil {
		t.Fatal(err)
	}
}

// live reads the files of a request, and makes the composite resource one of a live API server.
func live(t *testing.T, req engine.Request) engine.Objects {
	t.Helper()
	in, err := req.Read()
	if err != nil {
		t.Fatal(err)
	}
	in.XR.SetUID("5b1f3f5e-0000-4000-8000-000000000000")
	if err := unstructured.SetNestedField(in.XR.Object, "2026-11-01T12:00:00Z", "metadata", "creationTimestamp"); err != nil {
		t.Fatal(err)
	}
	return in
}

// rendered returns what the function decides of an object: not what the API server, the provider and Crossplane add.
func rendered(u *unstructured.Unstructured) map[string]any {
	spec, _, _ := unstructured.NestedMap(u.Object, "spec")
	parameters, _ := spec["forProvider"].(map[string]any)
	for f := range parameters {
		if strings.HasSuffix(f, "Ref") || strings.HasSuffix(f, "Selector") {
			delete(parameters, f)
		}
	}
	if tags, ok := parameters["tags"].(map[string]any); ok {
		for key := range tags {
			if strings.HasPrefix(key, "crossplane-") {
				delete(tags, key)
			}
		}
		if len(tags) == 0 {
			delete(parameters, "tags")
		}
	}
	out := map[string]any{
		"kind": u.GetAPIVersion() + " " + u.GetKind(), "name": u.GetName(), "forProvider": parameters,
		"managementPolicies": spec["managementPolicies"], "providerConfigRef": spec["providerConfigRef"],
	}
	if u.GetKind() != "LifecyclePolicy" { // the provider sets it later
		out["external"] = u.GetAnnotations()["crossplane.io/external-name"]
	}
	return out
}
