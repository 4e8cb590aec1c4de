package xrd

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
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

// TestFrom wants definitions to enforce the Composition of the same name, without the fields that Crossplane adds.
func TestFrom(t *testing.T) {
	namespaced := xpv1.CompositeResourceScopeNamespaced
	cases := map[string]struct {
		reason string
		crd    *extv1.CustomResourceDefinition
		want   xpv1.CompositeResourceDefinition
	}{
		"Claimed": {
			reason: "Crossplane 1.20 knows v1 without a scope only.",
			crd:    thing(extv1.ClusterScoped, "XThing"),
			want: xpv1.CompositeResourceDefinition{
				TypeMeta: metav1.TypeMeta{APIVersion: "apiextensions.crossplane.io/v1", Kind: "CompositeResourceDefinition"},
				Spec: xpv1.CompositeResourceDefinitionSpec{
					ClaimNames:             &extv1.CustomResourceDefinitionNames{Kind: "Thing", ListKind: "ThingList", Plural: "things", Singular: "thing", ShortNames: []string{"th"}},
					EnforcedCompositionRef: &xpv1.CompositionReference{Name: "xthings.example.org"},
				},
			},
		},
		"Namespaced": {
			reason: "A namespaced composite resource has no claim.",
			crd:    thing(extv1.NamespaceScoped, "Thing"),
			want: xpv1.CompositeResourceDefinition{
				TypeMeta: metav1.TypeMeta{APIVersion: "apiextensions.crossplane.io/v2", Kind: "CompositeResourceDefinition"},
				Spec: xpv1.CompositeResourceDefinitionSpec{
					Scope:                  &namespaced,
					EnforcedCompositionRef: &xpv1.CompositionReference{Name: "things.example.org"},
				},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := From(tc.crd, Claim{ShortNames: []string{"th"}, ConnectionSecretKeys: []string{"key"}})
			if err != nil {
				t.Fatal(err)
			}
			schema := extv1.JSONSchemaProps{}
			if err := json.Unmarshal(got.Spec.Versions[0].Schema.OpenAPIV3Schema.Raw, &schema); err != nil {
				t.Fatal(err)
			}
			if _, ok := schema.Properties["spec"].Properties["size"]; !ok || len(schema.Properties) != 2 {
				t.Errorf("%s\nFrom(...): the schema holds spec and status, got %v", tc.reason, schema)
			}
			tc.want.Name, tc.want.Spec.Group, tc.want.Spec.Names = tc.crd.Name, "example.org", tc.crd.Spec.Names
			tc.want.Spec.ConnectionSecretKeys, got.Spec.Versions = []string{"key"}, nil
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("%s\nFrom(...): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}

func TestFromRefuses(t *testing.T) {
	change := func(c func(names *extv1.CustomResourceDefinitionNames, spec *extv1.JSONSchemaProps)) *extv1.CustomResourceDefinition {
		crd := thing(extv1.ClusterScoped, "XThing")
		properties := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties
		spec := properties["spec"]
		c(&crd.Spec.Names, &spec)
		properties["spec"] = spec
		return crd
	}
	cases := map[string]struct {
		reason string
		crd    *extv1.CustomResourceDefinition
		want   string
	}{
		"Lossy": {
			reason: "Crossplane would lose a part of the schema.",
			crd: change(func(_ *extv1.CustomResourceDefinitionNames, spec *extv1.JSONSchemaProps) {
				spec.AllOf = []extv1.JSONSchemaProps{{Required: []string{"size"}}}
			}),
			want: "Crossplane drops",
		},
		"Category": {
			reason: "Crossplane adds the category itself, so it would be there twice.",
			crd: change(func(names *extv1.CustomResourceDefinitionNames, _ *extv1.JSONSchemaProps) {
				names.Categories = []string{"composite"}
			}),
			want: "Crossplane's own to add",
		},
		"NoX": {
			reason: "A composite resource without x would have the same names as its claim.",
			crd:    change(func(names *extv1.CustomResourceDefinitionNames, _ *extv1.JSONSchemaProps) { names.Plural = "things" }),
			want:   "does not start with x",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := From(tc.crd, Claim{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nFrom(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
