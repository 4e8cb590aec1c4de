// Package xrd turns the CustomResourceDefinition of a composite resource's Go type
// into a CompositeResourceDefinition.
package xrd

import (
	"encoding/json"
	"fmt"
	"strings"

	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Definition is what a CompositeResourceDefinition needs beside the Go type.
type Definition struct {
	// ClaimShortNames of the claim's kind. Its other names are the composite
	// resource's without the leading x.
	ClaimShortNames []string

	// ConnectionSecretKeys that a claim may publish; empty publishes nothing that
	// the function does not render.
	ConnectionSecretKeys []string
}

// CategoryComposite is added to composite resources by Crossplane itself.
const CategoryComposite = "composite"

// From makes the CompositeResourceDefinition of a composite resource and its
// claim. It has no scope, a field that Crossplane 1.20 does not know: without it
// Crossplane 2 takes LegacyCluster, the only one that has claims.
//
// The Composition is enforced and has the definition's own name. A schema that
// Crossplane would not carry over whole is an error.
func From(crd *extv1.CustomResourceDefinition, d Definition) (*xpv1.CompositeResourceDefinition, error) {
	names := crd.Spec.Names
	claim, err := claimNames(names, d.ClaimShortNames)
	if err != nil {
		return nil, err
	}
	xrd := &xpv1.CompositeResourceDefinition{
		TypeMeta: metav1.TypeMeta{
			APIVersion: xpv1.SchemeGroupVersion.String(),
			Kind:       xpv1.CompositeResourceDefinitionKind,
		},
		ObjectMeta: metav1.ObjectMeta{Name: crd.Name},
		Spec: xpv1.CompositeResourceDefinitionSpec{
			Group:                  crd.Spec.Group,
			Names:                  names,
			ClaimNames:             claim,
			ConnectionSecretKeys:   d.ConnectionSecretKeys,
			EnforcedCompositionRef: &xpv1.CompositionReference{Name: crd.Name},
		},
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

// Namespaced makes the CompositeResourceDefinition of a composite resource that is
// namespaced and needs no claim: one of Crossplane 2's own. Its Composition, and what
// is an error, are as From has them.
func Namespaced(crd *extv1.CustomResourceDefinition) (*xpv2.CompositeResourceDefinition, error) {
	if crd.Spec.Scope != extv1.NamespaceScoped {
		return nil, fmt.Errorf("%s is not namespaced", crd.Spec.Names.Kind)
	}
	xrd := &xpv2.CompositeResourceDefinition{
		TypeMeta: metav1.TypeMeta{
			APIVersion: xpv2.SchemeGroupVersion.String(),
			Kind:       xpv2.CompositeResourceDefinitionKind,
		},
		ObjectMeta: metav1.ObjectMeta{Name: crd.Name},
		Spec: xpv2.CompositeResourceDefinitionSpec{
			Group:                  crd.Spec.Group,
			Names:                  crd.Spec.Names,
			Scope:                  xpv2.CompositeResourceScopeNamespaced,
			EnforcedCompositionRef: &xpv2.CompositionReference{Name: crd.Name},
		},
	}
	for _, v := range crd.Spec.Versions {
		schema, err := schemaOf(v)
		if err != nil {
			return nil, fmt.Errorf("cannot define %s %s: %w", crd.Spec.Names.Kind, v.Name, err)
		}
		xrd.Spec.Versions = append(xrd.Spec.Versions, xpv2.CompositeResourceDefinitionVersion{
			Name:                     v.Name,
			Served:                   v.Served,
			Referenceable:            v.Storage,
			AdditionalPrinterColumns: v.AdditionalPrinterColumns,
			Schema:                   &xpv2.CompositeResourceValidation{OpenAPIV3Schema: schema},
		})
	}
	return xrd, nil
}

// schemaOf returns the schema of a version without what Crossplane brings itself.
func schemaOf(v extv1.CustomResourceDefinitionVersion) (runtime.RawExtension, error) {
	schema := v.Schema.OpenAPIV3Schema.DeepCopy()
	for _, own := range []string{"apiVersion", "kind", "metadata"} {
		delete(schema.Properties, own)
	}
	if err := complete(schema); err != nil {
		return runtime.RawExtension{}, err
	}
	raw, err := json.Marshal(schema)
	if err != nil {
		return runtime.RawExtension{}, fmt.Errorf("cannot marshal the schema: %w", err)
	}
	return runtime.RawExtension{Raw: raw}, nil
}

// claimNames derives the names of the claim: XThing is claimed as Thing.
func claimNames(xr extv1.CustomResourceDefinitionNames, shortNames []string) (*extv1.CustomResourceDefinitionNames, error) {
	for _, name := range []string{xr.Kind, xr.ListKind, xr.Plural, xr.Singular} {
		if !strings.HasPrefix(strings.ToLower(name), "x") {
			return nil, fmt.Errorf("composite resource name %q does not start with x", name)
		}
	}
	claim := &extv1.CustomResourceDefinitionNames{
		Kind:       xr.Kind[1:],
		ListKind:   xr.ListKind[1:],
		Plural:     xr.Plural[1:],
		Singular:   xr.Singular[1:],
		ShortNames: shortNames,
	}
	for _, c := range xr.Categories {
		if c == CategoryComposite {
			return nil, fmt.Errorf("category %q of %s is Crossplane's own to add", c, xr.Kind)
		}
		claim.Categories = append(claim.Categories, c)
	}
	return claim, nil
}
