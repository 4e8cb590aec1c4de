package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestHints shows the messages about mistakes in the platform team's settings: the path is that of the settings, and
// they say what to write instead.
func TestHints(t *testing.T) {
	cases := map[string]struct{ reason, data, want string }{
		"DefaultsBelowGuardrails": {"Defaults are not below guardrails.", `guardrails: {defaults: {scanOnPush: true}}`, "guardrails.defaults: unknown field: belongs to platformConfig"},
		"TagsBelowGuardrails":     {"Neither are tags.", `guardrails: {tagsFromLabels: [team]}`, "guardrails.tagsFromLabels: unknown field: belongs to platformConfig"},
		"GuardrailAtTheTop":       {"A guardrail belongs below the field guardrails.", `requireKMS: true`, "requireKMS: unknown field: belongs to platformConfig.guardrails"},
		"DefaultAtTheTop":         {"A default belongs below the field defaults.", `scanOnPush: true`, "scanOnPush: unknown field: belongs to platformConfig.defaults"},
		"Either":                  {"A field that both have may belong to either.", `lifecycle: {}`, "lifecycle: unknown field: belongs to platformConfig.defaults or platformConfig.guardrails"},
		"TwoLevels":               {"A field two levels too high is recognised.", `maxImages: 10`, "maxImages: unknown field: belongs to platformConfig.guardrails.lifecycle"},
		"OneLevel":                {"So is one that is one level too high.", `guardrails: {maxImages: 10}`, "guardrails.maxImages: unknown field: belongs to platformConfig.guardrails.lifecycle"},
		"Rule":                    {"The guardrail over a setting has another name.", `guardrails: {scanOnPush: true}`, "guardrails.scanOnPush: unknown field: write requireScanOnPush"},
		"Count":                   {"So has the guardrail over a count.", `guardrails: {lifecycle: {keepImages: 10}}`, "guardrails.lifecycle.keepImages: unknown field: write maxImages"},
		"Principals":              {"A principal counts by its account.", `guardrails: {pull: {principals: [x]}}`, "guardrails.pull.principals: unknown field: write accounts: a principal counts by its account"},
		"Regions":                 {"The guardrail lists several.", `guardrails: {region: [eu-west-1]}`, "guardrails.region: unknown field: write regions"},
		"Case":                    {"A field in another case is recognised.", `guardrails: {requireKms: true}`, `guardrails.requireKms: unknown field, did you mean "requireKMS"?`},
		"Snake":                   {"So is one with underscores.", `guardrails: {require_kms: true}`, `guardrails.require_kms: unknown field, did you mean "requireKMS"?`},
		"Reference":               {"The org access is named, and has no reference.", `orgAccessRef: {name: a}`, "orgAccessRef: unknown field: write orgAccess: its value is the name alone"},
		"Project":                 {"The message shows how to write an item of the list.", `guardrails: {projects: [shop]}`, "guardrails.projects[0] \"shop\": must be an object: write `- project: shop`"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				rsp := fntest.Run(t, fntest.Request{
					XR:      fntest.Registry{Spec: oneImage}.XR(t, g),
					Input:   "platformConfig: {name: ecr-platform}",
					Cluster: fntest.EnvironmentConfig("ecr-platform", tc.data),
				})
				got := strings.TrimSuffix(fntest.Fatal(rsp), " (the API's rule)")
				if diff := cmp.Diff("platformConfig."+tc.want, got); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}

// TestNothingFollows shows that a setting that is missing because the settings are broken is no fault of those who rely
// on it.
func TestNothingFollows(t *testing.T) {
	const needy = `{images: [{name: web}], github: {repositories: [web]}}`
	cases := map[string]struct{ reason, data, want string }{
		"Absent":    {"Without settings there is no region and no org access.", "", `input.platformConfig.name "ecr-platform": there is no EnvironmentConfig of this name (the platform team's rule platformConfig)`},
		"Region":    {"The region is not valid.", `{region: europe, orgAccess: ontopix}`, `platformConfig.region "europe": must be the name of a region, e.g. eu-west-1 (AWS's rule)`},
		"OrgAccess": {"The name of the org access is not valid.", `{region: eu-west-1, orgAccess: "a b"}`, `platformConfig.orgAccess "a b": must be at most 253 lower case letters and digits in parts joined by . or - (the API's rule)`},
		"Unread":    {"The region cannot be read.", `{region: [eu-west-1], orgAcess: ontopix}`, `platformConfig.region ["eu-west-1"]: must be a string (the API's rule)` + "\n" + `platformConfig.orgAcess: unknown field, did you mean "orgAccess"? (the API's rule)`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				r := fntest.Request{XR: fntest.Registry{Spec: needy}.XR(t, g), Input: "platformConfig: {name: ecr-platform}"}
				if tc.data != "" {
					r.Cluster = fntest.EnvironmentConfig("ecr-platform", tc.data)
				}
				if diff := cmp.Diff(tc.want, fntest.Fatal(fntest.Run(t, r))); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}
