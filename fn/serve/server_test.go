package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// A function answers as the test says.
type function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	run func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)
}

func (f function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return f.run(ctx, req)
}

// echo answers with the tag and the desired state of the request.
func echo(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()}, Desired: req.GetDesired()}, nil
}

// A server is a Server that serves, and what the test may do with it.
type server struct {
	*serve.Server
	t       *testing.T
	log     *log
	stop    context.CancelFunc // as SIGTERM does
	stopped chan error         // what Serve returned
}

// start serves run on loopback, insecurely unless o says otherwise, until the test ends.
func start(t *testing.T, o serve.Options, run func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)) *server {
	t.Helper()
	s := &server{t: t, log: &log{lines: &lines{}}, stopped: make(chan error, 1)}
	o.Address, o.MetricsAddress, o.Log = "127.0.0.1:0", "127.0.0.1:0", s.log
	o.Insecure = o.TLSCertsDir == ""
	var err error
	if s.Server, err = serve.New(function{run: run}, o); err != nil {
		t.Fatalf("serve.New(...): %v", err)
	}
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	go func() {
		s.stopped <- s.Serve(ctx)
		close(s.stopped)
	}()
	t.Cleanup(func() {
		s.Stop()
		s.stop()
		for range s.stopped {
		}
	})
	return s
}

// dial connects to s, by default without TLS.
func (s *server) dial(o ...grpc.DialOption) *grpc.ClientConn {
	s.t.Helper()
	if len(o) == 0 {
		o = []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	}
	conn, err := grpc.NewClient("passthrough:"+s.Addr().String(), o...)
	if err != nil {
		s.t.Fatalf("grpc.NewClient(...): %v", err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

// client is a client of s with a connection of its own.
func (s *server) client(o ...grpc.DialOption) fnv1.FunctionRunnerServiceClient {
	s.t.Helper()
	return fnv1.NewFunctionRunnerServiceClient(s.dial(o...))
}

// metrics scrapes s: the value of each series, as text.
func (s *server) metrics() map[string]string {
	s.t.Helper()
	rsp, err := http.Get("http://" + s.MetricsAddr().String() + "/metrics")
	if err != nil {
		s.t.Fatalf("GET /metrics: %v", err)
	}
	defer rsp.Body.Close()
	if rsp.StatusCode != http.StatusOK {
		s.t.Fatalf("GET /metrics: %s", rsp.Status)
	}
	values := map[string]string{}
	for lines := bufio.NewScanner(rsp.Body); lines.Scan(); {
		if series, value, ok := strings.Cut(lines.Text(), "} "); ok {
			values[series+"}"] = value
		} else if series, value, ok := strings.Cut(lines.Text(), " "); ok {
			values[series] = value
		}
	}
	return values
}

// await scrapes until the series has the value.
func (s *server) await(series, value string) {
	s.t.Helper()
	for s.metrics()[series] != value {
		if s.t.Context().Err() != nil {
			s.t.Fatalf("the test ended before %s was %s", series, value)
		}
		runtime.Gosched()
	}
}

// A log keeps what is logged.
type log struct {
	*lines
	values []any
}

type lines struct {
	mx  sync.Mutex
	all []line
}

type line struct {
	level, message string
	values         map[string]any
}

func (l *log) Info(message string, values ...any)  { l.add("info", message, values) }
func (l *log) Debug(message string, values ...any) { l.add("debug", message, values) }

func (l *log) WithValues(values ...any) logging.Logger {
	return &log{lines: l.lines, values: append(l.values[:len(l.values):len(l.values)], values...)}
}

func (l *log) add(level, message string, values []any) {
	values = append(l.values[:len(l.values):len(l.values)], values...)
	m := map[string]any{}
	for i := 0; i+1 < len(values); i += 2 {
		m[fmt.Sprint(values[i])] = values[i+1]
	}
	l.mx.Lock()
	defer l.mx.Unlock()
	l.all = append(l.all, line{level: level, message: message, values: m})
}

// with returns the lines with this message.
func (l *log) with(message string) []line {
	l.mx.Lock()
	defer l.mx.Unlock()
	var found []line
	for _, line := range l.all {
		if line.message == message {
			found = append(found, line)
		}
	}
	return found
}

// text is everything that was logged.
func (l *log) text() string {
	l.mx.Lock()
	defer l.mx.Unlock()
	return fmt.Sprintf("%+v", l.all)
}

// request is a request for a composite resource named demo.
func request(tag string) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{
		Meta: &fnv1.RequestMeta{Tag: tag},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: object(map[string]any{
			"apiVersion": "example.org/v1",
			"kind":       "XExample",
			"metadata":   map[string]any{"name": "demo", "namespace": "team-a"},
			"spec":       map[string]any{"password": secret},
		})}},
	}
}

// secret is in every request and must never be in the log.
const secret = "xyzzy-7f3a"

// padded is request with a desired composite resource that makes it larger by size bytes.
func padded(tag string, size int) *fnv1.RunFunctionRequest {
	req := request(tag)
	req.Desired = &fnv1.State{Composite: &fnv1.Resource{Resource: object(map[string]any{"padding": strings.Repeat("x", size)})}}
	return req
}

func object(o map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(o)
	if err != nil {
		panic(err)
	}
	return s
}

func TestNew(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	cases := map[string]struct {
		reason string
		o      serve.Options
		want   string // part of the error
		logged string // a message that must be logged
	}{
		"NoCertificates": {
			reason: "Serving without TLS must be asked for.",
			o:      serve.Options{Address: "127.0.0.1:0"},
			want:   "no directory of TLS certificates",
		},
		"MissingDirectory": {
			reason: "A server that no client could use must not start.",
			o:      serve.Options{Address: "127.0.0.1:0", TLSCertsDir: t.TempDir()},
			want:   "cannot load TLS certificates",
		},
		"AddressTaken": {
			reason: "Nothing can be served where something else listens.",
			o:      serve.Options{Address: taken.Addr().String(), Insecure: true},
			want:   "cannot listen for gRPC",
		},
		"MetricsAddressTaken": {
			reason: "Rendering on a machine where the port of the metrics is taken works, and the log says what is missing.",
			o:      serve.Options{Address: "127.0.0.1:0", Insecure: true, MetricsAddress: taken.Addr().String()},
			logged: "Cannot listen for metrics, serving without them",
		},
		"NoMetrics": {
			reason: "Metrics that nobody asked for are not served, which is not worth a line.",
			o:      serve.Options{Address: "127.0.0.1:0", Insecure: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := &log{lines: &lines{}}
			tc.o.Log = l
			s, err := serve.New(function{run: echo}, tc.o)
			if err == nil {
				s.Stop()
				defer s.Serve(context.Background())
			}
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s\nserve.New(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
			if tc.logged != "" && len(l.with(tc.logged)) != 1 {
				t.Errorf("%s\nserve.New(...): want %q logged once, got %s", tc.reason, tc.logged, l.text())
			}
			if err == nil && s.MetricsAddr() != nil {
				t.Errorf("%s\ns.MetricsAddr(): want nil, got %v", tc.reason, s.MetricsAddr())
			}
		})
	}
}
