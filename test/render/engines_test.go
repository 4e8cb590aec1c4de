package render

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

var engines = flag.Bool("engines", false, "build every supported Crossplane and render with each of them; bin/function must be built")

// TestEngines shows that every supported Crossplane renders every example as in the golden files.
func TestEngines(t *testing.T) {
	if !*engines {
		t.Skip("it builds five Crossplane binaries: `make test-engines`")
	}
	binary, err := filepath.Abs(filepath.Join(repository.Root, "bin", "function"))
	if err != nil {
		t.Fatal(err)
	}
	// Not the test's context: that ends before the cleanups run.
	fn, err := engine.Start(context.Background(), binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fn.Stop)

	for _, r := range engine.Releases() {
		t.Run(r.Name, func(t *testing.T) {
			cli, err := r.Build(t.Context(), repository.Root, progress.NewSteps(os.Stderr))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range passes(t) {
				t.Run(p.name, func(t *testing.T) {
					p.req.Functions, err = engine.FunctionsAt(p.req.Functions, fn.Target, t.TempDir())
					if err != nil {
						t.Fatal(err)
					}
					got, err := cli.Render(t.Context(), p.req)
					if errors.Is(err, engine.ErrNamespaced) {
						t.Skip(err)
					}
					if err != nil {
						t.Fatal(err)
					}
					want, err := manifest.ReadFile(p.golden)
					if err != nil {
						t.Fatal(err)
					}
					objs := engine.Normalize(got).Objects()
					for _, typ := range notRendered[r.Name] {
						withoutCondition(want[0], typ)
						withoutCondition(objs[0], typ)
					}
					if diff := cmp.Diff(want, objs); diff != "" {
						t.Errorf("Every Crossplane must render the same: -golden, +%s\n%s", r.Name, diff)
					}
				})
			}
		})
	}
}

// notRendered are the conditions that a release does not render, or not as its own control plane would: 1.16 has no
// conditions of functions, and in both releases of 1.x the XR is ready with its resources, whatever the function says.
var notRendered = map[string][]string{
	"1.16": {"Ready", v1alpha1.ConditionValid, v1alpha1.ConditionCompliant, v1alpha1.ConditionStalled},
	"1.20": {"Ready"},
}

// withoutCondition drops a condition of an XR.
func withoutCondition(xr *unstructured.Unstructured, typ string) {
	conditions, _, _ := unstructured.NestedSlice(xr.Object, "status", "conditions")
	conditions = slices.DeleteFunc(conditions, func(c any) bool {
		m, ok := c.(map[string]any)
		return ok && m["type"] == typ
	})
	if len(conditions) == 0 {
		unstructured.RemoveNestedField(xr.Object, "status", "conditions")
		return
	}
	_ = unstructured.SetNestedSlice(xr.Object, conditions, "status", "conditions")
}
