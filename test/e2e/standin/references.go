package standin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// resolve fills in the field that names what the object hangs on, from its reference or selector. A field that is filled in
// stays as it is. It returns whether the spec changed.
func (r *reconciler) resolve(ctx context.Context, u *unstructured.Unstructured) (bool, error) {
	name := r.kind.owner
	if name == "" || field(name)(u) != "" {
		return false, nil
	}
	forProvider, _, _ := unstructured.NestedMap(u.Object, "spec", "forProvider")
	owner, err := r.findOwner(ctx, u, forProvider[name+"Ref"], forProvider[name+"Selector"])
	if err != nil {
		return false, fmt.Errorf("cannot resolve references: mg.Spec.ForProvider.%s: %w", strings.ToUpper(name[:1])+name[1:], err)
	}
	if owner == nil {
		return false, nil
	}
	id := externalName(owner)
	if id == "" {
		return false, fmt.Errorf("cannot resolve references: mg.Spec.ForProvider.%s: referenced field was empty (referenced resource may not yet be ready)", strings.ToUpper(name[:1])+name[1:])
	}
	forProvider[name] = id
	forProvider[name+"Ref"] = map[string]any{"name": owner.GetName()}
	return true, unstructured.SetNestedMap(u.Object, forProvider, "spec", "forProvider")
}

// findOwner returns the object that a reference or, without one, a selector means; nil if there is neither.
func (r *reconciler) findOwner(ctx context.Context, u *unstructured.Unstructured, ref, selector any) (*unstructured.Unstructured, error) {
	kind := r.ownerKind()
	if ref, ok := ref.(map[string]any); ok {
		owner := &unstructured.Unstructured{}
		owner.SetGroupVersionKind(kind)
		name, _ := ref["name"].(string)
		if err := r.client.Get(ctx, client.ObjectKey{Namespace: u.GetNamespace(), Name: name}, owner); err != nil {
			return nil, fmt.Errorf("cannot get referenced resource: %w", err)
		}
		return owner, nil
	}
	wanted, ok := selector.(map[string]any)
	if !ok {
		return nil, nil
	}
	labels, _, _ := unstructured.NestedStringMap(wanted, "matchLabels")
	sameController, _, _ := unstructured.NestedBool(wanted, "matchControllerRef")

	candidates := &unstructured.UnstructuredList{}
	candidates.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err := r.client.List(ctx, candidates, client.MatchingLabels(labels), client.InNamespace(u.GetNamespace())); err != nil {
		return nil, fmt.Errorf("cannot list resources that match selector: %w", err)
	}
	slices.SortFunc(candidates.Items, func(a, b unstructured.Unstructured) int { return strings.Compare(a.GetName(), b.GetName()) })
	for i := range candidates.Items {
		candidate := &candidates.Items[i]
		if sameController && !haveSameController(u, candidate) {
			continue
		}
		return candidate, nil
	}
	return nil, fmt.Errorf("no resources matched selector")
}

// ownerKind returns the kind that the object hangs on, of its own generation.
func (r *reconciler) ownerKind() schema.GroupVersionKind {
	for _, k := range kinds() {
		if k.Kind == r.kind.ownerKind && k.Group == r.kind.Group {
			return k.GroupVersionKind
		}
	}
	return schema.GroupVersionKind{}
}

// haveSameController says whether one object controls both. An object without a controller has the same as none.
func haveSameController(a, b metav1.Object) bool {
	ca, cb := metav1.GetControllerOf(a), metav1.GetControllerOf(b)
	return ca != nil && cb != nil && ca.UID == cb.UID
}

// externalName returns the object's name in AWS, as far as it is written down.
func externalName(u *unstructured.Unstructured) string {
	return u.GetAnnotations()[annotationExternalName]
}
