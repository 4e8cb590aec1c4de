package e2e_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// TestRatios compares the cost of claims with that of the floor: the same resources, rendered by a function that checks
// nothing (test/bench/floor). Both run on one plane, in turns, so other load of the machine affects both. It runs on
// demand: make e2e-scale.
func TestRatios(t *testing.T) {
	contests(t, plane.Options{}, func(c *contest) {
		c.claims, c.images = envInt("E2E_CLAIMS", 100), envInt("E2E_IMAGES", 5)
		c.run(envInt("E2E_ROUNDS", 2))
		c.table()
	})
}

// contests runs a test for each version of Crossplane and each generation, or only that of E2E_GENERATION. It runs on
// demand.
func contests(t *testing.T, o plane.Options, test func(c *contest)) {
	t.Helper()
	onDemand(t)
	for _, version := range versions(t) {
		o.Crossplane = version
		if version.Modern {
			o.CrossplaneArgs = recommendedBreaker
		}
		for _, g := range generations(version) {
			if only := os.Getenv("E2E_GENERATION"); only != "" && only != g.name {
				continue
			}
			t.Run("crossplane-"+version.Name+"/"+g.name, func(t *testing.T) {
				c := &contest{bench: newBench(t, g, o)}
				c.subjects = []*subject{c.product(), c.floor()}
				test(c)
			})
		}
	}
}

// A contest compares the product with the floor.
type contest struct {
	*bench
	subjects       []*subject
	idle           costs // of an idle plane, per second
	claims, images int
}

// More measures, per claim.
const (
	bytes       = "bytes of JSON"
	objects     = "objects"
	readyMedian = "all at once: half are ready after"
	readyLast   = "all at once: all are ready after"
	readyAlone  = "alone: ready after"
	editAlone   = "alone: an edit is in AWS after"

	// restPrefix begins the names of costs at rest, bytesPrefix those of the sizes of fields.
	restPrefix  = "at rest: "
	bytesPrefix = "field: "
)

// counted are the measures that programs count.
var counted = []string{requests, writes, kubeCPU, coreCPU, functionCPU, calls, reconciles}

// floor installs the floor and returns it.
func (c *contest) floor() *subject {
	c.Helper()
	function, err := c.lab.StartFloor(c.Context(), "floor")
	c.must(err)
	objects, err := c.lab.Manifests("test/e2e/testdata/floor/" + c.generation.name + ".yaml")
	c.must(err)
	xrd, composition := objects[0], objects[1]
	s := &subject{name: "floor", xrKind: c.generation.xrKind, function: function}
	s.group, _, _ = unstructured.NestedString(xrd.Object, "spec", "group")
	s.setTTL = func(ctx context.Context, d time.Duration) error {
		pipeline, _, _ := unstructured.NestedSlice(composition.Object, "spec", "pipeline")
		pipeline[0].(map[string]any)["input"].(map[string]any)["ttl"] = d.String()
		_ = unstructured.SetNestedSlice(composition.Object, pipeline, "spec", "pipeline")
		return c.lab.Apply(ctx, composition)
	}
	c.must(c.lab.Apply(c.Context(), objects...))
	condition := "Offered"
	if c.generation.namespaced() {
		condition = "Established"
	}
	c.must(c.lab.WaitForCondition(c.Context(), time.Minute, condition, xrd))
	return s
}

// herd creates claims and waits until all are ready and Crossplane is idle.
func (c *contest) herd(s *subject, name string, claims int) *herd {
	c.Helper()
	h := c.newHerd(s, name, claims, c.images)
	c.settle()
	h.make(h.claims)
	c.settle()
	return h
}

// run measures in turns: product, floor, floor, product, and so on.
func (c *contest) run(rounds int) {
	for _, s := range c.subjects {
		c.herd(s, "warm", 1).delete() // for what is done once, such as starting watches
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
	c.lab.Steps.Sayf("round %d: %s", round+1, s.name)
	one := c.herd(s, fmt.Sprintf("one-%d", round), 1)
	start := time.Now()
	one.edit()
	costs := costs{readyAlone: one.ready[0].Seconds(), editAlone: time.Since(start).Seconds()}
	c.settle()
	one.delete()

	var h *herd
	all := c.measure(s, func() { h = c.herd(s, fmt.Sprintf("many-%d", round), c.claims) })
	for _, name := range counted {
		costs[name] = (all[name] - c.idle[name]*all[elapsed]) / float64(c.claims)
	}
	costs[readyMedian], costs[readyLast] = h.ready[len(h.ready)/2].Seconds(), h.ready[len(h.ready)-1].Seconds()
	maps.Copy(costs, c.size(s, "many"))
	if rest := time.Duration(envInt("E2E_REST_MINUTES", 1)) * time.Minute; last && rest > 0 {
		c.lab.Steps.Sayf("at rest: %s", s.name)
		maps.Copy(costs, c.rest(s, rest))
	}
	h.delete()
	s.costs = append(s.costs, costs)
}

// rest returns the costs of a claim that nobody changes, for each time that its answer expires and the provider
// compares it with AWS. By default both happen every ten minutes, here every minute.
func (c *contest) rest(s *subject, d time.Duration) costs {
	c.Helper()
	c.must(s.setTTL(c.Context(), time.Minute))
	time.Sleep(75 * time.Second) // until all earlier answers have expired
	at := c.measure(s, func() {
		for range int(d / time.Minute) {
			c.must(c.lab.Provider.Poll(c.Context()))
			time.Sleep(time.Minute)
		}
	})
	c.must(s.setTTL(c.Context(), 10*time.Minute))
	rest := costs{}
	for _, name := range counted {
		rest[restPrefix+name] = (at[name] - c.idle[name]*at[elapsed]) / float64(c.claims) / d.Minutes()
	}
	return rest
}

// size returns the number and the JSON size of the objects of a claim, without its namespace and events, and the JSON
// size of each of their fields.
func (c *contest) size(s *subject, herd string) costs {
	c.Helper()
	prefix := s.name + "-" + herd + "-"
	var all []*unstructured.Unstructured
	add := func(apiVersion, kind string) { all = append(all, c.listAll(apiVersion, kind)...) }
	add(s.group+"/v1alpha1", "ProjectRegistry")
	if !c.generation.namespaced() {
		add(s.group+"/v1alpha1", s.xrKind)
	}
	for _, kind := range []string{"Repository", "LifecyclePolicy"} {
		add(c.generation.managed(kind).GroupVersion().String(), kind)
	}
	add("v1", "ConfigMap")
	add("v1", "Secret")
	all = slices.DeleteFunc(all, func(u *unstructured.Unstructured) bool {
		owner := metav1.GetControllerOf(u)
		of := u.GetNamespace()
		ours := strings.HasPrefix(of, prefix) || of == plane.SystemNamespace || u.GetLabels()["crossplane.io/claim-namespace"] != ""
		return !ours || owner == nil && u.GetKind() != "ProjectRegistry" && u.GetKind() != s.xrKind
	})
	sizes := costs{objects: float64(len(all)) / float64(c.claims)}
	for _, u := range all {
		sizes[bytes] += c.json(u.Object) / float64(c.claims)
		for field, value := range u.Object {
			parts, ok := value.(map[string]any)
			if !ok || field == "data" {
				parts, field = map[string]any{field: value}, ""
			}
			for part, v := range parts {
				sizes[bytesPrefix+strings.Replace(u.GetKind()+" "+field+"."+part, " .", " ", 1)] += c.json(v) / float64(c.claims)
			}
		}
	}
	return sizes
}

// json returns the size of the JSON of a value, in bytes.
func (c *contest) json(value any) float64 {
	c.Helper()
	text, err := json.Marshal(value)
	c.must(err)
	return float64(len(text))
}

// table logs the costs of one claim and their ratios.
func (c *contest) table() {
	product, floor := c.subjects[0], c.subjects[1]
	names := append(slices.Clone(counted), objects, bytes, readyMedian, readyLast, readyAlone, editAlone)
	for _, name := range counted {
		names = append(names, restPrefix+name)
	}
	title := fmt.Sprintf("%s, %d of %d images, %d rounds", c.generation.name, c.claims, c.images, len(product.costs))
	t := newTable(title, "product", "floor", "ratio")
	for _, name := range names {
		if p, f := product.mean(name), floor.mean(name); p != 0 || f != 0 {
			t.row(name, figure(p), figure(f), fmt.Sprintf("%.2f", p/f))
		}
	}
	const idle = "an idle plane, each second: %.1f requests, %.2f s of API server CPU, %.3f s of Crossplane CPU; all this is subtracted below"
	c.Logf("%s\n"+idle+"\n%s\n%s",
		c.Name(), c.idle[requests], c.idle[kubeCPU], c.idle[coreCPU], t, c.fields())
}

// fields returns the fields that take more or fewer bytes than the floor's, in descending order of the difference.
func (c *contest) fields() *table {
	difference := map[string]float64{}
	for i, s := range c.subjects {
		for name := range s.costs[0] {
			if field, ok := strings.CutPrefix(name, bytesPrefix); ok {
				difference[field] += s.mean(name) * []float64{1, -1}[i]
			}
		}
	}
	byBytes := func(a, b string) int { return cmp.Or(cmp.Compare(difference[b], difference[a]), cmp.Compare(a, b)) }
	t := newTable("field", "bytes more than the floor")
	for _, field := range slices.SortedFunc(maps.Keys(difference), byBytes) {
		if math.Abs(difference[field]) >= 50 {
			t.row(field, fmt.Sprintf("%.0f", difference[field]))
		}
	}
	return t
}

// mean returns the mean of a measure, over the rounds that have it.
func (s *subject) mean(name string) float64 {
	sum, n := 0.0, 0.0
	for _, costs := range s.costs {
		if value, has := costs[name]; has {
			sum, n = sum+value, n+1
		}
	}
	return sum / max(n, 1)
}
