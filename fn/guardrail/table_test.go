package guardrail

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

// TestEveryFieldIsAGuardrail shows that each field of the settings' guardrails has its
// entry in the table, and each entry a field.
func TestEveryFieldIsAGuardrail(t *testing.T) {
	var fields []string
	for path := range fieldsOf(reflect.TypeFor[inputv1beta1.Guardrails](), "") {
		if path != "warn" && path != "exceptions" {
			fields = append(fields, path)
		}
	}
	want, got := slices.Sorted(slices.Values(fields)), slices.Sorted(slices.Values(Paths()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table: -fields of Guardrails, +entries:\n%s\nadd the entry to the file of its subject, and list it in guardrail.go", diff)
	}
}

// fieldsOf yields the paths of the fields of a struct: those of lifecycle are guardrails
// of their own, whereas pull is one guardrail.
func fieldsOf(t reflect.Type, prefix string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Type == reflect.TypeFor[*inputv1beta1.LifecycleGuardrails]() {
				fieldsOf(f.Type.Elem(), name+".")(yield)
				continue
			}
			if !yield(prefix + name) {
				return
			}
		}
	}
}

// TestSchemaNamesTheGuardrails shows that the Input's schema lets warn and exceptions name
// the guardrails that they may name, and no others.
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
	g := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["guardrails"].Properties
	for name, tc := range map[string]struct{ want, got []string }{
		"warn":                   {want: Warnable(), got: g["warn"].Items.Enum},
		"exceptions[].guardrail": {want: Exceptable(), got: g["exceptions"].Items.Properties["guardrail"].Enum},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(tc.want)), slices.Sorted(slices.Values(tc.got))); diff != "" {
			t.Errorf("guardrails.%s: -table, +schema:\n%s\nmend the Enum in input/v1beta1/guardrails.go, then make generate", name, diff)
		}
	}
}

// TestGuideListsTheGuardrails shows that the guide for the platform team has a row for
// each guardrail.
func TestGuideListsTheGuardrails(t *testing.T) {
	raw, err := os.ReadFile("../../docs/platform-team.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range Paths() {
		if !strings.Contains(string(raw), "\n| `"+path+"` | ") {
			t.Errorf("docs/platform-team.md: no row for `%s`; make generate writes it from the comment of the field", path)
		}
	}
}
