package bench

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/fn/message"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// BenchmarkFunction measures the function alone.
func BenchmarkFunction(b *testing.B) {
	f := function.New(logging.NewNopLogger())
	for _, c := range load.Cases() {
		b.Run(c.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.RunFunction(context.Background(), c.Request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMessage measures what a request and its response cost besides, to read and to
// write: as package proto does it for any function, and as it is done for this one.
func BenchmarkMessage(b *testing.B) {
	f := function.New(logging.NewNopLogger())
	protobuf := func(m []byte, req *fnv1.RunFunctionRequest) error { return proto.Unmarshal(m, req) }
	for _, c := range load.Cases() {
		wire, err := proto.Marshal(c.Request)
		if err != nil {
			b.Fatal(err)
		}
		rsp, err := f.RunFunction(context.Background(), c.Request)
		if err != nil {
			b.Fatal(err)
		}
		for _, by := range []struct {
			name      string
			unmarshal func([]byte, *fnv1.RunFunctionRequest) error
			marshal   func(*fnv1.RunFunctionResponse) ([]byte, error)
		}{
			{"proto", protobuf, func(rsp *fnv1.RunFunctionResponse) ([]byte, error) { return proto.Marshal(rsp) }},
			{"message", message.Unmarshal, message.Marshal},
		} {
			b.Run(c.Name+"/"+by.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := by.unmarshal(wire, &fnv1.RunFunctionRequest{}); err != nil {
						b.Fatal(err)
					}
					if _, err := by.marshal(rsp); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
