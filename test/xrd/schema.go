package xrd

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metav1validation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
)

// Schema validates the objects of one CRD as the API server does.
type Schema struct {
	namespaced bool
	structural *structuralschema.Structural
	openAPI    validation.SchemaValidator
	cel        *cel.Validator
}

// NewSchema compiles the schema of one version of the CRD.
func NewSchema(crd *extv1.CustomResourceDefinition, version string) (*Schema, error) {
	i := slices.IndexFunc(crd.Spec.Versions, func(v extv1.CustomResourceDefinitionVersion) bool { return v.Name == version })
	if i < 0 {
		return nil, fmt.Errorf("CRD %s has no version %s", crd.GetName(), version)
	}
	internal := &apiextensions.JSONSchemaProps{}
	if err := extv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[i].Schema.OpenAPIV3Schema, internal, nil); err != nil {
		return nil, fmt.Errorf("cannot convert the schema of %s: %w", crd.GetName(), err)
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		return nil, fmt.Errorf("the schema of %s is not structural: %w", crd.GetName(), err)
	}
	openAPI, _, err := validation.NewSchemaValidator(internal)
	if err != nil {
		return nil, fmt.Errorf("cannot make a validator for %s: %w", crd.GetName(), err)
	}
	return &Schema{
		namespaced: crd.Spec.Scope == extv1.NamespaceScoped,
		structural: structural,
		openAPI:    openAPI,
		cel:        cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// Validate returns why the API server refuses to create obj. Unknown fields are
// refused, as they are for kubectl and for server-side apply.
func (s *Schema) Validate(ctx context.Context, obj *unstructured.Unstructured) field.ErrorList {
	content, errs := s.decode(obj)
	admitted := &unstructured.Unstructured{Object: content}
	errs = append(errs, metav1validation.ValidateObjectMetaAccessor(admitted, s.namespaced, metav1validation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	errs = append(errs, validation.ValidateCustomResource(nil, content, s.openAPI)...)
	errs = append(errs, objectmeta.Validate(nil, content, s.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, content)...)
	if blocksRules(errs) {
		return errs
	}
	ruleErrs, _ := s.cel.Validate(ctx, nil, s.structural, content, nil, celconfig.RuntimeCELCostBudget)
	return append(errs, ruleErrs...)
}

// ValidateUpdate returns why the API server refuses to replace old by obj. What
// was wrong in old already and has not changed is not refused again.
func (s *Schema) ValidateUpdate(ctx context.Context, obj, old *unstructured.Unstructured) field.ErrorList {
	content, errs := s.decode(obj)
	oldContent, _ := s.decode(old)
	correlated := common.NewCorrelatedObject(content, oldContent, &model.Structural{Structural: s.structural})
	errs = append(errs, validation.ValidateCustomResourceUpdate(nil, content, oldContent, s.openAPI, validation.WithRatcheting(correlated))...)
	if len(listtype.ValidateListSetsAndMaps(nil, s.structural, oldContent)) == 0 {
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, content)...)
	}
	if blocksRules(errs) {
		return errs
	}
	ruleErrs, _ := s.cel.Validate(ctx, nil, s.structural, content, oldContent, celconfig.RuntimeCELCostBudget, cel.WithRatcheting(correlated))
	return append(errs, ruleErrs...)
}

// decode is obj as the API server has it before validation: without nulls where a
// null means absent, with the schema's defaults, and without unknown fields, which
// it returns as errors.
func (s *Schema) decode(obj *unstructured.Unstructured) (map[string]any, field.ErrorList) {
	content := obj.DeepCopy().UnstructuredContent()
	defaulting.PruneNonNullableNullsWithoutDefaults(content, s.structural)
	defaulting.Default(content, s.structural)
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	var errs field.ErrorList
	for _, path := range pruning.PruneWithOptions(content, s.structural, true, options) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	return content, errs
}

// blocksRules reports whether the API server skips CEL rules: they could not be
// evaluated on an object of this shape.
func blocksRules(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}
