package soak

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// deadline of a call, far longer than any takes.
const deadline = 2 * time.Minute

// A kind of call, and its expected result.
type kind struct {
	name string

	// request, and the function's answer without load.
	request *fnv1.RunFunctionRequest
	want    *fnv1.RunFunctionResponse

	// raw is sent in place of the request, if it is not nil.
	raw []byte

	// code and words of a refusal, where there is no answer.
	code  codes.Code
	words string

	// pause before the caller's next call.
	pause time.Duration

	// heavy calls come from a few callers only. They compete with the others, which must be answered all the same.
	heavy bool

	call func(c *counts, conn *grpc.ClientConn, k *kind)
}

// split separates the heavy kinds of calls from the others.
func split(kinds []kind) (light, heavy []kind) {
	for _, k := range kinds {
		if k.heavy {
			heavy = append(heavy, k)
		} else {
			light = append(light, k)
		}
	}
	return light, heavy
}

// traffic returns the kinds of calls, in the order in which callers make them.
func traffic(t *testing.T) []kind {
	t.Helper()
	answered := func(name string, req *fnv1.RunFunctionRequest, call func(*counts, *grpc.ClientConn, *kind)) kind {
		rsp, err := function.New().RunFunction(context.Background(), proto.Clone(req).(*fnv1.RunFunctionRequest)) //nolint:forcetypeassert // a clone has its original's type
		if err != nil {
			t.Fatal(err)
		}
		return kind{name: name, request: req, want: rsp, call: call, pause: time.Millisecond}
	}
	var kinds []kind
	for range 3 {
		kinds = append(kinds,
			answered("first of 1", load.First(1), plain),
			answered("steady of 1", load.Steady(1), plain),
			answered("steady of 10", load.Steady(10), plain),
			answered("refused", load.Invalid(10), plain),
			answered("org access", load.OrgAccess(), plain),
			answered("left by its caller", load.Steady(10), leaving),
		)
	}
	heavy := func(k kind) kind {
		k.heavy, k.pause = true, 500*time.Millisecond
		return k
	}
	return append(kinds,
		heavy(answered("steady of 100", load.Steady(100), plain)),
		heavy(answered("read slowly", load.Steady(100), slow)),
		answered("another kind", stranger(), plain),
		answered("deep", deep(), plain),
		heavy(answered("many nothings", nothings(100_000), plain)),
		heavy(kind{name: "too large", raw: make([]byte, 5<<20), code: codes.ResourceExhausted, words: "--max-recv-message-size", call: plain}),
		kind{name: "no message", raw: []byte("\xff\xff\xff\xff GET / HTTP/1.1"), code: codes.InvalidArgument, words: "cannot decode", call: plain},
		kind{name: "text that is none", raw: []byte{0x0a, 0x04, 0x0a, 0x02, 0xff, 0xfe}, code: codes.InvalidArgument, words: "cannot decode", call: plain},
	)
}

// stranger returns a request for a composite resource of an unknown kind.
func stranger() *fnv1.RunFunctionRequest {
	req := load.First(1)
	req.Observed.Composite.Resource.Fields["kind"] = structpb.NewStringValue("XDatabase")
	return req
}

// deep returns a request with a spec of 2,000 levels.
func deep() *fnv1.RunFunctionRequest {
	req := load.First(1)
	v := structpb.NewNullValue()
	for range 2000 {
		v = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"defaults": v}})
	}
	req.Observed.Composite.Resource.Fields["spec"] = v
	return req
}

// nothings returns a request with n images that are null: few bytes that need much memory.
func nothings(n int) *fnv1.RunFunctionRequest {
	req := load.First(1)
	values := make([]*structpb.Value, n)
	for i := range values {
		values[i] = structpb.NewNullValue()
	}
	req.Observed.Composite.Resource.Fields["spec"].GetStructValue().Fields["images"] = structpb.NewListValue(&structpb.ListValue{Values: values})
	return req
}

// invoke makes one call.
func (k *kind) invoke(ctx context.Context, conn *grpc.ClientConn) (*fnv1.RunFunctionResponse, error) {
	rsp := &fnv1.RunFunctionResponse{}
	var in any = k.request
	if k.raw != nil {
		in = k.raw
	}
	err := conn.Invoke(ctx, fnv1.FunctionRunnerService_RunFunction_FullMethodName, in, rsp, grpc.ForceCodecV2(raw{encoding.GetCodecV2("proto")}), grpc.WaitForReady(true))
	return rsp, err
}

// plain calls and waits for the answer.
func plain(c *counts, conn *grpc.ClientConn, k *kind) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	rsp, err := k.invoke(ctx, conn)
	k.judge(c, rsp, err)
}

// judge counts a call by its result.
func (k *kind) judge(c *counts, rsp *fnv1.RunFunctionResponse, err error) {
	s := status.Convert(err)
	switch {
	case k.want == nil && s.Code() == k.code && strings.Contains(s.Message(), k.words):
		c.refused.Add(1)
	case err != nil && (s.Code() == codes.Unavailable || s.Code() == codes.DeadlineExceeded || s.Code() == codes.Canceled):
		c.lost.Add(1)
		c.note("lost: %s: %v", k.name, err)
	case k.want == nil || err != nil:
		c.wrong.Add(1)
		c.note("wrong: %s: got %v", k.name, err)
	case !proto.Equal(rsp, k.want):
		c.wrong.Add(1)
		c.note("wrong: %s is answered differently under load", k.name)
	case len(rsp.GetResults()) > 0 && rsp.GetResults()[0].GetMessage() != "":
		c.refused.Add(1)
	default:
		c.right.Add(1)
	}
}

// leaving gives up after a random time, often before the answer comes.
func leaving(c *counts, conn *grpc.ClientConn, k *kind) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(5000))*time.Microsecond)
	defer cancel()
	rsp, err := k.invoke(ctx, conn)
	if code := status.Code(err); code == codes.DeadlineExceeded || code == codes.Canceled {
		c.left.Add(1)
		return
	}
	k.judge(c, rsp, err)
}

// slow waits before it reads the answer. One that is larger than the window must wait.
func slow(c *counts, conn *grpc.ClientConn, k *kind) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, fnv1.FunctionRunnerService_RunFunction_FullMethodName, grpc.WaitForReady(true))
	if err == nil {
		if err = stream.SendMsg(k.request); err == nil {
			err = stream.CloseSend()
		}
	}
	rsp := &fnv1.RunFunctionResponse{}
	if err == nil {
		time.Sleep(time.Second)
		err = stream.RecvMsg(rsp)
	}
	k.judge(c, rsp, err)
}

// raw sends bytes as they are.
type raw struct{ encoding.CodecV2 }

func (r raw) Marshal(v any) (mem.BufferSlice, error) {
	if b, ok := v.([]byte); ok {
		return mem.BufferSlice{mem.SliceBuffer(b)}, nil
	}
	return r.CodecV2.Marshal(v)
}
