package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"
)

// maxRecvFactor is how many times the size limit gRPC itself lets in. gRPC refuses with its own words, before any code of
// this server; within this factor the refusal tells what to do, and is counted and logged.
const maxRecvFactor = 4

// A Server serves one function. It listens from New on, and answers from Serve on.
type Server struct {
	grpc     *grpc.Server
	service  *service
	health   *healthService
	listener net.Listener

	metricsServer   *http.Server
	metricsListener net.Listener // nil: no metrics

	grace    time.Duration
	metrics  *Metrics
	log      logging.Logger
	stopping chan struct{} // closed: in-flight requests are finished, no others begun

	killOnce sync.Once
	kill     chan struct{} // closed: nothing is waited for any more
}

// New prepares to serve fn: it reads the certificates and listens.
func New(fn fnv1.FunctionRunnerServiceServer, o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{
		service:  newService(fn, o),
		grace:    o.Grace,
		metrics:  o.Metrics,
		log:      o.Log,
		stopping: make(chan struct{}),
		kill:     make(chan struct{}),
	}

	creds, refresh := insecure.NewCredentials(), func() {}
	if !o.Insecure {
		if o.TLSCertsDir == "" {
			return nil, errors.New("no directory of TLS certificates given, and insecure serving was not asked for")
		}
		certs, err := loadCertificates(o.TLSCertsDir, o.Metrics, o.Log)
		if err != nil {
			return nil, fmt.Errorf("cannot load TLS certificates: %w", err)
		}
		creds = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: certs.configForClient})
		refresh = func() { certs.current() }
	}

	var err error
	if s.listener, err = net.Listen(o.Network, o.Address); err != nil {
		return nil, fmt.Errorf("cannot listen for gRPC: %w", err)
	}
	if o.MetricsAddress != "" {
		if s.metricsListener, err = net.Listen("tcp", o.MetricsAddress); err != nil {
			s.log.Info("Cannot listen for metrics, serving without them", "address", o.MetricsAddress, "error", err.Error())
		}
	}
	s.metricsServer = &http.Server{
		Handler:           o.Metrics.handler(refresh),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,
	}

	s.grpc = grpc.NewServer(
		grpc.Creds(creds),
		grpc.ForceServerCodecV2(s.service.codec),
		grpc.MaxRecvMsgSize(maxRecvFactor*o.MaxRecvMessageSize),
		grpc.MaxSendMsgSize(MaxSendMessageSize),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeaderBytes),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPingInterval, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge:      maxConnectionAge,
			MaxConnectionAgeGrace: maxConnectionAgeGrace,
			Time:                  pingInterval,
			Timeout:               pingTimeout,
		}),
		grpc.UnaryInterceptor(s.guardUnary),
		grpc.StreamInterceptor(s.guardStream),
	)
	s.service.register(s.grpc)
	s.health = &healthService{Server: health.NewServer(), stopping: s.stopping}
	for _, name := range []string{fnv1.FunctionRunnerService_ServiceDesc.ServiceName, v1beta1.FunctionRunnerService_ServiceDesc.ServiceName} {
		s.health.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	healthv1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	return s, nil
}

// Addr is where the server listens for gRPC.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// MetricsAddr is where the server listens for scrapes, nil if it does not.
func (s *Server) MetricsAddr() net.Addr {
	if s.metricsListener == nil {
		return nil
	}
	return s.metricsListener.Addr()
}

// Serve answers requests until ctx is done, then finishes those in flight: health turns to NOT_SERVING, no connection is
// accepted, clients are told to go elsewhere. It returns nil if all were answered within the grace, and an error if they
// were not, if Stop was called before, or if the listener failed.
func (s *Server) Serve(ctx context.Context) error {
	// Metrics go last: what happens while the server stops can be seen.
	defer s.metricsServer.Close() //nolint:errcheck // nothing is left to do about it
	if s.metricsListener != nil {
		go s.metricsServer.Serve(s.metricsListener) //nolint:errcheck // it only ever ends by Close
	}

	failed := make(chan error, 1)
	go func() { failed <- s.grpc.Serve(s.listener) }()
	s.log.Info("Serving", "address", s.Addr().String(), "metrics", addrString(s.MetricsAddr()))

	select {
	case err := <-failed:
		s.grpc.Stop()
		return fmt.Errorf("cannot serve gRPC: %w", err)
	case <-s.kill:
		return s.stopNow("stopped at once")
	case <-ctx.Done():
	}

	s.log.Info("Stopping", "inFlight", s.metrics.inFlight.Load())
	s.health.Shutdown()
	close(s.stopping)
	drained := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(drained)
	}()
	timer := time.NewTimer(s.grace)
	defer timer.Stop()
	select {
	case <-drained:
		s.log.Info("Stopped")
		return nil
	case <-timer.C:
		return s.stopNow("stopped after the grace of " + s.grace.String())
	case <-s.kill:
		return s.stopNow("stopped at once")
	}
}

// Stop ends Serve at once, without waiting for requests in flight.
func (s *Server) Stop() {
	s.killOnce.Do(func() { close(s.kill) })
}

// stopNow cuts off the requests in flight. gRPC first waits for connections that were accepted and have not said
// anything yet, up to handshakeTimeout; nobody else has to.
func (s *Server) stopNow(how string) error {
	unanswered := s.metrics.inFlight.Load()
	go s.grpc.Stop()
	return fmt.Errorf("%s, with %d requests not answered", how, unanswered)
}

func addrString(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}
