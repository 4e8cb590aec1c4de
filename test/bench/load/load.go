// Package load makes the requests for benchmarks: project registries of any size, on a first render, in steady state
// and with an invalid spec, and org accesses.
package load

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
)

// A Case is a request with a name for a table of results.
type Case struct {
	Name    string
	Request *fnv1.RunFunctionRequest
}

// Sizes are the numbers of images that are measured.
var Sizes = []int{1, 10, 100}

// First returns Crossplane's request for a new project of n images, with what it fetched for the function.
func First(n int) *fnv1.RunFunctionRequest {
	return settle(&fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "first"},
		Input:    must(input()),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: must(registry(n, ""))}},
	})
}

// Steady returns the request for the same project when everything that was rendered exists.
func Steady(n int) *fnv1.RunFunctionRequest {
	first := First(n)
	rsp := run(first)
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "steady"},
		Input:    first.GetInput(),
		Observed: &fnv1.State{Composite: first.GetObserved().GetComposite(), Resources: map[string]*fnv1.Resource{}},
	}
	req.Observed.Composite.Resource.Fields["status"] = structpb.NewStructValue(rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue())
	for key, d := range rsp.GetDesired().GetResources() {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: observe(d.GetResource())}
	}
	return settle(req)
}

// Invalid returns a request that is refused for one fault in each image.
func Invalid(n int) *fnv1.RunFunctionRequest {
	return settle(&fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "invalid"},
		Input:    must(input()),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: must(registry(n, "Upper-"))}},
	})
}

// OrgAccess returns the first request for an org access.
func OrgAccess() *fnv1.RunFunctionRequest {
	return settle(&fnv1.RunFunctionRequest{
		Meta:  &fnv1.RequestMeta{Tag: "org-access"},
		Input: must(input()),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: must(structpb.NewStruct(map[string]any{
			"apiVersion": "ecr.ontopix.io/v1alpha1",
			"kind":       "XEcrOrgAccess",
			"metadata":   map[string]any{"name": "ontopix", "uid": "0b0b0b0b-0000-4000-8000-000000000001"},
			"spec": map[string]any{
				"accountId": "111122223333",
				"github":    map[string]any{"organization": "ontopix", "organizationId": "123456789"},
			},
		}))}},
	})
}

// Cases returns all requests that are measured.
func Cases() []Case {
	var all []Case
	for _, n := range Sizes {
		all = append(all,
			Case{fmt.Sprintf("First/N=%d", n), First(n)},
			Case{fmt.Sprintf("Steady/N=%d", n), Steady(n)},
			Case{fmt.Sprintf("Invalid/N=%d", n), Invalid(n)},
		)
	}
	return append(all, Case{"OrgAccess", OrgAccess()})
}

func input() (*structpb.Struct, error) {
	return structpb.NewStruct(map[string]any{
		"apiVersion": "ecr.fn.ontopix.io/v1beta1",
		"kind":       "Input",
		"region":     "eu-west-1",
		"defaults": map[string]any{
			"lifecycle": map[string]any{"untaggedExpiryDays": 7},
			"tags":      map[string]any{"owner": "platform"},
		},
		"guardrails": map[string]any{
			"imageTagMutability": []any{"IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"},
			"requireScanOnPush":  true,
			"lifecycle":          map[string]any{"required": true, "maxImages": 100, "maxUntaggedDays": 30},
			"regions":            []any{"eu-west-1"},
			"requiredTags":       []any{"owner"},
			"pull":               map[string]any{"accounts": []any{}, "organizationIds": []any{}},
		},
	})
}

func registry(n int, prefix string) (*structpb.Struct, error) {
	images := make([]any, n)
	for i := range images {
		images[i] = map[string]any{"name": fmt.Sprintf("%sservice-%03d", prefix, i)}
		if i%10 == 9 {
			images[i].(map[string]any)["lifecycle"] = map[string]any{"keepImages": 50}
		}
	}
	return structpb.NewStruct(map[string]any{
		"apiVersion": "ecr.ontopix.io/v1alpha1",
		"kind":       "XProjectRegistry",
		"metadata": map[string]any{
			"name":   "agents-x7k2p",
			"uid":    "0b0b0b0b-0000-4000-8000-000000000000",
			"labels": map[string]any{"crossplane.io/claim-name": "agents", "crossplane.io/claim-namespace": "agents"},
		},
		"spec": map[string]any{
			"claimRef": map[string]any{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "ProjectRegistry", "name": "agents", "namespace": "agents"},
			"defaults": map[string]any{"tags": map[string]any{"team": "agents"}},
			"images":   images,
		},
	})
}

// observe returns a desired resource as the API server has it once the provider is done, in its real size: Crossplane
// 1.20 and 2.4 send objects as they are in its cache, including managed fields.
func observe(desired *structpb.Struct) *structpb.Struct {
	o := proto.Clone(desired).(*structpb.Struct) //nolint:forcetypeassert // a clone has its original's type
	meta := o.Fields["metadata"].GetStructValue().Fields
	name := meta["annotations"].GetStructValue().GetFields()["crossplane.io/external-name"].GetStringValue()
	for k, v := range must(structpb.NewStruct(map[string]any{
		"uid": "0c0c0c0c-0000-4000-8000-000000000000", "resourceVersion": "123456", "generation": 3,
		"creationTimestamp": "2026-11-01T12:00:00Z", "generateName": "agents-x7k2p-",
		"finalizers": []any{"finalizer.managedresource.crossplane.io"},
		"ownerReferences": []any{map[string]any{
			"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "XProjectRegistry", "name": "agents-x7k2p",
			"uid": "0b0b0b0b-0000-4000-8000-000000000000", "controller": true, "blockOwnerDeletion": true,
		}},
	})).Fields {
		meta[k] = v
	}
	have := proto.Clone(o.Fields["spec"].GetStructValue().Fields["forProvider"].GetStructValue()).(*structpb.Struct) //nolint:forcetypeassert // as above
	have.Fields["arn"] = structpb.NewStringValue("arn:aws:ecr:eu-west-1:111122223333:repository/" + name)
	have.Fields["id"] = structpb.NewStringValue(name)
	have.Fields["registryId"] = structpb.NewStringValue("111122223333")
	have.Fields["repositoryUrl"] = structpb.NewStringValue("111122223333.dkr.ecr.eu-west-1.amazonaws.com/" + name)
	if tags := have.Fields["tags"]; tags != nil {
		have.Fields["tagsAll"] = tags
	}
	o.Fields["status"] = structpb.NewStructValue(must(structpb.NewStruct(map[string]any{
		"conditions": []any{
			map[string]any{"type": "Ready", "status": "True", "reason": "Available", "lastTransitionTime": "2026-11-01T12:00:05Z"},
			map[string]any{"type": "Synced", "status": "True", "reason": "ReconcileSuccess", "lastTransitionTime": "2026-11-01T12:00:01Z", "observedGeneration": 3},
			map[string]any{"type": "LastAsyncOperation", "status": "True", "reason": "Success", "lastTransitionTime": "2026-11-01T12:00:03Z"},
		},
	})))
	o.Fields["status"].GetStructValue().Fields["atProvider"] = structpb.NewStructValue(have)
	meta["managedFields"] = managedFields(desired, o)
	return o
}

// managedFields returns the owners of an object's fields: Crossplane owns what is desired, the provider's two writers
// own the rest of the metadata and the status.
func managedFields(desired, object *structpb.Struct) *structpb.Value {
	entry := func(manager, operation, subresource string, fields map[string]*structpb.Value) *structpb.Value {
		e := must(structpb.NewStruct(map[string]any{
			"manager": manager, "operation": operation, "apiVersion": desired.GetFields()["apiVersion"].GetStringValue(),
			"time": "2026-11-01T12:00:01Z", "fieldsType": "FieldsV1",
		}))
		if subresource != "" {
			e.Fields["subresource"] = structpb.NewStringValue(subresource)
		}
		e.Fields["fieldsV1"] = owned(fields)
		return structpb.NewStructValue(e)
	}
	only := func(key string) map[string]*structpb.Value {
		return map[string]*structpb.Value{key: object.GetFields()[key]}
	}
	return structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{
		entry("apiextensions.crossplane.io/composed/0123456789abcdef", "Apply", "", desired.GetFields()),
		entry("provider", "Update", "", only("metadata")),
		entry("provider", "Update", "status", only("status")),
	}})
}

// owned returns fields in the form of managed fields.
func owned(fields map[string]*structpb.Value) *structpb.Value {
	f := map[string]*structpb.Value{}
	for k, v := range fields {
		if k != "apiVersion" && k != "kind" {
			f["f:"+k] = owned(v.GetStructValue().GetFields())
		}
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: f})
}

// settle adds to a request what the function requires: nothing of it exists.
func settle(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionRequest {
	req.RequiredResources = map[string]*fnv1.Resources{}
	for range 5 {
		asked := run(req).GetRequirements().GetResources()
		if len(asked) == len(req.GetRequiredResources()) {
			break
		}
		for key := range asked {
			req.RequiredResources[key] = &fnv1.Resources{}
		}
	}
	return req
}

func run(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	f := function.New(function.WithClock(func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }))
	rsp, err := f.RunFunction(context.Background(), req)
	if err != nil {
		panic(err)
	}
	return rsp
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
