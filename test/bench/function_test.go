package bench

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// BenchmarkFunction measures the function alone.
func BenchmarkFunction(b *testing.B) {
	f := function.New()
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

// BenchmarkMessage measures the cost of the messages: unmarshalling a request and marshalling its answer.
func BenchmarkMessage(b *testing.B) {
	f := function.New()
	for _, c := range load.Cases() {
		wire, err := proto.Marshal(c.Request)
		if err != nil {
			b.Fatal(err)
		}
		rsp, err := f.RunFunction(context.Background(), c.Request)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := proto.Unmarshal(wire, &fnv1.RunFunctionRequest{}); err != nil {
					b.Fatal(err)
				}
				if _, err := proto.Marshal(rsp); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
