package e2e_test

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// A usage is what the programs have consumed and counted since they started.
type usage struct {
	function, crossplane, kube             plane.Usage
	functionMetrics, coreMetrics, kubeOnes plane.Metrics
}

func (b *benchmark) usage() usage {
	b.Helper()
	var u usage
	var err error
	check := func() {
		if err != nil {
			b.Fatal(err)
		}
	}
	u.function, u.crossplane, u.kube, err = b.lab.Usage()
	check()
	u.functionMetrics, err = plane.ReadMetrics(b.Context(), b.lab.Function.Metrics())
	check()
	u.coreMetrics, err = plane.ReadMetrics(b.Context(), b.lab.CrossplaneMetrics)
	check()
	u.kubeOnes, err = b.lab.KubeMetrics(b.Context())
	check()
	return u
}

// A row is one step of the benchmark: what was done, and each measure of it.
type row struct {
	step     string
	measures []measure
}

// A measure is a number with its name.
type measure struct{ name, value string }

// note measures a step that took a while.
func (b *benchmark) note(step string, took time.Duration, before usage) {
	b.Helper()
	after := b.usage()
	r := row{step: step, measures: []measure{
		{"took", took.Round(100 * time.Millisecond).String()},
		{"calls of the function", count(after.functionMetrics, before.functionMetrics, "function_ecr_requests_total")},
		{"CPU of the function", cpu(after.function, before.function)},
		{"CPU of Crossplane", cpu(after.crossplane, before.crossplane)},
		{"CPU of the API server and etcd", cpu(after.kube, before.kube)},
		{"memory of the function", memory(after.function)},
		{"memory of Crossplane", memory(after.crossplane)},
		{"memory of the API server and etcd", memory(after.kube)},
		{"requests to the API server", count(after.kubeOnes, before.kubeOnes, "apiserver_request_total")},
		{"objects in etcd, of all kinds", count(after.kubeOnes, nil, "apiserver_resource_objects", "apiserver_storage_objects")},
		{"size of etcd", mib(after.kubeOnes.First("apiserver_storage_size_bytes"))},
		{"times that a circuit opened", count(after.coreMetrics, before.coreMetrics, "circuit_breaker_opens_total")},
		{"circuits open at the end", b.open()},
	}}
	b.rows = append(b.rows, r)
	for _, m := range r.measures {
		b.steps.Sayf("%s: %s %s", r.step, m.name, m.value)
	}
}

// count is how much a metric grew.
func count(after, before plane.Metrics, names ...string) string {
	return fmt.Sprintf("%.0f", after.First(names...)-before.First(names...))
}

func cpu(after, before plane.Usage) string {
	return (after.CPU - before.CPU).Round(100 * time.Millisecond).String()
}

func memory(u plane.Usage) string { return mib(float64(u.Memory)) }

func mib(bytes float64) string { return fmt.Sprintf("%.0f MiB", bytes/(1<<20)) }

// table prints what was measured: a line per measure, a column per step.
func (b *benchmark) table() {
	if len(b.rows) == 0 {
		return
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, r := range b.rows {
		fmt.Fprintf(w, "\t%s", r.step)
	}
	for i, m := range b.rows[0].measures {
		fmt.Fprintf(w, "\n%s", m.name)
		for _, r := range b.rows {
			fmt.Fprintf(w, "\t%s", r.measures[i].value)
		}
	}
	_ = w.Flush()
	b.Logf("%s\n%s", b.Name(), text.String())
}
