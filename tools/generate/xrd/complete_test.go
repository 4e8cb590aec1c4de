package xrd

import (
	"strings"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

func TestComplete(t *testing.T) {
	spec := func(change func(*extv1.JSONSchemaProps)) *extv1.JSONSchemaProps {
		s := extv1.JSONSchemaProps{
			Type: "object", Description: "A spec.", Required: []string{"name"},
			Properties: map[string]extv1.JSONSchemaProps{
				"name": {Type: "string"},
				"list": {Type: "array", Items: &extv1.JSONSchemaPropsOrArray{Schema: &extv1.JSONSchemaProps{
					Type: "object", Properties: map[string]extv1.JSONSchemaProps{"size": {Type: "integer"}},
				}}},
			},
			XValidations: extv1.ValidationRules{{Rule: "true"}},
		}
		change(&s)
		return &extv1.JSONSchemaProps{
			Type: "object", Required: []string{"spec"},
			Properties: map[string]extv1.JSONSchemaProps{"spec": s, "status": {Type: "object"}},
		}
	}
	one := int64(1)

	cases := map[string]struct {
		reason string
		schema *extv1.JSONSchemaProps
		want   string
	}{
		"Kept": {
			reason: "Crossplane keeps properties, required, description and rules of the spec.",
			schema: spec(func(*extv1.JSONSchemaProps) {}),
		},
		"SpecMinProperties": {
			reason: "Crossplane drops minProperties of the spec.",
			schema: spec(func(s *extv1.JSONSchemaProps) { s.MinProperties = &one }),
			want:   "spec: Crossplane drops",
		},
		"SpecAllOf": {
			reason: "Crossplane drops allOf of the spec.",
			schema: spec(func(s *extv1.JSONSchemaProps) { s.AllOf = []extv1.JSONSchemaProps{{Required: []string{"list"}}} }),
			want:   "spec: Crossplane drops",
		},
		"RootAnyOf": {
			reason: "Crossplane drops anyOf of the root.",
			schema: func() *extv1.JSONSchemaProps {
				s := spec(func(*extv1.JSONSchemaProps) {})
				s.AnyOf = []extv1.JSONSchemaProps{{Required: []string{"status"}}}
				return s
			}(),
			want: "(root): Crossplane drops",
		},
		"DeepDefault": {
			reason: "The API server would fill in a default in a list's item before any layer is read.",
			schema: spec(func(s *extv1.JSONSchemaProps) {
				s.Properties["list"].Items.Schema.Properties["size"] = extv1.JSONSchemaProps{Type: "integer", Default: &extv1.JSON{Raw: []byte("1")}}
			}),
			want: "spec.list[].size: has a default",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := complete(tc.schema)
			if tc.want == "" && err != nil {
				t.Errorf("%s\ncomplete(...): %v", tc.reason, err)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s\ncomplete(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
