package serve

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// A Function is a composition function.
type Function interface {
	fnv1.FunctionRunnerServiceServer

	// InternalError returns the answer to a request on which the function failed: a Fatal result with the message.
	InternalError(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse
}

// Options of Serve. The zero value of a field is its default.
type Options struct {
	// CertsDir holds tls.crt and tls.key of the server, and ca.crt, which signs its clients. The server reads them again
	// when they change. It serves without TLS if CertsDir is empty.
	CertsDir string

	// MaxRequestSize is the largest request, in bytes. The default is gRPC's, 4 MiB.
	MaxRequestSize int

	// MaxConcurrent is the number of requests that are processed at once. A request counts once for each MiB that it
	// begins. The default is two for each CPU that Go uses, and at least 4. Requests need only CPU, so more at once would
	// not be faster.
	MaxConcurrent int

	// Grace is the time that requests in flight may take once ctx is done. The default is 25 seconds, 5 less than
	// Kubernetes gives a pod between SIGTERM and SIGKILL.
	Grace time.Duration

	// Metrics of the server. They are served over HTTP at /metrics on MetricsListener, unless it is nil.
	Metrics         *Metrics
	MetricsListener net.Listener

	// Log of the server.
	Log logging.Logger
}

// Serve answers requests to fn until ctx is done, and then the requests in flight. It returns an error if it cannot
// serve, or if it cut off requests in flight after Grace.
func Serve(ctx context.Context, listener net.Listener, fn Function, o Options) error {
	o.MaxRequestSize = cmp.Or(o.MaxRequestSize, 4<<20)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, max(4, 2*runtime.GOMAXPROCS(0)))
	o.Grace = cmp.Or(o.Grace, 25*time.Second)
	o.Metrics = cmp.Or(o.Metrics, NewMetrics())
	o.Log = cmp.Or(o.Log, logging.NewNopLogger())

	creds := insecure.NewCredentials()
	if o.CertsDir != "" {
		certs, err := loadCertificates(o.CertsDir, o.Metrics, o.Log)
		if err != nil {
			return fmt.Errorf("cannot load TLS certificates: %w", err)
		}
		creds = certs.credentials()
	}
	server := grpc.NewServer(
		grpc.Creds(creds),
		grpc.ForceServerCodecV2(codec{encoding.GetCodecV2(proto.Name)}),
		// gRPC refuses without counting or saying what to do, so it admits twice the size: the handler checks the size.
		grpc.MaxRecvMsgSize(2*o.MaxRequestSize),
		// Crossplane's gRPC client queues further calls, and sends no headers of its own.
		grpc.MaxConcurrentStreams(128),
		grpc.MaxHeaderListSize(64<<10),
		grpc.ConnectionTimeout(10*time.Second),
		// Clients may ping every 5 seconds. The server pings to find clients that are gone.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time: time.Minute,
			// Crossplane resolves addresses only when it connects, so it needs new connections to find new replicas, and new
			// handshakes to meet a rotated CA. A reconcile has at most two minutes.
			MaxConnectionAge: 10 * time.Minute, MaxConnectionAgeGrace: 5 * time.Minute,
		}),
		grpc.StreamInterceptor(endStreams(ctx)),
	)
	healthServer := health.NewServer()
	h := &handler{Options: o, fn: fn, places: semaphore.NewWeighted(int64(o.MaxConcurrent))}
	for _, name := range h.register(server) {
		healthServer.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	healthv1.RegisterHealthServer(server, healthServer)
	reflection.Register(server)

	// The metrics are served until the end: they show what happens while the server stops.
	metrics := &http.Server{Handler: o.Metrics.handler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	defer metrics.Close() //nolint:errcheck // the server ends anyway
	if o.MetricsListener != nil {
		go metrics.Serve(o.MetricsListener) //nolint:errcheck // it returns after Close
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("cannot serve gRPC: %w", err)
	case <-ctx.Done():
	}

	o.Log.Info("Stopping", "grace", o.Grace.String())
	healthServer.Shutdown()
	drained := make(chan struct{})
	go func() {
		server.GracefulStop()
		close(drained)
	}()
	select {
	case <-drained:
		o.Log.Info("Stopped")
		return nil
	case <-time.After(o.Grace):
		server.Stop()
		return fmt.Errorf("cut off the requests in flight after the grace of %s", o.Grace)
	}
}

// endStreams ends the streams of health and reflection when ctx is done. A graceful stop would otherwise wait until
// their clients end them.
func endStreams(ctx context.Context) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		ended := make(chan error, 1)
		go func() { ended <- handle(srv, stream) }()
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return status.Error(codes.Unavailable, "the server is stopping")
		}
	}
}
