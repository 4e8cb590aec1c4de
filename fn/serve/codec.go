package serve

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
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
type codec struct{ encoding.CodecV2 }

func newCodec() codec {
	return codec{CodecV2: encoding.GetCodecV2(proto.Name)}
}

// Marshal gives the bytes of v, which the caller must free.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(*message); ok {
		return m.data, nil
	}
	return c.CodecV2.Marshal(v)
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
