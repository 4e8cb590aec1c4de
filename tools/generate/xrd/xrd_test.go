package xrd

import (
	"encoding/json"
	"strings"
	"testing"

	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// thing is the CRD of a composite resource's Go type.
func thing(scope extv1.ResourceScope, kind string) *extv1.CustomResourceDefinition {
	plural := strings.ToLower(kind) + "s"
	crd := &extv1.CustomResourceDefinition{
		Spec: extv1.CustomResourceDefinitionSpec{
			Group: "example.org",
			Scope: scope,
			Names: extv1.CustomResourceDefinitionNames{Kind: kind, ListKind: kind + "List", Plural: plural, Singular: strings.ToLower(kind)},
			Versions: []extv1.CustomResourceDefinitionVersion{{
				Name: "v1alpha1", Served: true, Storage: true,
				Schema: &extv1.CustomResourceValidation{OpenAPIV3Schema: &extv1.JSONSchemaProps{
					Type: "object", Required: []string{"spec"},
					Properties: map[string]extv1.JSONSchemaProps{
						"apiVersion": {Type: "string"},
						"kind":       {Type: "string"},
						"metadata":   {Type: "object"},
						"spec":       {Type: "object", Properties: map[string]extv1.JSONSchemaProps{"size": {Type: "integer"}}},
						"status":     {Type: "object"},
					},
				}},
			}},
		},
	}
	crd.SetName(plural + ".example.org")
	return crd
}

// Both definitions enforce the Composition of their own name, and leave the fields out
// that Crossplane brings.
func TestDefinitions(t *testing.T) {
	claimed, err := From(thing(extv1.ClusterScoped, "XThing"), Definition{ConnectionSecretKeys: []string{"key"}})
	if err != nil {
		t.Fatal(err)
	}
	if claimed.APIVersion != "apiextensions.crossplane.io/v1" || claimed.Spec.Scope != nil {
		t.Errorf("From(...): Crossplane 1.20 knows v1 without a scope only, got %s with scope %v", claimed.APIVersion, claimed.Spec.Scope)
	}
	if diff := cmp.Diff(&xpv1.CompositionReference{Name: "xthings.example.org"}, claimed.Spec.EnforcedCompositionRef); diff != "" {
		t.Errorf("From(...): -want, +got\n%s", diff)
	}

	namespaced, err := Namespaced(thing(extv1.NamespaceScoped, "Thing"))
	if err != nil {
		t.Fatal(err)
	}
	if namespaced.APIVersion != "apiextensions.crossplane.io/v2" || namespaced.Spec.Scope != xpv2.CompositeResourceScopeNamespaced {
		t.Errorf("Namespaced(...): got %s with scope %s", namespaced.APIVersion, namespaced.Spec.Scope)
	}
	if diff := cmp.Diff(&xpv2.CompositionReference{Name: "things.example.org"}, namespaced.Spec.EnforcedCompositionRef); diff != "" {
		t.Errorf("Namespaced(...): -want, +got\n%s", diff)
	}

	for name, raw := range map[string][]byte{
		"From":       claimed.Spec.Versions[0].Schema.OpenAPIV3Schema.Raw,
		"Namespaced": namespaced.Spec.Versions[0].Schema.OpenAPIV3Schema.Raw,
	} {
		schema := extv1.JSONSchemaProps{}
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatal(err)
		}
		if _, ok := schema.Properties["spec"].Properties["size"]; !ok || len(schema.Properties) != 2 {
			t.Errorf("%s(...): the schema holds spec and status, got %s", name, raw)
		}
	}
}

func TestDefinitionsRefuse(t *testing.T) {
	if _, err := Namespaced(thing(extv1.ClusterScoped, "Thing")); err == nil {
		t.Error("Namespaced(...): a cluster-scoped type must be refused")
	}
	lossy := thing(extv1.NamespaceScoped, "Thing")
	spec := lossy.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	spec.AllOf = []extv1.JSONSchemaProps{{Required: []string{"size"}}}
	lossy.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"] = spec
	if _, err := Namespaced(lossy); err == nil || !strings.Contains(err.Error(), "Crossplane drops") {
		t.Errorf("Namespaced(...): Crossplane would lose a part of the schema, got error %v", err)
	}
}
