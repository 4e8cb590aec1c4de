package plane

import (
	"bytes"
	"context"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/procfs"
)

// A Usage is what a program has consumed.
type Usage struct {
	// CPU is the time on processors in seconds, in user and kernel mode.
	CPU float64
	// Memory is the resident memory in MiB.
	Memory float64
}

// Usage returns what the program has consumed so far. It reads /proc, so it works on Linux only.
func (g *Process) Usage() (Usage, error) {
	proc, err := procfs.NewProc(g.cmd.Process.Pid)
	if err != nil {
		return Usage{}, err
	}
	stat, err := proc.Stat()
	return Usage{CPU: stat.CPUTime(), Memory: float64(stat.ResidentMemory()) / (1 << 20)}, err
}

// Metrics are the values of a program's metrics by name, each summed over its labels.
type Metrics map[string]float64

// First returns the value of the first name that exists, since names differ between versions. It is 0 if none exists: a
// counter that has counted nothing may be missing.
func (m Metrics) First(names ...string) float64 {
	for _, name := range names {
		if value, has := m[name]; has {
			return value
		}
	}
	return 0
}

// KubeMetrics returns the URL of the API server's metrics.
func (p *Plane) KubeMetrics() string { return p.Config.Host + "/metrics" }

// ReadMetrics reads a program's metrics, in Prometheus' text format, from a URL. It omits histograms and summaries.
func (p *Plane) ReadMetrics(ctx context.Context, url string) (Metrics, error) {
	text, err := p.get(ctx, url)
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	m := Metrics{}
	for name, family := range families {
		for _, metric := range family.Metric {
			m[name] += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + metric.GetUntyped().GetValue()
		}
	}
	return m, err
}
