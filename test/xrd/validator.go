package xrd

import (
	"context"
	"fmt"
	"path/filepath"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A Validator validates objects as the API server does. It knows the kinds that were
// added to it.
type Validator struct {
	schemas map[schema.GroupVersionKind]*Schema
}

// AddDefinitions adds the composite resources and claims of the repository at root.
func (v *Validator) AddDefinitions(root string) error {
	crds, err := AllCRDs(root)
	if err != nil {
		return err
	}
	for _, crd := range crds {
		if err := v.add(crd); err != nil {
			return err
		}
	}
	return nil
}

// AddCRDs adds the kinds of the CRDs in files. A pattern that no file matches is an
// error.
func (v *Validator) AddCRDs(patterns ...string) error {
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			return fmt.Errorf("no file matches %s", pattern)
		}
		for _, path := range paths {
			crd, err := ReadCRD(path)
			if err != nil {
				return err
			}
			if err := v.add(crd); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds every version of a CRD.
func (v *Validator) add(crd *extv1.CustomResourceDefinition) error {
	if v.schemas == nil {
		v.schemas = map[schema.GroupVersionKind]*Schema{}
	}
	for _, version := range crd.Spec.Versions {
		compiled, err := NewSchema(crd, version.Name)
		if err != nil {
			return err
		}
		v.schemas[schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}] = compiled
	}
	return nil
}

// Validate returns why the API server would refuse obj; nothing means that it would
// accept it. With an old object it is an update, and transition rules count. An object
// of a kind that was not added is an error too.
func (v *Validator) Validate(ctx context.Context, obj, old *unstructured.Unstructured) []string {
	gvk := obj.GroupVersionKind()
	compiled, ok := v.schemas[gvk]
	if !ok {
		return []string{fmt.Sprintf("no definition for %s", gvk)}
	}
	var errs field.ErrorList
	if old == nil {
		errs = compiled.Validate(ctx, obj)
	} else {
		errs = compiled.ValidateUpdate(ctx, obj, old)
	}
	messages := make([]string, 0, len(errs))
	for _, err := range errs {
		messages = append(messages, err.Error())
	}
	return messages
}
