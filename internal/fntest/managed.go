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

	// applied is what Crossplane last applied of it.
	applied map[string]any

	// version grows with every change of the object.
	version int
}

// OwnerKind is the kind of the composite resource that controls it.
func (o *Managed) OwnerKind() string { return o.GetOwnerReferences()[0].Kind }

// External is its external-name, as it was given or as the provider wrote it down.
func (o *Managed) External() string { return provider.ExternalName(o.Unstructured) }

// Policies are its management policies.
func (o *Managed) Policies() []string {
	p, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "managementPolicies")
	return p
}

// May reports whether its management policies hold an action.
func (o *Managed) May(action string) bool { return slices.Contains(o.Policies(), action) }

// Synced is what the provider said last: whether it could do what is asked for.
func (o *Managed) Synced() (ok bool, message string) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if c, _ := c.(map[string]any); c["type"] == "Synced" {
			return c["status"] == "True", str(c, "message")
		}
	}
	return false, ""
}

// observed returns the object as Crossplane reads it. The version is left out: it is no sign of a change that lasts.
func (o *Managed) observed() map[string]any {
	u := o.DeepCopy()
	u.SetResourceVersion("")
	return u.Object
}

// apply has the object be what is desired of it. As with server-side apply, what the provider wrote stays.
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

// merge returns an object with what is desired, and without what was desired before and is not any more.
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

// epoch is when all of a World's objects begin to be created.
var epoch = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// Look lets the provider look at an object, as it does at a poll, until it has nothing more to write to it.
func (w *World) Look(o *Managed) {
	if kind, ok := provider.KindOf(o.GroupVersionKind().GroupKind()); ok {
		w.memory.Poll()
		server := &apiServer{World: w, object: o, wrote: true}
		r := provider.Reconciler{Kind: kind, Plane: server, Cloud: w.Cloud, Memory: w.memory, Now: func() time.Time { return Today }}
		for err := error(nil); server.wrote && err == nil && slices.Contains(w.Objects, o); {
			server.wrote = false
			_, err = r.Reconcile(context.Background(), o.Unstructured)
		}
	}
	w.Happened("look at " + o.GetKind() + " " + o.GetName())
}

// Restart makes the provider forget what it did not write down.
func (w *World) Restart() { w.memory = provider.NewMemory() }

// An apiServer is a World's, as the provider uses it for one object.
type apiServer struct {
	*World
	object *Managed
	wrote  bool
}

// Update writes the object, which is gone if it is being deleted and nothing holds it.
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

// Resolve does nothing: the function names what an object hangs on.
func (s *apiServer) Resolve(context.Context, *unstructured.Unstructured) (bool, error) {
	return false, nil
}

// Connect does nothing: every provider config is there.
func (s *apiServer) Connect(context.Context, *unstructured.Unstructured) error { return nil }

// delete deletes an object; one that nothing holds is gone at once.
func (w *World) delete(o *Managed) {
	o.SetDeletionTimestamp(&metav1.Time{Time: epoch.Add(time.Hour)})
	if len(o.GetFinalizers()) == 0 {
		w.Objects = slices.DeleteFunc(w.Objects, func(x *Managed) bool { return x == o })
	}
}

// child returns an object in an object; a new one if it is not there.
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
