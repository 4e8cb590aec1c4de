package e2e_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// recommendedBreaker has the flags for 2.x's circuit breaker that docs/scale.md recommends.
var recommendedBreaker = []string{"--circuit-breaker-burst=1000", "--circuit-breaker-refill-rate=10"}

// A bench measures claims on a lab of its own.
type bench struct {
	*testing.T
	lab        *lab.Lab
	generation *generation
}

// A subject is what is measured: the product or the floor.
type subject struct {
	name string
	// group is the API group of the claims, xrKind the kind of their composite resources.
	group, xrKind string
	function      *plane.Function
	// setTTL sets the time for which a settled answer of the function is valid.
	setTTL func(ctx context.Context, d time.Duration) error
	// costs of each round.
	costs []costs
}

// newBench starts a lab for a measurement.
func newBench(t *testing.T, g *generation, o plane.Options) *bench {
	t.Helper()
	// Two cores can serve this many. By default Crossplane and the provider have 100 each for each kind, and an API
	// server of this size spends its time on conflicts and on requests that have timed out.
	workers := envInt("E2E_WORKERS", 10)
	o.CrossplaneArgs = append([]string{fmt.Sprintf("--max-reconcile-rate=%d", workers)}, o.CrossplaneArgs...)
	l, err := lab.Start(t.Context(), lab.Options{Options: o, Provider: standin.Options{Workers: workers}})
	if err != nil {
		t.Fatal(err)
	}
	l.EndWith(t)
	if l.Cloud == nil {
		t.Fatal("measurements need the stand-in for the provider")
	}
	return &bench{T: t, lab: l, generation: g}
}

// onDemand skips a measurement unless it is asked for.
func onDemand(t *testing.T) {
	t.Helper()
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("a measurement: E2E_SCALE=1 runs it")
	}
}

// envInt returns the number in an environment variable, or a default.
func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// must ends the measurement on an error.
func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// product returns the product, which the lab has installed.
func (b *bench) product() *subject {
	return &subject{
		name: "product", group: b.generation.group, xrKind: b.generation.xrKind, function: b.lab.Function,
		setTTL: func(ctx context.Context, d time.Duration) error {
			return b.lab.Platform(ctx, "pollInterval: "+d.String())
		},
	}
}

// costs are measured values, by the names of their measures.
type costs map[string]float64

// The measures, as tables name them. Times are in seconds.
const (
	elapsed     = "elapsed"
	requests    = "requests to the API server"
	writes      = "writes to etcd"
	kubeCPU     = "CPU of the API server and etcd"
	coreCPU     = "CPU of Crossplane"
	functionCPU = "CPU of the function"
	calls       = "calls of the function"
	reconciles  = "reconciles of Crossplane"
	opened      = "times that a circuit opened"

	kubeMemory     = "memory of the API server and etcd, MiB"
	coreMemory     = "memory of Crossplane, MiB"
	functionMemory = "memory of the function, MiB"
	stored         = "objects in etcd, of all kinds"
	storedSize     = "size of etcd, MiB"
	open           = "circuits open at the end"
)

// measure returns what a subject costs while a function runs.
func (b *bench) measure(s *subject, do func()) costs {
	b.Helper()
	start := time.Now()
	before, _ := b.read(s)
	do()
	after, _ := b.read(s)
	for name := range after {
		after[name] -= before[name]
	}
	after[elapsed] = time.Since(start).Seconds()
	return after
}

// read returns what the programs have consumed and counted so far, and what they use at the moment.
func (b *bench) read(s *subject) (counters, gauges costs) {
	b.Helper()
	usage := func(g *plane.Process) plane.Usage {
		u, err := g.Usage()
		b.must(err)
		return u
	}
	metrics := func(url string) plane.Metrics {
		m, err := b.lab.ReadMetrics(b.Context(), url)
		b.must(err)
		return m
	}
	function, core, kube := usage(s.function.Process), usage(b.lab.Crossplane), usage(b.lab.Kube)
	coreMetrics, kubeMetrics := metrics(b.lab.CrossplaneMetrics), metrics(b.lab.KubeMetrics())
	counters = costs{
		requests:    kubeMetrics.First("apiserver_request_total"),
		writes:      b.revision(),
		kubeCPU:     kube.CPU,
		coreCPU:     core.CPU,
		functionCPU: function.CPU,
		calls:       metrics(s.function.Metrics).First("function_ecr_requests_total"),
		reconciles:  coreMetrics.First("controller_runtime_reconcile_total"),
		opened:      coreMetrics.First("circuit_breaker_opens_total"),
	}
	gauges = costs{
		kubeMemory:     kube.Memory,
		coreMemory:     core.Memory,
		functionMemory: function.Memory,
		stored:         kubeMetrics.First("apiserver_resource_objects", "apiserver_storage_objects"),
		storedSize:     kubeMetrics.First("apiserver_storage_size_bytes") / (1 << 20),
	}
	return counters, gauges
}

// revision returns etcd's revision, which grows by one with each write. The API server returns it with any list.
func (b *bench) revision() (revision float64) {
	b.Helper()
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("NamespaceList"))
	list.APIVersion = "v1"
	b.must(b.lab.Client.List(b.Context(), list, client.Limit(1)))
	_, err := fmt.Sscan(list.ResourceVersion, &revision)
	b.must(err)
	return revision
}

// settle waits until Crossplane has reconciled nothing for two seconds.
func (b *bench) settle() {
	b.Helper()
	last, since := -1.0, time.Now()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(200 * time.Millisecond) {
		m, err := b.lab.ReadMetrics(b.Context(), b.lab.CrossplaneMetrics)
		b.must(err)
		if now := m.First("controller_runtime_reconcile_total"); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > 2*time.Second {
			return
		}
	}
}

// A table is written in Markdown.
type table struct{ strings.Builder }

// newTable returns a table with a row of column names.
func newTable(columns ...string) *table {
	t := &table{}
	t.row(columns...)
	t.WriteString("|" + strings.Repeat("---|", len(columns)) + "\n")
	return t
}

func (t *table) row(cells ...string) { fmt.Fprintf(t, "| %s |\n", strings.Join(cells, " | ")) }

// figure formats a number with three significant digits.
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
