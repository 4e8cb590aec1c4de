// Package xrd holds what the project defines, shows and renders against the API server:
// it derives CRDs from the CompositeResourceDefinitions as Crossplane does, reads those
// of the provider and of Crossplane, and validates objects against them as the API
// server does, CEL and transition rules included.
package xrd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"
)

// Definitions are the paths of the CompositeResourceDefinitions, relative to the
// repository's root.
var Definitions = []string{
	"apis/xprojectregistry/definition.yaml",
	"apis/xecrorgaccess/definition.yaml",
	"apis/m/projectregistry/definition.yaml",
	"apis/m/ecrorgaccess/definition.yaml",
}

// ReadDefinition reads a CompositeResourceDefinition of either version. A field that
// the version does not have is an error.
func ReadDefinition(path string) (*xpv1.CompositeResourceDefinition, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the definition: %w", err)
	}
	definition, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("cannot parse %s: %w", path, err)
	}
	// In a cluster it has one, and the CRDs' owner reference needs it.
	definition.SetUID(types.UID("00000000-0000-0000-0000-000000000000"))
	return definition, nil
}

// parse reads a definition as Crossplane 2 does: it stores all as v1, and the API
// server converts by the names of fields alone.
func parse(raw []byte) (*xpv1.CompositeResourceDefinition, error) {
	v1 := &xpv1.CompositeResourceDefinition{}
	if err := yaml.Unmarshal(raw, v1); err != nil {
		return nil, err
	}
	if v1.APIVersion != xpv2.SchemeGroupVersion.String() {
		return v1, yaml.UnmarshalStrict(raw, v1)
	}
	v2 := &xpv2.CompositeResourceDefinition{}
	if err := yaml.UnmarshalStrict(raw, v2); err != nil {
		return nil, err
	}
	v1.APIVersion = xpv1.SchemeGroupVersion.String()
	return v1, nil
}

// CRDs derives the CRDs of the composite resource and, if it has one, of its claim, in
// this order.
func CRDs(definition *xpv1.CompositeResourceDefinition) ([]*extv1.CustomResourceDefinition, error) {
	composite, err := xcrd.ForCompositeResource(definition)
	if err != nil {
		return nil, fmt.Errorf("cannot derive the composite resource's CRD: %w", err)
	}
	if definition.Spec.ClaimNames == nil {
		return []*extv1.CustomResourceDefinition{composite}, nil
	}
	claim, err := xcrd.ForCompositeResourceClaim(definition)
	if err != nil {
		return nil, fmt.Errorf("cannot derive the claim's CRD: %w", err)
	}
	return []*extv1.CustomResourceDefinition{composite, claim}, nil
}

// AllCRDs derives the CRDs of all definitions of the repository at root.
func AllCRDs(root string) ([]*extv1.CustomResourceDefinition, error) {
	var all []*extv1.CustomResourceDefinition
	for _, path := range Definitions {
		definition, err := ReadDefinition(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		crds, err := CRDs(definition)
		if err != nil {
			return nil, err
		}
		all = append(all, crds...)
	}
	return all, nil
}

// ReadCRD reads a CustomResourceDefinition.
func ReadCRD(path string) (*extv1.CustomResourceDefinition, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the CRD: %w", err)
	}
	crd := &extv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(raw, crd); err != nil {
		return nil, fmt.Errorf("cannot parse %s: %w", path, err)
	}
	return crd, nil
}

// ValidateCRD returns why the API server would refuse the CRD.
func ValidateCRD(ctx context.Context, crd *extv1.CustomResourceDefinition) (field.ErrorList, error) {
	internal, err := internalCRD(crd)
	if err != nil {
		return nil, err
	}
	return validation.ValidateCustomResourceDefinition(ctx, internal), nil
}

// internalCRD is the CRD as the API server sees it when it validates: defaulted,
// in its internal version, with the status of a CRD that was just created.
func internalCRD(crd *extv1.CustomResourceDefinition) (*apiextensions.CustomResourceDefinition, error) {
	crd = crd.DeepCopy()
	extv1.SetDefaults_CustomResourceDefinition(crd)
	extv1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)
	internal := &apiextensions.CustomResourceDefinition{}
	if err := extv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(crd, internal, nil); err != nil {
		return nil, fmt.Errorf("cannot convert CRD %s: %w", crd.GetName(), err)
	}
	for _, v := range crd.Spec.Versions {
		if v.Storage {
			internal.Status.StoredVersions = []string{v.Name}
		}
	}
	return internal, nil
}
