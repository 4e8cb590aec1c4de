package guardrail_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// paths returns the paths of all guardrails in the settings: each field is one, and each field of lifecycle, whereas
// pull is one guardrail.
func paths(guardrails reflect.Type, prefix string) []string {
	var all []string
	for i := range guardrails.NumField() {
		f := guardrails.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "warn" || name == "exceptions":
		case f.Type == reflect.TypeFor[*inputv1beta1.LifecycleGuardrails]():
			all = append(all, paths(f.Type.Elem(), name+".")...)
		default:
			all = append(all, prefix+name)
		}
	}
	return all
}

var all = paths(reflect.TypeFor[inputv1beta1.Guardrails](), "")

// TestEveryGuardrailHasACase shows that no guardrail is untested.
func TestEveryGuardrailHasACase(t *testing.T) {
	// They have tests of their own: projects can be broken in several ways, and orgAccessNamespaces is about org
	// accesses.
	elsewhere := []string{"projects", "orgAccessNamespaces"}
	for _, path := range all {
		if _, ok := rules[path]; !ok && !slices.Contains(elsewhere, path) {
			t.Errorf("%s: add a case to rules", path)
		}
	}
}

// TestSchemaNamesTheGuardrails shows that the Input's schema allows under warn and exceptions exactly the guardrails
// that may be there.
func TestSchemaNamesTheGuardrails(t *testing.T) {
	raw, err := os.ReadFile("../../package/input/ecr.fn.ontopix.io_inputs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties map[string]schema
		Items      *schema
		Enum       []string
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct{ OpenAPIV3Schema schema }
			}
		}
	}
	if err := yaml.Unmarshal(raw, &crd); err != nil {
		t.Fatal(err)
	}
	var mayWarn, mayBeLifted []string
	for path, r := range rules {
		if !r.strict {
			mayWarn = append(mayWarn, path)
		}
		if !r.binding {
			mayBeLifted = append(mayBeLifted, path)
		}
	}
	g := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["guardrails"].Properties
	for name, tc := range map[string]struct{ want, got []string }{
		"warn":                   {want: mayWarn, got: g["warn"].Items.Enum},
		"exceptions[].guardrail": {want: mayBeLifted, got: g["exceptions"].Items.Properties["guardrail"].Enum},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(tc.want)), slices.Sorted(slices.Values(tc.got))); diff != "" {
			t.Errorf("guardrails.%s: -guardrails, +schema:\n%s\nmend the Enum in input/v1beta1/guardrails.go, then make generate", name, diff)
		}
	}
}

// TestGuideListsTheGuardrails shows that the guide for the platform team has a row for each guardrail.
func TestGuideListsTheGuardrails(t *testing.T) {
	raw, err := os.ReadFile("../../docs/platform-team.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if !strings.Contains(string(raw), "\n| `"+path+"` | ") {
			t.Errorf("docs/platform-team.md: no row for `%s`; make generate writes it from the comment of the field", path)
		}
	}
}
