package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// An answer is a test's composition function.
type answer func(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse

type server struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
	answer
}

func (s server) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return s.answer(req), nil
}

func parse(t *testing.T, s string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(s), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

// run runs a function for a composite resource in a cluster with the objects that it requires, and similar ones.
func run(t *testing.T, p Protocol, f answer) error {
	t.Helper()
	in := Objects{
		XR:          parse(t, `{apiVersion: example.org/v1, kind: XR, metadata: {name: demo}}`),
		Composition: parse(t, `{spec: {pipeline: [{step: ecr}]}}`),
	}
	for _, o := range []string{
		`{apiVersion: example.org/v1, kind: Settings, metadata: {name: platform, namespace: team, labels: {of: ecr}}}`,
		`{apiVersion: example.org/v1, kind: Settings, metadata: {name: other, namespace: other, labels: {of: s3}}}`,
		`{apiVersion: example.org/v2, kind: Settings, metadata: {name: platform, namespace: team, labels: {of: ecr}}}`,
		`{apiVersion: example.org/v1, kind: Setting, metadata: {name: platform, namespace: team, labels: {of: ecr}}}`,
	} {
		in.Required = append(in.Required, parse(t, o))
	}
	_, err := InProcess{Function: server{answer: f}, Protocol: p}.Run(t.Context(), in)
	return err
}

// TestRequirements shows what each generation of the protocol answers, and what a selector selects. The golden files
// show the rest of a request, and what Crossplane makes of the answer.
func TestRequirements(t *testing.T) {
	byName := &fnv1.ResourceSelector{Match: &fnv1.ResourceSelector_MatchName{MatchName: "platform"}}
	cases := map[string]struct {
		reason   string
		protocol Protocol
		selector *fnv1.ResourceSelector
		want     string
	}{
		"Protocol1":  {"1.x answers in the old field only, and announces no capabilities.", Protocol1, byName, "extra: platform; required: none; 0 capabilities"},
		"Protocol2":  {"2.x answers in each field that the function used.", Protocol2, byName, "extra: platform; required: platform; 0 capabilities"},
		"Protocol22": {"2.2 also announces its capabilities.", Protocol22, byName, "extra: platform; required: platform; 5 capabilities"},
		"Missing": {
			"The answer for a missing object is an empty entry.", Protocol1,
			&fnv1.ResourceSelector{Match: &fnv1.ResourceSelector_MatchName{MatchName: "missing"}}, "extra: ; required: none; 0 capabilities",
		},
		"Labels": {
			"Labels select the objects that have them.", Protocol1,
			&fnv1.ResourceSelector{Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{"of": "s3"}}}},
			"extra: other; required: none; 0 capabilities",
		},
		"Namespace": {"A namespace selects the objects in it.", Protocol1, &fnv1.ResourceSelector{Namespace: ptr.To("other")}, "extra: other; required: none; 0 capabilities"},
	}
	names := func(all map[string]*fnv1.Resources) string {
		found, ok := all["settings"]
		if !ok {
			return "none"
		}
		var names []string
		for _, r := range found.GetItems() {
			names = append(names, asObject(r).GetName())
		}
		return strings.Join(names, " ")
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.selector.ApiVersion, tc.selector.Kind = "example.org/v1", "Settings"
			selectors := map[string]*fnv1.ResourceSelector{"settings": tc.selector}
			got := ""
			err := run(t, tc.protocol, func(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
				extra := req.GetExtraResources() //nolint:staticcheck // What 1.x knows.
				got = fmt.Sprintf("extra: %s; required: %s; %d capabilities", names(extra), names(req.GetRequiredResources()), len(req.GetMeta().GetCapabilities()))
				return &fnv1.RunFunctionResponse{Requirements: &fnv1.Requirements{ExtraResources: selectors, Resources: selectors}}
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nRun(...): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}

func TestEndlessRequirements(t *testing.T) {
	calls := 0
	err := run(t, Protocol2, func(*fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
		calls++
		return &fnv1.RunFunctionResponse{Requirements: &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{strings.Repeat("x", calls): {}}}}
	})
	if err == nil || !strings.Contains(err.Error(), "did not stabilize") || calls != maxIterations {
		t.Errorf("Crossplane gives up a function with ever new requirements, got %v after %d calls", err, calls)
	}
}
