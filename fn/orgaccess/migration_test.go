package orgaccess_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestMove are the steps of docs/namespaced.md for an org access: nothing goes with the
// old one, and while there are two, both say the same to AWS.
func TestMove(t *testing.T) {
	orphaned := "deletionPolicy: Orphan\n" + full
	old := request{spec: full}.run(t)
	seen := old.observe(t)

	left := request{spec: orphaned, Request: fntest.Request{Observed: seen}}.run(t)
	if diff := cmp.Diff(old.keys(), left.keys()); diff != "" {
		t.Errorf("deletionPolicy: Orphan lets nothing go: -before, +after\n%s", diff)
	}
	for _, key := range left.keys() {
		if p := left.object(t, key).Spec.ManagementPolicies; slices.Contains(p, "Delete") {
			t.Errorf("with deletionPolicy: Orphan nothing in AWS goes with %s, but it has %v", key, p)
		}
	}

	settings := fntest.Request{Input: `{guardrails: {orgAccessNamespaces: [platform]}}`}
	moved := request{spec: full, namespace: "platform", Request: settings}.run(t)
	if diff := cmp.Diff(left.keys(), moved.keys()); diff != "" {
		t.Fatalf("Both generations have the same in AWS: -claimed, +namespaced\n%s", diff)
	}
	for _, key := range moved.keys() {
		was, is := left.object(t, key), moved.object(t, key)
		if diff := cmp.Diff(was.External(), is.External()); diff != "" {
			t.Errorf("%s is about the same in AWS: -claimed, +namespaced\n%s", key, diff)
		}
		if diff := cmp.Diff(was.Spec.ForProvider, is.Spec.ForProvider); diff != "" {
			t.Errorf("%s says the same to AWS, or the two would not come to rest: -claimed, +namespaced\n%s", key, diff)
		}
	}
}
