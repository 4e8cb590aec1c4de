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

// Validator validates composite resources and claims as the API server does.
type Validator struct {
	schemas map[schema.GroupVersionKind]*Schema
}

// NewValidator makes a validator from the definitions of the repository at root.
func NewValidator(root string) (*Validator, error) {
	v := &Validator{schemas: map[schema.GroupVersionKind]*Schema{}}
	for _, path := range Definitions {
		definition, err := ReadDefinition(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		crds, err := CRDs(definition)
		if err != nil {
			return nil, err
		}
		for _, crd := range crds {
			if err := v.add(crd); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// add adds every version of a CRD.
func (v *Validator) add(crd *extv1.CustomResourceDefinition) error {
	for _, version := range crd.Spec.Versions {
		compiled, err := NewSchema(crd, version.Name)
		if err != nil {
			return err
		}
		v.schemas[schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}] = compiled
	}
	return nil
}

// Validate returns why the API server would refuse obj, a composite resource or a
// claim; nothing means that it would accept it. With an old object it is an
// update, and transition rules count. An object of another kind is an error too.
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
