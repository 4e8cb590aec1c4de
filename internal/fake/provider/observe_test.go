package provider_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

// TestObserveErrors checks objects that cannot be observed. The examples' observed.yaml show observed ones.
func TestObserveErrors(t *testing.T) {
	cases := map[string]struct {
		reason   string
		rendered string
		want     string
	}{
		"UnknownKind": {
			reason:   "A status is never invented.",
			rendered: `{apiVersion: s3.aws.upbound.io/v1beta1, kind: Bucket, metadata: {name: a}, spec: {forProvider: {}}}`,
			want:     "not known what the provider reports",
		},
		"NoForProvider": {
			reason:   "A managed resource without parameters is a mistake.",
			rendered: `{apiVersion: ecr.aws.upbound.io/v1beta2, kind: Repository, metadata: {name: a}}`,
			want:     "no spec.forProvider",
		},
		"NotAttached": {
			reason:   "A policy of no repository is a mistake.",
			rendered: `{apiVersion: ecr.aws.upbound.io/v1beta1, kind: LifecyclePolicy, metadata: {name: a}, spec: {forProvider: {policy: "{}"}}}`,
			want:     "no spec.forProvider.repository",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(tc.rendered), &u.Object); err != nil {
				t.Fatal(err)
			}
			if err := (provider.Account{}).Observe(u); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nObserve(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
