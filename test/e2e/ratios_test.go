package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// TestRatios measures what claims cost beside the floor: the same resources, rendered by a function that checks nothing
// (test/bench/floor). Both run on one plane, in turns, so what else the machine does hits both. It runs on demand:
// make e2e-scale.
func TestRatios(t *testing.T) {
	contests(t, plane.Options{}, func(c *contest) {
		c.run(scale("E2E_ROUNDS", 2), scale("E2E_CLAIMS", 100), scale("E2E_IMAGES", 5))
		c.table()
	})
}

// contests runs a test with a contest for each version of Crossplane and each generation, or that of E2E_GENERATION. It runs
// on demand.
func contests(t *testing.T, o plane.Options, test func(c *contest)) {
	t.Helper()
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("a measurement: E2E_SCALE=1 runs it")
	}
	for _, version := range versions(t) {
		for _, g := range generations(version) {
			if only := os.Getenv("E2E_GENERATION"); only != "" && only != g.name {
				continue
			}
			t.Run("crossplane-"+version.Name+"/"+g.name, func(t *testing.T) { test(newContest(t, version, g, o)) })
		}
	}
}

// A subject is one of those that are measured: the product, or the floor.
type subject struct {
	name string
	// group and kinds of what a team writes, and of the composite resource that it is or that is made for it.
	group, xrKind string
	function      *plane.Function
	// holds makes settled answers hold for a time.
	holds func(ctx context.Context, d time.Duration) error
	// costs of each round.
	costs []costs
}

// A contest measures a product and a floor on a lab of its own.
type contest struct {
	*testing.T
	lab        *lab.Lab
	client     client.WithWatch
	steps      *progress.Steps
	generation *generation
	subjects   []*subject
	idle       costs // of a second
	images     int
	claims     int
}

func newContest(t *testing.T, version plane.Version, g *generation, o plane.Options) *contest {
	t.Helper()
	c := &contest{T: t, steps: progress.NewSteps(os.Stderr), generation: g}
	workers := scale("E2E_WORKERS", 10)
	o.Crossplane, o.Steps = version, c.steps
	o.CrossplaneArgs = []string{fmt.Sprintf("--max-reconcile-rate=%d", workers)}
	if version.Modern() {
		o.CrossplaneArgs = append(o.CrossplaneArgs, recommendedBreaker...)
	}
	l, err := lab.Start(t.Context(), lab.Options{Options: o, Provider: standin.Options{Workers: workers}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Stop)
	c.lab = l
	if c.client, err = client.NewWithWatch(l.Config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	c.subjects = []*subject{c.product(), c.floor()}
	return c
}

// product is what InstallProduct has installed.
func (c *contest) product() *subject {
	return &subject{
		name: "product", group: c.generation.group, xrKind: c.generation.xrKind, function: c.lab.Function,
		holds: func(ctx context.Context, d time.Duration) error {
			return c.lab.Platform(ctx, map[string]any{"pollInterval": d.String()})
		},
	}
}

// floor installs the floor.
func (c *contest) floor() *subject {
	c.Helper()
	function, err := c.lab.StartFloor(c.Context(), "floor")
	if err != nil {
		c.Fatal(err)
	}
	objects, err := c.lab.Manifests("test/e2e/testdata/floor/" + c.generation.name + ".yaml")
	if err != nil {
		c.Fatal(err)
	}
	xrd, composition := objects[0], objects[1]
	s := &subject{name: "floor", xrKind: c.generation.xrKind, function: function}
	s.group, _, _ = unstructured.NestedString(xrd.Object, "spec", "group")
	s.holds = func(ctx context.Context, d time.Duration) error {
		pipeline, _, _ := unstructured.NestedSlice(composition.Object, "spec", "pipeline")
		pipeline[0].(map[string]any)["input"].(map[string]any)["ttl"] = d.String()
		_ = unstructured.SetNestedSlice(composition.Object, pipeline, "spec", "pipeline")
		return c.lab.Apply(ctx, composition)
	}
	if err := c.lab.Apply(c.Context(), objects...); err != nil {
		c.Fatal(err)
	}
	condition := "Offered"
	if c.generation.namespaced() {
		condition = "Established"
	}
	if err := c.lab.WaitForCondition(c.Context(), time.Minute, condition, xrd); err != nil {
		c.Fatal(err)
	}
	return s
}

// run measures in turns: product, floor, floor, product, and so on.
func (c *contest) run(rounds, claims, images int) {
	c.images, c.claims = images, claims
	for _, s := range c.subjects {
		c.herd(s, "warm", 1).delete() // what is done once, such as starting watches
	}
	c.idle = c.measure(c.subjects[0], func() { time.Sleep(10 * time.Second) })
	for name := range c.idle {
		c.idle[name] /= 10
	}
	for round := range rounds {
		turn := slices.Clone(c.subjects)
		if round%2 == 1 {
			slices.Reverse(turn)
		}
		for _, s := range turn {
			c.round(s, round, round == rounds-1)
		}
	}
}

// round measures a subject once.
func (c *contest) round(s *subject, round int, last bool) {
	c.Helper()
	c.steps.Sayf("round %d: %s", round+1, s.name)
	one := c.herd(s, fmt.Sprintf("one-%d", round), 1)
	costs := costs{readyAlone: one.last.Seconds(), editAlone: one.edit().Seconds()}
	one.delete()

	var h *contestants
	all := c.measure(s, func() { h = c.herd(s, fmt.Sprintf("many-%d", round), c.claims) })
	for name, value := range all {
		costs[name] = (value - c.idle[name]*all[elapsed]) / float64(c.claims)
	}
	costs[readyMedian], costs[readyLast] = h.median.Seconds(), h.last.Seconds()
	maps.Copy(costs, c.size(s, "many"))
	if rest := time.Duration(scale("E2E_REST_MINUTES", 1)) * time.Minute; last && rest > 0 {
		c.steps.Sayf("at rest: %s", s.name)
		at := c.rest(s, rest)
		for _, name := range []string{requests, writes, kubeCPU, coreCPU, functionCPU, calls, reconciles} {
			costs[restPrefix+name] = at[name]
		}
	}
	h.delete()
	s.costs = append(s.costs, costs)
}

// rest returns what a claim costs while nobody changes anything, for each time that its answer expires and the provider looks
// at AWS. By default both are every ten minutes; here the answer holds for one.
func (c *contest) rest(s *subject, d time.Duration) costs {
	c.Helper()
	hold := func(interval time.Duration) {
		if err := s.holds(c.Context(), interval); err != nil {
			c.Fatal(err)
		}
	}
	hold(time.Minute)
	time.Sleep(75 * time.Second) // until every answer of before has expired
	at := c.measure(s, func() {
		for range int(d / time.Minute) {
			if err := c.lab.Provider.Poll(c.Context()); err != nil {
				c.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
	})
	for name := range at {
		at[name] = (at[name] - c.idle[name]*at[elapsed]) / float64(c.claims) / d.Minutes()
	}
	hold(10 * time.Minute)
	return at
}

// contestants are some claims of a subject.
type contestants struct {
	*contest
	of           *subject
	claims       []*unstructured.Unstructured
	median, last time.Duration // from the first request until ready
}

// herd makes claims, each in a namespace of its own, and waits until all are ready and nothing happens any more.
func (c *contest) herd(s *subject, name string, n int) *contestants {
	c.Helper()
	h := &contestants{contest: c, of: s}
	for i := range n {
		h.claims = append(h.claims, h.claim(fmt.Sprintf("%s-%s-%d", s.name, name, i), 30))
	}
	h.each(func(ctx context.Context, u *unstructured.Unstructured) error {
		return c.lab.Namespace(ctx, u.GetNamespace())
	})
	c.settle()

	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(s.group + "/v1alpha1")
	list.SetKind("ProjectRegistryList")
	watch, err := c.client.Watch(c.Context(), list, client.InNamespace(metav1.NamespaceAll))
	if err != nil {
		c.Fatal(err)
	}
	defer watch.Stop()
	start := time.Now()
	h.each(func(ctx context.Context, u *unstructured.Unstructured) error { return c.lab.Apply(ctx, u.DeepCopy()) })
	ready := map[string]time.Duration{}
	timeout := time.After(10 * time.Minute)
	for len(ready) < n {
		select {
		case e, ok := <-watch.ResultChan():
			if !ok {
				c.Fatal("the watch ended")
			}
			u, _ := e.Object.(*unstructured.Unstructured)
			if _, had := ready[u.GetNamespace()]; !had && u.GetDeletionTimestamp() == nil && plane.ConditionOf(u, "Ready").Status == "True" {
				ready[u.GetNamespace()] = time.Since(start)
			}
		case <-timeout:
			c.Fatalf("%d of %d claims of the %s are ready after ten minutes", len(ready), n, s.name)
		}
	}
	var times []time.Duration
	for _, t := range ready {
		times = append(times, t)
	}
	slices.Sort(times)
	h.median, h.last = times[len(times)/2], times[len(times)-1]
	c.settle()
	return h
}

func (h *contestants) claim(namespace string, keep int) *unstructured.Unstructured {
	u := herd{claims: 1, images: max(h.images, 1)}.claim(0, keep)
	u.SetAPIVersion(h.of.group + "/v1alpha1")
	u.SetNamespace(namespace)
	return u
}

// each does something with each claim, ten at a time.
func (h *contestants) each(do func(context.Context, *unstructured.Unstructured) error) {
	h.Helper()
	group, ctx := errgroup.WithContext(h.Context())
	group.SetLimit(10)
	for _, u := range h.claims {
		group.Go(func() error { return do(ctx, u) })
	}
	if err := group.Wait(); err != nil {
		h.Fatal(err)
	}
}

// edit changes an image of the first claim, and returns how long it takes until AWS has it.
func (h *contestants) edit() time.Duration {
	h.Helper()
	namespace := h.claims[0].GetNamespace()
	start := time.Now()
	u := h.claim(namespace, 7)
	if err := h.lab.Apply(h.Context(), u); err != nil {
		h.Fatal(err)
	}
	key := cloud.Key{Kind: "LifecyclePolicy", Region: "eu-west-1", ID: namespace + "/image-0"}
	for {
		thing, _ := h.lab.Cloud.Look(key)
		if text, _ := thing.Attributes["policy"].(string); strings.Contains(text, `"countNumber":7}`) {
			break
		}
		if time.Since(start) > 2*time.Minute {
			h.Fatalf("an edit of the %s does not reach AWS: %v", h.of.name, thing.Attributes)
		}
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(start)
	h.settle()
	return took
}

// delete deletes the claims and waits until nothing is left of them but what AWS keeps.
func (h *contestants) delete() {
	h.Helper()
	h.each(func(ctx context.Context, u *unstructured.Unstructured) error { return h.lab.Client.Delete(ctx, u) })
	if err := h.lab.WaitUntilGone(h.Context(), 5*time.Minute, h.claims...); err != nil {
		h.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(time.Second) {
		left := 0
		for _, kind := range []string{"Repository", "LifecyclePolicy"} {
			left += len(h.everything(h.generation.managed(kind).GroupVersion().String(), kind))
		}
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			h.Fatalf("%d managed resources of the %s do not go", left, h.of.name)
		}
	}
	h.settle()
}

// everything returns all objects of a kind.
func (c *contest) everything(apiVersion, kind string) []unstructured.Unstructured {
	c.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(apiVersion)
	list.SetKind(kind + "List")
	if err := c.client.List(c.Context(), list); err != nil {
		c.Fatal(err)
	}
	return list.Items
}
