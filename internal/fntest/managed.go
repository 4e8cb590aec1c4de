package fntest

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

// A Managed is a managed resource in the API server of a World.
type Managed struct {
	*unstructured.Unstructured

	// Key is its composition resource name, and Owner the UID of the composite resource that controls it.
	Key, Owner string

	// applied is the object that Crossplane applied most recently.
	applied map[string]any

	// version counts the changes of the object.
	version int
}

// OwnerKind returns the kind of the composite resource that controls the object.
func (o *Managed) OwnerKind() string { return o.GetOwnerReferences()[0].Kind }

// External returns the object's external-name, whether given or saved by the provider.
func (o *Managed) External() string { return provider.ExternalName(o.Unstructured) }

// Policies returns the object's management policies.
func (o *Managed) Policies() []string {
	p, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "managementPolicies")
	return p
}

// May reports whether the object's management policies have an action.
func (o *Managed) May(action string) bool { return slices.Contains(o.Policies(), action) }

// Synced reports whether the object's Synced condition is true, and returns its message.
func (o *Managed) Synced() (ok bool, message string) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if c, _ := c.(map[string]any); c["type"] == "Synced" {
			return c["status"] == "True", str(c, "message")
		}
	}
	return false, ""
}

// observed returns the object as Crossplane reads it, without the resource version, which changes with every write.
func (o *Managed) observed() map[string]any {
	u := o.DeepCopy()
	u.SetResourceVersion("")
	return u.Object
}

// apply applies a desired object. As with server-side apply, fields that the provider wrote stay.
func (o *Managed) apply(desired map[string]any) {
	if reflect.DeepEqual(o.applied, desired) {
		return
	}
	o.Object = merge(o.Object, o.applied, desired)
	o.applied = desired
	o.changed()
}

func (o *Managed) changed() {
	o.version++
	o.SetResourceVersion(strconv.Itoa(o.version))
}

// merge returns an object with the desired fields, and without fields that only the previous desired object had.
func merge(object, before, desired map[string]any) map[string]any {
	out := maps.Clone(object)
	if out == nil {
		out = map[string]any{}
	}
	for k := range before {
		if _, still := desired[k]; !still {
			delete(out, k)
		}
	}
	for k, v := range desired {
		if m, ok := v.(map[string]any); ok {
			v = merge(child(out, k), child(before, k), m)
		}
		out[k] = runtime.DeepCopyJSONValue(v)
	}
	return out
}

// epoch is the time before the creation of all objects of a World.
var epoch = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// Look lets the provider poll an object, and reconcile it until it writes nothing more to it.
func (w *World) Look(o *Managed) {
	if kind, ok := provider.KindOf(o.GroupVersionKind().GroupKind()); ok {
		w.memory.Poll()
		server := &apiServer{World: w, object: o, wrote: true}
		r := provider.Reconciler{Kind: kind, Plane: server, Cloud: w.Cloud, Memory: w.memory, Now: func() time.Time { return Today }}
		for server.wrote && slices.Contains(w.Objects, o) {
			server.wrote = false
			if _, err := r.Reconcile(context.Background(), o.Unstructured); err != nil {
				break // The provider has written the error to the object.
			}
		}
	}
	w.Happened("look at " + o.GetKind() + " " + o.GetName())
}

// Restart makes the provider forget everything that it did not save.
func (w *World) Restart() { w.memory = provider.NewMemory() }

// An apiServer is the API server of a World for the reconcile of one object.
type apiServer struct {
	*World
	object *Managed
	wrote  bool
}

// Update writes the object. An object that is being deleted is gone if it has no finalizer.
func (s *apiServer) Update(ctx context.Context, u *unstructured.Unstructured) error {
	if u.GetDeletionTimestamp() != nil {
		s.delete(s.object)
	}
	return s.UpdateStatus(ctx, u)
}

// UpdateStatus writes the object's status.
func (s *apiServer) UpdateStatus(context.Context, *unstructured.Unstructured) error {
	s.wrote = true
	s.object.changed()
	return nil
}

// Annotate sets an annotation.
func (s *apiServer) Annotate(_ context.Context, u *unstructured.Unstructured, name, value string) error {
	annotations := u.GetAnnotations()
	annotations[name] = value
	u.SetAnnotations(annotations)
	s.object.changed()
	return nil
}

// Resolve does nothing: the function writes the names of owners, not references.
func (s *apiServer) Resolve(context.Context, *unstructured.Unstructured) (bool, error) {
	return false, nil
}

// Connect does nothing: every provider config exists.
func (s *apiServer) Connect(context.Context, *unstructured.Unstructured) error { return nil }

// delete deletes an object. An object without a finalizer is gone at once.
func (w *World) delete(o *Managed) {
	o.SetDeletionTimestamp(&metav1.Time{Time: epoch.Add(time.Hour)})
	if len(o.GetFinalizers()) == 0 {
		w.Objects = slices.DeleteFunc(w.Objects, func(x *Managed) bool { return x == o })
	}
}

// child returns the object in a field; a new one if there is none.
func child(m map[string]any, key string) map[string]any {
	c, ok := m[key].(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return c
}

func str(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}
