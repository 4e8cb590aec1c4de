package registry_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestAsksOtherNamespaces shows that a namespaced registry with a managed repository looks in other namespaces as long
// as one of them may have its project.
func TestAsksOtherNamespaces(t *testing.T) {
	const manages, looks = "[Observe, Create, Update]", "[Observe]"
	cases := map[string]struct {
		reason, settings, policies string
		want                       bool
	}{
		"Default":   {"A project belongs to its namespace.", `{}`, manages, false},
		"Anybody":   {"Any namespace may have any project.", `{tenancy: Any}`, manages, true},
		"Listed":    {"Two namespaces have the project.", `{projects: [{project: shop, namespaces: [shop, other]}]}`, manages, true},
		"ListedOne": {"No other namespace may have it.", `{tenancy: Any, projects: [{project: shop, namespaces: [shop]}]}`, manages, false},
		"Looks":     {"While it only observes, another may start to manage.", `{}`, looks, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := managed.Namespaced
			rsp := accepted(t, tc.reason, fntest.Request{
				XR:    fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web}]}`, UID: "u", Live: true}.XR(t, g),
				Input: "guardrails: " + tc.settings,
				Observed: map[string]string{"repository/web": `
apiVersion: ecr.aws.m.upbound.io/v1beta1
kind: Repository
metadata:
  name: web
  namespace: shop
  annotations: {crossplane.io/external-name: shop/web, crossplane.io/composition-resource-name: repository/web}
  ownerReferences: [{apiVersion: ecr.m.ontopix.io/v1alpha1, kind: ProjectRegistry, name: images, uid: u, controller: true}]
spec: {managementPolicies: ` + tc.policies + `, providerConfigRef: {kind: ClusterProviderConfig, name: default}, forProvider: {region: eu-west-1}}
`},
			})
			got := false
			for _, s := range rsp.GetRequirements().GetResources() {
				got = got || s.GetKind() == "Repository" && s.GetApiVersion() == "ecr.aws.m.upbound.io/v1beta1" && s.GetMatchLabels() != nil
			}
			if got != tc.want {
				t.Errorf("%s\nasks by a label: %t, want %t", tc.reason, got, tc.want)
			}
		})
	}
}
