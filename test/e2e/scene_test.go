package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// patience is how long a scene waits for what shall happen. Nothing that is waited for takes more than a few seconds on a
// machine that does nothing else.
const patience = 90 * time.Second

// A scene is one behaviour's stage: a namespace, and so a project, of its own.
type scene struct {
	*testing.T
	lab *lab.Lab
	// generation of what the scene's team writes.
	*generation
	// project is the namespace's name too.
	project string
}

func newScene(t *testing.T, l *lab.Lab, g *generation, project string) *scene {
	t.Helper()
	s := &scene{T: t, lab: l, generation: g, project: project + g.suffix}
	for _, namespace := range []string{s.project, platformNamespace} {
		if err := l.Namespace(t.Context(), namespace); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// in is the scene as a team has it that writes the other generation: the same namespace, and so the same project.
func (s *scene) in(g *generation) *scene {
	other := *s
	other.generation = g
	return &other
}

// A claim is what a team or the platform team writes in a scene: a claim, or a composite resource, by kind, namespace and name.
type claim struct {
	*scene
	kind, namespace, name string
}

// registry is the scene's ProjectRegistry of a name.
func (s *scene) registry(name string) claim { return s.registryIn(s.project, name) }

// registryIn is a ProjectRegistry of a name in any namespace.
func (s *scene) registryIn(namespace, name string) claim {
	return claim{s, "ProjectRegistry", namespace, name}
}

// object returns an object with only a name.
func (c claim) object() *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(c.apiVersion())
	u.SetKind(c.kind)
	u.SetNamespace(c.namespace)
	u.SetName(c.name)
	return u
}

// try applies a claim's spec, in YAML, and returns what the API server says.
func (c claim) try(spec string) error {
	u := c.object()
	u.Object["spec"] = c.spec(parse(c.T, spec))
	u.SetLabels(map[string]string{"team": "e2e"})
	return c.lab.Apply(c.Context(), u)
}

// dryRun returns what the API server would say to a spec, in YAML.
func (c claim) dryRun(spec string) error {
	u := c.object()
	u.Object["spec"] = c.spec(parse(c.T, spec))
	return c.lab.Client.Apply(c.Context(), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("e2e"), client.DryRunAll)
}

// apply applies a spec, in YAML, which must be admitted.
func (c claim) apply(spec string) {
	c.Helper()
	if err := c.try(spec); err != nil {
		c.Fatal(err)
	}
}

// get returns the object; nil if it does not exist.
func (c claim) get() *unstructured.Unstructured {
	c.Helper()
	return c.scene.get(c.object())
}

// delete asks for the object's deletion.
func (c claim) delete() {
	c.Helper()
	if err := c.lab.Client.Delete(c.Context(), c.object()); err != nil {
		c.Fatal(err)
	}
}

// gone waits until the object does not exist.
func (c claim) gone() {
	c.Helper()
	c.eventually(c.kind+" "+c.name+" is gone", func() error {
		if u := c.get(); u != nil {
			return fmt.Errorf("it says %s", conditions(u))
		}
		return nil
	})
}

// ready waits until the object says, of what it is now, that everything is well.
func (c claim) ready() {
	c.Helper()
	c.eventually(c.kind+" "+c.name+" is ready", func() error {
		u := c.get()
		for _, typ := range []string{"Synced", "Ready", "Valid", "Compliant"} {
			if plane.ConditionOf(u, typ).Status != "True" {
				return fmt.Errorf("it says %s", conditions(u))
			}
		}
		return nil
	})
}

// says waits until a condition has a status, a reason and a message that holds every text.
func (c claim) says(typ, status, reason string, texts ...string) {
	c.Helper()
	c.eventually(fmt.Sprintf("%s %s says %s=%s, %s: %q", c.kind, c.name, typ, status, reason, texts), func() error {
		u := c.get()
		if u == nil {
			return fmt.Errorf("it does not exist")
		}
		got := plane.ConditionOf(u, typ)
		ok := got.Status == status && got.Reason == reason
		for _, text := range texts {
			ok = ok && strings.Contains(got.Message, text)
		}
		if !ok {
			return fmt.Errorf("it says %s", conditions(u))
		}
		return nil
	})
}

// status returns a field of the status, as text.
func (c claim) status(fields ...string) string {
	c.Helper()
	v, _, _ := unstructured.NestedFieldNoCopy(c.get().Object, append([]string{"status"}, fields...)...)
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// composite returns the composite resource: the claim's, or the object itself.
func (c claim) composite() *unstructured.Unstructured {
	c.Helper()
	if c.namespaced() {
		return c.get()
	}
	var xr *unstructured.Unstructured
	c.eventually(c.kind+" "+c.name+" is bound", func() error {
		u := c.get()
		name, _, _ := unstructured.NestedString(u.Object, "spec", "resourceRef", "name")
		if name == "" {
			return fmt.Errorf("it says %s", conditions(u))
		}
		composite := claim{c.scene, "X" + c.kind, "", name}
		if xr = composite.get(); xr == nil {
			return fmt.Errorf("%s does not exist", name)
		}
		return nil
	})
	return xr
}

// get returns an object; nil if it does not exist.
func (s *scene) get(like *unstructured.Unstructured) *unstructured.Unstructured {
	s.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(like.GroupVersionKind())
	// Unlike the test's own context, this one still serves when the test has failed.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := s.lab.Client.Get(ctx, client.ObjectKeyFromObject(like), u)
	if client.IgnoreNotFound(err) != nil {
		return &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"unreachable": err.Error()}}}
	}
	if err != nil {
		return nil
	}
	return u
}

// composed returns the managed resources of a kind that a composite resource made.
func (s *scene) composed(kind string, by *unstructured.Unstructured) []*unstructured.Unstructured {
	s.Helper()
	list := &unstructured.UnstructuredList{}
	gvk := s.managed(kind)
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(kind + "List"))
	if err := s.lab.Client.List(s.Context(), list, client.InNamespace(by.GetNamespace()), client.MatchingLabels{"crossplane.io/composite": by.GetName()}); err != nil {
		s.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for i := range list.Items {
		objects = append(objects, &list.Items[i])
	}
	return objects
}

// eventually waits until a check returns nil.
func (s *scene) eventually(what string, check func() error) {
	s.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	s.Fatalf("does not happen: %s: %v", what, err)
}

// stays checks that something holds now and for a while.
func (s *scene) stays(what string, check func() error) {
	s.Helper()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err := check(); err != nil {
			s.Fatalf("does not stay: %s: %v", what, err)
		}
	}
}

// repository is the AWS repository of an image of the scene's project.
func (s *scene) repository(image string) cloud.Key {
	return cloud.Key{Kind: "Repository", Region: "eu-west-1", ID: s.project + "/" + image}
}

// lifecyclePolicy is what hangs on it.
func (s *scene) lifecyclePolicy(image string) cloud.Key {
	k := s.repository(image)
	k.Kind = "LifecyclePolicy"
	return k
}

// inCloud waits until something is in AWS the way a check wants it.
func (s *scene) inCloud(k cloud.Key, check func(cloud.Thing) error) {
	s.Helper()
	s.eventually(k.String()+" is in AWS", func() error {
		thing, ok, err := s.lab.Look(s.Context(), k)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("it does not exist")
		}
		return check(thing)
	})
}

// exists waits until something is in AWS.
func (s *scene) exists(k cloud.Key) {
	s.Helper()
	s.inCloud(k, func(cloud.Thing) error { return nil })
}

// notInCloud waits until something is not in AWS.
func (s *scene) notInCloud(k cloud.Key) {
	s.Helper()
	s.eventually(k.String()+" is not in AWS", func() error {
		_, ok, err := s.lab.Look(s.Context(), k)
		if ok {
			return fmt.Errorf("it exists")
		}
		return err
	})
}

// thing is what AWS has under a key now, which must be something.
func (s *scene) thing(k cloud.Key) cloud.Thing {
	s.Helper()
	thing, ok, err := s.lab.Look(s.Context(), k)
	if err != nil || !ok {
		s.Fatalf("%s is not in AWS (%v)", k, err)
	}
	return thing
}

// still says what a lab's account does not have any more as it was.
func still(l *lab.Lab, before map[cloud.Key]cloud.Thing) error {
	for k, thing := range before {
		if got, ok := l.Cloud.Look(k); !ok || got.Since != thing.Since || got.Images != thing.Images {
			return fmt.Errorf("%s is not what it was: before %v, now %v", k, thing, got)
		}
	}
	return nil
}

// happened returns what was done to what belongs to an image since a time; the real AWS does not tell.
func (s *scene) happened(since time.Time, image string) []cloud.Entry {
	if s.lab.Cloud == nil {
		return nil
	}
	id := s.project + "/" + image
	var entries []cloud.Entry
	for _, e := range s.lab.Cloud.Journal(func(k cloud.Key) bool { return k.ID == id }) {
		if e.At.After(since) {
			entries = append(entries, e)
		}
	}
	return entries
}

// tell logs what the scene's claims say, for whoever looks into a failure.
func (s *scene) tell() {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(s.apiVersion())
	list.SetKind("ProjectRegistryList")
	if err := s.lab.Client.List(context.Background(), list, client.InNamespace(s.project)); err != nil {
		s.Log(err)
	}
	for i := range list.Items {
		text, _ := yaml.Marshal(map[string]any{"name": list.Items[i].GetName(), "spec": list.Items[i].Object["spec"], "status": list.Items[i].Object["status"]})
		s.Logf("%s", text)
	}
}

// conditions returns an object's conditions in one line each.
func conditions(u *unstructured.Unstructured) string {
	if u == nil {
		return "nothing: it does not exist"
	}
	status, _ := u.Object["status"].(map[string]any)
	if status["unreachable"] != nil {
		return fmt.Sprint(status["unreachable"])
	}
	list, _ := status["conditions"].([]any)
	var b strings.Builder
	for _, v := range list {
		c, _ := v.(map[string]any)
		fmt.Fprintf(&b, "\n    %v=%v %v: %v", c["type"], c["status"], c["reason"], c["message"])
	}
	return b.String()
}

// parse returns YAML as a map.
func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := yaml.UnmarshalStrict([]byte(text), &m); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	// Through JSON again, so that numbers are what the API machinery knows.
	u := &unstructured.Unstructured{}
	data, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "X", "spec": m})
	if err == nil {
		err = u.UnmarshalJSON(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return u.Object["spec"].(map[string]any)
}
