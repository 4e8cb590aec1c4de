package function_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
)

// sparse is the distance between the seeds that the fuzzer is given, since it runs all of them before it begins.
// FuzzMutation finds the others by their number.
const sparse = 17

// FuzzMutation answers requests that are nearly right: a request of the tests, changed step by step, with four bytes
// for each step. They reach the code behind validation, which arbitrary text rarely does. Every other number is a
// request with existing resources.
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

// TestSeeds checks each request that FuzzMutation begins with as FuzzMutation checks a changed one, since the fuzzer
// runs only some of them.
func TestSeeds(t *testing.T) {
	for n, w := range seeds(t) {
		w.clone().check(t)
		w.settled(t, n).clone().check(t)
		if t.Failed() {
			t.Fatalf("seed %d: %v", n, at(w.xr, "spec"))
		}
	}
}

// FuzzWire answers arbitrary messages, with what JSON cannot express: values without a kind, NaN, and resources of
// other functions under any name.
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
	// An answer shares the desired state of its request.
	req = proto.Clone(req).(*fnv1.RunFunctionRequest) //nolint:forcetypeassert // a clone has its original's type
	rsp, err := function.New(function.WithClock(today)).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatalf("RunFunction: %v", err)
	}
	return rsp
}
