package standin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ontopix/crossplane-ecr/test/e2e/cloud"
)

// What the runtime writes on objects.
const (
	finalizer                 = "finalizer.managedresource.crossplane.io"
	annotationPaused          = "crossplane.io/paused"
	annotationExternalName    = "crossplane.io/external-name"
	annotationCreatePending   = "crossplane.io/external-create-pending"
	annotationCreateSucceeded = "crossplane.io/external-create-succeeded"
	annotationCreateFailed    = "crossplane.io/external-create-failed"
)

// A reconciler plays the provider's controller of one kind.
type reconciler struct {
	kind   kind
	client client.Client
	cloud  *cloud.Cloud
	events events.EventRecorder
	memory *memory
	opts   Options
}

// Reconcile does what the runtime does, in its order.
func (r *reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(r.kind.GroupVersionKind)
	if err := r.client.Get(ctx, req.NamespacedName, u); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if u.GetAnnotations()[annotationPaused] == "true" {
		return reconcile.Result{}, nil
	}
	result, err := r.reconcile(ctx, u)
	if kerrors.IsConflict(err) || kerrors.IsNotFound(err) {
		// What was read is old: the object's next version is on its way.
		return reconcile.Result{RequeueAfter: 250 * time.Millisecond}, nil
	}
	return result, err
}

func (r *reconciler) reconcile(ctx context.Context, u *unstructured.Unstructured) (reconcile.Result, error) {
	p := policiesOf(u)
	deleted := u.GetDeletionTimestamp() != nil
	if deleted && !p.deletes(u) {
		return reconcile.Result{}, r.release(ctx, u)
	}
	if done, err := r.initialize(ctx, u, p); done || err != nil {
		return reconcile.Result{}, err
	}
	if pendingCreation(u) {
		return r.fail(ctx, u, errors.New("cannot determine creation result - remove the crossplane.io/external-create-pending annotation if it is safe to proceed"))
	}
	if !deleted {
		changed, err := r.resolve(ctx, u)
		if err != nil {
			return r.fail(ctx, u, err)
		}
		if changed {
			return reconcile.Result{}, r.client.Update(ctx, u)
		}
	}
	if err := r.connect(ctx, u); err != nil {
		return r.fail(ctx, u, err)
	}
	if r.kind.looksLate && p.onlyObserve() && r.memory.sees(u) {
		return reconcile.Result{RequeueAfter: r.opts.PollInterval}, nil
	}

	key, known := r.identify(u)
	var thing cloud.Thing
	exists := false
	if known {
		var err error
		if thing, exists, err = r.cloud.Get(ctx, key); err != nil {
			return r.fail(ctx, u, fmt.Errorf("observe failed: failed to observe the resource: %w", err))
		}
	}

	switch {
	case deleted:
		return r.remove(ctx, u, key, exists)
	case !exists && p.onlyObserve():
		return r.fail(ctx, u, errors.New("observe failed: external resource does not exist"))
	case !exists && !p.allow("Create"):
		return r.fail(ctx, u, errors.New(`update failed: async update failed: refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "name" from "" to "`+u.GetName()+`"`))
	case !exists:
		return r.create(ctx, u)
	default:
		return r.keep(ctx, u, p, key, thing)
	}
}

// initialize writes what the provider adds to a spec before anything else. It is done when the object was written.
func (r *reconciler) initialize(ctx context.Context, u *unstructured.Unstructured, p policies) (done bool, err error) {
	changed := false
	if r.kind.named && externalName(u) == "" && !p.onlyObserve() {
		annotate(u, annotationExternalName, u.GetName())
		changed = true
	}
	if r.kind.tagged && !p.onlyObserve() && u.GetDeletionTimestamp() == nil {
		tags, _, _ := unstructured.NestedStringMap(u.Object, "spec", "forProvider", "tags")
		all := map[string]string{}
		maps.Copy(all, tags)
		maps.Copy(all, ownTags(u))
		if !maps.Equal(tags, all) {
			_ = unstructured.SetNestedStringMap(u.Object, all, "spec", "forProvider", "tags")
			changed = true
		}
	}
	if !changed {
		return false, nil
	}
	return true, r.client.Update(ctx, u)
}

// ownTags are the three tags that the provider puts on everything.
func ownTags(u *unstructured.Unstructured) map[string]string {
	gvk := u.GroupVersionKind()
	config, _, _ := unstructured.NestedString(u.Object, "spec", "providerConfigRef", "name")
	return map[string]string{
		"crossplane-kind":           strings.ToLower(gvk.Kind + "." + gvk.Group),
		"crossplane-name":           u.GetName(),
		"crossplane-providerconfig": config,
	}
}

// connect fails without the provider config that the object names.
func (r *reconciler) connect(ctx context.Context, u *unstructured.Unstructured) error {
	name, _, _ := unstructured.NestedString(u.Object, "spec", "providerConfigRef", "name")
	config := &unstructured.Unstructured{}
	config.SetAPIVersion("aws.upbound.io/v1beta1")
	config.SetKind("ProviderConfig")
	key := client.ObjectKey{Name: name}
	if namespaced(r.kind.Group) {
		kind, _, _ := unstructured.NestedString(u.Object, "spec", "providerConfigRef", "kind")
		config.SetAPIVersion("aws.m.upbound.io/v1beta1")
		config.SetKind(kind)
		if kind == "ProviderConfig" {
			key.Namespace = u.GetNamespace()
		}
	}
	if err := r.client.Get(ctx, key, config); err != nil {
		return fmt.Errorf("connect failed: cannot initialize the Terraform plugin SDK async external client: cannot get terraform setup: cannot get referenced Provider: %w", err)
	}
	return nil
}

// identify returns what the object is in AWS: by its external-name, or because this very process created it.
func (r *reconciler) identify(u *unstructured.Unstructured) (cloud.Key, bool) {
	if name := externalName(u); name != "" {
		return r.kind.key(u, name), true
	}
	return r.memory.created(u.GetUID())
}

// create creates what the object asks for. It runs in the background in the real provider: an error shows only at the next try.
func (r *reconciler) create(ctx context.Context, u *unstructured.Unstructured) (reconcile.Result, error) {
	if wait := r.memory.waitsFor(u.GetUID()); wait > 0 {
		// The runtime waits for the existence of what it created to be confirmed, created or not.
		return reconcile.Result{RequeueAfter: wait}, r.status(ctx, u, nil, creating, success)
	}
	if !controllerutil.ContainsFinalizer(u, finalizer) {
		controllerutil.AddFinalizer(u, finalizer)
		if err := r.client.Update(ctx, u); err != nil {
			return reconcile.Result{}, err
		}
	}
	annotate(u, annotationCreatePending, now())
	if err := r.client.Update(ctx, u); err != nil {
		return reconcile.Result{}, err
	}

	name := externalName(u)
	if name == "" {
		name = r.kind.assigned(u)
	}
	key, attributes := r.kind.key(u, name), r.kind.desired(u)
	err := r.check(attributes)
	if err == nil {
		err = r.cloud.Put(ctx, key, attributes)
	}
	if ctx.Err() != nil {
		return reconcile.Result{}, ctx.Err() // The provider was killed before it could note what became of it.
	}

	// A patch, since this must not be lost to a conflict: without it nobody would ever know what became of the creation.
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, annotationCreateSucceeded, now())
	if perr := r.client.Patch(ctx, u, client.RawPatch(types.MergePatchType, []byte(patch))); perr != nil {
		return reconcile.Result{}, perr
	}
	if err != nil {
		again := r.memory.failed(u.GetUID(), r.opts.CreateBackoff)
		if again {
			return r.fail(ctx, u, fmt.Errorf("create failed: async create failed: failed to create the resource: %w", err))
		}
		return reconcile.Result{RequeueAfter: r.opts.CreateBackoff}, r.status(ctx, u, nil, creating, success)
	}
	r.memory.creates(u.GetUID(), key)
	return reconcile.Result{RequeueAfter: time.Millisecond}, r.status(ctx, u, nil, creating, success)
}

// keep compares what AWS has with what the object asks for.
func (r *reconciler) keep(ctx context.Context, u *unstructured.Unstructured, p policies, key cloud.Key, thing cloud.Thing) (reconcile.Result, error) {
	poll := reconcile.Result{RequeueAfter: r.opts.PollInterval}
	if p.onlyObserve() {
		return poll, r.status(ctx, u, r.observed(key, thing), available, success)
	}
	if !controllerutil.ContainsFinalizer(u, finalizer) {
		controllerutil.AddFinalizer(u, finalizer)
		return reconcile.Result{}, r.client.Update(ctx, u)
	}
	if p.allow("LateInitialize") && r.lateInitialize(u, key, thing) {
		return reconcile.Result{}, r.client.Update(ctx, u)
	}
	before := r.memory.moved(u.GetUID(), key)

	desired := r.kind.desired(u)
	changes := r.kind.difference(u, desired, thing.Attributes)
	if before == nil && (len(changes) == 0 || !p.allow("Update")) {
		return poll, r.status(ctx, u, r.observed(key, thing), available, success)
	}
	if err := r.refuse(before, key, changes, desired, thing); err != nil {
		err = fmt.Errorf("update failed: async update failed: %w", err)
		r.events.Eventf(u, nil, "Warning", "CannotUpdateExternalResource", "Update", "%s", err)
		if serr := r.status(ctx, u, r.observed(key, thing), available, failure(err)); serr != nil {
			return reconcile.Result{}, serr
		}
		return reconcile.Result{RequeueAfter: r.opts.MaxBackoff}, nil
	}
	if err := r.update(ctx, u, key, desired, &thing); err != nil {
		return r.fail(ctx, u, fmt.Errorf("update failed: async update failed: failed to update the resource: %w", err))
	}
	return poll, r.status(ctx, u, r.observed(key, thing), available, success)
}

// update changes the thing. A field that the spec leaves to AWS keeps the value that AWS gave it.
func (r *reconciler) update(ctx context.Context, u *unstructured.Unstructured, key cloud.Key, desired map[string]any, thing *cloud.Thing) error {
	for _, name := range r.kind.computed {
		_, given, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "forProvider", name)
		if value, has := thing.Attributes[name]; has && !given {
			desired[name] = value
		}
	}
	if err := r.check(desired); err != nil {
		return err
	}
	if err := r.cloud.Update(ctx, key, desired); err != nil {
		return err
	}
	thing.Attributes = desired
	return nil
}

// refuse returns the runtime's error for a change that would replace the resource.
func (r *reconciler) refuse(before *cloud.Key, key cloud.Key, changes []string, desired map[string]any, thing cloud.Thing) error {
	if before != nil && before.Region != key.Region {
		return refused("region", before.Region, key.Region)
	}
	if before != nil {
		return refused("name", before.ID, key.ID)
	}
	for _, name := range changes {
		if slices.Contains(r.kind.frozen, name) {
			return refused(name, thing.Attributes[name], desired[name])
		}
	}
	return nil
}

func (r *reconciler) check(attributes map[string]any) error {
	if r.kind.check == nil {
		return nil
	}
	return r.kind.check(attributes)
}

// lateInitialize writes what AWS knows into the spec and returns whether that changed anything.
func (r *reconciler) lateInitialize(u *unstructured.Unstructured, key cloud.Key, thing cloud.Thing) bool {
	changed := false
	if externalName(u) == "" {
		annotate(u, annotationExternalName, key.ID)
		changed = true
	}
	for _, name := range r.kind.lateInitialized {
		_, given, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "forProvider", name)
		value, has := thing.Attributes[name]
		if given || !has {
			continue
		}
		_ = unstructured.SetNestedField(u.Object, value, "spec", "forProvider", name)
		changed = true
	}
	return changed
}

// remove deletes in AWS, and releases the object when nothing is left.
func (r *reconciler) remove(ctx context.Context, u *unstructured.Unstructured, key cloud.Key, exists bool) (reconcile.Result, error) {
	if !exists {
		return reconcile.Result{}, r.release(ctx, u)
	}
	force, _, _ := unstructured.NestedBool(u.Object, "spec", "forProvider", "forceDelete")
	if err := r.cloud.Delete(ctx, key, force); err != nil {
		err = fmt.Errorf("delete failed: async delete failed: failed to delete the resource: %w", err)
		setConditions(u, deleting)
		return r.fail(ctx, u, err)
	}
	if err := r.status(ctx, u, nil, deleting, success); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: time.Millisecond}, nil
}

// release removes the finalizer of an object that is being deleted.
func (r *reconciler) release(ctx context.Context, u *unstructured.Unstructured) error {
	r.memory.forget(u.GetUID())
	if !controllerutil.RemoveFinalizer(u, finalizer) {
		return nil
	}
	return client.IgnoreNotFound(r.client.Update(ctx, u))
}

// fail tells what went wrong in the object's status; Ready stays what it was. The object is tried again, ever more rarely.
func (r *reconciler) fail(ctx context.Context, u *unstructured.Unstructured, err error) (reconcile.Result, error) {
	if serr := r.status(ctx, u, nil, failure(err)); serr != nil {
		return reconcile.Result{}, serr
	}
	return reconcile.Result{}, err
}

// status writes conditions and, unless it is nil, what AWS tells. It writes nothing when nothing changed.
func (r *reconciler) status(ctx context.Context, u *unstructured.Unstructured, atProvider map[string]any, conditions ...condition) error {
	before := u.DeepCopy()
	setConditions(u, conditions...)
	if atProvider != nil {
		_ = unstructured.SetNestedMap(u.Object, runtime.DeepCopyJSON(atProvider), "status", "atProvider")
	}
	if reflect.DeepEqual(before.Object["status"], u.Object["status"]) {
		return nil
	}
	return r.client.Status().Update(ctx, u)
}

// observed returns what atProvider shall hold.
func (r *reconciler) observed(key cloud.Key, thing cloud.Thing) map[string]any {
	at := union(thing.Attributes, r.kind.tells(key, thing.Attributes))
	at["id"] = key.ID
	if tags, ok := thing.Attributes["tags"]; ok {
		at["tagsAll"] = tags
	}
	return at
}

// pendingCreation says whether the provider died between creating something and noting what became of it.
func pendingCreation(u *unstructured.Unstructured) bool {
	at := func(name string) time.Time {
		t, _ := time.Parse(time.RFC3339Nano, u.GetAnnotations()[name])
		return t
	}
	pending := at(annotationCreatePending)
	return pending.After(at(annotationCreateSucceeded)) && pending.After(at(annotationCreateFailed))
}

func annotate(u *unstructured.Unstructured, name, value string) {
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	u.SetAnnotations(annotations)
}

func now() string { return time.Now().UTC().Format(time.RFC3339Nano) }
