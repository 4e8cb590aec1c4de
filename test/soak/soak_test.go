package soak

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/ontopix/crossplane-ecr/internal/tlstest"
)

// duration is the duration of the load. By default the test is skipped, since it takes all CPUs.
var duration = flag.Duration("soak", 0, "how long to load the server; 0 skips the test") //nolint:gochecknoglobals // a flag

// Size of the load.
const (
	connections = 16
	callers     = 125 // on each connection; the server lets in 128
	heavies     = 2   // of them make heavy calls
)

// TestSoak serves 2,000 concurrent callers with mutual TLS, as in a cluster. They send valid, invalid, too large and
// hostile requests; some give up, and some read slowly. Meanwhile the certificates rotate, and in the end one server
// takes over from another that gets SIGTERM. Each call must be answered correctly, refused clearly, or given up by its
// caller: none may be lost. The live heap and the number of goroutines must not grow.
func TestSoak(t *testing.T) {
	if *duration == 0 {
		t.Skip("run by make soak")
	}
	bin := build(t)
	ca := tlstest.NewCA(t)
	s := start(t, bin, ca)
	kinds := traffic(t)

	// The live heap of a warm server must not grow.
	warm := s.connect(t, ca)
	s.settle(t, warm, kinds)
	heap, goroutines := s.live(t), s.metric(t, "go_goroutines")

	counts := newCounts()
	rotated := 0
	press(t, *duration*3/4, counts, kinds, func() (*grpc.ClientConn, func()) {
		c := s.connect(t, ca)
		return c, func() { _ = c.Close() }
	}, func(ctx context.Context) {
		for n := 0; ctx.Err() == nil; n++ {
			s.rotate(t, ca, n%3 == 2)
			rotated++
			s.hostileConnections(t)
			wait(ctx, *duration/20)
		}
	})
	s.settle(t, warm, kinds)
	await(t, "the goroutines of the load end", func() bool { return s.metric(t, "go_goroutines") <= goroutines+5 })
	heapAfter, goroutinesAfter := s.live(t), s.metric(t, "go_goroutines")
	t.Logf("live heap: %.1f MiB before, %.1f MiB after; goroutines: %.0f and %.0f; resident: %.1f MiB", heap, heapAfter, goroutines, goroutinesAfter, s.metric(t, "process_resident_memory_bytes")/(1<<20))
	t.Logf("%d rotations, while under load", rotated)
	if heapAfter > heap*1.25+2 {
		t.Errorf("the live heap grew from %.1f MiB to %.1f MiB", heap, heapAfter)
	}
	for _, zero := range []string{"function_ecr_panics_total", "function_ecr_requests_in_flight", "function_ecr_requests_waiting"} {
		if v := s.metric(t, zero); v != 0 {
			t.Errorf("%s is %.0f, want 0", zero, v)
		}
	}
	if err := warm.Close(); err != nil {
		t.Error(err)
	}
	counts.report(t, "load")

	// During a rollout Crossplane has both addresses.
	counts = newCounts()
	addresses := newAddresses(s.address)
	press(t, *duration/4, counts, kinds, func() (*grpc.ClientConn, func()) {
		c := addresses.connect(t, ca)
		return c, func() { _ = c.Close() }
	}, func(ctx context.Context) {
		for ctx.Err() == nil {
			wait(ctx, *duration/12)
			next := start(t, bin, ca)
			addresses.set(s.address, next.address)
			s.terminate(t)
			addresses.set(next.address)
			s = next
		}
	})
	counts.report(t, "rollouts")
	s.terminate(t)
}

// counts has the numbers of calls by result.
type counts struct {
	sent, right, refused, left, wrong, lost atomic.Int64

	once sync.Map // the faults to report, each once
}

func newCounts() *counts { return &counts{} }

func (c *counts) report(t *testing.T, phase string) {
	t.Helper()
	t.Logf("%s: %d sent, %d answered correctly, %d refused clearly, %d given up by their callers, %d answered wrongly, %d lost",
		phase, c.sent.Load(), c.right.Load(), c.refused.Load(), c.left.Load(), c.wrong.Load(), c.lost.Load())
	c.once.Range(func(what, _ any) bool {
		t.Errorf("%s: %s", phase, what)
		return true
	})
	if sum := c.right.Load() + c.refused.Load() + c.left.Load() + c.wrong.Load() + c.lost.Load(); sum != c.sent.Load() {
		t.Errorf("%s: %d sent, but %d have a result", phase, c.sent.Load(), sum)
	}
	for name, n := range map[string]*atomic.Int64{"answered correctly": &c.right, "refused clearly": &c.refused, "given up": &c.left} {
		if n.Load() == 0 {
			t.Errorf("%s: no call was %s, so the test shows nothing", phase, name)
		}
	}
}

// note records a fault, once of each kind.
func (c *counts) note(format string, args ...any) {
	c.once.Store(fmt.Sprintf(format, args...), true)
}

// press makes all callers call for a time, and runs meanwhile. It returns when every call has ended.
func press(t *testing.T, d time.Duration, c *counts, kinds []kind, connect func() (*grpc.ClientConn, func()), meanwhile func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var calls sync.WaitGroup
	light, heavy := split(kinds)
	for which := range connections {
		conn, closeConn := connect()
		defer closeConn()
		for i := range callers {
			calls.Go(func() {
				mine := light
				if i < heavies {
					mine = heavy
				}
				for n := i + which; ctx.Err() == nil; n++ {
					k := &mine[n%len(mine)]
					c.sent.Add(1)
					k.call(c, conn, k)
					wait(ctx, k.pause)
				}
			})
		}
	}
	meanwhile(ctx)
	calls.Wait()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("waited a minute in vain: %s", what)
			return
		}
	}
}
