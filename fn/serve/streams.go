package serve

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// errStopping ends what would otherwise go on for as long as its client likes.
var errStopping = status.Error(codes.Unavailable, "the server is stopping") //nolint:gochecknoglobals // an error value

// A healthService is the standard health service. Its Watch calls end when the server stops, after they told so:
// gRPC's own never end, and a graceful stop would wait for them in vain.
type healthService struct {
	*health.Server
	stopping <-chan struct{}
}

// Watch tells the status of a service now and whenever it changes.
func (h *healthService) Watch(req *healthv1.HealthCheckRequest, stream healthv1.Health_WatchServer) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	if _, err := h.Check(ctx, req); err != nil {
		// Nothing ever changes for a service that is not known, so nothing ends the watch but this.
		go func() {
			select {
			case <-h.stopping:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return h.Server.Watch(req, &watch{Health_WatchServer: stream, ctx: ctx})
}

// A watch is the stream of a Watch call that ends itself.
type watch struct {
	healthv1.Health_WatchServer
	ctx context.Context
}

func (w *watch) Context() context.Context { return w.ctx }

// Send tells a status. The server only ever stops serving when it stops.
func (w *watch) Send(r *healthv1.HealthCheckResponse) error {
	if err := w.Health_WatchServer.Send(r); err != nil {
		return err
	}
	if r.GetStatus() == healthv1.HealthCheckResponse_NOT_SERVING {
		return errStopping
	}
	return nil
}

// guardUnary keeps a panic in one of gRPC's own services from ending the process.
func (s *Server) guardUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (rsp any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.service.panicked(p)
			rsp, err = nil, status.Error(codes.Internal, panicMessage)
		}
	}()
	return handler(ctx, req)
}

// guardStream does the same for streams, and ends those that wait for their client when the server stops.
func (s *Server) guardStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				s.service.panicked(p)
				ended <- status.Error(codes.Internal, panicMessage)
			}
		}()
		ended <- handler(srv, stream)
	}()
	stopping := s.stopping
	if info.FullMethod == healthv1.Health_Watch_FullMethodName {
		stopping = nil // It ends itself, once it told.
	}
	select {
	case err := <-ended:
		return err
	case <-stopping:
		return errStopping
	}
}
