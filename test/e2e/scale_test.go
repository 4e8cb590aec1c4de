package e2e_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// scale returns a number of the environment, or a default.
func scale(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestScale measures; it fails only if something does not converge. It runs on demand: make e2e-scale.
func TestScale(t *testing.T) {
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("a benchmark: E2E_SCALE=1 runs it")
	}
	claims, images, most := scale("E2E_CLAIMS", 1000), scale("E2E_IMAGES", 5), scale("E2E_MOST_IMAGES", 100)
	for _, version := range versions(t) {
		for name, args := range breakers(version) {
			t.Run(fmt.Sprintf("crossplane-%s/%s", version.Name, name), func(t *testing.T) {
				b := newBenchmark(t, version, args)
				b.measure(fmt.Sprintf("1 claim of %d images", most), 1, most)
				b.edit("an edit of one image of it", most)
				b.measure(fmt.Sprintf("%d claims of %d images", claims, images), claims, images)
				b.table()
			})
		}
	}
}

// breakers are the settings of 2.x's circuit breaker to measure with: its own, and one that lets everything through.
func breakers(v plane.Version) map[string][]string {
	if !v.Modern() {
		return map[string][]string{"no-breaker": nil}
	}
	return map[string][]string{
		"default-breaker": nil,
		"wide-breaker":    {"--circuit-breaker-burst=10000", "--circuit-breaker-refill-rate=100"},
	}
}

// A benchmark measures on a lab of its own.
type benchmark struct {
	*testing.T
	lab  *lab.Lab
	rows [][]string
}

func newBenchmark(t *testing.T, version plane.Version, args []string) *benchmark {
	t.Helper()
	l, err := lab.Start(t.Context(), lab.Options{Options: plane.Options{Crossplane: version, Steps: plane.NewSteps(os.Stderr), CrossplaneArgs: args}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Stop)
	return &benchmark{T: t, lab: l, rows: [][]string{{"what", "ready after", "function calls", "CPU of the function", "of Crossplane", "of the API server", "memory of the function", "of Crossplane", "watch events", "circuit open"}}}
}

// measure makes claims and writes down what it costs until all are ready.
func (b *benchmark) measure(what string, claims, images int) {
	before := b.usage()
	start := time.Now()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(10)
	for n := range claims {
		group.Go(func() error {
			namespace := fmt.Sprintf("team-%d-%d", images, n)
			if err := b.lab.Namespace(ctx, namespace); err != nil {
				return err
			}
			return b.lab.Apply(ctx, b.claim(namespace, images, 30))
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	b.until(claims, images, "")
	b.note(what, time.Since(start), before)
}

// edit changes one image of the big claim and writes down how long it takes until AWS has it.
func (b *benchmark) edit(what string, images int) {
	before := b.usage()
	start := time.Now()
	if err := b.lab.Apply(b.Context(), b.claim(fmt.Sprintf("team-%d-0", images), images, 7)); err != nil {
		b.Fatal(err)
	}
	b.until(1, images, "keepImages:7")
	b.note(what, time.Since(start), before)
}

// claim returns a claim; its first image keeps a number of images.
func (b *benchmark) claim(namespace string, images, keep int) *unstructured.Unstructured {
	u := claim{scene: &scene{generation: claimed}, kind: "ProjectRegistry", namespace: namespace, name: "app"}.object()
	list := make([]any, images)
	for n := range list {
		list[n] = map[string]any{"name": fmt.Sprintf("image-%d", n)}
	}
	list[0].(map[string]any)["lifecycle"] = map[string]any{"keepImages": int64(keep)}
	u.Object["spec"] = map[string]any{"region": "eu-west-1", "images": list}
	return u
}

// until waits until every claim of a size is ready, and its status holds a text.
func (b *benchmark) until(claims, images int, text string) {
	b.Helper()
	told := time.Now()
	for end := time.Now().Add(30 * time.Minute); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("ecr.ontopix.io/v1alpha1")
		list.SetKind("ProjectRegistryList")
		if err := b.lab.Client.List(b.Context(), list); err != nil {
			b.Fatal(err)
		}
		ready := 0
		for n := range list.Items {
			u := &list.Items[n]
			if !strings.HasPrefix(u.GetNamespace(), fmt.Sprintf("team-%d-", images)) || plane.ConditionOf(u, "Ready").Status != "True" {
				continue
			}
			if strings.Contains(fmt.Sprint(u.Object["status"]), text) {
				ready++
			}
		}
		if ready == claims {
			return
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			b.Logf("%d of %d claims are ready", ready, claims)
		}
	}
	b.Fatalf("%d claims of %d images do not become ready", claims, images)
}

// A usage is what the programs have consumed.
type usage struct {
	function, crossplane, kube plane.Usage
	calls, events              float64
}

func (b *benchmark) usage() usage {
	b.Helper()
	var u usage
	var err error
	if u.function, u.crossplane, u.kube, err = b.lab.Usage(); err != nil {
		b.Fatal(err)
	}
	// A counter that has counted nothing yet is not exported.
	if u.calls, err = plane.Metric(b.Context(), b.lab.Function.Metrics(), "function_ecr_requests_total"); err != nil {
		u.calls = 0
	}
	if u.events, err = plane.Metric(b.Context(), b.lab.CrossplaneMetrics, "crossplane_circuit_breaker_events_total", "circuit_breaker_events_total"); err != nil {
		u.events = 0 // 1.20 has none.
	}
	return u
}

// note writes a row.
func (b *benchmark) note(what string, took time.Duration, before usage) {
	b.Helper()
	after := b.usage()
	open := 0
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion("ecr.ontopix.io/v1alpha1")
	list.SetKind("XProjectRegistryList")
	if err := b.lab.Client.List(context.Background(), list, &client.ListOptions{}); err != nil {
		b.Fatal(err)
	}
	for n := range list.Items {
		if plane.ConditionOf(&list.Items[n], "Responsive").Status == "False" {
			open++
		}
	}
	cpu := func(after, before plane.Usage) string {
		return (after.CPU - before.CPU).Round(10 * time.Millisecond).String()
	}
	row := []string{
		what, took.Round(100 * time.Millisecond).String(), fmt.Sprint(after.calls - before.calls),
		cpu(after.function, before.function), cpu(after.crossplane, before.crossplane), cpu(after.kube, before.kube),
		fmt.Sprintf("%d MiB", after.function.Memory>>20), fmt.Sprintf("%d MiB", after.crossplane.Memory>>20),
		fmt.Sprint(after.events - before.events),
		fmt.Sprintf("%d of %d", open, len(list.Items)),
	}
	b.rows = append(b.rows, row)
	b.Log(strings.Join(row, " | "))
}

// table prints what was measured.
func (b *benchmark) table() {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range b.rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
	b.Logf("\n%s", text.String())
}
