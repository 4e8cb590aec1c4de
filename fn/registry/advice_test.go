package registry_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestAdviceOnTheSpec shows the advice on specs that break no rule, but are probably not what their author expects.
func TestAdviceOnTheSpec(t *testing.T) {
	type test struct{ reason, spec, want string }
	cases := map[string]test{
		"Plain": {reason: "A plain spec gets no advice.", spec: `{region: eu-west-1, images: [{name: web}]}`},
		"Latest": {
			reason: "The modes are easily confused.",
			spec:   `{region: eu-west-1, images: [{name: web, imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["v*", latest]}]}`,
			want:   `spec.images[0].imageTagMutabilityExclusionFilters[1]: makes latest the tag that cannot be overwritten, and all others that no filter matches can be: to let latest alone move, write IMMUTABLE_WITH_EXCLUSION`,
		},
		"LatestThatMoves": {reason: "The mode is used as intended.", spec: `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest]}]}`},
		"EveryTag": {
			reason: "A filter that matches every tag turns the mode into its opposite.",
			spec:   `{region: eu-west-1, defaults: {imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["*"]}, images: [{name: web}, {name: api}]}`,
			want:   `spec.defaults.imageTagMutabilityExclusionFilters[0]: matches every tag, so the mode IMMUTABLE_WITH_EXCLUSION holds for none: name the tags that are meant, or use the opposite mode without filters`,
		},
		"NoTag": {
			reason: "A filter that matches no tag has no effect.",
			spec:   `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest, -rc*]}]}`,
			want:   `spec.images[0].imageTagMutabilityExclusionFilters[1]: matches no tag, since none starts with "-": write what the tags start with, or a * before it`,
		},
		"NoScan": {
			reason: "Advice tells that images are not scanned, once for each layer.", spec: `{region: eu-west-1, defaults: {scanOnPush: false}, images: [{name: web}, {name: api}]}`,
			want: `spec.defaults.scanOnPush: images are not scanned when they are pushed, unless the registry's scanning does it: leave the field out to scan them`,
		},
		"ProjectInName": {
			reason: "The project's name comes before the image's anyway.", spec: `{region: eu-west-1, images: [{name: shop/web}, {name: shop-api}, {name: shopping}, {name: shop}]}`,
			want: `spec.images[0].name: the repository is called shop/shop/web, since the project's name comes before every image's: write web
spec.images[1].name: the repository is called shop/shop-api, since the project's name comes before every image's: write api`,
		},
		"AnyRun": {
			reason: "Without a context pull requests may push.", spec: `{region: eu-west-1, images: [{name: web}], orgAccessRef: {name: octo}, github: {repositories: [app]}}`,
			want: `spec.github: lets every run of these repositories push, those of pull requests included: name branches, tags or environments to let in no others`,
		},
		"Ref": {
			reason: "A branch is written as its name alone.",
			spec:   `{region: eu-west-1, images: [{name: web}], orgAccessRef: {name: octo}, github: {repositories: [app], branches: [refs/heads/main]}}`,
			want:   `spec.github.branches[0]: names are written without refs/heads/ or refs/tags/: "refs/heads/main" matches only a name that itself has this prefix. Write e.g. "main"`,
		},
		"PullRequests": {reason: "An author who writes pullRequests means it.", spec: `{region: eu-west-1, images: [{name: web}], orgAccessRef: {name: octo}, github: {repositories: [app], branches: [main], pullRequests: true}}`},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		rsp := accepted(t, tc.reason, fntest.Request{
			XR:      fntest.Registry{Spec: tc.spec}.XR(t, g),
			Input:   `guardrails: {orgAccessNamespaces: [shop]}`,
			Cluster: fntest.OrgAccess(g, "shop", "octo"),
		})
		if got := fntest.Advice(t, rsp); got != tc.want {
			t.Errorf("%s\nwant:\n%s\ngot:\n%s", tc.reason, tc.want, got)
		}
	})
}
