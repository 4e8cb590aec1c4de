package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// The finalizer and annotations of the runtime.
const (
	finalizer                 = "finalizer.managedresource.crossplane.io"
	annotationExternalName    = "crossplane.io/external-name"
	annotationCreatePending   = "crossplane.io/external-create-pending"
	annotationCreateSucceeded = "crossplane.io/external-create-succeeded"
	annotationCreateFailed    = "crossplane.io/external-create-failed"
)

// A ControlPlane reads and writes objects for a reconcile.
type ControlPlane interface {
	// Update writes an object without its status.
	Update(ctx context.Context, u *unstructured.Unstructured) error
	// UpdateStatus writes an object's status.
	UpdateStatus(ctx context.Context, u *unstructured.Unstructured) error
	// Annotate sets an annotation, and never fails with a conflict.
	Annotate(ctx context.Context, u *unstructured.Unstructured, name, value string) error
	// Resolve fills in the field that names the object's owner in AWS, and reports whether that changed anything.
	Resolve(ctx context.Context, u *unstructured.Unstructured) (changed bool, err error)
	// Connect returns an error without the provider config that the object names.
	Connect(ctx context.Context, u *unstructured.Unstructured) error
}

// pollInterval is the time between observations of an object that does not change.
const pollInterval = 10 * time.Minute

// Times are the retry intervals of a provider.
type Times struct {
	// CreateBackoff is the pause after a creation that failed.
	CreateBackoff time.Duration
	// MaxBackoff is the longest time between retries.
	MaxBackoff time.Duration
}

// A Reconciler is the provider's controller of one kind.
type Reconciler struct {
	Kind   Kind
	Plane  ControlPlane
	Cloud  *cloud.Cloud
	Memory *Memory
	Times  Times
	// Now returns the current time.
	Now func() time.Time
}

// Reconcile reconciles an object in the order of the runtime, and returns the time until the next reconcile. It ends
// when it has written the object, since that triggers another reconcile.
func (r *Reconciler) Reconcile(ctx context.Context, u *unstructured.Unstructured) (time.Duration, error) {
	p := policiesOf(u)
	deleted := u.GetDeletionTimestamp() != nil
	if deleted && !p.deletes(u) {
		return 0, r.release(ctx, u)
	}
	if done, err := r.initialize(ctx, u, p); done || err != nil {
		return 0, err
	}
	if pendingCreation(u) {
		return r.fail(ctx, u, errors.New("cannot determine creation result - "+
			"remove the crossplane.io/external-create-pending annotation if it is safe to proceed"))
	}
	if !deleted {
		changed, err := r.Plane.Resolve(ctx, u)
		if err != nil {
			return r.fail(ctx, u, err)
		}
		if changed {
			return 0, r.Plane.Update(ctx, u)
		}
	}
	if err := r.Plane.Connect(ctx, u); err != nil {
		return r.fail(ctx, u, err)
	}
	if r.Kind.looksLate && p.onlyObserve() && r.Memory.appeared(u) {
		return pollInterval, nil
	}

	key, known := r.identify(u)
	var thing cloud.Thing
	exists := false
	if known {
		var err error
		if thing, exists, err = r.Cloud.Get(ctx, key); err != nil {
			return r.fail(ctx, u, fmt.Errorf("observe failed: failed to observe the resource: %w", err))
		}
	}

	switch {
	case deleted:
		return r.remove(ctx, u, key, exists)
	case !exists && p.onlyObserve():
		return r.fail(ctx, u, errors.New("observe failed: external resource does not exist"))
	case !exists && !p.allow("Create"):
		return r.fail(ctx, u, fmt.Errorf("update failed: async update failed: %w", replaces("name", "", u.GetName())))
	case !exists:
		return r.create(ctx, u)
	default:
		return r.keep(ctx, u, p, key, thing)
	}
}

// initialize adds the external-name and the provider's tags to an object. It is done if it wrote the object.
func (r *Reconciler) initialize(ctx context.Context, u *unstructured.Unstructured, p policies) (done bool, err error) {
	changed := false
	if r.Kind.named && ExternalName(u) == "" && !p.onlyObserve() {
		annotate(u, annotationExternalName, u.GetName())
		changed = true
	}
	if r.Kind.tagged && !p.onlyObserve() && u.GetDeletionTimestamp() == nil {
		changed = addTags(u) || changed
	}
	if !changed {
		return false, nil
	}
	return true, r.Plane.Update(ctx, u)
}

// identify returns the object's key in AWS: by its external-name, or because this process created it.
func (r *Reconciler) identify(u *unstructured.Unstructured) (cloud.Key, bool) {
	if name := ExternalName(u); name != "" {
		return r.Kind.key(u, name), true
	}
	if made := r.Memory.of(u).made; made != nil {
		return *made, true
	}
	return cloud.Key{}, false
}

// hold adds the finalizer, and reports whether that changed anything.
func hold(u *unstructured.Unstructured) bool {
	if slices.Contains(u.GetFinalizers(), finalizer) {
		return false
	}
	u.SetFinalizers(append(u.GetFinalizers(), finalizer))
	return true
}

// create creates the resource. The real provider does so in the background: an error shows only at the next try.
func (r *Reconciler) create(ctx context.Context, u *unstructured.Unstructured) (time.Duration, error) {
	known := r.Memory.of(u)
	if wait := known.quiet.Sub(r.Now()); wait > 0 {
		// The runtime waits for the resource to exist, whether or not its creation failed.
		return wait, r.status(ctx, u, nil, creating, success)
	}
	if hold(u) {
		if err := r.Plane.Update(ctx, u); err != nil {
			return 0, err
		}
	}
	annotate(u, annotationCreatePending, r.now())
	if err := r.Plane.Update(ctx, u); err != nil {
		return 0, err
	}

	name := ExternalName(u)
	if name == "" {
		name = r.Kind.externalName(account, u)
	}
	key, attributes := r.Kind.key(u, name), r.Kind.desired(u, nil)
	err := checkExclusionFilters(attributes)
	if err == nil {
		err = r.Cloud.Put(ctx, key, attributes)
	}
	if ctx.Err() != nil {
		return 0, ctx.Err() // The provider was killed before it could save the result.
	}

	// A conflict must not lose this annotation: it is the only record that the creation ended.
	if aerr := r.Plane.Annotate(ctx, u, annotationCreateSucceeded, r.now()); aerr != nil {
		return 0, aerr
	}
	switch {
	case err != nil && known.failed:
		return r.fail(ctx, u, fmt.Errorf("create failed: async create failed: failed to create the resource: %w", err))
	case err != nil:
		known.failed, known.quiet = true, r.Now().Add(r.Times.CreateBackoff)
		return r.Times.CreateBackoff, r.status(ctx, u, nil, creating, success)
	}
	known.made, known.failed = &key, false
	return time.Millisecond, r.status(ctx, u, nil, creating, success)
}

// keep compares the resource in AWS with the object, and updates the resource.
func (r *Reconciler) keep(
	ctx context.Context, u *unstructured.Unstructured, p policies, key cloud.Key, thing cloud.Thing,
) (time.Duration, error) {
	report := func(attributes map[string]any, synced metav1.Condition) error {
		return r.status(ctx, u, r.Kind.atProvider(account, key, attributes), available, synced)
	}
	if p.onlyObserve() {
		return pollInterval, report(thing.Attributes, success)
	}
	if hold(u) || p.allow("LateInitialize") && r.lateInitialize(u, key, thing) {
		return 0, r.Plane.Update(ctx, u)
	}
	known := r.Memory.of(u)
	if known.found == nil {
		known.found = &key
	}

	desired := r.Kind.desired(u, thing.Attributes)
	changes := difference(desired, thing.Attributes)
	if *known.found == key && (len(changes) == 0 || !p.allow("Update")) {
		return pollInterval, report(thing.Attributes, success)
	}
	if err := r.refuse(*known.found, key, changes, desired, thing.Attributes); err != nil {
		err = fmt.Errorf("update failed: async update failed: %w", err)
		return r.Times.MaxBackoff, report(thing.Attributes, failure(err))
	}
	err := checkExclusionFilters(desired)
	if err == nil {
		err = r.Cloud.Update(ctx, key, desired)
	}
	if err != nil {
		return r.fail(ctx, u, fmt.Errorf("update failed: async update failed: failed to update the resource: %w", err))
	}
	return pollInterval, report(desired, success)
}

// refuse returns the runtime's error for a change that would replace the resource: another key than the first, or
// another value of a frozen field.
func (r *Reconciler) refuse(first, key cloud.Key, changes []string, desired, actual map[string]any) error {
	if first.Region != key.Region {
		return refused("region", first.Region, key.Region)
	}
	if first != key {
		return refused("name", first.ID, key.ID)
	}
	for _, name := range changes {
		if slices.Contains(r.Kind.frozen, name) {
			return refused(name, actual[name], desired[name])
		}
	}
	return nil
}

// lateInitialize copies the name and attributes from AWS into the object, and reports whether that changed anything.
func (r *Reconciler) lateInitialize(u *unstructured.Unstructured, key cloud.Key, thing cloud.Thing) bool {
	changed := false
	if ExternalName(u) == "" {
		annotate(u, annotationExternalName, key.ID)
		changed = true
	}
	for _, name := range r.Kind.lateInitialized {
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

// remove deletes the resource in AWS, and releases the object once the resource is gone.
func (r *Reconciler) remove(ctx context.Context, u *unstructured.Unstructured, key cloud.Key, exists bool) (time.Duration, error) {
	if !exists {
		return 0, r.release(ctx, u)
	}
	force, _, _ := unstructured.NestedBool(u.Object, "spec", "forProvider", "forceDelete")
	if err := r.Cloud.Delete(ctx, key, force); err != nil {
		err = fmt.Errorf("delete failed: async delete failed: failed to delete the resource: %w", err)
		setConditions(u, r.Now(), deleting)
		return r.fail(ctx, u, err)
	}
	if err := r.status(ctx, u, nil, deleting, success); err != nil {
		return 0, err
	}
	return time.Millisecond, nil
}

// release removes the finalizer of an object that is being deleted.
func (r *Reconciler) release(ctx context.Context, u *unstructured.Unstructured) error {
	r.Memory.forget(u.GetUID())
	kept := slices.DeleteFunc(u.GetFinalizers(), func(f string) bool { return f == finalizer })
	if len(kept) == len(u.GetFinalizers()) {
		return nil
	}
	u.SetFinalizers(kept)
	if err := r.Plane.Update(ctx, u); !kerrors.IsNotFound(err) {
		return err
	}
	return nil
}

// fail writes an error to the object's status and keeps its Ready condition. The object is retried, with a backoff.
func (r *Reconciler) fail(ctx context.Context, u *unstructured.Unstructured, err error) (time.Duration, error) {
	if serr := r.status(ctx, u, nil, failure(err)); serr != nil {
		return 0, serr
	}
	return 0, err
}

// status writes conditions and, unless it is nil, atProvider. It writes nothing if nothing changed.
func (r *Reconciler) status(ctx context.Context, u *unstructured.Unstructured, atProvider map[string]any, conditions ...metav1.Condition) error {
	before := u.DeepCopy()
	setConditions(u, r.Now(), conditions...)
	if atProvider != nil {
		_ = unstructured.SetNestedMap(u.Object, runtime.DeepCopyJSON(atProvider), "status", "atProvider")
	}
	if reflect.DeepEqual(before.Object["status"], u.Object["status"]) {
		return nil
	}
	return r.Plane.UpdateStatus(ctx, u)
}

// pendingCreation reports whether the provider died between creating a resource and saving the result.
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

func (r *Reconciler) now() string { return r.Now().UTC().Format(time.RFC3339Nano) }

// ExternalName returns the object's external-name; empty if it has none yet.
func ExternalName(u *unstructured.Unstructured) string {
	return u.GetAnnotations()[annotationExternalName]
}
