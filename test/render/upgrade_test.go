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

// previous are examples of which testdata/previous has the objects as the version before this one rendered them and the
// provider reported them: `git show <release>:examples/<name>/observed.yaml`.
var previous = []string{
	"project-registry/pull", "project-registry/github", "platform/strict", "org-access/everything",
	"namespaced/project-registry", "namespaced/org-access",
}

// TestUpgrade shows that the objects of the previous version go on: on a live control plane each is rendered under the same
// name, about the same thing in AWS, with the same rights and parameters. Only how a policy says what it is attached to has
// changed: by name, where a selector had filled in the same.
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
				want[o.GetAnnotations()[engine.AnnotationResourceName]] = what(o)
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
				got[o.GetAnnotations()[engine.AnnotationResourceName]] = what(o)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-previous, +now:\n%s", diff)
			}
		})
	}
}

// writeDefaults makes what was built into the previous version the platform team's defaults: to change one is no upgrade.
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

// live reads what a request names, with a composite resource that an API server has.
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

// what is what an object is, without what its API server, its provider and Crossplane add.
func what(u *unstructured.Unstructured) map[string]any {
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
	if u.GetKind() != "LifecyclePolicy" { // its provider notes the name
		out["external"] = u.GetAnnotations()["crossplane.io/external-name"]
	}
	return out
}
