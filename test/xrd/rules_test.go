package xrd

import (
	"slices"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestEveryRuleHasACase shows that some case needs each CEL rule: without the rule, an object that must be refused is
// accepted. A rule that occurs in several places counts once.
func TestEveryRuleHasACase(t *testing.T) {
	for _, crd := range crds(t) {
		if slices.Contains(crd.Spec.Names.Categories, "claim") {
			continue // Its rules are those of its composite resource.
		}
		kind := crd.Spec.Names.Kind
		refused := refusedBySchema(t, kind)

		noticed := map[string]bool{}
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		withoutEachRule(*schema, func(rule string, without extv1.JSONSchemaProps) {
			if noticed[rule] {
				return
			}
			crd := crd.DeepCopy()
			crd.Spec.Versions[0].Schema.OpenAPIV3Schema = &without
			compiled := newKindValidator(t, crd, crd.Spec.Versions[0])
			noticed[rule] = slices.ContainsFunc(refused, func(u update) bool { return len(compiled.validate(t, u.obj, u.old)) == 0 })
		})
		for rule, ok := range noticed {
			if !ok {
				t.Errorf("%s: no case needs the rule %s", kind, rule)
			}
		}
		t.Logf("%s: %d rules", kind, len(noticed))
	}
}

// An update creates an object or, if there is an old one, changes it.
type update struct{ obj, old *unstructured.Unstructured }

// refusedBySchema returns what the schema of a kind must refuse.
func refusedBySchema(t *testing.T, kind string) []update {
	t.Helper()
	var refused []update
	for _, read := range []func(string) ([]cases.Case, error){cases.Invalid, cases.Transitions} {
		table, err := read(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range table {
			if c.SchemaRefuses {
				refused = append(refused, update{obj: decode(t, c.Object), old: decode(t, c.Old)})
			}
		}
	}
	return refused
}

// withoutEachRule calls visit for each CEL rule of the schema, with the schema without that rule.
func withoutEachRule(s extv1.JSONSchemaProps, visit func(rule string, without extv1.JSONSchemaProps)) {
	for i, rule := range s.XValidations {
		without := *s.DeepCopy()
		without.XValidations = slices.Delete(without.XValidations, i, i+1)
		visit(rule.Rule, without)
	}
	for name := range s.Properties {
		withoutEachRule(s.Properties[name], func(rule string, below extv1.JSONSchemaProps) {
			without := *s.DeepCopy()
			without.Properties[name] = below
			visit(rule, without)
		})
	}
	if s.Items != nil && s.Items.Schema != nil {
		withoutEachRule(*s.Items.Schema, func(rule string, below extv1.JSONSchemaProps) {
			without := *s.DeepCopy()
			without.Items.Schema = &below
			visit(rule, without)
		})
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		withoutEachRule(*s.AdditionalProperties.Schema, func(rule string, below extv1.JSONSchemaProps) {
			without := *s.DeepCopy()
			without.AdditionalProperties.Schema = &below
			visit(rule, without)
		})
	}
}
