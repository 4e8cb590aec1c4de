package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestRendered shows what one image with everything becomes: names, versions, labels,
// external names, policies. The hashes are those that `sha256sum` prints.
func TestRendered(t *testing.T) {
	const spec = `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}, tags: {team: red}}], github: {repositories: [web]}, orgAccessRef: {name: octo}}`
	type names struct{ repository, role string }
	keep := []string{"Observe", "Create", "Update"}
	own := []string{"Observe", "Create", "Update", "Delete"}
	late := []string{"Observe", "Create", "Update", "LateInitialize"}
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		rsp := fntest.Run(t, fntest.Request{
			XR:      fntest.Registry{Spec: spec}.XR(t, g),
			Input:   "guardrails: {orgAccessNamespaces: [shop]}",
			Cluster: fntest.OrgAccess(g, "shop", "octo"),
		})
		if f := fntest.Fatal(rsp); f != "" {
			t.Fatal(f)
		}
		config := map[string]any{"name": "default"}
		ecr1, ecr2, iam := "ecr.aws.upbound.io/v1beta1", "ecr.aws.upbound.io/v1beta2", "iam.aws.upbound.io/v1beta1"
		n := names{repository: "shop-web-7cab1398fe", role: "ecr-push-shop-10b5d96a-010ba70682"}
		if g.Namespaced {
			config["kind"] = "ClusterProviderConfig"
			ecr1, ecr2, iam = "ecr.aws.m.upbound.io/v1beta1", "ecr.aws.m.upbound.io/v1beta1", "iam.aws.m.upbound.io/v1beta1"
			n = names{repository: "shop-web-471833047c", role: "ecr-push-shop-10b5d96a-3eb4f472ad"}
		}
		const label, roleName = "b34a28aaab", "ecr-push-shop-10b5d96a"
		hash := managed.Hash(8, shorthands(untaggedDays, keptImages))

		want := map[string]fntest.Resource{}
		add := func(key, apiVersion, kind, name, external string, labels map[string]string, policies []string, params map[string]any) {
			var o fntest.Resource
			o.APIVersion, o.Kind = apiVersion, kind
			o.Metadata.Name, o.Metadata.Labels = name, labels
			if external != "" {
				o.Metadata.Annotations = map[string]string{"crossplane.io/external-name": external}
			}
			o.Spec.ManagementPolicies, o.Spec.ProviderConfigRef, o.Spec.ForProvider = policies, config, params
			want[key] = o
		}
		add("repository/web", ecr2, "Repository", n.repository, "shop/web", map[string]string{"ecr.ontopix.io/repository": label}, keep, map[string]any{
			"region": "eu-west-1", "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": map[string]any{"scanOnPush": true},
			"encryptionConfiguration": []any{map[string]any{"encryptionType": "AES256"}},
			"tags":                    map[string]any{"project": "shop", "image": "web", "managed-by": "crossplane", "team": "red"},
		})
		add("lifecycle/web/"+hash, ecr1, "LifecyclePolicy", n.repository+"-"+hash, "", nil, late, map[string]any{
			"region": "eu-west-1", "policy": shorthands(untaggedDays, keptImages), "repository": "shop/web",
		})
		add("policy/web", ecr1, "RepositoryPolicy", n.repository, "shop/web", nil, own, map[string]any{
			"region": "eu-west-1", "repository": "shop/web",
			"policy": `{"Version":"2012-10-17","Statement":[{"Sid":"PullByAccounts","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root"]},"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer","ecr:ListImages"]}]}`,
		})
		add("push-role", iam, "Role", n.role, roleName, map[string]string{"ecr.ontopix.io/role": "push"}, own, map[string]any{
			"path": "/ecr/project/", "tags": map[string]any{"project": "shop", "managed-by": "crossplane"},
		})
		add("push-policy", iam, "RolePolicy", n.role, roleName, nil, own, map[string]any{
			"role": "ecr-push-shop-10b5d96a",
		})
		got := map[string]fntest.Resource{}
		for _, key := range fntest.Keys(rsp) {
			if key == "connection" {
				continue
			}
			var o fntest.Resource
			fntest.Desired(t, rsp, key, &o)
			if o.Kind == "Role" || o.Kind == "RolePolicy" { // what they allow has tests of its own
				delete(o.Spec.ForProvider, "assumeRolePolicy")
				delete(o.Spec.ForProvider, "policy")
			}
			got[key] = o
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
		for key, r := range rsp.GetDesired().GetResources() {
			for _, field := range []string{"status", "metadata.uid"} {
				if _, ok := r.GetResource().GetFields()[field]; ok {
					t.Errorf("%s has %s", key, field)
				}
			}
			if _, ok := r.GetResource().GetFields()["spec"].GetStructValue().GetFields()["deletionPolicy"]; ok {
				t.Errorf("%s has a deletionPolicy, which namespaced ones have not", key)
			}
		}
	})
}

// TestLayering shows which layer wins: built in, Input, EnvironmentConfig, labels, the
// project's defaults, the image.
func TestLayering(t *testing.T) {
	const (
		input    = "region: eu-west-1\ntagsFromLabels: [team, tier]\nplatformConfig: {name: ecr-platform}\nguardrails: {allowDelete: true}\n"
		platform = `defaults: {tags: {owner: platform, team: platform, tier: platform, cost: platform}}`
	)
	cases := map[string]struct {
		reason         string
		defaults, spec string
		path           []string // in the Repository's forProvider, or `lifecycle`
		want           any
	}{
		"Tags": {
			reason:   "Tags layer key by key, and the function's own win.",
			defaults: `tags: {owner: input, one: input}`,
			spec:     `{defaults: {tags: {cost: spec, tier: spec}}, images: [{name: web, tags: {cost: image}}]}`,
			path:     []string{"tags"},
			want:     map[string]any{"owner": "platform", "one": "input", "team": "red", "tier": "spec", "cost": "image", "project": "shop", "image": "web", "managed-by": "crossplane"},
		},
		"Filters": {
			reason:   "A mode takes its filters with it.",
			defaults: `imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest]`,
			spec:     `{images: [{name: web, imageTagMutability: IMMUTABLE}]}`,
			path:     []string{"imageTagMutabilityExclusionFilter"},
		},
		"FiltersInherited": {
			reason:   "Sorted, and each once.",
			defaults: `imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [v*, a*, v*]`,
			spec:     `{images: [{name: web}]}`,
			path:     []string{"imageTagMutabilityExclusionFilter"},
			want:     []any{map[string]any{"filter": "a*", "filterType": "WILDCARD"}, map[string]any{"filter": "v*", "filterType": "WILDCARD"}},
		},
		"Encryption": {
			reason:   "Encryption is taken whole, even if empty.",
			defaults: `encryption: {type: KMS, kmsKey: "` + goodKey + `"}`,
			spec:     `{images: [{name: web, encryption: {}}]}`,
			path:     []string{"encryptionConfiguration"},
			want:     []any{map[string]any{"encryptionType": "AES256"}},
		},
		"EncryptionOfAKey": {
			reason:   "The key goes with the type.",
			defaults: `encryption: {type: KMS, kmsKey: "` + goodKey + `"}`,
			spec:     `{images: [{name: web, encryption: {type: KMS}}]}`,
			path:     []string{"encryptionConfiguration"},
			want:     []any{map[string]any{"encryptionType": "KMS"}},
		},
		"Scan": {
			reason:   "False is a value.",
			defaults: `scanOnPush: false`,
			spec:     `{images: [{name: web}]}`,
			path:     []string{"imageScanningConfiguration", "scanOnPush"},
			want:     false,
		},
		"Null": {
			reason:   "Null is absent.",
			defaults: `scanOnPush: false`,
			spec:     `{defaults: {scanOnPush: true}, images: [{name: web, scanOnPush: null}]}`,
			path:     []string{"imageScanningConfiguration", "scanOnPush"},
			want:     true,
		},
		"Shorthands": {
			reason:   "Each shorthand comes from the nearest layer that gives it.",
			defaults: `lifecycle: {untaggedExpiryDays: 3}`,
			spec:     `{defaults: {lifecycle: {keepImages: 20}}, images: [{name: web, lifecycle: {}}]}`,
			path:     []string{"lifecycle"},
			want:     shorthands(3, 20),
		},
		"ShorthandOverRules": {
			reason:   "The form of the nearest layer that gives either is in force, and shorthands beyond the rules still count.",
			defaults: `lifecycle: {untaggedExpiryDays: 3}`,
			spec:     `{defaults: {lifecycle: {rules: []}}, images: [{name: web, lifecycle: {keepImages: 10}}]}`,
			path:     []string{"lifecycle"},
			want:     shorthands(3, 10),
		},
		"RulesOverShorthands": {
			reason:   "No rules are no policy.",
			defaults: `lifecycle: {untaggedExpiryDays: 3}`,
			spec:     `{images: [{name: web, lifecycle: {rules: []}}]}`,
			path:     []string{"lifecycle"},
			want:     "",
		},
		"PullClosed": {
			reason:   "{} is none.",
			defaults: `pull: {accounts: ["111111111111"]}`,
			spec:     `{images: [{name: web, pull: {}}]}`,
			path:     []string{"pull"},
			want:     false,
		},
		"PullWhole": {
			reason:   "Pull is taken whole.",
			defaults: `pull: {accounts: ["111111111111"]}`,
			spec:     `{images: [{name: web, pull: {accounts: []}}]}`,
			path:     []string{"pull"},
			want:     false,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				rsp := fntest.Run(t, fntest.Request{
					XR:      fntest.Registry{Spec: tc.spec, Labels: map[string]string{"team": "red", "tier": "label", "cost": "label"}}.XR(t, g),
					Input:   input + "defaults: {" + tc.defaults + "}\n",
					Cluster: fntest.EnvironmentConfig("ecr-platform", platform),
				})
				if f := fntest.Fatal(rsp); f != "" {
					t.Fatalf("%s\nrefused: %s", tc.reason, f)
				}
				var o fntest.Resource
				fntest.Desired(t, rsp, "repository/web", &o)
				var got any = o.Spec.ForProvider
				switch tc.path[0] {
				case "lifecycle":
					got = ""
					for _, key := range fntest.Keys(rsp) {
						var l fntest.Resource
						if fntest.Desired(t, rsp, key, &l); l.Kind == "LifecyclePolicy" {
							got = l.Spec.ForProvider["policy"]
						}
					}
				case "pull":
					_, got = rsp.GetDesired().GetResources()["policy/web"]
				default:
					for _, p := range tc.path {
						m, _ := got.(map[string]any)
						got = m[p]
					}
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}
