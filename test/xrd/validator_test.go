package xrd

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A kindValidator validates objects of one version of a CRD by the API server's own code.
type kindValidator struct {
	structural *structuralschema.Structural
	strategy   interface {
		Validate(ctx context.Context, obj runtime.Object) field.ErrorList
		ValidateUpdate(ctx context.Context, obj, old runtime.Object) field.ErrorList
	}
}

func newKindValidator(t *testing.T, crd *extv1.CustomResourceDefinition, version extv1.CustomResourceDefinitionVersion) kindValidator {
	t.Helper()
	internal := &apiextensions.JSONSchemaProps{}
	if err := extv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, internal, nil); err != nil {
		t.Fatal(err)
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		t.Fatalf("the schema of %s is not structural: %v", crd.GetName(), err)
	}
	openAPI, _, err := validation.NewSchemaValidator(internal)
	if err != nil {
		t.Fatal(err)
	}
	namespaced, kind := crd.Spec.Scope == extv1.NamespaceScoped, kindOf(crd, version)
	strategy := customresource.NewStrategy(nil, namespaced, kind, openAPI, nil, structural, nil, nil, nil)
	return kindValidator{structural: structural, strategy: strategy}
}

func kindOf(crd *extv1.CustomResourceDefinition, version extv1.CustomResourceDefinitionVersion) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}
}

// validate returns why the API server refuses obj or, if there is an old object, an update of old to obj: then
// transition rules apply, and faults that old already has are accepted. Unknown fields are refused, as by kubectl and
// server-side apply.
func (v kindValidator) validate(t *testing.T, obj, old *unstructured.Unstructured) field.ErrorList {
	t.Helper()
	obj, errs := v.decode(obj)
	if old == nil {
		return append(errs, v.strategy.Validate(t.Context(), obj)...)
	}
	old, _ = v.decode(old)
	obj.SetResourceVersion("1") // An update needs one.
	old.SetResourceVersion("1")
	return append(errs, v.strategy.ValidateUpdate(t.Context(), obj, old)...)
}

// decode returns obj as the API server has it before validation: without nulls that mean absent, with the schema's
// defaults, and without unknown fields, which it returns as errors.
func (v kindValidator) decode(obj *unstructured.Unstructured) (*unstructured.Unstructured, field.ErrorList) {
	obj = obj.DeepCopy()
	defaulting.PruneNonNullableNullsWithoutDefaults(obj.Object, v.structural)
	defaulting.Default(obj.Object, v.structural)
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	var errs field.ErrorList
	for _, path := range pruning.PruneWithOptions(obj.Object, v.structural, true, options) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	return obj, errs
}

// A validator validates objects of the kinds that were added to it.
type validator map[schema.GroupVersionKind]kindValidator

// projectValidator returns a validator of this repository's composite resources and claims.
func projectValidator(t *testing.T) validator {
	t.Helper()
	v := validator{}
	v.add(t, crds(t)...)
	return v
}

// add adds every version of CRDs.
func (v validator) add(t *testing.T, crds ...*extv1.CustomResourceDefinition) {
	t.Helper()
	for _, crd := range crds {
		for _, version := range crd.Spec.Versions {
			v[kindOf(crd, version)] = newKindValidator(t, crd, version)
		}
	}
}

// addFiles adds the CRDs in files. Each pattern must match a file.
func (v validator) addFiles(t *testing.T, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no file matches %s: %v", pattern, err)
		}
		for _, file := range files {
			v.add(t, readCRD(t, file))
		}
	}
}

// validate returns why the API server would refuse obj; nothing means that it would accept it. It refuses an object of
// a kind that was not added.
func (v validator) validate(t *testing.T, obj, old *unstructured.Unstructured) []string {
	t.Helper()
	kind, ok := v[obj.GroupVersionKind()]
	if !ok {
		return []string{fmt.Sprintf("no definition for %s", obj.GroupVersionKind())}
	}
	var messages []string
	for _, err := range kind.validate(t, obj, old) {
		messages = append(messages, err.Error())
	}
	return messages
}
