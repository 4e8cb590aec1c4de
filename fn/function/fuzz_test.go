package function_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
)

// sparse is which of the seeds the fuzzer is given: it runs all that it has each time
// before it begins. FuzzMutation finds the others by their number.
const sparse = 17

// FuzzMutation answers what is nearly right: a request of the tests, changed step by
// step, four bytes each. This finds what arbitrary text hardly reaches, the code behind
// validation. Every other number is a request whose resources are there already.
func FuzzMutation(f *testing.F) {
	all := seeds(f)
	for i := 0; i < len(all); i += sparse {
		f.Add(uint16(2*i+i%2), []byte{0, byte(i), byte(i / 3), byte(i * 7), byte(i / 2), byte(i * 3), byte(i), byte(i / 5)})
	}
	f.Fuzz(func(t *testing.T, seed uint16, steps []byte) {
		if len(steps) > 64 {
			t.Skip()
		}
		n := int(seed/2) % len(all)
		w := all[n]
		if seed%2 == 1 {
			w = w.settled(t, n)
		}
		w = w.clone()
		w.mutate(steps)
		w.check(t)
	})
}

// TestSeeds holds each request that FuzzMutation begins with to what it holds a changed one
// to, since the fuzzer itself meets only some of them.
func TestSeeds(t *testing.T) {
	for n, w := range seeds(t) {
		w.clone().check(t)
		w.settled(t, n).clone().check(t)
		if t.Failed() {
			t.Fatalf("seed %d: %v", n, at(w.xr, "spec"))
		}
	}
}

// FuzzWire answers arbitrary messages: what JSON cannot say, values of no kind, numbers
// that are none, and resources of other functions under any name included.
func FuzzWire(f *testing.F) {
	all := seeds(f)
	for i := 0; i < len(all); i += sparse {
		wire, err := proto.Marshal(all[i].request())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	hollow := &structpb.Struct{Fields: map[string]*structpb.Value{"apiVersion": structpb.NewStringValue("ecr.ontopix.io/v1alpha1"), "kind": structpb.NewStringValue("XProjectRegistry"), "spec": {}}}
	wire, err := proto.Marshal(&fnv1.RunFunctionRequest{
		Input:    &structpb.Struct{Fields: map[string]*structpb.Value{"defaults": {}}},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: hollow}, Resources: map[string]*fnv1.Resource{"repository/a": {}}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire)
	f.Fuzz(func(t *testing.T, wire []byte) {
		req := &fnv1.RunFunctionRequest{}
		if err := proto.Unmarshal(wire, req); err != nil {
			t.Skip()
		}
		rsp := run(t, req)
		if again := run(t, req); !proto.Equal(rsp, again) {
			t.Errorf("two answers to one request differ")
		}
		checkSize(t, rsp, proto.Size(req))
		checkPassedOn(t, req, rsp)
		if rsp.GetMeta().GetTtl().AsDuration() > 0 {
			checkConditions(t, rsp)
		}
	})
}

func run(t *testing.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	t.Helper()
	// What other functions desired is passed on, and becomes part of the answer.
	req = proto.Clone(req).(*fnv1.RunFunctionRequest) //nolint:forcetypeassert // a clone has its original's type
	rsp, err := function.New(function.WithClock(today)).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatalf("RunFunction: %v", err)
	}
	return rsp
}
