package function_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestUnknownKind shows that the function changes nothing for a kind that it cannot compose.
func TestUnknownKind(t *testing.T) {
	cases := map[string]struct {
		reason string
		xr     *structpb.Struct
		want   string
	}{
		"OtherKind": {
			reason: "A kind of the right group that does not exist is named in the answer.",
			xr:     fntest.Object(t, `{apiVersion: ecr.ontopix.io/v1alpha1, kind: XNothing}`),
			want:   `this function does not compose XNothing "ecr.ontopix.io/v1alpha1"`,
		},
		"OtherGroup": {
			reason: "A kind belongs to its group and version.",
			xr:     fntest.Object(t, `{apiVersion: example.org/v1, kind: XProjectRegistry}`),
			want:   `this function does not compose XProjectRegistry "example.org/v1"`,
		},
		"LongNames": {
			reason: "The answer repeats only the beginning of a long name.",
			xr:     fntest.Object(t, `{apiVersion: `+strings.Repeat("v", 100000)+`, kind: `+strings.Repeat("k", 100000)+`}`),
			want:   `this function does not compose ` + strings.Repeat("k", 253) + `… "` + strings.Repeat("v", 253) + `…"`,
		},
		"Nothing": {
			reason: "A request without a composite resource must not panic.",
			want:   `this function does not compose  ""`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			keep := map[string]*fnv1.Resource{"keep": {Resource: fntest.Object(t, `{kind: ConfigMap}`)}}
			req := &fnv1.RunFunctionRequest{
				Meta:     &fnv1.RequestMeta{Tag: "t"},
				Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: tc.xr}},
				Desired:  &fnv1.State{Resources: keep},
			}
			got, err := function.New().RunFunction(context.Background(), req)
			if err != nil {
				t.Fatalf("%s\nRunFunction: %v", tc.reason, err)
			}
			claim, reason, note := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM, v1alpha1.ReasonInvalidSpec, "not checked, since the composite resource is not valid"
			want := &fnv1.RunFunctionResponse{
				Meta:    &fnv1.ResponseMeta{Tag: "t", Ttl: durationpb.New(60e9)},
				Desired: &fnv1.State{Resources: keep},
				Conditions: []*fnv1.Condition{
					{Type: v1alpha1.ConditionValid, Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: reason, Message: &tc.want, Target: &claim},
					{Type: v1alpha1.ConditionCompliant, Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Reason: v1alpha1.ReasonNotChecked, Message: &note, Target: &claim},
					{Type: v1alpha1.ConditionStalled, Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: reason, Message: &tc.want, Target: &claim},
				},
				Results: []*fnv1.Result{
					{Severity: fnv1.Severity_SEVERITY_WARNING, Message: tc.want, Reason: &reason, Target: &claim},
					{Severity: fnv1.Severity_SEVERITY_FATAL, Message: tc.want, Reason: &reason, Target: fnv1.Target_TARGET_COMPOSITE.Enum()},
				},
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nRunFunction: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestInternalError shows that the answer to a request on which the function failed passes nothing on.
func TestInternalError(t *testing.T) {
	req := build(t, registry, `{}`)
	req.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{"large": {Resource: fntest.Object(t, `{kind: ConfigMap}`)}}}
	rsp := function.New().InternalError(req, "it failed")
	if got := fntest.Condition(rsp, v1alpha1.ConditionValid); got != "False InternalError it failed" || fntest.Fatal(rsp) != "it failed" {
		t.Errorf("InternalError(...): want a refusal that says why, got:\n%s", fntest.Summary(rsp))
	}
	if rsp.GetDesired() != nil {
		t.Errorf("InternalError(...): want nothing desired, got %v", rsp.GetDesired())
	}
}

// TestName shows that the function validates the name of a composite resource: in a local render no API server does.
func TestName(t *testing.T) {
	cases := map[string]struct {
		reason, name, want string
	}{
		"Longest": {reason: "Crossplane's schema allows 63 characters.", name: strings.Repeat("n", 63)},
		"TooLong": {reason: "A longer name is refused.", name: strings.Repeat("n", 64), want: `": must be at most 63 characters (the API's rule)`},
		"None":    {reason: "Objects cannot be named after an empty name.", name: `""`, want: "metadata.name: required: the name of the composite resource (the API's rule)"},
		"Text":    {reason: "The API server would not accept such a name.", name: `"a b"`, want: `metadata.name "a b": must be lower case letters and digits in parts joined by . or -`},
	}
	specs := map[string]string{
		"XProjectRegistry": `{project: shop, region: eu-west-1, images: [{name: web}]}`,
		"XEcrOrgAccess":    `{accountId: "111122223333", region: eu-west-1, github: {organization: octo, organizationId: "1"}}`,
	}
	for name, tc := range cases {
		for kind, spec := range specs {
			t.Run(name+"/"+kind, func(t *testing.T) {
				rsp := fntest.Run(t, fntest.Request{XR: `{apiVersion: ecr.ontopix.io/v1alpha1, kind: ` + kind + `, metadata: {name: ` + tc.name + `}, spec: ` + spec + `}`})
				if got := fntest.Fatal(rsp); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
					t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
				}
			})
		}
	}
}

// registry is a composite resource that is accepted.
const registry = `{apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, metadata: {name: a}, spec: {project: shop, region: eu-west-1, images: [{name: web}]}}`

// TestSettingsRequired shows that the function can refuse claims until the platform team's settings exist.
func TestSettingsRequired(t *testing.T) {
	const message = `input.platformConfig.name "ecr-platform": there is no EnvironmentConfig of this name (the platform team's rule platformConfig)`
	cases := map[string]struct {
		reason  string
		options []function.Option
		want    string
	}{
		"Optional": {reason: "The Composition says that the settings are optional."},
		"Required": {reason: "The platform team says that they are required.", options: []function.Option{function.WithSettingsRequired()}, want: message},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := build(t, registry, `{platformConfig: {name: ecr-platform, optional: true}}`)
			req.RequiredResources = map[string]*fnv1.Resources{"platform-config/ecr-platform": {}, "repository/web": {}}
			rsp, err := function.New(tc.options...).RunFunction(context.Background(), req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, fntest.Fatal(rsp)); diff != "" {
				t.Errorf("%s\nRunFunction(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestAnotherConfig shows what happens if a Composition names another EnvironmentConfig than in the previous run: at
// first Crossplane 2.4 sends the objects that the previous run asked for.
func TestAnotherConfig(t *testing.T) {
	ask := func(name string, found map[string]*fnv1.Resources) *fnv1.RunFunctionResponse {
		req := build(t, registry, `{platformConfig: {name: `+name+`}}`)
		req.RequiredResources = found
		return run(t, req)
	}
	gone := map[string]*fnv1.Resources{}
	for key := range ask("before", nil).GetRequirements().GetResources() {
		gone[key] = &fnv1.Resources{}
	}
	rsp := ask("now", gone)
	if f := fntest.Fatal(rsp); f != "" {
		t.Errorf("the answer must wait until Crossplane has looked for it, got a refusal: %s", f)
	}
	names := map[string]bool{}
	for _, s := range rsp.GetRequirements().GetResources() {
		if s.GetKind() == "EnvironmentConfig" {
			names[s.GetMatchName()] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"now": true}, names); diff != "" {
		t.Errorf("RunFunction(...): -want EnvironmentConfigs to look for, +got:\n%s", diff)
	}
}

// TestDiscovery shows when the function asks a Crossplane that can answer whether the cluster serves the namespaced
// kinds.
func TestDiscovery(t *testing.T) {
	type claim struct {
		after  time.Duration
		asks   bool
		served bool // the answer
	}
	remembers := []function.Option{function.WithDiscovery(time.Minute)}
	cases := map[string]struct {
		reason  string
		options []function.Option
		claims  []claim
	}{
		"NoMemory":   {reason: "A function that remembers nothing asks for each claim.", claims: []claim{{asks: true, served: true}, {asks: true}}},
		"Remembered": {reason: "The function asks once about a kind that is served, until it forgets the kind.", options: remembers, claims: []claim{{asks: true, served: true}, {after: 59 * time.Second}, {after: time.Second, asks: true}}},
		"NotServed":  {reason: "A kind that is not served may be at any time, so the function asks for each claim.", options: remembers, claims: []claim{{asks: true}, {asks: true, served: true}, {}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			now := today()
			f := function.New(append(tc.options, function.WithClock(func() time.Time { return now }))...)
			for i, c := range tc.claims {
				now = now.Add(c.after)
				req := build(t, registry, `{}`)
				req.Meta.Capabilities = fntest.Modern
				rsp, err := f.RunFunction(context.Background(), req)
				if err != nil {
					t.Fatal(err)
				}
				asked := rsp.GetRequirements().GetSchemas()
				if got := len(asked) > 0; got != c.asks {
					t.Errorf("%s\nclaim %d: want it asked %t, got %t", tc.reason, i+1, c.asks, got)
				}
				req.RequiredSchemas = map[string]*fnv1.Schema{}
				for key := range asked {
					req.RequiredSchemas[key] = &fnv1.Schema{}
					if c.served {
						req.RequiredSchemas[key].OpenapiV3 = fntest.Object(t, `{type: object}`)
					}
				}
				rsp, err = f.RunFunction(context.Background(), req)
				if err != nil {
					t.Fatal(err)
				}
				fetches := slices.ContainsFunc(slices.Collect(maps.Values(rsp.GetRequirements().GetResources())), func(s *fnv1.ResourceSelector) bool {
					return s.GetApiVersion() == "ecr.aws.m.upbound.io/v1beta1"
				})
				if want := c.served || !c.asks; fetches != want {
					t.Errorf("%s\nclaim %d: want the objects of the kind fetched %t, got %t", tc.reason, i+1, want, fetches)
				}
			}
		})
	}
}
