package serve_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// TestProtocolsAreOne shows that v1beta1 has the same messages as v1.
func TestProtocolsAreOne(t *testing.T) {
	unversioned := func(f protoreflect.FileDescriptor) string {
		return strings.ReplaceAll(protojson.Format(protodesc.ToFileDescriptorProto(f)), "v1beta1", "v1")
	}
	if diff := cmp.Diff(unversioned(fnv1.File_v1_run_function_proto), unversioned(v1beta1.File_v1beta1_run_function_proto)); diff != "" {
		t.Errorf("the messages of v1beta1 are not those of v1: -v1, +v1beta1:\n%s", diff)
	}
}

func TestReflection(t *testing.T) {
	s := start(t, serve.Options{}, echo)
	stream, err := reflectionv1.NewServerReflectionClient(s.dial()).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"apiextensions.fn.proto.v1.FunctionRunnerService",
		"apiextensions.fn.proto.v1beta1.FunctionRunnerService",
		"grpc.health.v1.Health",
	} {
		ask := &reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name}}
		if err := stream.Send(ask); err != nil {
			t.Fatal(err)
		}
		told, err := stream.Recv()
		if err != nil || len(told.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
			t.Errorf("reflection must describe %s: got %v, %v", name, told, err)
		}
	}
}
