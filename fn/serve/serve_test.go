package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// A run is the RunFunction of a test.
type run func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)

// A function answers with a test's run.
type function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	run run
}

func (f function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return f.run(ctx, req)
}

func (function) InternalError(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	if req.GetMeta().GetTag() == noInternalError {
		panic("no")
	}
	return fatal(req.GetMeta().GetTag(), message)
}

// noInternalError is the tag of a request for which InternalError panics.
const noInternalError = "no internal error"

func fatal(tag, message string) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: tag},
		Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: message}},
	}
}

// echo answers with the tag and the desired state of the request.
func echo(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()}, Desired: req.GetDesired()}, nil
}

// secret is in every request and must not be in the log.
const secret = "xyzzy-7f3a"

// request returns a request with size bytes of padding in the desired composite resource.
func request(tag string, size int) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: tag},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: object("password", secret)}},
		Desired:  &fnv1.State{Composite: &fnv1.Resource{Resource: object("padding", strings.Repeat("x", size))}},
	}
}

func object(field, text string) *structpb.Struct {
	return &structpb.Struct{Fields: map[string]*structpb.Value{field: structpb.NewStringValue(text)}}
}

// A server is a running server.
type server struct {
	t                *testing.T
	address, metrics string
	log              *observer.ObservedLogs
	stop             context.CancelFunc // stops the server, as SIGTERM does
	stopped          chan error         // what Serve returned
}

// start starts a server on the loopback interface until the test ends.
func start(t *testing.T, o serve.Options, run run) *server {
	t.Helper()
	core, log := observer.New(zap.DebugLevel)
	l, m := listen(t), listen(t)
	s := &server{t: t, address: l.Addr().String(), metrics: m.Addr().String(), log: log, stopped: make(chan error, 1)}
	o.MetricsListener, o.Log = m, logging.NewLogrLogger(zapr.NewLogger(zap.New(core)))
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	go func() {
		s.stopped <- serve.Serve(ctx, l, function{run: run}, o)
		close(s.stopped)
	}()
	t.Cleanup(func() {
		s.stop()
		for range s.stopped {
		}
	})
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// dial connects to s, by default without TLS.
func (s *server) dial(o ...grpc.DialOption) *grpc.ClientConn {
	s.t.Helper()
	if len(o) == 0 {
		o = []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	}
	conn, err := grpc.NewClient("passthrough:"+s.address, o...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

// call calls s over a connection of its own, and returns the code of the answer.
func (s *server) call(tag string, o ...grpc.DialOption) codes.Code {
	s.t.Helper()
	_, err := fnv1.NewFunctionRunnerServiceClient(s.dial(o...)).RunFunction(s.t.Context(), request(tag, 0))
	return status.Code(err)
}

// series scrapes s, and returns the value of each series as text.
func (s *server) series() map[string]string {
	s.t.Helper()
	rsp, err := http.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rsp.Body.Close()
	values := map[string]string{}
	for lines := bufio.NewScanner(rsp.Body); lines.Scan(); {
		if at := strings.LastIndex(lines.Text(), " "); at > 0 {
			values[lines.Text()[:at]] = lines.Text()[at+1:]
		}
	}
	return values
}

// await scrapes until the series has the value.
func (s *server) await(series, value string) {
	s.t.Helper()
	var got string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got = s.series()[series]; got == value {
			return
		}
	}
	s.t.Fatalf("want %s to be %s, got %q", series, value, got)
}

// logged returns everything that was logged.
func (s *server) logged() string {
	var b strings.Builder
	for _, e := range s.log.All() {
		fmt.Fprintln(&b, e.Message, e.ContextMap())
	}
	return b.String()
}

// held starts a server with one request in flight, which is answered when release is closed.
func held(t *testing.T, o serve.Options) (s *server, answer chan error, release chan struct{}) {
	t.Helper()
	entered := make(chan struct{})
	answer, release = make(chan error, 1), make(chan struct{})
	s = start(t, o, func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		close(entered)
		select {
		case <-release:
		case <-ctx.Done():
		}
		return echo(ctx, req)
	})
	client := fnv1.NewFunctionRunnerServiceClient(s.dial())
	go func() {
		_, err := client.RunFunction(t.Context(), request("held", 0))
		answer <- err
	}()
	<-entered
	return s, answer, release
}

// TestGracefulStop shows that a stop waits for the request in flight and for nothing else.
func TestGracefulStop(t *testing.T) {
	s, answer, release := held(t, serve.Options{})
	health := healthv1.NewHealthClient(s.dial())
	for _, service := range []string{"", "apiextensions.fn.proto.v1.FunctionRunnerService", "apiextensions.fn.proto.v1beta1.FunctionRunnerService"} {
		rsp, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		if err != nil || rsp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: want SERVING, got %v, %v", service, rsp, err)
		}
	}
	watch, err := health.Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	reflection, err := reflectionv1.NewServerReflectionClient(s.dial()).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	s.stop()
	for err = nil; err == nil; _, err = watch.Recv() {
	}
	if _, err := reflection.Recv(); err == nil {
		t.Error("reflection must end")
	}
	if code := s.call("late"); code != codes.Unavailable {
		t.Errorf("a new connection after the stop: want %s, got %s", codes.Unavailable, code)
	}
	if got := s.series()["function_ecr_requests_in_flight"]; got != "1" {
		t.Errorf("metrics must be served while a request is in flight: want 1 in flight, got %q", got)
	}
	select {
	case err := <-s.stopped:
		t.Errorf("Serve returned while a request was in flight: %v", err)
	case err := <-answer:
		t.Errorf("the request in flight was not waited for: %v", err)
	default:
	}

	close(release)
	if err := <-answer; err != nil {
		t.Errorf("the request in flight must be answered: %v", err)
	}
	if err := <-s.stopped; err != nil {
		t.Errorf("Serve(...): %v", err)
	}
}

func TestGraceEnds(t *testing.T) {
	s, answer, _ := held(t, serve.Options{Grace: time.Millisecond})
	s.stop()
	if err := <-s.stopped; err == nil || !strings.Contains(err.Error(), "grace of 1ms") {
		t.Errorf("Serve(...): want an error that names the grace, got %v", err)
	}
	if err := <-answer; status.Code(err) != codes.Unavailable {
		t.Errorf("RunFunction(...): want %s, got %v", codes.Unavailable, err)
	}
}

func TestServeFails(t *testing.T) {
	closed := listen(t)
	closed.Close()
	cases := map[string]struct {
		reason string
		o      serve.Options
		l      net.Listener
		want   string
	}{
		"NoCertificates": {reason: "A server that no client can use must not start.", o: serve.Options{CertsDir: t.TempDir()}, l: listen(t), want: "cannot load TLS certificates"},
		"NoListener":     {reason: "Nothing can be served on a closed listener.", l: closed, want: "cannot serve gRPC"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := serve.Serve(t.Context(), tc.l, function{run: echo}, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nServe(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
