package xrd

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// generations maps each definition with claims to its namespaced counterpart.
var generations = map[string]string{
	"apis/xprojectregistry/definition.yaml": "apis/m/projectregistry/definition.yaml",
	"apis/xecrorgaccess/definition.yaml":    "apis/m/ecrorgaccess/definition.yaml",
}

// references are the fields of a spec that differ between the generations.
var references = []string{"orgAccessRef", "providerConfigRef"}

// TestGenerationsAgree shows that neither generation is laxer than the other: except for the references, their schemas
// and rules are the same.
func TestGenerationsAgree(t *testing.T) {
	for claimed, namespaced := range generations {
		first, second := schemaOf(t, claimed), schemaOf(t, namespaced)
		for _, s := range []*extv1.JSONSchemaProps{first, second} {
			s.Description = ""
			spec := s.Properties["spec"]
			for _, r := range references {
				delete(spec.Properties, r)
			}
			if len(spec.XValidations) == 0 || len(spec.Properties) < 5 {
				t.Fatalf("%s: this is not the whole schema", claimed)
			}
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("-%s, +%s\n%s", claimed, namespaced, diff)
		}
	}
}

// schemaOf returns the schema in a definition.
func schemaOf(t *testing.T, file string) *extv1.JSONSchemaProps {
	t.Helper()
	definition := readDefinition(t, file)
	schema := &extv1.JSONSchemaProps{}
	if err := json.Unmarshal(definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Raw, schema); err != nil {
		t.Fatal(err)
	}
	return schema
}
