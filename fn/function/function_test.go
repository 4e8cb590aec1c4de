package function_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestUnknownKind shows that what the function cannot compose is left as it is.
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
		"Nothing": {
			reason: "A request without a composite resource is no reason to panic.",
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
			got, err := function.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
			if err != nil {
				t.Fatalf("%s\nRunFunction: %v", tc.reason, err)
			}
			claim, reason, note := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM, "InvalidSpec", "not checked, since the composite resource is not valid"
			want := &fnv1.RunFunctionResponse{
				Meta:    &fnv1.ResponseMeta{Tag: "t", Ttl: durationpb.New(60e9)},
				Desired: &fnv1.State{Resources: keep},
				Conditions: []*fnv1.Condition{
					{Type: "Valid", Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: reason, Message: &tc.want, Target: &claim},
					{Type: "Compliant", Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Reason: "NotChecked", Message: &note, Target: &claim},
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
