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
}

func newCodec() codec {
	return codec{CodecV2: encoding.GetCodecV2(grpcproto.Name)}
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
	forCrossplane1 := len(rsp.GetRequirements().GetExtraResources()) > 0 //nolint:staticcheck // Crossplane 1 knows no other field
	b, err := proto.MarshalOptions{Deterministic: forCrossplane1}.Marshal(rsp)
	if err != nil {
		return nil, err
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
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
