package plane

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// A Usage is what a program has consumed.
type Usage struct {
	// CPU is the time on processors, in user and kernel mode.
	CPU time.Duration
	// Memory is what is resident, in MiB.
	Memory float64
}

// ticks are the kernel's per second, as user space sees them: the same on every architecture that Go runs Linux on.
const ticks = 100

// Usage returns what the program has consumed. It reads /proc, so it works on Linux alone.
func (g *Process) Usage() (Usage, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.cmd.Process.Pid))
	if err != nil {
		return Usage{}, err
	}
	// The second field is the name in brackets, which may hold anything.
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	number := func(field int) int64 { // Fields are counted from 1 in proc(5).
		n, _ := strconv.ParseInt(fields[field-3], 10, 64)
		return n
	}
	return Usage{
		CPU:    time.Duration(number(14)+number(15)) * time.Second / ticks,
		Memory: float64(number(24)*int64(os.Getpagesize())) / (1 << 20),
	}, nil
}

// Metrics are what a program counts of itself, by name, each summed over its labels.
type Metrics map[string]float64

// First returns the first metric that the program has: a name may differ between versions. It is 0 if there is none, as for a
// counter that has counted nothing yet.
func (m Metrics) First(names ...string) float64 {
	for _, name := range names {
		if value, has := m[name]; has {
			return value
		}
	}
	return 0
}

// KubeMetrics is the address of the API server's metrics.
func (p *Plane) KubeMetrics() string { return p.Config.Host + "/metrics" }

// ReadMetrics asks a program, at the address of its metrics in Prometheus' text format. Distributions are left out.
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
