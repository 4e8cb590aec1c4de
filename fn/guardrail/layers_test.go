package guardrail_test

import (
	"cmp"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestLayers shows that a guardrail checks the settings in force and reports the field that has to change once: that of
// the image, or of the layer from which images inherit it.
func TestLayers(t *testing.T) {
	const scan = " false: repositories must scan on push (the platform team's rule requireScanOnPush)"
	cases := map[string]struct {
		reason   string
		spec     string
		input    string
		platform string
		want     string
		who      string // Reason of the condition; GuardrailViolation if empty.
	}{
		"Image": {
			reason: "The image sets it.",
			spec:   `{region: eu-west-1, images: [{name: api}, {name: web, scanOnPush: false}]}`,
			input:  `guardrails: {requireScanOnPush: true}`,
			want:   `spec.images[1].scanOnPush` + scan,
		},
		"Layer": {
			reason: "Two images inherit it from the project's defaults, which are reported once.",
			spec:   `{region: eu-west-1, images: [{name: api}, {name: web}], defaults: {scanOnPush: false}}`,
			input:  `guardrails: {requireScanOnPush: true}`,
			want:   `spec.defaults.scanOnPush` + scan,
		},
		"LayerThatNoImageUses": {
			reason: "A setting that is not in force breaks no rule.",
			spec:   `{region: eu-west-1, images: [{name: web, scanOnPush: true}], defaults: {scanOnPush: false}}`,
			input:  `guardrails: {requireScanOnPush: true}`,
		},
		"ImageAndLayer": {
			reason: "Each field that has to change is reported, in the order of the spec.",
			spec:   `{region: eu-west-1, images: [{name: api}, {name: web, scanOnPush: false}], defaults: {scanOnPush: false}}`,
			input:  `guardrails: {requireScanOnPush: true}`,
			want:   "spec.images[1].scanOnPush" + scan + "\nspec.defaults.scanOnPush" + scan,
		},
		"Input": {
			reason: "The platform team's own default breaks its own rule: the team can do nothing.",
			spec:   `{region: eu-west-1, images: [{name: web}]}`,
			input:  "defaults: {scanOnPush: false}\nguardrails: {requireScanOnPush: true}",
			want:   `input.defaults.scanOnPush` + scan,
			who:    "InvalidInput",
		},
		"PlatformConfig": {
			reason:   "So does the default of the EnvironmentConfig, which overrides the Input's.",
			spec:     `{region: eu-west-1, images: [{name: web}]}`,
			input:    "platformConfig: {name: ecr-platform}\ndefaults: {scanOnPush: true}\nguardrails: {requireScanOnPush: true}",
			platform: `defaults: {scanOnPush: false}`,
			want:     `platformConfig.defaults.scanOnPush` + scan,
			who:      "InvalidInput",
		},
		"InputRegion": {
			reason: "A default region that the rules refuse is the platform team's.",
			spec:   `{images: [{name: web}]}`,
			input:  "region: us-east-1\nguardrails: {regions: [eu-west-1]}",
			want:   `input.region "us-east-1": this region is not allowed; allowed: eu-west-1 (the platform team's rule regions)`,
			who:    "InvalidInput",
		},
		"PlatformConfigRegion": {
			reason:   "The path is that of the region in force.",
			spec:     `{images: [{name: web}]}`,
			input:    "region: eu-west-1\nplatformConfig: {name: ecr-platform}\nguardrails: {regions: [eu-west-1]}",
			platform: `region: us-east-1`,
			want:     `platformConfig.region "us-east-1": this region is not allowed; allowed: eu-west-1 (the platform team's rule regions)`,
			who:      "InvalidInput",
		},
		"BuiltInForOne": {
			reason: "A built-in setting can be changed in the image.",
			spec:   `{region: eu-west-1, images: [{name: api, lifecycle: {keepImages: 5}}, {name: web}]}`,
			input:  `guardrails: {lifecycle: {maxImages: 10}}`,
			want:   `spec.images[1].lifecycle.keepImages 30: at most 10 images are kept (the platform team's rule lifecycle.maxImages)`,
		},
		"BuiltInForMany": {
			reason: "For several images it can be changed in the project's defaults.",
			spec:   `{region: eu-west-1, images: [{name: api}, {name: web}]}`,
			input:  `guardrails: {lifecycle: {maxImages: 10}}`,
			want:   `spec.defaults.lifecycle.keepImages 30: at most 10 images are kept (the platform team's rule lifecycle.maxImages)`,
		},
		"ShorthandsOfTwoLayers": {
			reason: "Each shorthand is reported in the layer that it comes from.",
			spec:   `{region: eu-west-1, images: [{name: web, lifecycle: {keepImages: 50}}], defaults: {lifecycle: {untaggedExpiryDays: 60}}}`,
			input:  `guardrails: {lifecycle: {maxImages: 10, maxUntaggedDays: 20}}`,
			want: `spec.images[0].lifecycle.keepImages 50: at most 10 images are kept (the platform team's rule lifecycle.maxImages)
spec.defaults.lifecycle.untaggedExpiryDays 60: untagged images expire after at most 20 days (the platform team's rule lifecycle.maxUntaggedDays)`,
		},
		"Rules": {
			reason: "The limits of the shorthands apply to rules as well.",
			spec: `{region: eu-west-1, images: [{name: web, lifecycle: {rules: [
				{selection: {tagStatus: tagged, tagPatternList: ["v*"], countType: imageCountMoreThan, countNumber: 5}, action: {type: expire}}]}}]}`,
			input: `guardrails: {lifecycle: {required: true, maxImages: 10, maxUntaggedDays: 20}}`,
			want: `spec.images[0].lifecycle.rules: at most 10 images are kept: a rule must expire images by imageCountMoreThan 10 or less, over any image or all tagged ones, and so must each rule over some tagged images before it (the platform team's rule lifecycle.maxImages)
spec.images[0].lifecycle.rules: untagged images expire after at most 20 days: a rule must expire untagged or any images by sinceImagePushed 20 or less (the platform team's rule lifecycle.maxUntaggedDays)`,
		},
		"ArchiveIsNoExpiry": {
			reason: "A policy that only archives does not expire images, as is required.",
			spec: `{region: eu-west-1, images: [{name: web, lifecycle: {rules: [
				{selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}]}}]}`,
			input: `guardrails: {lifecycle: {required: true}}`,
			want:  `spec.images[0].lifecycle.rules: repositories must have a lifecycle policy that expires images: to archive them is not to expire them, and a rule that matches no image does neither (the platform team's rule lifecycle.required)`,
		},
		"RequiredTagFromALabel": {
			reason: "A tag from a label of the claim counts.",
			spec:   `{region: eu-west-1, images: [{name: web}]}`,
			input:  "tagsFromLabels: [team]\nguardrails: {requiredTags: [team]}",
		},
		"RequiredTagForMany": {
			reason: "A tag that several images lack is reported once.",
			spec:   `{region: eu-west-1, images: [{name: web}, {name: api}, {name: db, tags: {cost: x}}]}`,
			input:  "guardrails: {requiredTags: [cost, owner]}",
			want: `spec.defaults.tags: the tag "cost" is required (the platform team's rule requiredTags)
spec.defaults.tags: the tag "owner" is required (the platform team's rule requiredTags)`,
		},
		"FilterThatMatchesEverything": {
			reason: "A filter that excludes every tag makes all tags mutable.",
			spec:   `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest, "**"]}]}`,
			input:  `guardrails: {imageTagMutability: [IMMUTABLE, IMMUTABLE_WITH_EXCLUSION]}`,
			want:   `spec.images[0].imageTagMutabilityExclusionFilters ["latest", "**"]: with these filters IMMUTABLE_WITH_EXCLUSION leaves every tag mutable, as MUTABLE does, and this tag mutability is not allowed; allowed: IMMUTABLE, IMMUTABLE_WITH_EXCLUSION (the platform team's rule imageTagMutability)`,
		},
		"FilterThatMatchesEverythingWhereMutableIsAllowed": {
			reason: "The same filter is allowed if mutable tags are.",
			spec:   `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["*"]}]}`,
			input:  `guardrails: {imageTagMutability: [MUTABLE, IMMUTABLE_WITH_EXCLUSION]}`,
		},
		"FiltersThatMatchNothing": {
			reason: "Filters that match no tag leave all tags mutable: no tag begins with a hyphen or a period.",
			spec:   `{region: eu-west-1, images: [{name: web, imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["-", ".*"]}]}`,
			input:  `guardrails: {imageTagMutability: [IMMUTABLE, MUTABLE_WITH_EXCLUSION]}`,
			want:   `spec.images[0].imageTagMutabilityExclusionFilters ["-", ".*"]: with these filters MUTABLE_WITH_EXCLUSION leaves every tag mutable, as MUTABLE does, and this tag mutability is not allowed; allowed: IMMUTABLE, MUTABLE_WITH_EXCLUSION (the platform team's rule imageTagMutability)`,
		},
		"OneFilterThatMatches": {
			reason: "One filter that can match makes some tags immutable.",
			spec:   `{region: eu-west-1, images: [{name: web, imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["-", "*-"]}]}`,
			input:  `guardrails: {imageTagMutability: [IMMUTABLE, MUTABLE_WITH_EXCLUSION]}`,
		},
		"SpecAndGuardrail": {
			reason: "All errors are reported at once, whoever made the rules.",
			spec:   `{region: eu-west-1, images: [{name: Web, scanOnPush: false}]}`,
			input:  `guardrails: {requireScanOnPush: true}`,
			want: `spec.images[0].name "Web": must be lower case letters and digits in parts joined by one of . _ - / (AWS's rule)
spec.images[0].scanOnPush` + scan,
			who: "InvalidSpec",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				r := fntest.Request{
					XR:    fntest.Registry{Spec: tc.spec, Labels: map[string]string{"team": "red"}}.XR(t, g),
					Input: tc.input,
				}
				if tc.platform != "" {
					r.Cluster = fntest.EnvironmentConfig("ecr-platform", tc.platform)
				}
				rsp := fntest.Run(t, r)
				if got := fntest.Fatal(rsp); got != tc.want {
					t.Errorf("%s\nwant:\n%s\ngot:\n%s", tc.reason, tc.want, got)
				}
				want := "True Valid"
				if tc.want != "" {
					want = "False " + cmp.Or(tc.who, "GuardrailViolation") + " " + tc.want
				}
				if got := fntest.Condition(rsp, "Valid"); got != want {
					t.Errorf("%s\nwant condition:\n%s\ngot:\n%s", tc.reason, want, got)
				}
			})
		})
	}
}
