package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// Settings of Go's garbage collector: those of the runtime image, and Go's own.
var (
	shipped    = []string{"GOGC=400", "GOMEMLIMIT=400MiB"}
	goDefaults = []string{"GOGC=100", "GOMEMLIMIT=off"}
)

// turn is the number of requests that a server answers in its turn.
const turn = 10

// BenchmarkServer measures the CPU time of real servers over gRPC, since wall-clock time says little on a shared
// machine. The servers take turns, so that other load affects all of them.
//
// function has the shipped settings and plain Go's defaults; baseline has Go's defaults and tuned the shipped settings.
// ratio, the goal, is function to baseline; plain-ratio and tuned-ratio compare like with like.
func BenchmarkServer(b *testing.B) {
	function, baseline := build(b, "../../fn"), build(b, "./cmd/floor")
	servers := map[string]*server{
		"function": start(b, shipped, function, "--insecure", "--metrics-address=", "--address"),
		"plain":    start(b, goDefaults, function, "--insecure", "--metrics-address=", "--address"),
		"baseline": start(b, goDefaults, baseline, "-baseline", "-metrics-address=", "-address"),
		"tuned":    start(b, shipped, baseline, "-baseline", "-metrics-address=", "-address"),
	}
	names := []string{"function", "plain", "baseline", "tuned"}
	for _, n := range load.Sizes {
		for _, c := range []load.Case{{Name: "First", Request: load.First(n)}, {Name: "Steady", Request: load.Steady(n)}} {
			b.Run(fmt.Sprintf("%s/N=%d", c.Name, n), func(b *testing.B) {
				for _, s := range servers {
					s.call(b, c.Request, turn)
				}
				used, calls := map[string]time.Duration{}, 0
				for b.Loop() {
					for _, name := range names {
						before := servers[name].cpu(b)
						servers[name].call(b, c.Request, turn)
						used[name] += servers[name].cpu(b) - before
					}
					calls += turn
				}
				for _, name := range names {
					b.ReportMetric(float64(used[name].Microseconds())/float64(calls), name+"-cpu-us/op")
				}
				b.ReportMetric(float64(used["function"])/float64(used["baseline"]), "ratio")
				b.ReportMetric(float64(used["plain"])/float64(used["baseline"]), "plain-ratio")
				b.ReportMetric(float64(used["function"])/float64(used["tuned"]), "tuned-ratio")
				b.ReportMetric(0, "ns/op") // meaningless for several servers
			})
		}
	}
}

// BenchmarkStart measures the time from a server's start to its first answer, by the clock and in CPU time, and the
// server's memory then.
func BenchmarkStart(b *testing.B) {
	bin := build(b, "../../fn")
	req := load.First(1)
	var cpu time.Duration
	var memory float64
	n := 0
	for b.Loop() {
		s := start(b, shipped, bin, "--insecure", "--metrics-address=", "--address")
		s.call(b, req, 1)
		cpu += s.cpu(b)
		memory += s.memory(b, "VmRSS")
		b.StopTimer()
		s.stop()
		b.StartTimer()
		n++
	}
	b.ReportMetric(float64(cpu.Microseconds())/1000/float64(n), "cpu-ms/op")
	b.ReportMetric(memory/float64(n), "rss-MiB")
	b.ReportMetric(float64(size(b, bin))/(1<<20), "binary-MiB")
}

// clients is the number of concurrent callers.
const clients = 16

// BenchmarkLoad measures the memory of a server with many concurrent callers and the largest projects, at the end and
// at its peak.
func BenchmarkLoad(b *testing.B) {
	bin := build(b, "../../fn")
	s := start(b, shipped, bin, "--insecure", "--metrics-address=", "--address")
	requests := []*fnv1.RunFunctionRequest{load.First(100), load.Steady(100), load.Invalid(100)}
	s.call(b, requests[0], 1)
	before, calls := s.cpu(b), 0
	for b.Loop() {
		var wait sync.WaitGroup
		for range clients {
			wait.Go(func() {
				for _, r := range requests {
					if _, err := s.client.RunFunction(context.Background(), r); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wait.Wait()
		calls += clients * len(requests)
	}
	b.ReportMetric(float64((s.cpu(b)-before).Microseconds())/float64(calls), "cpu-us/request")
	b.ReportMetric(s.memory(b, "VmRSS"), "rss-MiB")
	b.ReportMetric(s.memory(b, "VmHWM"), "peak-MiB")
}
