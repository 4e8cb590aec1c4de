package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fake/crossplane"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// A Protocol is a generation of the requests that Crossplane sends to functions.
type Protocol int

const (
	// Protocol1 is that of Crossplane 1.15 to 1.20: required objects come as extra resources.
	Protocol1 Protocol = iota

	// Protocol2 is that of Crossplane 2.0 and 2.1: they come as extra or as required resources, in the field in which
	// the function asked for them.
	Protocol2

	// Protocol22 is that of Crossplane 2.2 and newer: it announces its capabilities.
	Protocol22
)

// Protocols returns all protocols.
func Protocols() []Protocol { return []Protocol{Protocol1, Protocol2, Protocol22} }

// capabilities returns those that a Crossplane of the protocol announces (2.2 to 2.4).
func (p Protocol) capabilities() []fnv1.Capability {
	if p != Protocol22 {
		return nil
	}
	return crossplane.Capabilities()
}

// maxIterations is the maximum number of calls until a function's requirements are stable in Crossplane 1
// (MaxRequirementsIterations); Crossplane 2 makes one more.
const maxIterations = 5

// InProcess renders by calling a function directly, the way Crossplane does, for tests that should not wait for a
// Crossplane to be built.
type InProcess struct {
	Function fnv1.FunctionRunnerServiceServer
	Protocol Protocol
}

// A Refusal is a fatal result of a function.
type Refusal struct {
	Message string

	// XR with the conditions that came with it.
	XR *unstructured.Unstructured
}

// Error implements error.
func (r *Refusal) Error() string { return r.Message }

// Render runs the Composition's steps. A fatal result is a Refusal.
func (e InProcess) Render(ctx context.Context, req Request) (*Rendering, error) {
	in, err := req.Read()
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, in)
}

// Objects are the contents of a Request's files.
type Objects struct {
	XR          *unstructured.Unstructured
	Composition *unstructured.Unstructured
	Observed    []*unstructured.Unstructured
	Required    []*unstructured.Unstructured
}

// Read reads the files of a Request.
func (req Request) Read() (Objects, error) {
	in := Objects{}
	var err error
	if in.XR, err = manifest.ReadOne(req.XR); err != nil {
		return in, err
	}
	if in.Composition, err = manifest.ReadOne(req.Composition); err != nil {
		return in, err
	}
	if req.Observed != "" {
		if in.Observed, err = manifest.ReadFile(req.Observed); err != nil {
			return in, err
		}
	}
	if req.Required != "" {
		in.Required, err = manifest.ReadFile(req.Required)
	}
	return in, err
}

// Run renders objects that need not be in files.
func (e InProcess) Run(ctx context.Context, in Objects) (*Rendering, error) {
	observed := &fnv1.State{Resources: map[string]*fnv1.Resource{}}
	var err error
	if observed.Composite, err = asResource(in.XR); err != nil {
		return nil, err
	}
	for _, o := range in.Observed {
		name := o.GetAnnotations()[AnnotationResourceName]
		if name == "" {
			return nil, fmt.Errorf("observed %s %q has no annotation %s", o.GetKind(), o.GetName(), AnnotationResourceName)
		}
		if observed.Resources[name], err = asResource(o); err != nil {
			return nil, err
		}
	}
	pipeline, _, err := unstructured.NestedSlice(in.Composition.Object, "spec", "pipeline")
	if err != nil {
		return nil, err
	}
	if len(pipeline) != 1 {
		return nil, fmt.Errorf("want a Composition of one step, got %d", len(pipeline))
	}
	step, ok := pipeline[0].(map[string]any)
	if !ok {
		return nil, errors.New("spec.pipeline[0] is not an object")
	}
	input, _, err := unstructured.NestedMap(step, "input")
	if err != nil {
		return nil, err
	}
	req := &fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Capabilities: e.Protocol.capabilities()}, Observed: observed, Desired: &fnv1.State{}}
	if req.Input, err = structpb.NewStruct(input); err != nil {
		return nil, err
	}
	cluster := make([]*structpb.Struct, len(in.Required))
	for i, o := range in.Required {
		r, err := asResource(o)
		if err != nil {
			return nil, err
		}
		cluster[i] = r.GetResource()
	}
	rsp, err := e.settle(ctx, req, in.XR, cluster)
	if err != nil {
		return nil, err
	}
	name, _, _ := unstructured.NestedString(step, "step")
	return rendering(in, rsp, name), nil
}

// settle calls the function until it asks for nothing more, or refuses.
func (e InProcess) settle(
	ctx context.Context, req *fnv1.RunFunctionRequest, xr *unstructured.Unstructured, cluster []*structpb.Struct,
) (*fnv1.RunFunctionResponse, error) {
	var last *fnv1.Requirements
	for range maxIterations {
		// The function may change its copy, as over the wire.
		rsp, err := e.Function.RunFunction(ctx, proto.CloneOf(req))
		if err != nil {
			return nil, err
		}
		for _, r := range rsp.GetResults() {
			if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
				refused := &Refusal{Message: r.GetMessage(), XR: xr.DeepCopy()}
				setConditions(refused.XR, false, rsp.GetConditions())
				return nil, refused
			}
		}
		if proto.Equal(rsp.GetRequirements(), last) {
			return rsp, nil
		}
		last = rsp.GetRequirements()
		req.ExtraResources = crossplane.Fetch(last.GetExtraResources(), cluster) //nolint:staticcheck // What 1.x knows.
		if e.Protocol != Protocol1 {
			req.RequiredResources = crossplane.Fetch(last.GetResources(), cluster)
		}
	}
	return nil, fmt.Errorf("requirements did not stabilize in %d calls", maxIterations)
}

// rendering returns what Crossplane makes of a response, from a function that names all its composed resources.
func rendering(in Objects, rsp *fnv1.RunFunctionResponse, step string) *Rendering {
	desired := rsp.GetDesired()
	out := &Rendering{XR: asObject(desired.GetComposite())}
	ready := desired.GetComposite().GetReady() != fnv1.Ready_READY_FALSE
	for _, name := range slices.Sorted(maps.Keys(desired.GetResources())) {
		r := desired.GetResources()[name]
		ready = ready && r.GetReady() == fnv1.Ready_READY_TRUE
		u := asObject(r)
		addMetadata(u, in.XR, name)
		out.Composed = append(out.Composed, u)
	}
	out.XR.SetAPIVersion(in.XR.GetAPIVersion())
	out.XR.SetKind(in.XR.GetKind())
	out.XR.SetName(in.XR.GetName())
	out.XR.SetNamespace(in.XR.GetNamespace())
	setConditions(out.XR, ready, rsp.GetConditions())

	for _, r := range rsp.GetResults() {
		out.Results = append(out.Results, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "render.crossplane.io/v1beta1",
			"kind":       "Result",
			"step":       step,
			"severity":   r.GetSeverity().String(),
			"message":    r.GetMessage(),
		}})
	}
	return out
}

// addMetadata adds what Crossplane adds to every composed resource, except its owner, which Normalize drops.
func addMetadata(u, xr *unstructured.Unstructured, name string) {
	meta.AddAnnotations(u, map[string]string{AnnotationResourceName: name})
	meta.AddLabels(u, map[string]string{"crossplane.io/composite": xr.GetName()})
	for _, k := range []string{"crossplane.io/claim-name", "crossplane.io/claim-namespace"} {
		if v := xr.GetLabels()[k]; v != "" {
			meta.AddLabels(u, map[string]string{k: v})
		}
	}
	if ns := xr.GetNamespace(); ns != "" {
		u.SetNamespace(ns)
	}
}

// setConditions sets Ready, and the conditions that the function returned.
func setConditions(xr *unstructured.Unstructured, ready bool, conditions []*fnv1.Condition) {
	r := map[string]any{"type": "Ready", "status": "False", "reason": "Creating"}
	if ready {
		r = map[string]any{"type": "Ready", "status": "True", "reason": "Available"}
	}
	all := []any{r}
	for _, c := range conditions {
		all = append(all, crossplane.Condition(c))
	}
	// This cannot fail: the object was decoded from JSON.
	_ = unstructured.SetNestedSlice(xr.Object, all, "status", "conditions")
}

func asResource(u *unstructured.Unstructured) (*fnv1.Resource, error) {
	s, err := structpb.NewStruct(u.Object)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", u.GetKind(), u.GetName(), err)
	}
	return &fnv1.Resource{Resource: s}, nil
}

func asObject(r *fnv1.Resource) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: r.GetResource().AsMap()}
}
