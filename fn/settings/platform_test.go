package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

const oneImage = `{region: eu-west-1, images: [{name: web}]}`

// TestPlatformConfig shows how the EnvironmentConfig is found, when it may be missing, and how its settings override
// the Input's.
func TestPlatformConfig(t *testing.T) {
	const (
		required = `platformConfig: {name: ecr-platform}`
		optional = `platformConfig: {name: ecr-platform, optional: true}`
		kmsRule  = `spec.images[0].encryption.type "AES256": repositories must be encrypted with KMS`
	)
	cases := map[string]struct {
		reason string
		spec   string
		status string
		input  string
		data   string // of the EnvironmentConfig; empty if there is none
		fatal  string
		who    string
	}{
		"Absent":   {reason: "Without an Input the built-in settings are in force."},
		"Required": {reason: "An EnvironmentConfig that is named must exist.", input: required, fatal: `input.platformConfig.name "ecr-platform": there is no EnvironmentConfig of this name (the platform team's rule platformConfig)`, who: "InvalidInput"},
		"Optional": {reason: "Unless it is optional.", input: optional},
		"Gone": {
			reason: "Its guardrails would silently be gone.", input: optional, status: `{platformConfig: ecr-platform}`,
			fatal: `input.platformConfig.name "ecr-platform": the EnvironmentConfig is gone, although its settings were in force`, who: "InvalidInput",
		},
		"Empty":     {reason: "It may have no settings.", input: required, data: `{}`},
		"Guardrail": {reason: "Its guardrails are in force.", input: required, data: `guardrails: {requireKMS: true}`, fatal: kmsRule, who: "GuardrailViolation"},
		"MergeDepth": {
			reason: "One of its guardrails does not lift another of the Input.", input: optional + "\nguardrails: {pull: {accounts: []}}",
			data: `guardrails: {requireScanOnPush: true}`, spec: `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}}]}`,
			fatal: `spec.images[0].pull.accounts[0] "111111111111": pull may not be granted to this account; none is`, who: "GuardrailViolation",
		},
		"MergeInside": {
			reason: "Objects merge at every depth: one list replaced, the other kept.", input: optional + "\nguardrails: {pull: {accounts: [], organizationIds: []}}",
			data: `guardrails: {pull: {accounts: ["111111111111"]}}`, spec: `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"], organizationIds: [o-aaaaaaaaaa]}}]}`,
			fatal: `spec.images[0].pull.organizationIds[0] "o-aaaaaaaaaa": pull may not be granted to this organization; none is`, who: "GuardrailViolation",
		},
		"ListReplaced": {
			reason: "A list is replaced.", input: optional + "\nguardrails: {regions: [eu-west-1]}", data: `guardrails: {regions: [us-east-1]}`,
			fatal: `spec.region "eu-west-1": this region is not allowed; allowed: us-east-1`, who: "GuardrailViolation",
		},
		"ListEmptied": {
			reason: "An empty list replaces it too, and allows nothing.", input: optional + "\nguardrails: {regions: [eu-west-1]}", data: `guardrails: {regions: []}`,
			fatal: `spec.region "eu-west-1": this region is not allowed; none is`, who: "GuardrailViolation",
		},
		"ScalarReplaced": {reason: "A scalar is replaced, by false as well.", input: optional + "\nguardrails: {requireKMS: true}", data: `guardrails: {requireKMS: false}`},
		"Null":           {reason: "Null is absent.", input: optional + "\nguardrails: {requireKMS: true}", data: `guardrails: {requireKMS: null}`, fatal: kmsRule, who: "GuardrailViolation"},
		"UnknownField": {
			reason: "A typo would leave a guardrail out.", input: required, data: `guardrails: {requireKms: true}`,
			fatal: `platformConfig.guardrails.requireKms: unknown field, did you mean "requireKMS"?`, who: "InvalidInput",
		},
		"NoOther":   {reason: "It cannot name another EnvironmentConfig.", input: required, data: `platformConfig: {name: x}`, fatal: `platformConfig.platformConfig: unknown field`, who: "InvalidInput"},
		"WrongType": {reason: "So would a value of the wrong type.", input: required, data: `guardrails: {requireKMS: "yes"}`, fatal: `platformConfig.guardrails.requireKMS "yes": must be`, who: "InvalidInput"},
		"TextData": {
			reason: "Settings that cannot be read are not absent.", input: required, data: `"guardrails: {}"`,
			fatal: `platformConfig: the EnvironmentConfig's data must be an object`, who: "InvalidInput",
		},
		"ForceDelete": {
			reason: "forceDelete cannot be a default of all projects.", input: required, data: `defaults: {forceDelete: true}`,
			fatal: `platformConfig.defaults.forceDelete true: cannot be a default of all projects`, who: "InvalidInput",
		},
		"Warn": {
			reason: "Package guardrail validates what warn names.", input: required, data: `guardrails: {warn: [allowDelete]}`,
			fatal: `platformConfig.guardrails.warn[0] "allowDelete": must be a guardrail that may warn`, who: "InvalidInput",
		},
		"WarnInherited": {
			reason: "The path is that of the list in force.", input: optional + "\nguardrails: {warn: [nothing]}", data: `guardrails: {requireKMS: false}`,
			fatal: `input.guardrails.warn[0] "nothing": must be a guardrail that may warn`, who: "InvalidInput",
		},
		"NoDay": {
			reason: "An exception ends.", input: required, data: `guardrails: {exceptions: [{project: shop, guardrail: requireKMS, reason: r}]}`,
			fatal: `platformConfig.guardrails.exceptions[0].until: required: the day through which the guardrail is lifted, YYYY-MM-DD`, who: "InvalidInput",
		},
		"BadDay": {
			reason: "The day must exist.", input: required, data: `guardrails: {exceptions: [{project: shop, guardrail: requireKMS, until: "2026-02-30", reason: r}]}`,
			fatal: `platformConfig.guardrails.exceptions[0].until "2026-02-30": must be a day, YYYY-MM-DD`, who: "InvalidInput",
		},
		"DefaultsOfBoth": {
			reason: "The defaults of both are layers of RepositorySettings.", input: optional + "\ndefaults: {lifecycle: {keepImages: 10, untaggedExpiryDays: 3}}\nguardrails: {lifecycle: {maxImages: 5, maxUntaggedDays: 2}}",
			data: `defaults: {lifecycle: {keepImages: 20}}`,
			fatal: `input.defaults.lifecycle.untaggedExpiryDays 3: untagged images expire after at most 2 days (the platform team's rule lifecycle.maxUntaggedDays)
platformConfig.defaults.lifecycle.keepImages 20: at most 5 images are kept (the platform team's rule lifecycle.maxImages)`, who: "InvalidInput",
		},
		"Kind": {reason: "An Input of another kind is refused.", input: `{apiVersion: ecr.fn.ontopix.io/v1, kind: Settings}`, fatal: `input.kind "Settings": must be Input`, who: "InvalidInput"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				r := fntest.Request{Input: tc.input}
				spec := tc.spec
				if spec == "" {
					spec = oneImage
				}
				r.XR = fntest.Registry{Spec: spec, Status: tc.status}.XR(t, g)
				if tc.data != "" {
					r.Cluster = fntest.EnvironmentConfig("ecr-platform", tc.data)
				}
				rsp := fntest.Run(t, r)
				fntest.Refused(t, tc.reason, rsp, tc.fatal)
				if got := fntest.Condition(rsp, "Valid"); tc.who != "" && !strings.HasPrefix(got, "False "+tc.who+" ") {
					t.Errorf("%s\nwant reason %s, got condition %s", tc.reason, tc.who, got)
				}
				if tc.fatal != "" {
					return
				}
				var s struct{ PlatformConfig string }
				fntest.Status(t, rsp, &s)
				if read := tc.data != ""; (s.PlatformConfig == "ecr-platform") != read {
					t.Errorf("%s\nthe status names %q", tc.reason, s.PlatformConfig)
				}
			})
		})
	}
}

// TestLabelsThatAreNotCopied shows that a label that Crossplane does not copy from a claim is refused as a tag of the
// claim's repositories, which would never have it.
func TestLabelsThatAreNotCopied(t *testing.T) {
	const refused = `": cannot become a tag of a claim's repositories: Crossplane copies no label of kubernetes.io or k8s.io`
	cases := map[string]struct {
		reason, key string
		claimed     bool // whether a claim's is refused
	}{
		"Plain":      {reason: "A label without a prefix is copied.", key: "team"},
		"Prefix":     {reason: "So is one with another prefix.", key: "example.com/team"},
		"Kubernetes": {reason: "A label of kubernetes.io is not.", key: "app.kubernetes.io/name", claimed: true},
		"K8s":        {reason: "Nor is one of k8s.io.", key: "x.k8s.io/name", claimed: true},
		"Suffix":     {reason: "Nor is one with a prefix that ends alike.", key: "mykubernetes.io/name", claimed: true},
		"Name":       {reason: "Only the prefix counts.", key: "team/k8s.io"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: oneImage}.XR(t, g), Input: "tagsFromLabels: [other, " + tc.key + "]"})
				want := ""
				if tc.claimed && !g.Namespaced {
					want = `input.tagsFromLabels[1] "` + tc.key + refused
				}
				fntest.Refused(t, tc.reason, rsp, want)
			})
		})
	}
}

// TestPollInterval shows that the interval is the answer's time to live while nothing is missing, and that it is one
// minute otherwise.
func TestPollInterval(t *testing.T) {
	cases := map[string]struct {
		reason, input, config, observed string
		want                            time.Duration
		fatal                           string
	}{
		"Default":    {reason: "The default is ten minutes.", observed: "True", want: 10 * time.Minute},
		"Input":      {reason: "The Composition's Input sets it.", input: "pollInterval: 1h", observed: "True", want: time.Hour},
		"Config":     {reason: "The EnvironmentConfig overrides it.", input: "pollInterval: 1h", config: "pollInterval: 2h", observed: "True", want: 2 * time.Hour},
		"Unsettled":  {reason: "The function looks again after a minute for what is missing.", input: "pollInterval: 1h", observed: "False", want: time.Minute},
		"TooShort":   {reason: "A minute is the shortest interval.", input: "pollInterval: 30s", observed: "True", want: time.Minute, fatal: `input.pollInterval "30s": must be a duration from 1m to 24h`},
		"NoDuration": {reason: "A number without a unit is no duration.", config: `pollInterval: "10"`, observed: "True", want: time.Minute, fatal: `platformConfig.pollInterval "10": must be a duration`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			condition := `[{type: Ready, status: "` + tc.observed + `"}, {type: Synced, status: "True"}]`
			rsp := fntest.Run(t, fntest.Request{
				XR:    fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web, lifecycle: {rules: []}}]}`}.XR(t, managed.Claimed),
				Input: "platformConfig: {name: ecr-platform}\n" + tc.input,
				Observed: map[string]string{"repository/web": `{apiVersion: ecr.aws.upbound.io/v1beta2, kind: Repository, metadata: {name: a, annotations: {crossplane.io/external-name: shop/web}},
					spec: {forProvider: {region: eu-west-1}}, status: {atProvider: {arn: "arn:aws:ecr:eu-west-1:1:repository/shop/web"}, conditions: ` + condition + `}}`},
				Cluster: fntest.EnvironmentConfig("ecr-platform", tc.config),
			})
			if got := rsp.GetMeta().GetTtl().AsDuration(); got != tc.want {
				t.Errorf("%s\nthe answer holds %s, want %s", tc.reason, got, tc.want)
			}
			fntest.Refused(t, tc.reason, rsp, tc.fatal)
		})
	}
}
