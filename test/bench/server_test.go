package bench

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// BenchmarkServer measures real servers over gRPC, by the CPU time of the server
// process per request (cpu-us/op): the time by the clock says little on a shared
// machine. The baseline runs with Go's defaults and with the function's settings.
func BenchmarkServer(b *testing.B) {
	bin := b.TempDir()
	build(b, filepath.Join(bin, "function"), "../../fn")
	build(b, filepath.Join(bin, "baseline"), "./cmd/baseline")
	servers := []struct {
		name string
		args []string
	}{
		{"function", []string{filepath.Join(bin, "function"), "--insecure", "--metrics-address=", "--address"}},
		{"baseline", []string{filepath.Join(bin, "baseline"), "-address"}},
		{"baseline-tuned", []string{filepath.Join(bin, "baseline"), "-tuned", "-address"}},
	}
	for _, s := range servers {
		p := start(b, s.args)
		for _, n := range load.Sizes {
			for _, c := range []load.Case{{Name: "First", Request: load.First(n)}, {Name: "Steady", Request: load.Steady(n)}} {
				b.Run(fmt.Sprintf("%s/N=%d/%s", c.Name, n, s.name), func(b *testing.B) { p.measure(b, c.Request) })
			}
		}
		p.stop()
	}
}

func build(b *testing.B, out, pkg string) {
	b.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("cannot build %s: %v\n%s", pkg, err, msg)
	}
}

// A server is a process that answers requests.
type server struct {
	cmd    *exec.Cmd
	client fnv1.FunctionRunnerServiceClient
	conn   *grpc.ClientConn
}

func start(b *testing.B, args []string) *server {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()

	s := &server{cmd: exec.Command(args[0], append(args[1:], address)...)}
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	s.conn, err = grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	s.client = fnv1.NewFunctionRunnerServiceClient(s.conn)
	return s
}

func (s *server) stop() {
	if s.conn == nil {
		return
	}
	_ = s.conn.Close()
	s.conn = nil
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

func (s *server) measure(b *testing.B, req *fnv1.RunFunctionRequest) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for range 20 {
		if _, err := s.client.RunFunction(ctx, req, grpc.WaitForReady(true)); err != nil {
			b.Fatal(err)
		}
	}
	before := s.cpu(b)
	n := 0
	for b.Loop() {
		if _, err := s.client.RunFunction(ctx, req); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64((s.cpu(b)-before).Microseconds())/float64(n), "cpu-us/op")
	b.ReportMetric(s.memory(b, "VmHWM"), "peak-MiB")
}

// cpu is the time that the server's process has used, in user and system mode.
func (s *server) cpu(b *testing.B) time.Duration {
	var total time.Duration
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	if err != nil || len(tasks) == 0 {
		b.Fatalf("this machine does not tell the CPU time of processes: %v", err)
	}
	for _, t := range tasks {
		raw, err := os.ReadFile(t) //nolint:gosec // a path of proc
		if err != nil {
			continue
		}
		ns, err := strconv.ParseInt(strings.Fields(string(raw))[0], 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += time.Duration(ns)
	}
	return total
}

// memory is a line of the process's status, in MiB.
func (s *server) memory(b *testing.B, key string) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), key+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	return 0
}
