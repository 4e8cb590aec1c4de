package plane

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
)

// A Usage is what a program has consumed.
type Usage struct {
	// CPU is the time on processors, in user and kernel mode.
	CPU time.Duration
	// Memory is what is resident, in bytes.
	Memory int64
}

// Usage returns what the function, Crossplane and the API server (with its store) have consumed. It reads /proc, so it works on
// Linux alone.
func (p *Plane) Usage() (function, crossplane, kube Usage, err error) {
	if function, err = usageOf(p.function.proc); err != nil {
		return
	}
	if crossplane, err = usageOf(p.crossplane); err != nil {
		return
	}
	kube, err = usageOf(p.kube)
	return
}

// Usage returns what a function has consumed.
func (f *Function) Usage() (Usage, error) { return usageOf(f.proc) }

// ticks are the kernel's per second, as user space sees them: the same on every architecture that Go runs Linux on.
const ticks = 100

func usageOf(p *process) (Usage, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
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
		Memory: number(24) * int64(os.Getpagesize()),
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

// ReadMetrics asks a program that serves its metrics to anybody.
func ReadMetrics(ctx context.Context, url string) (Metrics, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer rsp.Body.Close()
	return parseMetrics(rsp.Body), nil
}

// KubeMetrics asks the API server.
func (p *Plane) KubeMetrics(ctx context.Context) (Metrics, error) {
	kube, err := kubernetes.NewForConfig(p.Config)
	if err != nil {
		return nil, err
	}
	text, err := kube.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	return parseMetrics(bytes.NewReader(text)), err
}

// parseMetrics reads Prometheus' text format.
func parseMetrics(text io.Reader) Metrics {
	m := Metrics{}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if i := strings.LastIndex(lines.Text(), "} "); i >= 0 {
			name, value, ok = lines.Text()[:i+1], lines.Text()[i+2:], true
		}
		name, _, _ = strings.Cut(name, "{")
		if n, err := strconv.ParseFloat(value, 64); ok && err == nil {
			m[name] += n
		}
	}
	return m
}
