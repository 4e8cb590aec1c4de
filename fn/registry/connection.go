package registry

import (
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
)

// connect gives what a pipeline needs to those who run it: in the secret of a claim, or
// beside a namespaced composite resource, which has none, in a ConfigMap.
func (p *project) connect(rsp *fnv1.RunFunctionResponse, details map[string]string) {
	if !p.xr.Generation.Namespaced {
		composite.SetConnection(rsp, details)
		return
	}
	data := map[string]*structpb.Value{}
	for k, v := range details {
		if v != "" {
			data[k] = structpb.NewStringValue(v)
		}
	}
	object := func(fields map[string]*structpb.Value) *structpb.Value {
		return structpb.NewStructValue(&structpb.Struct{Fields: fields})
	}
	rsp.Desired.Resources[keyConnection] = &fnv1.Resource{
		Ready: fnv1.Ready_READY_TRUE,
		Resource: &structpb.Struct{Fields: map[string]*structpb.Value{
			"apiVersion": structpb.NewStringValue("v1"),
			"kind":       structpb.NewStringValue("ConfigMap"),
			"metadata":   object(map[string]*structpb.Value{"name": structpb.NewStringValue(p.xr.Name + "-ecr")}),
			"data":       object(data),
		}},
	}
}
