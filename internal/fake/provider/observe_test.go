package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

func parse(t *testing.T, docs ...string) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for _, d := range docs {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(d), &u.Object); err != nil {
			t.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

const (
	ready = `
  - {type: Ready, status: "True", reason: Available, lastTransitionTime: "2024-01-01T00:00:00Z"}
  - {type: Synced, status: "True", reason: ReconcileSuccess, lastTransitionTime: "2024-01-01T00:00:00Z"}`

	repositoryYAML = `
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata: {name: a-b, labels: {l: x}, annotations: {crossplane.io/external-name: a/b}, ownerReferences: [{kind: XR, name: x, uid: ""}]}
spec:
  managementPolicies: [Observe, Create, Update]
  providerConfigRef: {name: default}
  forProvider: {region: eu-west-1, tags: {k: v}}`

	policyYAML = `
apiVersion: ecr.aws.upbound.io/v1beta1
kind: LifecyclePolicy
metadata: {name: a-b-1}
spec:
  forProvider: {region: eu-west-1, policy: "{}", repository: a/b}`
)

func TestObserve(t *testing.T) {
	cases := map[string]struct {
		reason   string
		rendered []string
		want     []string
	}{
		"Repository": {
			reason:   "The provider adds three tags and the CRD two defaults; AWS tells ARN, registry and URL.",
			rendered: []string{repositoryYAML},
			want: []string{`
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata: {name: a-b, labels: {l: x}, annotations: {crossplane.io/external-name: a/b}}
spec:
  deletionPolicy: Delete
  initProvider: {}
  managementPolicies: [Observe, Create, Update]
  providerConfigRef: {name: default}
  forProvider:
    region: eu-west-1
    tags: {k: v, crossplane-kind: repository.ecr.aws.upbound.io, crossplane-name: a-b, crossplane-providerconfig: default}
status:
  atProvider:
    id: a/b
    arn: arn:aws:ecr:eu-west-1:111122223333:repository/a/b
    region: eu-west-1
    registryId: "111122223333"
    repositoryUrl: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/a/b
    tags: {k: v, crossplane-kind: repository.ecr.aws.upbound.io, crossplane-name: a-b, crossplane-providerconfig: default}
    tagsAll: {k: v, crossplane-kind: repository.ecr.aws.upbound.io, crossplane-name: a-b, crossplane-providerconfig: default}
  conditions:` + ready},
		},
		"Attached": {
			reason:   "A policy gets the name of its repository as its own.",
			rendered: []string{policyYAML},
			want: []string{`
apiVersion: ecr.aws.upbound.io/v1beta1
kind: LifecyclePolicy
metadata: {name: a-b-1, annotations: {crossplane.io/external-name: a/b}}
spec:
  deletionPolicy: Delete
  initProvider: {}
  forProvider: {region: eu-west-1, policy: "{}", repository: a/b}
status:
  atProvider: {id: a/b, region: eu-west-1, policy: "{}", repository: a/b, registryId: "111122223333"}
  conditions:` + ready},
		},
		"ObserveOnly": {
			reason:   "Who only looks adds no tags.",
			rendered: []string{strings.Replace(repositoryYAML, "[Observe, Create, Update]", "[Observe]", 1)},
			want: []string{`
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata: {name: a-b, labels: {l: x}, annotations: {crossplane.io/external-name: a/b}}
spec:
  deletionPolicy: Delete
  initProvider: {}
  managementPolicies: [Observe]
  providerConfigRef: {name: default}
  forProvider: {region: eu-west-1, tags: {k: v}}
status:
  atProvider:
    id: a/b
    arn: arn:aws:ecr:eu-west-1:111122223333:repository/a/b
    region: eu-west-1
    registryId: "111122223333"
    repositoryUrl: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/a/b
    tags: {k: v}
    tagsAll: {k: v}
  conditions:` + ready},
		},
		"Namespaced": {
			reason: "Namespaced kinds have no deletionPolicy.",
			rendered: []string{`
apiVersion: iam.aws.m.upbound.io/v1beta1
kind: OpenIDConnectProvider
metadata: {name: o, namespace: shop, annotations: {crossplane.io/external-name: "arn:aws:iam::111122223333:oidc-provider/example.org"}}
spec:
  managementPolicies: [Observe]
  forProvider: {url: "https://example.org", clientIdList: [sts.amazonaws.com]}`},
			want: []string{`
apiVersion: iam.aws.m.upbound.io/v1beta1
kind: OpenIDConnectProvider
metadata: {name: o, namespace: shop, annotations: {crossplane.io/external-name: "arn:aws:iam::111122223333:oidc-provider/example.org"}}
spec:
  initProvider: {}
  managementPolicies: [Observe]
  forProvider: {url: "https://example.org", clientIdList: [sts.amazonaws.com]}
status:
  atProvider:
    id: arn:aws:iam::111122223333:oidc-provider/example.org
    arn: arn:aws:iam::111122223333:oidc-provider/example.org
    url: example.org
    clientIdList: [sts.amazonaws.com]
  conditions:` + ready},
		},
		"Role": {
			reason: "A role's ARN holds its path.",
			rendered: []string{`
apiVersion: iam.aws.upbound.io/v1beta1
kind: Role
metadata: {name: r, annotations: {crossplane.io/external-name: push}}
spec:
  managementPolicies: [Observe]
  forProvider: {path: /ecr/, assumeRolePolicy: "{}"}`},
			want: []string{`
apiVersion: iam.aws.upbound.io/v1beta1
kind: Role
metadata: {name: r, annotations: {crossplane.io/external-name: push}}
spec:
  deletionPolicy: Delete
  initProvider: {}
  managementPolicies: [Observe]
  forProvider: {path: /ecr/, assumeRolePolicy: "{}"}
status:
  atProvider: {id: push, arn: "arn:aws:iam::111122223333:role/ecr/push", path: /ecr/, assumeRolePolicy: "{}"}
  conditions:` + ready},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendered := parse(t, tc.rendered...)
			before := parse(t, tc.rendered...)
			got, err := provider.Account{ID: "111122223333", Partition: "aws"}.Observe(rendered)
			if err != nil {
				t.Fatalf("%s\nObserve(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(parse(t, tc.want...), got[:len(tc.want)]); diff != "" {
				t.Errorf("%s\nObserve(...): -want, +got\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(before, rendered); diff != "" {
				t.Errorf("Observe(...) must not change what was rendered: -before, +after\n%s", diff)
			}
		})
	}
}

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
			_, err := provider.Account{}.Observe(parse(t, tc.rendered))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nObserve(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
