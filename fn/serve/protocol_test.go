package serve_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// TestProtocolsAreOne shows that v1beta1 can be read and written as v1.
func TestProtocolsAreOne(t *testing.T) {
	v1 := protodesc.ToFileDescriptorProto(fnv1.File_v1_run_function_proto)
	beta := protodesc.ToFileDescriptorProto(v1beta1.File_v1beta1_run_function_proto)
	for _, f := range []*descriptorpb.FileDescriptorProto{v1, beta} {
		f.Name, f.Package, f.Options = nil, nil, nil
		for _, m := range f.GetMessageType() {
			rename(m)
		}
		for _, s := range f.GetService() {
			for _, m := range s.GetMethod() {
				m.InputType, m.OutputType = unversioned(m.InputType), unversioned(m.OutputType)
			}
		}
	}
	if diff := cmp.Diff(v1, beta, protocmp.Transform()); diff != "" {
		t.Errorf("the messages of v1beta1 are not those of v1: -v1, +v1beta1:\n%s", diff)
	}
}

func rename(m *descriptorpb.DescriptorProto) {
	for _, f := range m.GetField() {
		f.TypeName = unversioned(f.TypeName)
	}
	for _, nested := range m.GetNestedType() {
		rename(nested)
	}
}

func unversioned(name *string) *string {
	if name == nil {
		return nil
	}
	return proto.String(strings.Replace(*name, ".v1beta1.", ".v1.", 1))
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
