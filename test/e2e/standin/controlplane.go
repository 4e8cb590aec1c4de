package standin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

// A reconciler is a controller of one kind.
type reconciler struct{ provider.Reconciler }

// Reconcile reads an object and lets the provider reconcile it.
func (r *reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(r.Kind.GroupVersionKind)
	if err := r.Plane.(*controlPlane).Get(ctx, req.NamespacedName, u); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if u.GetAnnotations()["crossplane.io/paused"] == "true" {
		return reconcile.Result{}, nil
	}
	after, err := r.Reconciler.Reconcile(ctx, u)
	if kerrors.IsConflict(err) || kerrors.IsNotFound(err) {
		// The cache is stale: the object's newer version will arrive.
		return reconcile.Result{RequeueAfter: 250 * time.Millisecond}, nil
	}
	return reconcile.Result{RequeueAfter: after}, err
}

// A controlPlane is a real API server, for the controller of a kind.
type controlPlane struct {
	client.Client
	kind provider.Kind
}

// Update writes an object.
func (p *controlPlane) Update(ctx context.Context, u *unstructured.Unstructured) error {
	return p.Client.Update(ctx, u)
}

// UpdateStatus writes an object's status.
func (p *controlPlane) UpdateStatus(ctx context.Context, u *unstructured.Unstructured) error {
	return p.Status().Update(ctx, u)
}

// Annotate sets an annotation by a patch, which cannot conflict.
func (p *controlPlane) Annotate(ctx context.Context, u *unstructured.Unstructured, name, value string) error {
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, name, value)
	return p.Patch(ctx, u, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// Connect fails if the provider config that the object names does not exist.
func (p *controlPlane) Connect(ctx context.Context, u *unstructured.Unstructured) error {
	name, _, _ := unstructured.NestedString(u.Object, "spec", "providerConfigRef", "name")
	config := &unstructured.Unstructured{}
	config.SetAPIVersion("aws.upbound.io/v1beta1")
	config.SetKind("ProviderConfig")
	key := client.ObjectKey{Name: name}
	if provider.Namespaced(p.kind.Group) {
		kind, _, _ := unstructured.NestedString(u.Object, "spec", "providerConfigRef", "kind")
		config.SetAPIVersion("aws.m.upbound.io/v1beta1")
		config.SetKind(kind)
		if kind == "ProviderConfig" {
			key.Namespace = u.GetNamespace()
		}
	}
	if err := p.Get(ctx, key, config); err != nil {
		return fmt.Errorf("connect failed: cannot initialize the Terraform plugin SDK async external client: "+
			"cannot get terraform setup: cannot get referenced Provider: %w", err)
	}
	return nil
}

// Resolve sets the field that names the object's owner in AWS from its reference or selector, unless it is set. It
// reports whether it set it.
func (p *controlPlane) Resolve(ctx context.Context, u *unstructured.Unstructured) (bool, error) {
	name := p.kind.Owner
	if name == "" || text(u, name) != "" {
		return false, nil
	}
	forProvider, _, _ := unstructured.NestedMap(u.Object, "spec", "forProvider")
	kind := strings.ToUpper(name[:1]) + name[1:]
	owner, err := p.findOwner(ctx, u, kind, forProvider[name+"Ref"], forProvider[name+"Selector"])
	switch {
	case err == nil && owner == nil:
		return false, nil
	case err == nil && provider.ExternalName(owner) == "":
		err = errors.New("referenced field was empty (referenced resource may not yet be ready)")
	}
	if err != nil {
		return false, fmt.Errorf("cannot resolve references: mg.Spec.ForProvider.%s: %w", kind, err)
	}
	forProvider[name] = provider.ExternalName(owner)
	forProvider[name+"Ref"] = map[string]any{"name": owner.GetName()}
	return true, unstructured.SetNestedMap(u.Object, forProvider, "spec", "forProvider")
}

// findOwner returns the object that a reference or, without one, a selector selects; nil if there is neither.
func (p *controlPlane) findOwner(
	ctx context.Context, u *unstructured.Unstructured, kind string, ref, selector any,
) (*unstructured.Unstructured, error) {
	k, _ := provider.KindOf(schema.GroupKind{Group: p.kind.Group, Kind: kind})
	if ref, ok := ref.(map[string]any); ok {
		owner := &unstructured.Unstructured{}
		owner.SetGroupVersionKind(k.GroupVersionKind)
		name, _ := ref["name"].(string)
		if err := p.Get(ctx, client.ObjectKey{Namespace: u.GetNamespace(), Name: name}, owner); err != nil {
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
	candidates.SetGroupVersionKind(k.GroupVersion().WithKind(kind + "List"))
	if err := p.List(ctx, candidates, client.MatchingLabels(labels), client.InNamespace(u.GetNamespace())); err != nil {
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
	return nil, errors.New("no resources matched selector")
}

// haveSameController reports whether one object controls both. It is false if either has no controller.
func haveSameController(a, b metav1.Object) bool {
	ca, cb := metav1.GetControllerOf(a), metav1.GetControllerOf(b)
	return ca != nil && cb != nil && ca.UID == cb.UID
}

// text returns a string in spec.forProvider.
func text(u *unstructured.Unstructured, field string) string {
	s, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", field)
	return s
}
