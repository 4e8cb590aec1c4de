package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// composedKinds has the API versions and kinds of the objects of images web and gone, by composition resource name.
var composedKinds = map[string]string{
	"repository/web":         "ecr.aws.upbound.io/v1beta2 Repository",
	"repository/gone":        "ecr.aws.upbound.io/v1beta2 Repository",
	"lifecycle/web/c3418dc5": "ecr.aws.upbound.io/v1beta1 LifecyclePolicy",
	"policy/web":             "ecr.aws.upbound.io/v1beta1 RepositoryPolicy",
	"policy/gone":            "ecr.aws.upbound.io/v1beta1 RepositoryPolicy",
	"push-role":              "iam.aws.upbound.io/v1beta1 Role",
	"push-policy":            "iam.aws.upbound.io/v1beta1 RolePolicy",
}

// policiesOf returns the management policies of a desired resource; nil if it is not desired.
func policiesOf(r *fnv1.Resource) []string {
	var policies []string
	for _, v := range r.GetResource().GetFields()["spec"].GetStructValue().GetFields()["managementPolicies"].GetListValue().GetValues() {
		policies = append(policies, v.GetStringValue())
	}
	return policies
}

// TestForged shows that an object which this registry did not make does not change what is rendered, under whichever
// composition resource name Crossplane reports it, and that advice tells of it.
func TestForged(t *testing.T) {
	const ours = `ownerReferences: [{apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, name: images, uid: ours, controller: true}]`
	forgeries := map[string]struct {
		reason string
		// object returns an API version, a kind and metadata, given the API version and the kind of the composed one.
		object func(apiVersion, kind string) (string, string, string)
	}{
		"ConfigMap": {
			reason: "An object of another kind is no managed resource, whoever controls it.",
			object: func(string, string) (string, string, string) { return "v1", "ConfigMap", ours },
		},
		"AnotherGroup": {
			reason: "Neither is an object of another group.",
			object: func(_, kind string) (string, string, string) { return "rbac.authorization.k8s.io/v1", kind, ours },
		},
		"SomebodyElses": {
			reason: "An object that another composite resource controls does not belong to this one.",
			object: func(v, k string) (string, string, string) {
				return v, k, strings.Replace(ours, "uid: ours", "uid: theirs", 1)
			},
		},
		"NoController": {
			reason: "An owner that is no controller does not count.",
			object: func(v, k string) (string, string, string) {
				return v, k, strings.Replace(ours, "controller: true", "controller: false", 1)
			},
		},
	}
	specs := map[string]string{
		"Managed": `{region: eu-west-1, orgAccessRef: {name: octo}, github: {repositories: [app]}, images: [{name: web, pull: {accounts: ["222222222222"]}}]}`,
		"Ended":   `{region: eu-west-1, images: [{name: web}]}`,
		"Observe": `{region: eu-west-1, managementPolicies: [Observe], images: [{name: web}]}`,
	}
	for how, f := range forgeries {
		for mode, spec := range specs {
			t.Run(how+"/"+mode, func(t *testing.T) {
				fntest.Both(t, func(t *testing.T, g managed.Generation) {
					registry := fntest.Registry{UID: "ours", Spec: spec}
					if g.Namespaced {
						registry.Spec = strings.Replace(spec, "{name: octo}", "{name: octo, namespace: shop}", 1)
					}
					request := fntest.Request{
						XR: registry.XR(t, g), Input: `guardrails: {orgAccessNamespaces: [shop]}`, Cluster: fntest.OrgAccess(g, "shop", "octo"),
					}
					want := fntest.Run(t, request)
					for key, kind := range composedKinds {
						apiVersion, k, _ := strings.Cut(kind, " ")
						apiVersion, k, owner := f.object(apiVersion, k)
						request.Observed = ofGeneration(g, map[string]string{key: fmt.Sprintf(`
apiVersion: %s
kind: %s
metadata: {name: forged, annotations: {crossplane.io/external-name: victim/web}, %s}
spec: {managementPolicies: ["*"], providerConfigRef: {name: production}, forProvider: {region: us-east-1, policy: "{}", role: victim}}
status: {atProvider: {arn: "arn:aws:iam::111122223333:role/ecr/project/victim", policy: "{}"}, conditions: [{type: Ready, status: "True"}]}
`, apiVersion, k, owner)})
						got := accepted(t, f.reason, request)
						if diff := cmp.Diff(want.GetDesired().GetResources(), got.GetDesired().GetResources(), protocmp.Transform()); diff != "" {
							t.Errorf("%s\n%s: -without it, +with it:\n%s", f.reason, key, diff)
						}
						status := got.GetDesired().GetComposite().GetResource().String()
						if said := strings.Contains(status, "the object "+k+" forged is ignored"); !said {
							t.Errorf("%s\n%s: nothing is said of it: %s", f.reason, key, status)
						}
						if strings.Contains(strings.ReplaceAll(status, "forged", ""), "victim") {
							t.Errorf("%s\n%s: the status tells what was forged: %s", f.reason, key, status)
						}
					}
				})
			})
		}
	}
}

// TestMisplaced shows that an object of this registry which manages something else in AWS is dropped, but AWS keeps
// that thing, under whichever composition resource name, and that the other objects of the image stay.
func TestMisplaced(t *testing.T) {
	const spec = `{region: eu-west-1, images: [{name: web, pull: {accounts: ["222222222222"]}}]}`
	object := func(kind, external, policies string) string {
		apiVersion, kind, _ := strings.Cut(kind, " ")
		return fmt.Sprintf(`
apiVersion: %s
kind: %s
metadata: {name: a, annotations: {crossplane.io/external-name: %s}, ownerReferences: [{kind: XProjectRegistry, name: images, uid: ours, controller: true}]}
spec: {managementPolicies: %s, forProvider: {region: eu-west-1, policy: "{}"}}
status: {atProvider: {arn: "arn:aws:iam::111122223333:role/ecr/project/x"}, conditions: [{type: Ready, status: "True"}]}
`, apiVersion, kind, external, policies)
	}
	const all = "[Observe, Create, Update, Delete]"
	for key, kind := range composedKinds {
		t.Run(key, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				observed := map[string]string{
					"repository/web": object(composedKinds["repository/web"], "shop/web", all),
					"policy/web":     object(composedKinds["policy/web"], "shop/web", all),
				}
				run := func(policies string) map[string]*fnv1.Resource {
					observed[key] = object(kind, "victim/web", policies)
					rsp := accepted(t, policies, fntest.Request{XR: fntest.Registry{UID: "ours", Spec: spec}.XR(t, g), Observed: ofGeneration(g, observed)})
					return rsp.GetDesired().GetResources()
				}
				if got := policiesOf(run(all)[key]); cmp.Diff([]string{"Observe"}, got) != "" {
					t.Errorf("it must only observe before it is dropped: got %v", got)
				}
				desired := run("[Observe]")
				if desired[key] != nil {
					t.Errorf("it is dropped once it only observes: got %v", desired[key])
				}
				if kept := "policy/web"; key != kept && cmp.Diff([]string{"Observe", "Create", "Update", "Delete"}, policiesOf(desired[kept])) != "" {
					t.Errorf("the grant of the image must stay: got %v", desired[kept])
				}
			})
		})
	}
}

// TestAdviceOnMisplaced shows what advice tells of an object that is removed before the wanted one is made.
func TestAdviceOnMisplaced(t *testing.T) {
	const gone = " in AWS and is removed; the one for "
	cases := map[string]struct{ reason, key, external, want string }{
		"Repository": {
			reason: "It names what the object manages.", key: "repository/web", external: "shop/old",
			want: "spec.images[0]: the object a is about shop/old" + gone + "shop/web is made once it is gone",
		},
		"RepositoryWithoutName": {
			reason: "An object that lost its external-name manages nothing.", key: "repository/web", external: `""`,
			want: "spec.images[0]: the object a is about nothing" + gone + "shop/web is made once it is gone",
		},
		"Role": {
			reason: "So it is for a role.", key: "push-role", external: "old",
			want: "spec.github: the object a is about role old" + gone + "ecr-push-shop-10b5d96a is made once it is gone",
		},
		"RoleWithoutName": {
			reason: "And for one that lost its external-name.", key: "push-role", external: `""`,
			want: "spec.github: the object a is about nothing" + gone + "ecr-push-shop-10b5d96a is made once it is gone",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			apiVersion, kind, _ := strings.Cut(composedKinds[tc.key], " ")
			rsp := fntest.Run(t, fntest.Request{
				XR: fntest.Registry{UID: "ours", Spec: `{region: eu-west-1, images: [{name: web}]}`}.XR(t, managed.Claimed),
				Observed: map[string]string{tc.key: fmt.Sprintf(`
apiVersion: %s
kind: %s
metadata: {name: a, annotations: {crossplane.io/external-name: %s}, ownerReferences: [{kind: XProjectRegistry, name: images, uid: ours, controller: true}]}
`, apiVersion, kind, tc.external)},
			})
			if diff := cmp.Diff(tc.want, fntest.Advice(t, rsp)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestPolicyOfTakenRepository shows that AWS keeps the policy of a repository that another object owns, even if this
// registry has no Repository any more.
func TestPolicyOfTakenRepository(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		rsp := fntest.Run(t, fntest.Request{
			XR:      fntest.Registry{UID: "ours", Spec: `{region: eu-west-1, images: [{name: web, pull: {accounts: ["222222222222"]}}]}`}.XR(t, g),
			Cluster: stranger(theirs, `managementPolicies: [Observe, Create, Update]`),
			Observed: ofGeneration(g, map[string]string{"policy/web": `
apiVersion: ecr.aws.upbound.io/v1beta1
kind: RepositoryPolicy
metadata: {name: a, annotations: {crossplane.io/external-name: shop/web}, ownerReferences: [{kind: XProjectRegistry, name: images, uid: ours, controller: true}]}
spec: {managementPolicies: [Observe, Create, Update, Delete], forProvider: {region: eu-west-1, policy: "{}"}}
`}),
		})
		if got := policiesOf(rsp.GetDesired().GetResources()["policy/web"]); cmp.Diff([]string{"Observe"}, got) != "" {
			t.Errorf("it must only observe before it is dropped: got %v", got)
		}
	})
}

// TestHidden shows which grants end although Crossplane does not report their objects.
func TestHidden(t *testing.T) {
	cases := map[string]struct {
		reason, kind, key string
		want              []string
	}{
		"Grant":        {reason: "It ends before its object goes.", kind: "ecr.aws.m.upbound.io/v1beta1 RepositoryPolicy", key: "policy/web", want: []string{"Observe", "Delete"}},
		"AnotherKind":  {reason: "An object of another kind does not belong to this registry.", kind: "iam.aws.m.upbound.io/v1beta1 Role", key: "policy/web"},
		"AnotherImage": {reason: "The grant of an image that left the spec ends, too.", kind: "ecr.aws.m.upbound.io/v1beta1 RepositoryPolicy", key: "policy/gone", want: []string{"Observe", "Delete"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			apiVersion, kind, _ := strings.Cut(tc.kind, " ")
			rsp := fntest.Run(t, fntest.Request{
				XR: fntest.Registry{UID: "ours", Spec: `{region: eu-west-1, images: [{name: web}]}`}.XR(t, managed.Namespaced),
				Cluster: fmt.Sprintf(`
apiVersion: %s
kind: %s
metadata:
  name: a
  namespace: shop
  labels: {crossplane.io/composite: images}
  annotations: {crossplane.io/external-name: %s, crossplane.io/composition-resource-name: %s}
  ownerReferences: [{kind: ProjectRegistry, name: images, uid: ours, controller: true}]
spec: {managementPolicies: [Observe, Create, Update, Delete], forProvider: {region: eu-west-1, policy: "{}"}}
`, apiVersion, kind, strings.Replace(tc.key, "policy", "shop", 1), tc.key),
			})
			if got := policiesOf(rsp.GetDesired().GetResources()[tc.key]); cmp.Diff(tc.want, got) != "" {
				t.Errorf("%s\ngot %v", tc.reason, got)
			}
		})
	}
}
