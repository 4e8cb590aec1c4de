package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestNormalize(t *testing.T) {
	want := []*unstructured.Unstructured{
		parse(t, `
apiVersion: example.org/v1
kind: XR
metadata: {name: demo-x}
status:
  project: demo
  conditions:
  - {type: Ready, status: "False", reason: Creating}
  - {type: Valid, status: "False", reason: RepositoryTaken, message: somebody else's}`),
		parse(t, `
apiVersion: example.org/v1
kind: Thing
metadata: {name: a, labels: {l: x}, annotations: {crossplane.io/composition-resource-name: a}}
spec: {days: 14}`),
		parse(t, `{kind: Result, severity: WARNING, message: "spec.images[0]: beware"}`),
	}
	cases := map[string]struct {
		reason string
		xr     string
		thing  string
		events []string
	}{
		"1.x": {
			reason: "1.x adds a generateName, an owner without uid, and the step of a result.",
			xr: `
apiVersion: example.org/v1
kind: XR
metadata: {name: demo-x}
status:
  project: demo
  conditions:
  - {type: Valid, status: "False", reason: RepositoryTaken, message: somebody else's, lastTransitionTime: "2024-01-01T00:00:00Z"}
  - {type: Ready, status: "False", reason: Creating, message: "Unready resources: a", lastTransitionTime: "2024-01-01T00:00:00Z"}`,
			thing: `
apiVersion: example.org/v1
kind: Thing
metadata:
  name: a
  generateName: demo-x-
  labels: {l: x}
  annotations: {crossplane.io/composition-resource-name: a}
  ownerReferences: [{kind: XR, name: demo-x, uid: "", controller: true}]
spec: {days: 14}`,
			events: []string{`{apiVersion: render.crossplane.io/v1beta1, kind: Result, step: ecr, severity: SEVERITY_WARNING, message: "spec.images[0]: beware"}`},
		},
		"2.5": {
			reason: "2.5 runs the real reconciler: conditions, events and an XR of its own.",
			xr: `
apiVersion: example.org/v1
kind: XR
metadata: {name: demo-x, uid: 1-2, resourceVersion: "1000", labels: {crossplane.io/composite: demo-x}}
spec: {count: 3, resourceRefs: []}
status:
  project: demo
  claimConditionTypes: [Valid]
  conditions:
  - {type: Synced, status: "True", reason: ReconcileSuccess, observedGeneration: 1}
  - {type: Responsive, status: "True", reason: WatchCircuitClosed}
  - {type: Ready, status: "False", reason: Creating, observedGeneration: 1, message: "Unready resources: a"}
  - {type: Valid, status: "False", reason: RepositoryTaken, message: somebody else's, observedGeneration: 1}`,
			thing: `
apiVersion: example.org/v1
kind: Thing
metadata:
  name: a
  uid: 3-4
  resourceVersion: "1"
  creationTimestamp: null
  labels: {l: x}
  annotations: {crossplane.io/composition-resource-name: a}
  ownerReferences: [{kind: XR, name: demo-x, uid: 1-2, controller: true}]
spec: {days: 14}`,
			events: []string{
				`{apiVersion: render.crossplane.io/v1beta1, kind: Result, reason: SelectComposition, severity: Normal, message: "Successfully selected composition: demo"}`,
				`{apiVersion: render.crossplane.io/v1beta1, kind: Result, reason: GuardrailWarning, severity: Warning, message: 'Pipeline step "ecr": spec.images[0]: beware'}`,
				`{apiVersion: render.crossplane.io/v1beta1, kind: Result, reason: ComposeResources, severity: Normal, message: Composed resource "a" is not yet ready}`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := &Rendering{XR: parse(t, tc.xr), Composed: []*unstructured.Unstructured{parse(t, tc.thing)}}
			for _, e := range tc.events {
				r.Results = append(r.Results, parse(t, e))
			}
			if diff := cmp.Diff(want, Normalize(r).Objects()); diff != "" {
				t.Errorf("%s\nNormalize(...): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}
