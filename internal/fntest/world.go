package fntest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/fake/crossplane"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

// A World simulates Crossplane, the AWS provider and AWS around the function, to test several reconciles step by step.
// It behaves as the real ones were measured to: observed resources that are not desired are deleted before others are
// applied, a lifecycle policy cannot be updated, and so on.
type World struct {
	// Cloud is the AWS account.
	Cloud *cloud.Cloud

	// Objects are the managed resources in the API server.
	Objects []*Managed

	// Others are the other objects that can be required.
	Others []*structpb.Struct

	// Input of the Composition, in YAML.
	Input string

	// Capabilities of Crossplane: none, as before 2.2, or Modern.
	Capabilities []fnv1.Capability

	// Composites are reconciled in this order.
	Composites []*Composite

	// Happened is called after each step, to check what must hold at every moment.
	Happened func(step string)

	t      testing.TB
	memory *provider.Memory
	clock  int
}

// A Composite is a project registry in a World.
type Composite struct {
	Generation managed.Generation
	Registry

	// Last is the function's response in the last reconcile.
	Last *fnv1.RunFunctionResponse

	// Error of the last reconcile; empty if the rendered resources were applied.
	Error string

	status map[string]any
}

// NewWorld returns an empty World.
func NewWorld(t testing.TB) *World {
	return &World{Cloud: cloud.New(), memory: provider.NewMemory(), t: t, Happened: func(string) {}}
}

// Add adds a project registry.
func (w *World) Add(g managed.Generation, r Registry) *Composite {
	if r.UID == "" {
		r.UID = fmt.Sprintf("uid-of-%s-%s-%s", g.Group, cmp.Or(r.Namespace, "shop"), cmp.Or(r.Name, "images"))
	}
	r.Live = true
	c := &Composite{Generation: g, Registry: r}
	w.Composites = append(w.Composites, c)
	return c
}

// Managed returns an object of a composite by its composition resource name; nil if there is none.
func (w *World) Managed(c *Composite, key string) *Managed {
	for _, o := range w.Objects {
		if o.Owner == c.UID && o.Key == key {
			return o
		}
	}
	return nil
}

// Keys returns the sorted keys of a composite's objects.
func (w *World) Keys(c *Composite) []string {
	var keys []string
	for _, o := range w.Objects {
		if o.Owner == c.UID {
			keys = append(keys, o.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// object returns the composite resource in the API server.
func (c *Composite) object(t testing.TB) map[string]any {
	o := c.Object(t, c.Generation)
	if c.status != nil {
		o["status"] = runtime.DeepCopyJSON(c.status)
	}
	return o
}

// request returns Crossplane's request to the function for a composite, without required resources.
func (w *World) request(c *Composite) *fnv1.RunFunctionRequest {
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "world", Capabilities: w.Capabilities},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: structOf(w.t, c.object(w.t))}, Resources: map[string]*fnv1.Resource{}},
	}
	if w.Input != "" {
		req.Input = Object(w.t, w.Input)
	}
	for _, o := range w.Objects {
		if o.Owner == c.UID {
			req.Observed.Resources[o.Key] = &fnv1.Resource{Resource: structOf(w.t, o.observed())}
		}
	}
	return req
}

// Reconcile calls the function for a composite and applies the response.
func (w *World) Reconcile(c *Composite) {
	w.t.Helper()
	all := slices.Clone(w.Others)
	for _, o := range w.Objects {
		all = append(all, structOf(w.t, o.observed()))
	}
	rsp := Answer(w.t, w.request(c), all, Today)
	c.Last, c.Error = rsp, ""
	w.note(c, rsp)
	if f := Fatal(rsp); f != "" {
		c.Error = f
		w.Happened("refuse " + c.UID)
		return
	}
	desired := rsp.GetDesired().GetResources()
	for _, o := range slices.Clone(w.Objects) {
		if _, ok := desired[o.Key]; !ok && o.Owner == c.UID {
			w.delete(o)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(desired)) {
		if err := w.apply(c, key, desired[key].GetResource().AsMap()); err != "" {
			c.Error = err
			w.Happened("fail to apply " + key)
			return
		}
	}
	status := child(rsp.GetDesired().GetComposite().GetResource().AsMap(), "status")
	conditions := c.status["conditions"]
	c.status = runtime.DeepCopyJSON(status)
	c.status["conditions"] = conditions
	w.Happened("reconcile " + c.UID)
}

// note saves the conditions of a response in the composite's status.
func (w *World) note(c *Composite, rsp *fnv1.RunFunctionResponse) {
	if c.status == nil {
		c.status = child(c.Object(w.t, c.Generation), "status")
	}
	var conditions []any
	for _, x := range rsp.GetConditions() {
		conditions = append(conditions, crossplane.Condition(x))
	}
	c.status["conditions"] = conditions
}

// apply applies a desired resource, and returns an error if an object with another controller has its name. An existing
// object keeps its name.
func (w *World) apply(c *Composite, key string, desired map[string]any) string {
	if str(desired, "kind") == "ConfigMap" {
		return ""
	}
	xr := c.object(w.t)
	meta := child(desired, "metadata")
	if c.Generation.Namespaced {
		meta["namespace"] = str(child(xr, "metadata"), "namespace")
	}
	delete(desired, "status")
	o := w.Managed(c, key)
	if o != nil {
		meta["name"] = o.GetName()
	} else {
		u := unstructured.Unstructured{Object: desired}
		for _, other := range w.Objects {
			if other.GroupVersionKind() == u.GroupVersionKind() && other.GetNamespace() == u.GetNamespace() && other.GetName() == u.GetName() {
				return fmt.Sprintf("cannot apply %s %s: an object that is controlled by %s is in the way", other.GetKind(), other.GetName(), other.Owner)
			}
		}
		o = w.create(c, key, xr)
	}
	o.apply(desired)
	return ""
}

// create creates an object that a composite resource controls, without any other field.
func (w *World) create(c *Composite, key string, xr map[string]any) *Managed {
	w.clock++
	o := &Managed{Key: key, Owner: c.UID, Unstructured: &unstructured.Unstructured{Object: map[string]any{}}}
	o.SetUID(types.UID(fmt.Sprintf("uid-%d", w.clock)))
	o.SetCreationTimestamp(metav1.Time{Time: epoch.Add(time.Duration(w.clock) * time.Second)})
	o.SetAnnotations(map[string]string{"crossplane.io/composition-resource-name": key})
	o.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: str(xr, "apiVersion"), Kind: str(xr, "kind"), Name: str(child(xr, "metadata"), "name"),
		UID: types.UID(c.UID), Controller: ptr.To(true),
	}})
	w.Objects = append(w.Objects, o)
	return o
}

// Delete deletes a composite and its composed resources, and lets the provider delete these.
func (w *World) Delete(c *Composite) {
	w.Composites = slices.DeleteFunc(w.Composites, func(x *Composite) bool { return x == c })
	for _, o := range slices.Clone(w.Objects) {
		if o.Owner == c.UID {
			w.delete(o)
		}
	}
	for _, o := range slices.Clone(w.Objects) {
		if o.Owner == c.UID && slices.Contains(w.Objects, o) {
			w.Look(o)
		}
	}
}

// LookAll lets the provider poll every object.
func (w *World) LookAll() {
	for _, o := range slices.Clone(w.Objects) {
		if slices.Contains(w.Objects, o) {
			w.Look(o)
		}
	}
}

// maxRounds is the maximum number of rounds until a World no longer changes.
const maxRounds = 12

// Settle reconciles all composites and objects until nothing changes any more.
func (w *World) Settle() {
	w.t.Helper()
	before := ""
	for range maxRounds {
		for _, c := range w.Composites {
			w.Reconcile(c)
		}
		w.LookAll()
		after := w.digest()
		if after == before {
			return
		}
		before = after
	}
	w.t.Fatalf("the world still changes after %d rounds", maxRounds)
}

func (w *World) digest() string {
	var all []any
	for _, o := range w.Objects {
		all = append(all, o.observed())
	}
	for _, c := range w.Composites {
		all = append(all, c.status, c.Error)
	}
	b, err := json.Marshal([]any{all, w.Repositories(), w.Roles()})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}
