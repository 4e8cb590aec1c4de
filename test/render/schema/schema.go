// Package schema says what an API server would refuse: it holds objects against
// CustomResourceDefinitions the way the API server does when one is created,
// CEL rules included.
//
// It is a module of its own, since it needs the API server's libraries.
package schema

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// A Set of kinds that objects can be held against.
type Set struct {
	kinds map[schema.GroupVersionKind]kind
}

// A kind in one version.
type kind struct {
	namespaced bool
	structural *structural.Structural
	openAPI    validation.SchemaValidator
	cel        *cel.Validator
}

// Add adds the kind that a definition defines, in all its versions.
func (s *Set) Add(crd *extv1.CustomResourceDefinition) error {
	internal := &apiextensions.CustomResourceDefinition{}
	if err := extv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(crd, internal, nil); err != nil {
		return fmt.Errorf("cannot convert %s: %w", crd.GetName(), err)
	}
	for _, v := range internal.Spec.Versions {
		// Where all versions have one schema, the conversion moved it up.
		val := internal.Spec.Validation
		if v.Schema != nil {
			val = v.Schema
		}
		if val == nil || val.OpenAPIV3Schema == nil {
			return fmt.Errorf("%s has no schema for version %s", crd.GetName(), v.Name)
		}
		k := kind{namespaced: internal.Spec.Scope == apiextensions.NamespaceScoped}
		var err error
		if k.structural, err = structural.NewStructural(val.OpenAPIV3Schema); err != nil {
			return fmt.Errorf("%s, version %s: %w", crd.GetName(), v.Name, err)
		}
		if k.openAPI, _, err = validation.NewSchemaValidator(val.OpenAPIV3Schema); err != nil {
			return fmt.Errorf("%s, version %s: %w", crd.GetName(), v.Name, err)
		}
		k.cel = cel.NewValidator(k.structural, true, celconfig.PerCallLimit)
		if s.kinds == nil {
			s.kinds = map[schema.GroupVersionKind]kind{}
		}
		s.kinds[schema.GroupVersionKind{Group: internal.Spec.Group, Version: v.Name, Kind: internal.Spec.Names.Kind}] = k
	}
	return nil
}

// Validate returns what the API server would say to the creation of the object,
// status included, with strict validation of fields. A kind that is not in the
// set is an error, too.
func (s *Set) Validate(ctx context.Context, obj *unstructured.Unstructured) field.ErrorList {
	k, ok := s.kinds[obj.GroupVersionKind()]
	if !ok {
		return field.ErrorList{field.NotSupported[string](field.NewPath("kind"), obj.GroupVersionKind().String(), nil)}
	}
	u := obj.DeepCopy()

	var errs field.ErrorList
	for _, path := range pruning.PruneWithOptions(u.Object, k.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	defaulting.Default(u.Object, k.structural)

	errs = append(errs, apivalidation.ValidateObjectMetaAccessor(u, k.namespaced, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	errs = append(errs, validation.ValidateCustomResource(nil, u.UnstructuredContent(), k.openAPI)...)
	errs = append(errs, objectmeta.Validate(nil, u.Object, k.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, u.Object)...)
	// The API server leaves the rules out where the form is wrong already; here
	// every fault is worth knowing.
	rules, _ := k.cel.Validate(ctx, nil, k.structural, u.Object, nil, celconfig.RuntimeCELCostBudget)
	return append(errs, rules...)
}
