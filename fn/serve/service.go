package serve

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"
)

// A service answers RunFunction calls of every version of the protocol with one function.
type service struct {
	fn            fnv1.FunctionRunnerServiceServer
	internalError func(*fnv1.RunFunctionRequest, string) *fnv1.RunFunctionResponse
	codec         codec
	maxRecv       int
	places        *semaphore.Weighted
	maxPlaces     int
	metrics       *Metrics
	log           logging.Logger
}

func newService(fn fnv1.FunctionRunnerServiceServer, o Options) *service {
	return &service{
		fn:            fn,
		internalError: o.InternalError,
		codec:         newCodec(),
		maxRecv:       o.MaxRecvMessageSize,
		places:        semaphore.NewWeighted(int64(o.MaxConcurrent)),
		maxPlaces:     o.MaxConcurrent,
		metrics:       o.Metrics,
		log:           o.Log,
	}
}

// register offers the function under both names of the protocol. Crossplane calls v1beta1 up to 1.16. Its messages are
// those of v1 on the wire, byte for byte, so both are read as v1, without the detour through a second set of types.
func (s *service) register(r grpc.ServiceRegistrar) {
	for version, desc := range map[string]grpc.ServiceDesc{
		"v1":      fnv1.FunctionRunnerService_ServiceDesc,
		"v1beta1": v1beta1.FunctionRunnerService_ServiceDesc,
	} {
		r.RegisterService(&grpc.ServiceDesc{
			ServiceName: desc.ServiceName,
			HandlerType: (*fnv1.FunctionRunnerServiceServer)(nil),
			Methods: []grpc.MethodDesc{{
				MethodName: "RunFunction",
				Handler: func(_ any, ctx context.Context, dec func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
					return s.handle(ctx, version, dec)
				},
			}},
			Metadata: desc.Metadata,
		}, s.fn)
	}
}

// handle answers one call. It is the outermost code of this project on the call's goroutine: no panic passes it.
func (s *service) handle(ctx context.Context, version string, dec func(any) error) (answer any, err error) {
	call := &call{version: version, start: time.Now()}
	s.metrics.inFlight.Inc()
	defer func() {
		if p := recover(); p != nil {
			s.panicked(p)
			answer, err = nil, status.Error(codes.Internal, panicMessage)
		}
		s.metrics.inFlight.Dec()
		call.done(err, s.metrics, s.log)
	}()

	in := &message{}
	if err := dec(in); err != nil {
		return nil, err
	}
	defer in.free()

	size := in.data.Len()
	if size > s.maxRecv {
		return nil, status.Errorf(codes.ResourceExhausted, "the request is %d bytes, more than the %d that this function accepts; "+
			"make the composite resource smaller, or raise the function's --max-recv-message-size", size, s.maxRecv)
	}

	leave, err := s.enter(ctx, size)
	if err != nil {
		return nil, err
	}
	defer leave()

	req := &fnv1.RunFunctionRequest{}
	if err := s.codec.Unmarshal(in.data, req); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "cannot decode the request: %v", err)
	}
	in.free()
	call.request(req)

	rsp, err := s.run(ctx, req)
	if err != nil {
		return nil, err
	}
	// Nobody waits for the answer any more, and encoding it is up to half of the work.
	if err := ctx.Err(); err != nil {
		return nil, status.FromContextError(err).Err()
	}

	data, rsp, err := s.answer(req, rsp)
	if err != nil {
		return nil, err
	}
	call.response(rsp)
	return &message{data: data}, nil
}

// enter waits for the places that a request of size bytes takes, no longer than its caller waits, and returns how to
// give them back.
func (s *service) enter(ctx context.Context, size int) (leave func(), err error) {
	n := int64(min(s.maxPlaces, max(1, (size+bytesPerPlace-1)/bytesPerPlace)))
	if !s.places.TryAcquire(n) {
		s.metrics.waiting.Inc()
		err := s.places.Acquire(ctx, n)
		s.metrics.waiting.Dec()
		if err != nil {
			return nil, status.FromContextError(err).Err()
		}
	}
	if err := ctx.Err(); err != nil {
		s.places.Release(n)
		return nil, status.FromContextError(err).Err()
	}
	return func() { s.places.Release(n) }, nil
}

// run calls the function. A panic becomes the answer of this one request.
func (s *service) run(ctx context.Context, req *fnv1.RunFunctionRequest) (rsp *fnv1.RunFunctionResponse, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked(p)
			rsp, err = s.fail(req, panicMessage), nil
		}
	}()
	rsp, err = s.fn.RunFunction(ctx, req)
	if err == nil && rsp == nil {
		return s.fail(req, "internal error: the function gave no answer; nothing was changed"), nil
	}
	if _, ok := status.FromError(err); !ok {
		err = status.FromContextError(err).Err()
	}
	return rsp, err
}

// answer gives the bytes of rsp, or of what is sent in its place, and which it is. The function's own answer to a failure
// may hold what the first one could not be sent for; serve's holds nothing that could be too large.
func (s *service) answer(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) (mem.BufferSlice, *fnv1.RunFunctionResponse, error) {
	data, cause := s.encode(rsp)
	if cause == nil {
		return data, rsp, nil
	}
	rsp = s.fail(req, cause.Error())
	if data, err := s.encode(rsp); err == nil {
		return data, rsp, nil
	}
	rsp = InternalError(req, cause.Error())
	data, err := s.encode(rsp)
	if err != nil {
		return nil, nil, status.Error(codes.Internal, err.Error())
	}
	return data, rsp, nil
}

// encode gives the bytes of rsp, or says in words for people why there are none to send.
func (s *service) encode(rsp *fnv1.RunFunctionResponse) (data mem.BufferSlice, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked(p)
			data, err = nil, errors.New(panicMessage)
		}
	}()
	data, err = s.codec.MarshalAnswer(rsp)
	if err != nil {
		return nil, fmt.Errorf("internal error: cannot encode the function's answer: %w; nothing was changed", err)
	}
	if size := data.Len(); size > MaxSendMessageSize {
		data.Free()
		return nil, fmt.Errorf("the function's answer would be %d bytes, more than the %d that Crossplane accepts; nothing was changed; "+
			"split the composite resource into smaller ones", size, MaxSendMessageSize)
	}
	return data, nil
}

// panicMessage is all that a caller learns of a panic.
const panicMessage = "internal error: the function panicked; nothing was changed; the function's log has the details"

// fail makes the answer to a request that has none of its own.
func (s *service) fail(req *fnv1.RunFunctionRequest, message string) (rsp *fnv1.RunFunctionResponse) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked(p)
			rsp = InternalError(req, message)
		}
	}()
	if rsp = s.internalError(req, message); rsp == nil {
		rsp = InternalError(req, message)
	}
	return rsp
}

// panicked records a panic, on the goroutine and in the deferred function that recovered it. A stack holds addresses, no
// content. The value may hold content of a spec, say the pattern that did not compile; so it is told only if it is the
// runtime's own, and otherwise by its type.
func (s *service) panicked(p any) {
	s.metrics.panics.Inc()
	text := fmt.Sprintf("%T", p)
	switch e := p.(type) {
	case runtime.Error:
		text = e.Error()
	case *reflect.ValueError:
		text = e.Error()
	}
	s.log.Info("The function panicked", "panic", text, "stack", string(debug.Stack()))
}
