package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// A function that a test writes.
type function func(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse

type server struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	fn function
}

func (s server) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return s.fn(req), nil
}

func parse(t *testing.T, s string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(s), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

func mustStruct(t *testing.T, s string) *structpb.Struct {
	t.Helper()
	out, err := toStruct(parse(t, s).Object)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	xrYAML = `
apiVersion: example.org/v1
kind: XR
metadata: {name: demo-x, labels: {crossplane.io/claim-name: demo, crossplane.io/claim-namespace: team}}
spec: {count: 3}`

	compositionYAML = `
apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: {name: demo}
spec:
  pipeline:
  - step: ecr
    input: {region: eu-west-1}`
)

func objects(t *testing.T, required ...string) Objects {
	t.Helper()
	in := Objects{XR: parse(t, xrYAML), Composition: parse(t, compositionYAML)}
	for _, r := range required {
		in.Required = append(in.Required, parse(t, r))
	}
	return in
}

func TestRunRendering(t *testing.T) {
	in := objects(t)
	in.Observed = []*unstructured.Unstructured{parse(t, `
apiVersion: example.org/v1
kind: Thing
metadata: {name: seen, annotations: {crossplane.io/composition-resource-name: b}}`)}

	var got *fnv1.RunFunctionRequest
	f := server{fn: func(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
		got = req
		return &fnv1.RunFunctionResponse{
			Desired: &fnv1.State{
				Composite: &fnv1.Resource{Resource: mustStruct(t, `{status: {count: 3, conditions: []}}`)},
				Resources: map[string]*fnv1.Resource{
					"b": {Resource: mustStruct(t, `{apiVersion: example.org/v1, kind: Thing, metadata: {name: wanted}, spec: {days: 14}}`), Ready: fnv1.Ready_READY_TRUE},
					"a": {Resource: mustStruct(t, `{apiVersion: example.org/v1, kind: Thing, metadata: {name: first, labels: {own: "1"}}}`)},
				},
			},
			Conditions: []*fnv1.Condition{{Type: "Valid", Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: "Valid"}},
			Results:    []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_WARNING, Message: "beware"}},
		}
	}}
	r, err := InProcess{Function: f, Protocol: Protocol22}.Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}

	want := []string{`
apiVersion: example.org/v1
kind: XR
metadata: {name: demo-x}
status:
  count: 3
  conditions:
  - {type: Ready, status: "False", reason: Creating}
  - {type: Valid, status: "True", reason: Valid}`, `
apiVersion: example.org/v1
kind: Thing
metadata:
  name: first
  annotations: {crossplane.io/composition-resource-name: a}
  labels: {own: "1", crossplane.io/composite: demo-x, crossplane.io/claim-name: demo, crossplane.io/claim-namespace: team}`, `
apiVersion: example.org/v1
kind: Thing
metadata:
  name: seen
  annotations: {crossplane.io/composition-resource-name: b}
  labels: {crossplane.io/composite: demo-x, crossplane.io/claim-name: demo, crossplane.io/claim-namespace: team}
spec: {days: 14}`, `
{kind: Result, severity: WARNING, message: beware}`}
	var objs []*unstructured.Unstructured
	for _, w := range want {
		objs = append(objs, parse(t, w))
	}
	// YAML has no integers of its own: both sides go through it.
	if diff := cmp.Diff(yamlOf(t, objs), yamlOf(t, Normalize(r).Objects())); diff != "" {
		t.Errorf("Crossplane adds labels and the resource's name, keeps the name of what exists, and sorts.\nRun(...): -want, +got\n%s", diff)
	}

	wantReq := &fnv1.RunFunctionRequest{
		Meta:    &fnv1.RequestMeta{Capabilities: Protocol22.capabilities()},
		Input:   mustStruct(t, `{region: eu-west-1}`),
		Desired: &fnv1.State{},
		Context: got.GetContext(),
		Observed: &fnv1.State{
			Composite: &fnv1.Resource{Resource: mustStruct(t, xrYAML)},
			Resources: map[string]*fnv1.Resource{"b": {Resource: mustStruct(t, `{apiVersion: example.org/v1, kind: Thing, metadata: {name: seen, annotations: {crossplane.io/composition-resource-name: b}}}`)}},
		},
	}
	if diff := cmp.Diff(wantReq, got, protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
		t.Errorf("The function gets the XR, what is observed by resource name, and the step's input.\nRun(...): -want, +got\n%s", diff)
	}
}

func yamlOf(t *testing.T, objs []*unstructured.Unstructured) string {
	t.Helper()
	var out strings.Builder
	for _, o := range objs {
		b, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n" + string(b))
	}
	return out.String()
}

func TestRunReady(t *testing.T) {
	cases := map[string]struct {
		reason string
		xr     fnv1.Ready
		parts  []fnv1.Ready
		want   string
	}{
		"NoParts":     {reason: "An XR without resources is ready.", want: "True"},
		"AllReady":    {reason: "It is ready with all its resources.", parts: []fnv1.Ready{fnv1.Ready_READY_TRUE, fnv1.Ready_READY_TRUE}, want: "True"},
		"Unspecified": {reason: "Unspecified is not ready.", parts: []fnv1.Ready{fnv1.Ready_READY_TRUE, fnv1.Ready_READY_UNSPECIFIED}, want: "False"},
		"XRFalse":     {reason: "The XR's own readiness counts more than its resources'.", xr: fnv1.Ready_READY_FALSE, parts: []fnv1.Ready{fnv1.Ready_READY_TRUE}, want: "False"},
		"XRTrue":      {reason: "In both directions.", xr: fnv1.Ready_READY_TRUE, parts: []fnv1.Ready{fnv1.Ready_READY_FALSE}, want: "True"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := server{fn: func(*fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
				d := &fnv1.State{Composite: &fnv1.Resource{Ready: tc.xr}, Resources: map[string]*fnv1.Resource{}}
				for i, p := range tc.parts {
					d.Resources[string(rune('a'+i))] = &fnv1.Resource{Resource: mustStruct(t, `{apiVersion: v1, kind: Thing}`), Ready: p}
				}
				return &fnv1.RunFunctionResponse{Desired: d}
			}}
			r, err := InProcess{Function: f}.Run(t.Context(), objects(t))
			if err != nil {
				t.Fatal(err)
			}
			conditions, _, _ := unstructured.NestedSlice(r.XR.Object, "status", "conditions")
			if got := conditions[0].(map[string]any)["status"]; got != tc.want {
				t.Errorf("%s\nRun(...): want Ready=%s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

func TestRunRequirements(t *testing.T) {
	const settings = `{apiVersion: example.org/v1, kind: Settings, metadata: {name: platform}}`
	selector := map[string]*fnv1.ResourceSelector{
		"settings": {ApiVersion: "example.org/v1", Kind: "Settings", Match: &fnv1.ResourceSelector_MatchName{MatchName: "platform"}},
	}
	cases := map[string]struct {
		reason   string
		protocol Protocol
		cluster  []string
		want     string
	}{
		"Protocol1": {reason: "1.x answers in the old field only.", protocol: Protocol1, cluster: []string{settings}, want: "extra=1 required=absent"},
		"Protocol2": {reason: "2.x answers in each field that was used.", protocol: Protocol2, cluster: []string{settings}, want: "extra=1 required=1"},
		"Missing":   {reason: "What is not there is answered too: by an empty entry.", protocol: Protocol2, want: "extra=0 required=0"},
		"Other": {
			reason: "Kind, version and name have to match.", protocol: Protocol2, want: "extra=0 required=0",
			cluster: []string{
				`{apiVersion: example.org/v2, kind: Settings, metadata: {name: platform}}`,
				`{apiVersion: example.org/v1, kind: Setting, metadata: {name: platform}}`,
				`{apiVersion: example.org/v1, kind: Settings, metadata: {name: other}}`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			seen, calls := "", 0
			f := server{fn: func(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
				calls++
				seen = "extra=" + count(req.GetExtraResources()["settings"]) + " required=" + count(req.GetRequiredResources()["settings"]) //nolint:staticcheck // What 1.x knows.
				return &fnv1.RunFunctionResponse{Requirements: &fnv1.Requirements{ExtraResources: selector, Resources: selector}}
			}}
			if _, err := (InProcess{Function: f, Protocol: tc.protocol}).Run(t.Context(), objects(t, tc.cluster...)); err != nil {
				t.Fatal(err)
			}
			if seen != tc.want || calls != 2 {
				t.Errorf("%s\nRun(...): want %s in call 2, got %s in call %d", tc.reason, tc.want, seen, calls)
			}
		})
	}
}

func count(r *fnv1.Resources) string {
	if r == nil {
		return "absent"
	}
	return string(rune('0' + len(r.GetItems())))
}

func TestRunErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		fn     function
		want   string
	}{
		"Fatal": {
			reason: "A fatal result ends the run at once.",
			fn: func(*fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
				return &fnv1.RunFunctionResponse{Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: "spec.images: required"}}}
			},
			want: "spec.images: required",
		},
		"Endless": {
			reason: "A function that always wants something else is given up.",
			fn: func() function {
				n := 0
				return func(*fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
					n++
					return &fnv1.RunFunctionResponse{Requirements: &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{strings.Repeat("x", n): {}}}}
				}
			}(),
			want: "did not stabilize",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := InProcess{Function: server{fn: tc.fn}, Protocol: Protocol2}.Run(t.Context(), objects(t))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nRun(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
