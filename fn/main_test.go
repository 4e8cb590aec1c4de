package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// runMain is set to make the test binary the function: a real process with real signals.
const runMain = "FUNCTION_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A process is a running function with its log.
type process struct {
	*exec.Cmd
	t      *testing.T
	stderr *bufio.Reader
}

// An entry has the fields of a line of the log that the tests read.
type entry struct {
	Message string `json:"msg"`
	Address string `json:"address"`
	Metrics string `json:"metrics"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Tag     string `json:"tag"`
}

func run(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.CommandContext(t.Context(), self, args...), t: t}
	p.Env = append(os.Environ(), runMain+"=1")
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stderr = bufio.NewReader(stderr)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Wait() })
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

// until reads the log up to the line with a message.
func (p *process) until(message string) entry {
	p.t.Helper()
	for {
		text, err := p.stderr.ReadString('\n')
		if err != nil {
			p.t.Fatalf("the process ended before it logged %q: %v, last %q", message, err, text)
		}
		e := entry{}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			p.t.Fatalf("a line of the log that is not JSON: %q", text)
		}
		if e.Message == message {
			return e
		}
	}
}

// ended waits for the end of the process and returns its exit code and the rest of its log.
func (p *process) ended() (int, string) {
	p.t.Helper()
	rest, err := io.ReadAll(p.stderr)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.Wait() // The exit code says the same.
	return p.ProcessState.ExitCode(), string(rest)
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// begin starts a process with a call in flight: its stream is open, its request is not sent yet. It then sends the
// process a signal to stop, and returns once the process has reported that it stops.
func begin(t *testing.T, stop os.Signal) (*process, grpc.ClientStream) {
	t.Helper()
	p := run(t, "--insecure", "--address=127.0.0.1:0", "--metrics-address=127.0.0.1:0", "--debug")
	conn := dial(t, p.until("Serving").Address)
	call, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, fnv1.FunctionRunnerService_RunFunction_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}
	// The server reads a connection in order: once it answers a later call, it has the earlier one.
	watch, err := healthv1.NewHealthClient(conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if rsp, err := watch.Recv(); err != nil || rsp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatalf("health: want SERVING, got %v, %v", rsp, err)
	}
	p.signal(stop)
	// The watch is notified, or ends.
	if rsp, err := watch.Recv(); rsp.GetStatus() == healthv1.HealthCheckResponse_SERVING || err != nil && status.Code(err) != codes.Unavailable {
		t.Fatalf("health after a signal: want NOT_SERVING or Unavailable, got %v, %v", rsp, err)
	}
	return p, call
}

// foreign is a composite resource that the function does not compose.
const foreign = `{apiVersion: example.org/v1, kind: XExample, metadata: {name: demo}}`

func TestSIGTERM(t *testing.T) { testSignal(t, syscall.SIGTERM) }
func TestSIGINT(t *testing.T)  { testSignal(t, syscall.SIGINT) }

func testSignal(t *testing.T, stop os.Signal) {
	t.Helper()
	p, call := begin(t, stop)
	req := fntest.Build(t, fntest.Request{XR: foreign})
	if err := call.SendMsg(req); err != nil {
		t.Fatalf("sending the request of a call in flight: %v", err)
	}
	if err := call.CloseSend(); err != nil {
		t.Fatal(err)
	}
	rsp := &fnv1.RunFunctionResponse{}
	if err := call.RecvMsg(rsp); err != nil || rsp.GetMeta().GetTag() != req.GetMeta().GetTag() {
		t.Errorf("a call in flight must be answered after %s: got %v, %v", stop, rsp, err)
	}
	if code, log := p.ended(); code != 0 || !strings.Contains(log, `"Stopped"`) {
		t.Errorf("exit code after %s: want 0, got %d: %s", stop, code, log)
	}
}

func TestSecondSignal(t *testing.T) {
	p, call := begin(t, syscall.SIGTERM)
	p.signal(syscall.SIGINT)
	if code, log := p.ended(); code != -1 || strings.Contains(log, `"Stopped"`) {
		t.Errorf("a second signal must end the process itself, got exit code %d: %s", code, log)
	}
	if err := call.RecvMsg(&fnv1.RunFunctionResponse{}); err == nil {
		t.Error("a call that was cut off must end with an error")
	}
}

func TestServes(t *testing.T) {
	p := run(t, "--insecure", "--address=127.0.0.1:0", "--metrics-address=127.0.0.1:0")
	serving := p.until("Serving")
	client := fnv1.NewFunctionRunnerServiceClient(dial(t, serving.Address))
	rsp, err := client.RunFunction(t.Context(), fntest.Build(t, fntest.Request{XR: foreign}))
	fatal := func(r *fnv1.Result) bool { return r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL }
	if err != nil || !slices.ContainsFunc(rsp.GetResults(), fatal) {
		t.Fatalf("RunFunction(...) with a kind that is not ours: want a Fatal result, got %v, %v", rsp, err)
	}
	if e := p.until("Refused a request"); e.Kind != "XExample" || e.Name != "demo" || e.Tag != "test" {
		t.Errorf("the log must name what was refused, got %+v", e)
	}
	scrape, err := http.Get("http://" + serving.Metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer scrape.Body.Close()
	body, err := io.ReadAll(scrape.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`function_ecr_refusals_total{reason="InvalidSpec",rule="none"} 1`, "\nprocess_cpu_seconds_total ", "\ngo_goroutines "} {
		if !strings.Contains(string(body), want) {
			t.Errorf("metrics: want %q, got %s", want, body)
		}
	}
}

// A gzipper compresses only for the client. gRPC's package would register its compressor for the function too.
type gzipper struct{}

func (gzipper) Name() string                                 { return "gzip" }
func (gzipper) Compress(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
func (gzipper) Decompress(r io.Reader) (io.Reader, error)    { return gzip.NewReader(r) }

// TestCompressedRequest shows that the function does not decompress requests: Crossplane does not compress, and
// compressed requests could be bombs.
func TestCompressedRequest(t *testing.T) {
	encoding.RegisterCompressor(gzipper{})
	p := run(t, "--insecure", "--address=127.0.0.1:0", "--metrics-address=")
	conn := dial(t, p.until("Serving").Address)
	_, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), &fnv1.RunFunctionRequest{}, grpc.UseCompressor("gzip"))
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("RunFunction(...) with a compressed request: want %s, got %v", codes.Unimplemented, err)
	}
}

func TestFlags(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		fails  bool
		want   string // part of the output
	}{
		"Version":       {reason: "The version is printed.", args: []string{"--version"}, want: buildVersion()},
		"NoCredentials": {reason: "Serving without TLS must be asked for.", fails: true, want: "--tls-certs-dir is not set: set it, or --insecure"},
		"NoSize":        {reason: "A server that refuses every request is a mistake.", args: []string{"--insecure", "--max-recv-message-size=0"}, fails: true, want: "--max-recv-message-size is 0"},
		"HugeSize":      {reason: "A message has a length of 32 bits.", args: []string{"--insecure", "--max-recv-message-size=4096"}, fails: true, want: "--max-recv-message-size is 4096"},
		"Concurrency":   {reason: "The number of requests cannot be negative.", args: []string{"--insecure", "--max-concurrent-requests=-1"}, fails: true, want: "--max-concurrent-requests is -1"},
		"Grace":         {reason: "Without a grace the function would lose requests.", args: []string{"--insecure", "--shutdown-grace=0s"}, fails: true, want: "--shutdown-grace is 0s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), self, tc.args...)
			cmd.Env = []string{runMain + "=1"}
			out, err := cmd.CombinedOutput()
			if !strings.Contains(string(out), tc.want) {
				t.Errorf("%s\nwant %q in the output, got %q", tc.reason, tc.want, out)
			}
			if failed := err != nil; failed != tc.fails {
				t.Errorf("%s\nwant a failure: %t, got %v", tc.reason, tc.fails, err)
			}
		})
	}
}
