// Package xrd turns the CustomResourceDefinition of a composite resource's Go type into a CompositeResourceDefinition.
package xrd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
)

// A Claim says about the claim what the Go type of its composite resource does not.
type Claim struct {
	// ShortNames of the claim's kind. Its other names are those of the composite resource without the leading x.
	ShortNames []string

	// ConnectionSecretKeys that the claim may publish. If there are none, Crossplane publishes all that there are.
	ConnectionSecretKeys []string
}

// From returns the CompositeResourceDefinition of a composite resource. A cluster-scoped one has a claim. Its
// definition has no scope, a field that Crossplane 1.20 does not know: without it Crossplane 2 assumes LegacyCluster,
// the only scope with claims. The definition of a namespaced one has Crossplane 2's own version, with the same fields.
//
// The definition enforces the Composition of the same name. From returns an error if Crossplane would drop a part of
// the schema.
func From(crd *extv1.CustomResourceDefinition, c Claim) (*xpv1.CompositeResourceDefinition, error) {
	names := crd.Spec.Names
	xrd := &xpv1.CompositeResourceDefinition{
		TypeMeta:   metav1.TypeMeta{APIVersion: xpv1.SchemeGroupVersion.String(), Kind: xpv1.CompositeResourceDefinitionKind},
		ObjectMeta: metav1.ObjectMeta{Name: crd.Name},
		Spec: xpv1.CompositeResourceDefinitionSpec{
			Group:                  crd.Spec.Group,
			Names:                  names,
			ConnectionSecretKeys:   c.ConnectionSecretKeys,
			EnforcedCompositionRef: &xpv1.CompositionReference{Name: crd.Name},
		},
	}
	if crd.Spec.Scope == extv1.NamespaceScoped {
		scope := xpv1.CompositeResourceScopeNamespaced
		xrd.APIVersion, xrd.Spec.Scope = xpv2.SchemeGroupVersion.String(), &scope
	} else {
		var err error
		if xrd.Spec.ClaimNames, err = claimNames(names, c.ShortNames); err != nil {
			return nil, err
		}
	}
	for _, v := range crd.Spec.Versions {
		schema, err := schemaOf(v)
		if err != nil {
			return nil, fmt.Errorf("cannot define %s %s: %w", names.Kind, v.Name, err)
		}
		xrd.Spec.Versions = append(xrd.Spec.Versions, xpv1.CompositeResourceDefinitionVersion{
			Name:                     v.Name,
			Served:                   v.Served,
			Referenceable:            v.Storage,
			AdditionalPrinterColumns: v.AdditionalPrinterColumns,
			Schema:                   &xpv1.CompositeResourceValidation{OpenAPIV3Schema: schema},
		})
	}
	return xrd, nil
}

// schemaOf returns the schema of a version without the fields that Crossplane adds itself.
func schemaOf(v extv1.CustomResourceDefinitionVersion) (runtime.RawExtension, error) {
	schema := v.Schema.OpenAPIV3Schema.DeepCopy()
	for _, own := range []string{"apiVersion", "kind", "metadata"} {
		delete(schema.Properties, own)
	}
	if err := complete(schema); err != nil {
		return runtime.RawExtension{}, err
	}
	raw, err := json.Marshal(schema)
	return runtime.RawExtension{Raw: raw}, err
}

// categoryComposite is the category that Crossplane adds to composite resources itself.
const categoryComposite = "composite"

// claimNames returns the names of the claim: that of an XThing is a Thing.
func claimNames(xr extv1.CustomResourceDefinitionNames, shortNames []string) (*extv1.CustomResourceDefinitionNames, error) {
	for _, name := range []string{xr.Kind, xr.ListKind, xr.Plural, xr.Singular} {
		if !strings.HasPrefix(strings.ToLower(name), "x") {
			return nil, fmt.Errorf("composite resource name %q does not start with x", name)
		}
	}
	if slices.Contains(xr.Categories, categoryComposite) {
		return nil, fmt.Errorf("category %q of %s is Crossplane's own to add", categoryComposite, xr.Kind)
	}
	return &extv1.CustomResourceDefinitionNames{
		Kind:       xr.Kind[1:],
		ListKind:   xr.ListKind[1:],
		Plural:     xr.Plural[1:],
		Singular:   xr.Singular[1:],
		ShortNames: shortNames,
		Categories: xr.Categories,
	}, nil
}
