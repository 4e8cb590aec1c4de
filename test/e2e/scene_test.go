package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// patience is the maximum time that a scene waits for something. On an idle machine nothing takes more than a few
// seconds.
const patience = 90 * time.Second

// awhile is the time for which a scene checks that something does not happen.
const awhile = 3 * time.Second

// A scene is the world of one behaviour, with a namespace, and so a project, of its own.
type scene struct {
	*testing.T
	lab *lab.Lab
	// generation of what the scene's team writes.
	*generation
	// project is also the name of the namespace.
	project string
}

func newScene(t *testing.T, l *lab.Lab, g *generation, project string) *scene {
	t.Helper()
	s := &scene{T: t, lab: l, generation: g, project: project + g.suffix}
	s.must(l.Namespace(t.Context(), s.project))
	s.must(l.Namespace(t.Context(), platformNamespace))
	return s
}

// logClaims logs the spec and status of the scene's claims, to explain a failure.
func (s *scene) logClaims() {
	for _, u := range s.list(context.Background(), s.apiVersion(), "ProjectRegistry", client.InNamespace(s.project)) {
		text, _ := yaml.Marshal(map[string]any{"name": u.GetName(), "spec": u.Object["spec"], "status": u.Object["status"]})
		s.Logf("%s", text)
	}
}

// in returns the scene for the other generation, with the same namespace, and so the same project.
func (s *scene) in(g *generation) *scene {
	other := *s
	other.generation = g
	return &other
}

// must ends the scene on an error.
func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// eventually waits until a check returns nil.
func (s *scene) eventually(what string, check func() error) {
	s.Helper()
	if err := plane.Eventually(s.Context(), patience, func(context.Context) error { return check() }); err != nil {
		s.Fatalf("does not happen: %s: %v", what, err)
	}
}

// stays checks that something holds for a while.
func (s *scene) stays(what string, check func() error) {
	s.Helper()
	for end := time.Now().Add(awhile); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err := check(); err != nil {
			s.Fatalf("does not stay: %s: %v", what, err)
		}
	}
}

// A claim is an object that a team or the platform team writes in a scene: a claim or a composite resource.
type claim struct {
	*scene
	kind, namespace, name string
}

// registry returns the scene's ProjectRegistry with a name.
func (s *scene) registry(name string) claim { return s.registryIn(s.project, name) }

// registryIn returns a ProjectRegistry with a name in any namespace.
func (s *scene) registryIn(namespace, name string) claim {
	return claim{s, "ProjectRegistry", namespace, name}
}

// object returns the object with only its kind and name.
func (c claim) object() *unstructured.Unstructured {
	return plane.Object(c.apiVersion(), c.kind, c.namespace, c.name)
}

// of returns the object with a spec, in YAML.
func (c claim) of(spec string) *unstructured.Unstructured {
	c.Helper()
	u := c.object()
	u.SetLabels(map[string]string{"team": "e2e"})
	m := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(spec), &m); err != nil {
		c.Fatalf("%v in\n%s", err, spec)
	}
	u.Object["spec"] = c.spec(m)
	return u
}

// apply applies a spec, in YAML, which must be admitted.
func (c claim) apply(spec string) {
	c.Helper()
	c.must(c.lab.Apply(c.Context(), c.of(spec)))
}

// settle applies a spec, in YAML, and waits until the object is ready.
func (c claim) settle(spec string) claim {
	c.Helper()
	c.apply(spec)
	c.ready()
	return c
}

// get returns the object; nil if it does not exist.
func (c claim) get() *unstructured.Unstructured {
	c.Helper()
	return c.scene.get(c.object())
}

// delete deletes the object.
func (c claim) delete() {
	c.Helper()
	c.must(c.lab.Client.Delete(c.Context(), c.object()))
}

// deleted deletes the object and waits until it is gone.
func (c claim) deleted() {
	c.Helper()
	c.delete()
	c.gone(c.object())
}

// until waits until a check holds for the object.
func (c claim) until(what string, is func(*unstructured.Unstructured) bool) {
	c.Helper()
	c.eventually(c.kind+" "+c.name+" "+what, func() error {
		if u := c.get(); u == nil || !is(u) {
			return errors.New(plane.Conditions(u))
		}
		return nil
	})
}

// ready waits until Synced, Ready, Valid and Compliant are True.
func (c claim) ready() {
	c.Helper()
	c.until("is ready", func(u *unstructured.Unstructured) bool {
		return !slices.ContainsFunc([]string{"Synced", "Ready", "Valid", "Compliant"}, func(typ string) bool {
			return plane.ConditionOf(u, typ).Status != "True"
		})
	})
}

// rests waits until the object is ready and has not changed for two seconds. An object that is paused or refused while
// Crossplane still reconciles it keeps older conditions, and a claim may wait again for a moment.
func (c claim) rests() {
	c.Helper()
	version, since := "", time.Now()
	c.until("has come to rest", func(u *unstructured.Unstructured) bool {
		if now := u.GetResourceVersion(); now != version {
			version, since = now, time.Now()
		}
		return plane.ConditionOf(u, "Ready").Status == "True" && time.Since(since) > 2*time.Second
	})
}

// says waits until a condition has a status, a reason and a message that contains every text.
func (c claim) says(typ, status, reason string, texts ...string) {
	c.Helper()
	c.until(fmt.Sprintf("says %s=%s, %s: %q", typ, status, reason, texts), func(u *unstructured.Unstructured) bool {
		got := plane.ConditionOf(u, typ)
		return got.Status == status && got.Reason == reason && holds(got.Message, texts...) == nil
	})
}

// tells waits until a field of the status, or all of it, contains every text.
func (c claim) tells(field string, texts ...string) {
	c.Helper()
	c.eventually(fmt.Sprintf("%s %s tells in status.%s: %q", c.kind, c.name, field, texts), func() error {
		return holds(c.status(field), texts...)
	})
}

// holds returns an error that names the first text that another text does not contain.
func holds(text string, texts ...string) error {
	for _, t := range texts {
		if !strings.Contains(text, t) {
			return fmt.Errorf("%q is not in %s", t, text)
		}
	}
	return nil
}

// status returns a field of the status, or all of it, as text.
func (c claim) status(field string) string {
	c.Helper()
	u := c.get()
	if u == nil {
		return ""
	}
	v := u.Object["status"]
	if m, _ := v.(map[string]any); field != "" {
		v = m[field]
	}
	return text(v)
}

// text returns a string as it is, and any other value as JSON.
func text(v any) string {
	if s, ok := v.(string); ok || v == nil {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSpace(b.String())
}

// composite returns the composite resource: the claim's, or the object itself.
func (c claim) composite() *unstructured.Unstructured {
	c.Helper()
	if c.namespaced() {
		return c.get()
	}
	var xr *unstructured.Unstructured
	c.until("has a composite resource", func(u *unstructured.Unstructured) bool {
		name, _, _ := unstructured.NestedString(u.Object, "spec", "resourceRef", "name")
		if name != "" {
			xr = claim{c.scene, "X" + c.kind, "", name}.get()
		}
		return xr != nil
	})
	return xr
}

// objectOf returns the Repository object of an image.
func (c claim) objectOf(image string) *unstructured.Unstructured {
	c.Helper()
	var found *unstructured.Unstructured
	c.until("has a Repository of "+image, func(*unstructured.Unstructured) bool {
		for _, u := range c.composed("Repository", c.composite()) {
			if u.GetAnnotations()["crossplane.io/external-name"] == c.repository(image).ID {
				found = u
			}
		}
		return found != nil
	})
	return found
}

// objectNames returns the names of the Repository and LifecyclePolicy objects of a claim, sorted.
func (c claim) objectNames() []string {
	c.Helper()
	var names []string
	xr := c.composite()
	for _, kind := range []string{"Repository", "LifecyclePolicy"} {
		for _, u := range c.composed(kind, xr) {
			names = append(names, kind+"/"+u.GetName())
		}
	}
	slices.Sort(names)
	return names
}

// oneImage waits until a claim has the objects of one image, and no others.
func (c claim) oneImage() {
	c.Helper()
	c.eventually("one Repository and one LifecyclePolicy object are left", func() error {
		if names := c.objectNames(); len(names) != 2 {
			return fmt.Errorf("there are %v", names)
		}
		return nil
	})
}

// composed returns the managed resources of a kind that belong to a composite resource.
func (s *scene) composed(kind string, by *unstructured.Unstructured) []*unstructured.Unstructured {
	s.Helper()
	return s.list(s.Context(), s.managed(kind).GroupVersion().String(), kind,
		client.InNamespace(by.GetNamespace()), client.MatchingLabels{"crossplane.io/composite": by.GetName()})
}

// list returns the objects of a kind.
func (s *scene) list(ctx context.Context, apiVersion, kind string, options ...client.ListOption) []*unstructured.Unstructured {
	s.Helper()
	all, err := s.lab.List(ctx, apiVersion, kind, options...)
	if err != nil {
		s.Error(err)
	}
	return all
}

// get returns an object; nil if it does not exist.
func (s *scene) get(like *unstructured.Unstructured) (u *unstructured.Unstructured) {
	s.Helper()
	s.eventually("the API server answers", func() (err error) {
		u, err = s.lab.Get(s.Context(), like)
		return err
	})
	return u
}

// patch merges JSON into an object.
func (s *scene) patch(u *unstructured.Unstructured, text string) {
	s.Helper()
	s.must(s.lab.Client.Patch(s.Context(), u, client.RawPatch("application/merge-patch+json", []byte(text))))
}

// gone waits until an object does not exist.
func (s *scene) gone(u *unstructured.Unstructured) {
	s.Helper()
	s.must(s.lab.WaitUntilGone(s.Context(), patience, u))
}
