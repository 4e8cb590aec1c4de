package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestLayering shows which layer wins: built in, Input, EnvironmentConfig, labels, the project's defaults, the image.
func TestLayering(t *testing.T) {
	const (
		input    = "region: eu-west-1\ntagsFromLabels: [team, tier]\nplatformConfig: {name: ecr-platform}\nguardrails: {allowDelete: true}\n"
		platform = `defaults: {tags: {owner: platform, team: platform, tier: platform, cost: platform}}`
	)
	type test struct {
		reason         string
		defaults, spec string
		path           []string // in the Repository's forProvider, or `lifecycle`
		want           any
	}
	cases := map[string]test{
		"Tags": {
			reason:   "Tags layer key by key, and the function's own win.",
			defaults: `tags: {owner: input, one: input}`,
			spec:     `{defaults: {tags: {cost: spec, tier: spec}}, images: [{name: web, tags: {cost: image}}]}`,
			path:     []string{"tags"},
			want:     map[string]any{"owner": "platform", "one": "input", "team": "red", "tier": "spec", "cost": "image", "project": "shop", "image": "web", "managed-by": "crossplane"},
		},
		"Filters": {
			reason:   "A mode and its filters come from one layer.",
			defaults: `imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest]`,
			spec:     `{images: [{name: web, imageTagMutability: IMMUTABLE}]}`,
			path:     []string{"imageTagMutabilityExclusionFilter"},
		},
		"FiltersInherited": {
			reason:   "Filters are sorted, and rendered once.",
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
			reason:   "The form of the nearest layer with either is in force, and shorthands of farther layers than the rules still count.",
			defaults: `lifecycle: {untaggedExpiryDays: 3}`,
			spec:     `{defaults: {lifecycle: {rules: []}}, images: [{name: web, lifecycle: {keepImages: 10}}]}`,
			path:     []string{"lifecycle"},
			want:     shorthands(3, 10),
		},
		"RulesOverShorthands": {
			reason:   "Without rules there is no policy.",
			defaults: `lifecycle: {untaggedExpiryDays: 3}`,
			spec:     `{images: [{name: web, lifecycle: {rules: []}}]}`,
			path:     []string{"lifecycle"},
			want:     "",
		},
		"PullClosed": {
			reason:   "{} grants nothing.",
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
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		rsp := accepted(t, tc.reason, fntest.Request{
			XR:      fntest.Registry{Spec: tc.spec, Labels: map[string]string{"team": "red", "tier": "label", "cost": "label"}}.XR(t, g),
			Input:   input + "defaults: {" + tc.defaults + "}\n",
			Cluster: fntest.EnvironmentConfig("ecr-platform", platform),
		})
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
}
