package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// costs of a subject, by measure.
type costs map[string]float64

// The measures, as the table names them. Costs are of one claim, times in seconds.
const (
	requests    = "requests to the API server"
	writes      = "writes to etcd"
	kubeCPU     = "CPU of the API server and etcd"
	coreCPU     = "CPU of Crossplane"
	functionCPU = "CPU of the function"
	calls       = "calls of the function"
	reconciles  = "reconciles of Crossplane"
	bytes       = "bytes of JSON"
	objects     = "objects"
	readyMedian = "all at once: half are ready after"
	readyLast   = "all at once: all are ready after"
	readyAlone  = "alone: ready after"
	editAlone   = "alone: an edit is in AWS after"
	elapsed     = "elapsed"

	// restPrefix begins the names of what an interval at rest costs, bytesPrefix those of what a field of a kind takes.
	restPrefix  = "at rest: "
	bytesPrefix = "field: "
)

// measure returns what something costs while a subject does it.
func (c *contest) measure(s *subject, do func()) costs {
	c.Helper()
	start := time.Now()
	before := c.counters(s)
	do()
	after := c.counters(s)
	for name := range after {
		after[name] -= before[name]
	}
	after[elapsed] = time.Since(start).Seconds()
	return after
}

// counters returns what only grows.
func (c *contest) counters(s *subject) costs {
	c.Helper()
	check := func(err error) {
		if err != nil {
			c.Fatal(err)
		}
	}
	function, err := s.function.Usage()
	check(err)
	_, core, kube, err := c.lab.Usage()
	check(err)
	functionMetrics, err := plane.ReadMetrics(c.Context(), s.function.Metrics())
	check(err)
	coreMetrics, err := plane.ReadMetrics(c.Context(), c.lab.CrossplaneMetrics)
	check(err)
	kubeMetrics, err := c.lab.KubeMetrics(c.Context())
	check(err)
	revision, err := c.revision()
	check(err)
	return costs{
		requests:    kubeMetrics.First("apiserver_request_total"),
		writes:      revision,
		kubeCPU:     kube.CPU.Seconds(),
		coreCPU:     core.CPU.Seconds(),
		functionCPU: function.CPU.Seconds(),
		calls:       functionMetrics.First("function_ecr_requests_total"),
		reconciles:  coreMetrics.First("controller_runtime_reconcile_total"),
	}
}

// revision of etcd: each write is one more. The API server tells it with any list.
func (c *contest) revision() (float64, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("NamespaceList"))
	list.APIVersion = "v1"
	if err := c.client.List(c.Context(), list, client.Limit(1)); err != nil {
		return 0, err
	}
	var revision float64
	_, err := fmt.Sscan(list.ResourceVersion, &revision)
	return revision, err
}

// settle waits until Crossplane has reconciled nothing for two seconds.
func (c *contest) settle() {
	c.Helper()
	last, since := -1.0, time.Now()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(200 * time.Millisecond) {
		m, err := plane.ReadMetrics(c.Context(), c.lab.CrossplaneMetrics)
		if err != nil {
			c.Fatal(err)
		}
		if now := m.First("controller_runtime_reconcile_total"); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > 2*time.Second {
			return
		}
	}
}

// size returns the JSON and the number of the objects of a claim of a herd, without its namespace and its events, and the JSON
// of each of their fields.
func (c *contest) size(s *subject, herd string) costs {
	c.Helper()
	prefix := s.name + "-" + herd + "-"
	var all []unstructured.Unstructured
	add := func(apiVersion, kind string) { all = append(all, c.everything(apiVersion, kind)...) }
	add(s.group+"/v1alpha1", "ProjectRegistry")
	if !c.generation.namespaced() {
		add(s.group+"/v1alpha1", s.xrKind)
	}
	for _, kind := range []string{"Repository", "LifecyclePolicy"} {
		add(c.generation.managed(kind).GroupVersion().String(), kind)
	}
	add("v1", "ConfigMap")
	add("v1", "Secret")
	all = slices.DeleteFunc(all, func(u unstructured.Unstructured) bool {
		owner := metav1.GetControllerOf(&u)
		ours := strings.HasPrefix(u.GetNamespace(), prefix) || u.GetLabels()["crossplane.io/claim-namespace"] != "" || u.GetNamespace() == "crossplane-system"
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

// json returns how long the JSON of a value is, in bytes.
func (c *contest) json(value any) float64 {
	c.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		c.Fatal(err)
	}
	return float64(len(text))
}

// table prints the costs of one claim and their ratios, as Markdown.
func (c *contest) table() {
	names := []string{requests, writes, kubeCPU, coreCPU, functionCPU, calls, reconciles, objects, bytes, readyMedian, readyLast, readyAlone, editAlone}
	for _, name := range slices.Clone(names[:7]) {
		names = append(names, restPrefix+name)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "| %s, %d of %d images, %d rounds | product | floor | ratio |\n|---|---|---|---|\n", c.generation.name, c.claims, c.images, len(c.subjects[0].costs))
	for _, name := range names {
		product, floor := c.subjects[0].mean(name), c.subjects[1].mean(name)
		if product == 0 && floor == 0 {
			continue
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %.2f |\n", name, figure(product), figure(floor), product/floor)
	}
	c.Logf("%s\nan idle plane, each second: %.1f requests, %.2f s of API server CPU, %.3f s of Crossplane CPU; all this is taken off above\n%s\n%s",
		c.Name(), c.idle[requests], c.idle[kubeCPU], c.idle[coreCPU], text.String(), c.fields())
}

// fields prints which fields take more bytes than the floor's, or fewer, the most first.
func (c *contest) fields() string {
	more := map[string]float64{}
	for i, s := range c.subjects {
		for name := range s.costs[0] {
			if field, ok := strings.CutPrefix(name, bytesPrefix); ok {
				more[field] += s.mean(name) * []float64{1, -1}[i]
			}
		}
	}
	byBytes := func(a, b string) int { return cmp.Or(cmp.Compare(more[b], more[a]), cmp.Compare(a, b)) }
	var text strings.Builder
	fmt.Fprintf(&text, "| field | bytes more than the floor |\n|---|---|\n")
	for _, field := range slices.SortedFunc(maps.Keys(more), byBytes) {
		if math.Abs(more[field]) >= 50 {
			fmt.Fprintf(&text, "| %s | %.0f |\n", field, more[field])
		}
	}
	return text.String()
}

// mean of the rounds that have a measure.
func (s *subject) mean(name string) float64 {
	sum, n := 0.0, 0.0
	for _, costs := range s.costs {
		if value, has := costs[name]; has {
			sum, n = sum+value, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// figure writes a number with three digits that mean something.
func figure(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 1:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3f", x)
}
