package serve_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

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
	client := s.client()
	go func() {
		_, err := client.RunFunction(t.Context(), request("held"))
		answer <- err
	}()
	<-entered
	return s, answer, release
}

func watchHealth(t *testing.T, s *server, service string, want healthv1.HealthCheckResponse_ServingStatus) grpc.ServerStreamingClient[healthv1.HealthCheckResponse] {
	t.Helper()
	watch, err := healthv1.NewHealthClient(s.dial()).Watch(t.Context(), &healthv1.HealthCheckRequest{Service: service})
	if err != nil {
		t.Fatal(err)
	}
	if rsp, err := watch.Recv(); err != nil || rsp.GetStatus() != want {
		t.Fatalf("health of %q: want %s, got %v, %v", service, want, rsp, err)
	}
	return watch
}

func TestGracefulStop(t *testing.T) {
	s, answer, release := held(t, serve.Options{})
	watches := map[string]grpc.ServerStreamingClient[healthv1.HealthCheckResponse]{}
	for _, service := range []string{"", "apiextensions.fn.proto.v1.FunctionRunnerService", "apiextensions.fn.proto.v1beta1.FunctionRunnerService"} {
		watches[service] = watchHealth(t, s, service, healthv1.HealthCheckResponse_SERVING)
	}
	// These would go on for ever.
	unknown := watchHealth(t, s, "unknown", healthv1.HealthCheckResponse_SERVICE_UNKNOWN)
	reflection, err := reflectionv1.NewServerReflectionClient(s.dial()).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask := &reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}
	if err := reflection.Send(ask); err != nil {
		t.Fatal(err)
	}
	if _, err := reflection.Recv(); err != nil {
		t.Fatal(err)
	}

	s.stop()
	for service, watch := range watches {
		if rsp, err := watch.Recv(); err != nil || rsp.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
			t.Errorf("health of %q after stop: want NOT_SERVING, got %v, %v", service, rsp, err)
		}
		if _, err := watch.Recv(); err == nil {
			t.Errorf("the watch of %q must end", service)
		}
	}
	if _, err := unknown.Recv(); err == nil {
		t.Error("the watch of an unknown service must end")
	}
	if _, err := reflection.Recv(); err == nil {
		t.Error("reflection must end")
	}
	if _, err := s.client().RunFunction(t.Context(), request("late")); status.Code(err) != codes.Unavailable {
		t.Errorf("a new connection after stop: want %s, got %v", codes.Unavailable, err)
	}
	if got := s.metrics()["function_ecr_requests_in_flight"]; got != "1" {
		t.Errorf("metrics must be served while requests are in flight: want 1 in flight, got %q", got)
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
	if err := <-s.stopped; err == nil || !strings.Contains(err.Error(), "grace of 1ms, with 1 requests not answered") {
		t.Errorf("Serve(...): want an error that tells what was lost, got %v", err)
	}
	if err := <-answer; status.Code(err) != codes.Unavailable {
		t.Errorf("RunFunction(...): want %s, got %v", codes.Unavailable, err)
	}
}

// TestSilentConnection shows that a connection which has not said anything, and may not
// for as long as a handshake may take, does not hold up an end that is to come at once. If
// it does, this test takes that long.
func TestSilentConnection(t *testing.T) {
	s := start(t, serve.Options{Grace: time.Hour}, echo)
	s.connect(s.Addr(), "")
	s.answers("Connections are accepted in order, so the silent one is by now.")
	s.stop()
	s.Stop()
	if err := <-s.stopped; err == nil || !strings.Contains(err.Error(), "stopped at once, with 0 requests not answered") {
		t.Errorf("Serve(...): want an error that tells what was lost, got %v", err)
	}
}

func TestStopAtOnce(t *testing.T) {
	cases := map[string]struct {
		reason string
		before func(s *server)
	}{
		"WhileServing":  {reason: "Stop needs no graceful stop before it.", before: func(*server) {}},
		"WhileStopping": {reason: "Stop ends a graceful stop, however long its grace.", before: func(s *server) { s.stop() }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, answer, _ := held(t, serve.Options{Grace: time.Hour})
			tc.before(s)
			s.Stop()
			s.Stop() // Once more changes nothing.
			if err := <-s.stopped; err == nil || !strings.Contains(err.Error(), "stopped at once, with 1 requests not answered") {
				t.Errorf("%s\nServe(...): want an error that tells what was lost, got %v", tc.reason, err)
			}
			if err := <-answer; status.Code(err) != codes.Unavailable {
				t.Errorf("%s\nRunFunction(...): want %s, got %v", tc.reason, codes.Unavailable, err)
			}
		})
	}
}
