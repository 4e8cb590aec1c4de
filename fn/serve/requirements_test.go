package serve

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// TestMarshalAnswer shows that an answer for Crossplane 1 is the same bytes each time:
// it compares what it does not know of two answers, and calls in vain if they differ.
func TestMarshalAnswer(t *testing.T) {
	selectors := map[string]*fnv1.ResourceSelector{}
	for i := range 100 {
		selectors[fmt.Sprintf("repository/%d", i)] = &fnv1.ResourceSelector{Kind: "Repository"}
	}
	rsp := &fnv1.RunFunctionResponse{Requirements: &fnv1.Requirements{Resources: selectors, ExtraResources: selectors}}

	c := newCodec(Options{})
	first, err := c.MarshalAnswer(rsp)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := c.MarshalAnswer(rsp)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.Materialize(), again.Materialize()); diff != "" {
			t.Fatal("MarshalAnswer: two encodings of one answer with extra resources differ")
		}
	}
}
