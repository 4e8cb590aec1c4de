package composite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
)

// TestTTL shows how long an answer holds.
func TestTTL(t *testing.T) {
	cases := map[string]struct {
		reason     string
		settled    bool
		conditions map[string]composite.Condition
		want       time.Duration
	}{
		"Settled":   {reason: "Where all is well the next look is in ten minutes.", settled: true, want: 10 * time.Minute},
		"Unsettled": {reason: "What is missing is looked for again soon.", want: time.Minute},
		"Unresponsive": {
			reason:     "While the circuit breaker is open no event brings a run, so the next look is soon.",
			settled:    true,
			conditions: map[string]composite.Condition{"Responsive": {Type: "Responsive", Status: "False"}},
			want:       time.Minute,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			x := &composite.XR{Conditions: tc.conditions}
			rsp := composite.Respond(&fnv1.RunFunctionRequest{}, x, composite.Answer{Status: &struct{}{}, Settled: tc.settled, Holds: 10 * time.Minute})
			if diff := cmp.Diff(tc.want, rsp.GetMeta().GetTtl().AsDuration()); diff != "" {
				t.Errorf("%s\nRespond(...): -want TTL, +got TTL:\n%s", tc.reason, diff)
			}
		})
	}
}
