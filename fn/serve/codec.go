package serve

import (
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// A message is a request or an answer as it is on the wire.
type message struct{ data mem.BufferSlice }

// free gives the memory of m back, once.
func (m *message) free() {
	m.data.Free()
	m.data = nil
}

// A codec hands messages through untouched and leaves everything else to gRPC's own codec. gRPC decodes a request before
// and encodes an answer after all code of the server, where a panic ends the process and nothing can take its place. So
// the server does both itself, from and to a message.
type codec struct {
	encoding.CodecV2
	unmarshal func(message []byte, req *fnv1.RunFunctionRequest) error // nil: as gRPC does
	marshal   func(rsp *fnv1.RunFunctionResponse) ([]byte, error)      // nil: as gRPC does
}

func newCodec(o Options) codec {
	return codec{CodecV2: encoding.GetCodecV2(grpcproto.Name), unmarshal: o.Unmarshal, marshal: o.Marshal}
}

// Marshal gives the bytes of v, which the caller must free.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(*message); ok {
		return m.data, nil
	}
	return c.CodecV2.Marshal(v)
}

// MarshalAnswer gives the bytes of an answer, which the caller must free.
//
// Crossplane 1 compares what two answers require until they are the same, and what it does not know of them, such as
// Requirements.Resources, by its bytes. Go writes maps in an order that changes; so where an answer is made for
// Crossplane 1 as well, its maps are written in order. It would call in vain, and give up, otherwise.
func (c codec) MarshalAnswer(rsp *fnv1.RunFunctionResponse) (mem.BufferSlice, error) {
	marshal := c.marshal
	if marshal == nil {
		if len(rsp.GetRequirements().GetExtraResources()) == 0 { //nolint:staticcheck // Crossplane 1 knows no other field
			return c.CodecV2.Marshal(rsp)
		}
		marshal = ordered
	}
	b, err := marshal(rsp)
	if err != nil {
		return nil, err
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

// ordered gives the bytes of an answer, the entries of all maps in order.
func ordered(rsp *fnv1.RunFunctionResponse) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(rsp)
}

// UnmarshalRequest reads a request.
func (c codec) UnmarshalRequest(data mem.BufferSlice, req *fnv1.RunFunctionRequest) error {
	if c.unmarshal == nil {
		return c.CodecV2.Unmarshal(data, req)
	}
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer whole.Free()
	return c.unmarshal(whole.ReadOnlyData(), req)
}

// Unmarshal reads data into v. A message shares the data, and its holder must free it.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*message); ok {
		data.Ref()
		m.data = data
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}
