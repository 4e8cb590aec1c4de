package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// A history is a world with one project registry that is edited at random, and what must hold at every moment.
type history struct {
	t *testing.T
	w *fntest.World
	c *fntest.Composite

	// spec is the spec as written, and applied the spec of the last reconcile.
	spec, applied map[string]any

	// deletable and forceable are true for images that were last applied with Delete and with forceDelete.
	deletable, forceable map[string]bool

	// unwanted are images without a wanted policy at some time since the world last settled.
	unwanted map[string]bool

	// left are images that were out of the spec, so that nothing manages what their repositories kept. leftObserved
	// were so with [Observe], so that this holds for their grants, too.
	left, leftObserved map[string]bool

	deleted  int               // repositories, by the step before
	policies map[string]string // in AWS, after the step before
	steps    []string
}

func newHistory(t *testing.T, g managed.Generation, spec map[string]any) *history {
	h := &history{t: t, spec: spec, deletable: map[string]bool{}, forceable: map[string]bool{}, unwanted: map[string]bool{}, left: map[string]bool{}, leftObserved: map[string]bool{}, policies: map[string]string{}}
	h.w, h.c = newWorld(t, g, text(spec))
	h.w.Happened = h.happened
	return h
}

func (h *history) happened(step string) {
	if strings.HasPrefix(step, "refuse") || strings.HasPrefix(step, "fail") {
		h.t.Fatalf("%s: %s\n%s", step, h.c.Error, h.story())
	}
	if strings.HasPrefix(step, "reconcile") {
		h.applied = h.spec
		wanted := expect(h.spec)
		for _, name := range names {
			e, here := wanted[name]
			if here {
				h.deletable[name] = e.deletable(h.spec)
				h.forceable[name] = e.value("forceDelete", false) == true
			}
			h.left[name] = h.left[name] || !here
			h.leftObserved[name] = h.leftObserved[name] || !here && observes(h.spec)
			if !here || e.policy() == "" || observes(h.spec) {
				h.unwanted[name] = true
			}
		}
	}
	for _, name := range names {
		r := h.w.Repository("eu-west-1/shop/" + name)
		if r == nil {
			delete(h.policies, name)
			continue
		}
		if h.policies[name] != "" && r.Lifecycle == "" && !h.unwanted[name] {
			h.t.Fatalf("AWS is without a lifecycle policy for %s, which was wanted all the time, after: %s\n%s", name, step, h.story())
		}
		h.policies[name] = r.Lifecycle
	}
	deleted := h.w.Deleted()
	for _, d := range deleted[h.deleted:] {
		name := strings.TrimPrefix(d.ID, "eu-west-1/shop/")
		if _, here := expect(h.applied)[name]; here || !h.deletable[name] || !mayDelete(h.applied) || observes(h.applied) {
			h.t.Fatalf("the repository of %s was deleted after: %s\n%s", name, step, h.story())
		}
		if d.Images > 0 && !h.forceable[name] {
			h.t.Fatalf("the images of %s were deleted after: %s\n%s", name, step, h.story())
		}
	}
	h.deleted = len(deleted)
}

// story returns the latest steps.
func (h *history) story() string {
	return strings.Join(h.steps[max(0, len(h.steps)-12):], "\n")
}

func (h *history) write(spec map[string]any) {
	h.spec, h.c.Spec = spec, text(spec)
	h.steps = append(h.steps, fmt.Sprint("write ", spec))
}

// step does one thing at random.
func (h *history) step(d dice) {
	note := func(s string) { h.steps = append(h.steps, s) }
	switch n := d.Intn(20); {
	case n < 6:
		h.write(d.edit(h.spec))
	case n < 12:
		note("reconcile")
		h.w.Reconcile(h.c)
	case n < 16 && len(h.w.Objects) > 0:
		o := pick(d, h.w.Objects...)
		note("look at " + o.Key)
		h.w.Look(o)
	case n < 17:
		note("restart")
		h.w.Restart()
	case n < 18:
		id := "eu-west-1/shop/" + pick(d, names...)
		if r := h.w.Repository(id); r != nil && r.Lifecycle != "" {
			note("drift " + id)
			h.w.SetLifecycle(id, shorthands(1, 1))
		}
	case n < 19:
		if id := "eu-west-1/shop/" + pick(d, names...); h.w.Repository(id) != nil {
			note("push")
			h.w.Push(id, 1)
		}
	default:
		note("settle")
		h.settle()
	}
}

func (h *history) settle() {
	h.w.Settle()
	clear(h.unwanted)
	for name, e := range expect(h.spec) {
		if e.policy() == "" || observes(h.spec) {
			h.unwanted[name] = true
		}
	}
}

// mustBeAsWritten fails if AWS does not have what the spec asks for.
func (h *history) mustBeAsWritten() {
	h.t.Helper()
	wanted := expect(h.spec)
	for name, e := range wanted {
		r := h.w.Repository("eu-west-1/shop/" + name)
		if r == nil {
			h.t.Fatalf("there is no repository for %s\n%s", name, h.story())
		}
		if want := e.policy(); want == "" && h.left[name] {
			continue
		} else if (want == "") != (r.Lifecycle == "") || !provider.SamePolicy(want, r.Lifecycle) {
			h.t.Fatalf("the lifecycle policy of %s is\n%s\nwant\n%s\n%s", name, r.Lifecycle, want, h.story())
		}
		if want := e.value("scanOnPush", true); r.ScanOnPush != want {
			h.t.Errorf("%s is scanned: %t, want %t\n%s", name, r.ScanOnPush, want, h.story())
		}
		if want := e.value("imageTagMutability", "IMMUTABLE"); r.Mutability != want {
			h.t.Errorf("the tag mutability of %s is %s, want %s\n%s", name, r.Mutability, want, h.story())
		}
		pull, _ := e.value("pull", map[string]any{}).(map[string]any)
		granted := pull["accounts"] != nil || pull["organizationIds"] != nil || pull["principals"] != nil
		if (r.Policy != "") != granted && !h.leftObserved[name] {
			h.t.Errorf("pull of %s is granted: %t, want %t\n%s", name, r.Policy != "", granted, h.story())
		}
		if got := keysOf(h.w, h.c, "lifecycle/"+name+"/"); len(got) != min(1, len(e.policy())) {
			h.t.Errorf("lifecycle policies of %s: %q\n%s", name, got, h.story())
		}
	}
	for _, name := range retained(h.t, h.c) {
		if _, here := wanted[name]; here || h.w.Repository("eu-west-1/shop/"+name) == nil {
			h.t.Errorf("%s is told as retained\n%s", name, h.story())
		}
	}
}

// TestRandomHistories shows that no edit, whenever it comes, deletes a repository that may not be deleted or leaves AWS
// without a lifecycle policy that was and is wanted, and that AWS has what the spec asks for in the end.
func TestRandomHistories(t *testing.T) {
	histories := 60
	if testing.Short() {
		histories = 20
	}
	for n := range histories {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := roll(t, int64(n))
			g := pick(d, managed.Claimed, managed.Namespaced)
			h := newHistory(t, g, d.spec())
			for range 40 {
				h.step(d)
			}
			last := d.edit(h.spec)
			delete(last, "managementPolicies")
			h.write(last)
			h.settle()
			h.mustBeAsWritten()
		})
	}
}
