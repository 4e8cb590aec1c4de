package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// TestRequirementsHaveOneOrder shows that an answer for Crossplane 1 is the same bytes each
// time. Crossplane 1 calls until two answers require the same, and compares the fields that it
// does not know, such as Requirements.Resources, as bytes.
func TestRequirementsHaveOneOrder(t *testing.T) {
	s := start(t, serve.Options{}, func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		selectors := map[string]*fnv1.ResourceSelector{}
		for i := range 100 {
			selectors[fmt.Sprintf("repository/%d", i)] = &fnv1.ResourceSelector{Kind: "Repository"}
		}
		return &fnv1.RunFunctionResponse{Requirements: &fnv1.Requirements{Resources: selectors, ExtraResources: selectors}}, nil
	})
	conn := s.dial()
	call := func() []byte {
		var answer []byte
		err := conn.Invoke(t.Context(), fnv1.FunctionRunnerService_RunFunction_FullMethodName, &fnv1.RunFunctionRequest{}, &answer, grpc.ForceCodec(answerBytes{}))
		if err != nil {
			t.Fatalf("RunFunction(...): %v", err)
		}
		return answer
	}
	first := call()
	for range 50 {
		if !bytes.Equal(first, call()) {
			t.Fatal("RunFunction(...): two answers that require the same differ in their bytes")
		}
	}
}

// answerBytes reads answers as bytes.
type answerBytes struct{}

func (answerBytes) Marshal(v any) ([]byte, error) { return proto.Marshal(v.(proto.Message)) }
func (answerBytes) Unmarshal(b []byte, v any) error {
	*v.(*[]byte) = bytes.Clone(b)
	return nil
}
func (answerBytes) Name() string { return "proto" }
