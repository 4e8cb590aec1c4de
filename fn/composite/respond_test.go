package composite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// TestTTL shows the time to live of answers.
func TestTTL(t *testing.T) {
	cases := map[string]struct {
		reason     string
		settled    bool
		conditions map[string]composite.Condition
		want       time.Duration
	}{
		"Settled":   {reason: "A settled answer holds for as long as it says.", settled: true, want: 10 * time.Minute},
		"Unsettled": {reason: "An answer that is not settled holds for a minute.", want: time.Minute},
		"Unresponsive": {
			reason:     "While the circuit breaker is open no event causes a run, so the next one is soon.",
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

// TestReady shows which resources an answer reports as ready.
func TestReady(t *testing.T) {
	ready, unready := managed.Desired{}, managed.Desired{}
	ready.Set("a", managed.Resource{}, true)
	unready.Set("a", managed.Resource{}, false)
	const yes, no, unsaid = fnv1.Ready_READY_TRUE, fnv1.Ready_READY_FALSE, fnv1.Ready_READY_UNSPECIFIED
	cases := map[string]struct {
		reason         string
		answer         composite.Answer
		resource, self fnv1.Ready
	}{
		"Ready":       {reason: "The readiness of the composite resource is left open, since other functions may desire more.", answer: composite.Answer{Desired: ready, Listed: true}, resource: yes, self: unsaid},
		"Listed":      {reason: "Crossplane need not repeat what the status lists.", answer: composite.Answer{Desired: unready, Listed: true}, resource: yes, self: no},
		"NotListed":   {reason: "Only Crossplane can say which resource is not ready.", answer: composite.Answer{Desired: unready}, resource: no, self: unsaid},
		"Unready":     {reason: "Something is not desired yet.", answer: composite.Answer{Desired: ready, Unready: true}, resource: yes, self: no},
		"BothUnready": {reason: "Both can be the case.", answer: composite.Answer{Desired: unready, Listed: true, Unready: true}, resource: yes, self: no},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.answer.Status = &struct{}{}
			rsp := composite.Respond(&fnv1.RunFunctionRequest{}, &composite.XR{Generation: managed.Claimed}, tc.answer)
			got := []fnv1.Ready{rsp.GetDesired().GetResources()["a"].GetReady(), rsp.GetDesired().GetComposite().GetReady()}
			if diff := cmp.Diff([]fnv1.Ready{tc.resource, tc.self}, got); diff != "" {
				t.Errorf("%s\nRespond(...): -want ready, +got ready:\n%s", tc.reason, diff)
			}
		})
	}
}
