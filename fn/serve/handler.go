package serve

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"
)

// A message is a request or an answer in its encoded form.
type message []byte

// A codec passes messages on as they are, and leaves everything else to gRPC's own. gRPC decodes requests before the
// server's code runs, and encodes answers after it. The server could then neither wait before it uses memory for a
// decoded request, nor answer a panic, nor say what is wrong with bytes that are not a request.
type codec struct{ encoding.CodecV2 }

// Marshal returns the encoded form of v.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(message); ok {
		return mem.BufferSlice{mem.SliceBuffer(m)}, nil
	}
	return c.CodecV2.Marshal(v)
}

// Unmarshal reads v from its encoded form.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*message); ok {
		*m = data.Materialize()
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}

// sizePerPlace is the size of a request that takes one place, in bytes. A decoded request takes up to 36 times the
// memory of an encoded one (a list of empty values), so the size of requests must be bounded as well as their number.
const sizePerPlace = 1 << 20

// maxAnswerSize is the largest answer that Crossplane accepts: the default of gRPC's clients.
const maxAnswerSize = 4 << 20

// A handler answers the calls of RunFunction.
type handler struct {
	Options
	fn     Function
	places *semaphore.Weighted // MaxConcurrent places
}

// register registers the services of both versions of the protocol, and returns their names. Crossplane up to 1.16
// calls v1beta1. Its messages have the same encoded form as those of v1, so both are handled as v1.
func (h *handler) register(r grpc.ServiceRegistrar) []string {
	v1, beta := fnv1.FunctionRunnerService_ServiceDesc, v1beta1.FunctionRunnerService_ServiceDesc
	for protocol, desc := range map[string]grpc.ServiceDesc{"v1": v1, "v1beta1": beta} {
		handle := func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return h.handle(ctx, protocol, decode)
		}
		desc.Methods = []grpc.MethodDesc{{MethodName: "RunFunction", Handler: handle}}
		r.RegisterService(&desc, nil)
	}
	return []string{v1.ServiceName, beta.ServiceName}
}

// handle answers one call, counts it, and logs it if it gets no answer. It recovers from every panic.
func (h *handler) handle(ctx context.Context, protocol string, decode func(any) error) (answer any, err error) {
	start := time.Now()
	h.Metrics.inFlight.Inc()
	defer func() {
		if p := recover(); p != nil {
			h.panicked(p)
			answer, err = nil, status.Error(codes.Internal, panicMessage)
		}
		h.Metrics.inFlight.Dec()
		code, duration := status.Code(err), time.Since(start)
		h.Metrics.requests.WithLabelValues(protocol, code.String()).Inc()
		h.Metrics.duration.Observe(duration.Seconds())
		if err != nil {
			h.Log.Info("A request got no answer", "protocol", protocol, "code", code.String(), "duration", duration.String())
		}
	}()

	var encoded message
	if err := decode(&encoded); err != nil {
		return nil, err
	}
	if len(encoded) > h.MaxRequestSize {
		return nil, status.Errorf(codes.ResourceExhausted, "the request has %d bytes, more than the %d that the function accepts; "+
			"make the composite resource smaller, or raise the function's --max-recv-message-size", len(encoded), h.MaxRequestSize)
	}
	places, err := h.enter(ctx, len(encoded))
	if err != nil {
		return nil, status.FromContextError(err).Err()
	}
	defer h.places.Release(places)
	req := &fnv1.RunFunctionRequest{}
	if err := proto.Unmarshal(encoded, req); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "cannot decode the request: %v", err)
	}
	return h.answer(ctx, req)
}

// enter acquires the places for a request of a size in bytes. It gives up when the caller does.
func (h *handler) enter(ctx context.Context, size int) (places int64, err error) {
	places = int64(min(h.MaxConcurrent, size/sizePerPlace+1))
	h.Metrics.waiting.Inc()
	defer h.Metrics.waiting.Dec()
	return places, h.places.Acquire(ctx, places)
}

// answer runs the function. If that panics or gives no usable answer, it answers with the function's InternalError.
func (h *handler) answer(ctx context.Context, req *fnv1.RunFunctionRequest) (answer message, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.panicked(p)
			answer, err = h.fail(req, panicMessage)
		}
	}()
	rsp, err := h.fn.RunFunction(ctx, req)
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil: // The caller has left.
		return nil, status.FromContextError(ctx.Err()).Err()
	case rsp == nil: // An empty answer would delete every composed resource.
		return h.fail(req, "internal error: the function gave no answer; nothing was changed")
	}
	if answer, err = encode(rsp); err != nil {
		return h.fail(req, err.Error())
	}
	return answer, nil
}

// fail returns the answer to a request that failed.
func (h *handler) fail(req *fnv1.RunFunctionRequest, reason string) (message, error) {
	answer, err := encode(h.fn.InternalError(req, reason))
	if err != nil {
		return nil, status.Error(codes.Internal, reason)
	}
	return answer, nil
}

// encode returns the encoded form of an answer, or an error that says why it cannot be sent.
//
// Crossplane 1 calls again until two answers have the same requirements, and compares fields that it does not know,
// such as Requirements.Resources, as bytes. So the maps of an answer that Crossplane 1 may get are always in the same
// order.
func encode(rsp *fnv1.RunFunctionResponse) (message, error) {
	forCrossplane1 := len(rsp.GetRequirements().GetExtraResources()) > 0 //nolint:staticcheck // Crossplane 1 knows no other field
	encoded, err := proto.MarshalOptions{Deterministic: forCrossplane1}.Marshal(rsp)
	if err != nil {
		return nil, fmt.Errorf("internal error: cannot encode the function's answer: %w; nothing was changed", err)
	}
	if len(encoded) > maxAnswerSize {
		return nil, fmt.Errorf("the function's answer would be %d bytes, more than the %d that Crossplane accepts; "+
			"nothing was changed; split the composite resource into smaller ones", len(encoded), maxAnswerSize)
	}
	return encoded, nil
}

// panicMessage is all that a caller learns of a panic.
const panicMessage = "internal error: the function panicked; nothing was changed; the function's log has the details"

// panicked counts and logs a panic. A stack holds only addresses. The value may quote a spec, which the log must not
// hold, so only its type is logged, unless it is the Go runtime's own.
func (h *handler) panicked(p any) {
	h.Metrics.panics.Inc()
	text := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		text = e.Error()
	}
	h.Log.Info("The function panicked", "panic", text, "stack", string(debug.Stack()))
}
