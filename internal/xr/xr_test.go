package xr

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func parse(t *testing.T, s string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(s), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestFromClaim(t *testing.T) {
	cases := map[string]struct {
		reason string
		claim  string
		want   string
	}{
		"Small": {
			reason: "The composite resource has the claim's spec, a reference to the claim, and the two labels that Crossplane adds.",
			claim: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {namespace: team, name: demo}
spec: {images: [{name: a}]}`,
			want: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: XProjectRegistry
metadata:
  name: demo-xk4kc
  labels: {crossplane.io/claim-name: demo, crossplane.io/claim-namespace: team}
spec:
  claimRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, namespace: team, name: demo}
  images: [{name: a}]`,
		},
		"NoSpec": {
			reason: "A claim without a spec is still bound to its composite resource.",
			claim: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {namespace: team, name: demo}`,
			want: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: XProjectRegistry
metadata:
  name: demo-xk4kc
  labels: {crossplane.io/claim-name: demo, crossplane.io/claim-namespace: team}
spec:
  claimRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, namespace: team, name: demo}`,
		},
		"Everything": {
			reason: "Labels and annotations are copied, except Kubernetes' own. A claim cannot forge the labels that name it. Fields about the claim itself are dropped, fields about the Composition's revision are kept.",
			claim: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata:
  namespace: other
  name: demo
  uid: 00000000-0000-0000-0000-000000000000
  finalizers: [finalizer.apiextensions.crossplane.io]
  labels: {team: a, app.kubernetes.io/name: x, crossplane.io/claim-namespace: victim}
  annotations: {note: b, kubectl.kubernetes.io/last-applied-configuration: "{}"}
spec:
  region: eu-west-1
  claimRef: {name: forged}
  compositeDeletePolicy: Foreground
  compositionRef: {name: other}
  compositionRevisionRef: {name: old}
  compositionRevisionSelector: {matchLabels: {channel: dev}}
  compositionSelector: {matchLabels: {a: b}}
  compositionUpdatePolicy: Manual
  resourceRef: {name: somebodys}
  resourceRefs: [{name: somebodys}]
  writeConnectionSecretToRef: {name: ecr}
status: {conditions: []}`,
			want: `
apiVersion: ecr.ontopix.io/v1alpha1
kind: XProjectRegistry
metadata:
  name: demo-krnqd
  labels: {team: a, crossplane.io/claim-name: demo, crossplane.io/claim-namespace: other}
  annotations: {note: b}
spec:
  claimRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, namespace: other, name: demo}
  compositionRevisionSelector: {matchLabels: {channel: dev}}
  compositionSelector: {matchLabels: {a: b}}
  compositionUpdatePolicy: Manual
  region: eu-west-1`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			claim := parse(t, tc.claim)
			before := claim.DeepCopy()
			got, err := FromClaim(claim)
			if err != nil {
				t.Fatalf("%s\nFromClaim(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(parse(t, tc.want), got); diff != "" {
				t.Errorf("%s\nFromClaim(...): -want, +got\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(before, claim); diff != "" {
				t.Errorf("FromClaim(...) must not change the claim: -before, +after\n%s", diff)
			}
		})
	}
}

func TestFromClaimErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		claim  string
		want   string
	}{
		"XR": {
			reason: "A composite resource is refused with the advice to render it as it is.",
			claim:  `{apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, metadata: {name: demo}}`,
			want:   "is a composite resource already",
		},
		"OtherKind": {
			reason: "Another kind is refused, with the kinds that are accepted.",
			claim:  `{apiVersion: ecr.ontopix.io/v1alpha1, kind: Bucket, metadata: {namespace: a, name: demo}}`,
			want:   "must be ProjectRegistry of ecr.ontopix.io/v1alpha1 or EcrOrgAccess of ecr.ontopix.io/v1alpha1",
		},
		"OtherGroup": {
			reason: "A kind of the same name in another group is another kind.",
			claim:  `{apiVersion: example.com/v1, kind: ProjectRegistry, metadata: {namespace: a, name: demo}}`,
			want:   `apiVersion "example.com/v1": must be ecr.ontopix.io/v1alpha1 or ecr.m.ontopix.io/v1alpha1 for ProjectRegistry`,
		},
		"OtherVersion": {
			reason: "So is one of a version that does not exist.",
			claim:  `{apiVersion: ecr.ontopix.io/v1, kind: EcrOrgAccess, metadata: {namespace: a, name: demo}}`,
			want:   `apiVersion "ecr.ontopix.io/v1": must be ecr.ontopix.io/v1alpha1 or ecr.m.ontopix.io/v1alpha1 for EcrOrgAccess`,
		},
		"LowerCase": {
			reason: "The case of a kind matters.",
			claim:  `{apiVersion: ecr.ontopix.io/v1alpha1, kind: projectRegistry, metadata: {namespace: a, name: demo}}`,
			want:   `kind "projectRegistry": must be ProjectRegistry`,
		},
		"NoNamespace": {
			reason: "The namespace decides about tenancy, so it is not guessed.",
			claim:  `{apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, metadata: {name: demo}}`,
			want:   "metadata.namespace",
		},
		"NoName": {
			reason: "A claim cannot be made without a name.",
			claim:  `{apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, metadata: {namespace: a}}`,
			want:   "metadata.name",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := FromClaim(parse(t, tc.claim))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nFromClaim(...): want an error with %q, got %v, %v", tc.reason, tc.want, got, err)
			}
		})
	}
}
