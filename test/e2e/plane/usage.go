package plane

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
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

// Metric returns the sum of a Prometheus metric over its labels: of the first name that a program exports.
func Metric(ctx context.Context, url string, names ...string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer rsp.Body.Close()

	sums, found := map[string]float64{}, map[string]bool{}
	lines := bufio.NewScanner(rsp.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if i := strings.LastIndex(lines.Text(), "} "); i >= 0 {
			name, value, ok = lines.Text()[:i+1], lines.Text()[i+2:], true
		}
		name, _, _ = strings.Cut(name, "{")
		if n, err := strconv.ParseFloat(value, 64); ok && err == nil {
			sums[name] += n
			found[name] = true
		}
	}
	for _, name := range names {
		if found[name] {
			return sums[name], nil
		}
	}
	return 0, fmt.Errorf("%s has none of %s", url, strings.Join(names, ", "))
}
