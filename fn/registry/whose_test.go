package registry_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestWhoseOrgAccess shows that an org access counts only if its author may decide who is let in, whatever it claims to
// be.
func TestWhoseOrgAccess(t *testing.T) {
	const (
		refused = `spec.orgAccessRef.name "octo": an org access of namespace "shop"`
		secret  = `spec.orgAccessRef.name "octo": there is no XEcrOrgAccess of this name, or it is claimed in a namespace that ` +
			`may not decide who is let in: see the guardrail orgAccessNamespaces (the API's rule)`
	)
	type test struct {
		reason   string
		claimRef string
		// the messages for a cluster-scoped org access, and for one in namespace shop
		claimed, namespaced string
	}
	cases := map[string]test{
		"None":      {reason: "One without a claim belongs to the platform team, a namespaced one to its namespace.", namespaced: refused},
		"Elsewhere": {reason: "A claimed one belongs to its claim's namespace.", claimRef: `{namespace: shop}`, claimed: secret, namespaced: refused},
		"MayBe":     {reason: "The author of a namespaced one may write any claimRef.", claimRef: `{namespace: platform}`, namespaced: refused},
		"Empty":     {reason: "A claim without a namespace is in none that may decide.", claimRef: `{}`, claimed: secret, namespaced: refused},
		"Absent":    {reason: "The message does not show whether another namespace has one.", claimRef: "absent", claimed: secret, namespaced: refused},
		"Odd":       {reason: "The same goes for a claimRef that cannot be read.", claimRef: `platform`, claimed: secret, namespaced: refused},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		access := fntest.OrgAccess(g, "shop", "octo")
		switch tc.claimRef {
		case "":
		case "absent":
			access = ""
		default:
			access = strings.Replace(access, "spec: {", "spec: {claimRef: "+tc.claimRef+", ", 1)
		}
		rsp := fntest.Run(t, fntest.Request{
			XR:      fntest.Registry{Spec: `{region: eu-west-1, github: {repositories: [web]}, orgAccessRef: {name: octo}, images: [{name: web}]}`}.XR(t, g),
			Input:   `guardrails: {orgAccessNamespaces: [platform]}`,
			Cluster: access,
		})
		want := tc.claimed
		if g.Namespaced {
			want = tc.namespaced
		}
		fntest.Refused(t, tc.reason, rsp, want)
	})
}

// TestTagsFromLabels shows that labels which become tags must follow AWS's rules. In a local render no API server has
// validated them.
func TestTagsFromLabels(t *testing.T) {
	type test struct{ reason, value, want string }
	cases := map[string]test{
		"Plain":  {reason: "The value of a label is valid for a tag.", value: "red-1_a.b"},
		"Empty":  {reason: "So is an empty one.", value: ""},
		"Line":   {reason: "A tag cannot contain a line break.", value: "a\nb", want: "metadata.labels[team] \"a\\nb\": a tag's value holds letters, digits, spaces and _ . : / = + - @ only (AWS's rule)"},
		"TooBig": {reason: "A tag cannot be longer than AWS allows.", value: strings.Repeat("é", 257), want: "a tag's value has at most 256 characters (AWS's rule)"},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		rsp := fntest.Run(t, fntest.Request{
			XR:    fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web}]}`, Labels: map[string]string{"team": tc.value}}.XR(t, g),
			Input: `tagsFromLabels: [team]`,
		})
		if got := fntest.Fatal(rsp); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
		}
	})
}

// TestWhoseMistake shows that a fault which only the platform team can mend has the path of its field, once, and that
// nothing is said about what broken settings may have held.
func TestWhoseMistake(t *testing.T) {
	const spec = `{region: eu-west-1, images: [{name: web}], github: {repositories: [app]}}`
	testRefusals(t, map[string]refusal{
		"OrgAccess": {
			reason: "The settings name an org access that is not there.", spec: spec, input: "{orgAccess: nope, orgAccessNamespace: platform, guardrails: {orgAccessNamespaces: [platform]}}",
			claimed:    `input.orgAccess "nope": there is no XEcrOrgAccess of this name (the API's rule)`,
			namespaced: `input.orgAccess "nope": there is no EcrOrgAccess of this name in namespace platform (the API's rule)`,
			condition:  "OrgAccessNotFound",
		},
		"OrgAccessOfThePlatformConfig": {
			reason: "The path is that of the settings that name it.", spec: spec, input: "{orgAccess: octo, platformConfig: {name: ecr-platform}}",
			cluster:    fntest.EnvironmentConfig("ecr-platform", `{orgAccess: nope, orgAccessNamespace: platform, guardrails: {orgAccessNamespaces: [platform]}}`),
			claimed:    `platformConfig.orgAccess "nope": there is no XEcrOrgAccess of this name (the API's rule)`,
			namespaced: `platformConfig.orgAccess "nope": there is no EcrOrgAccess of this name in namespace platform (the API's rule)`,
			condition:  "OrgAccessNotFound",
		},
		"NameOfTheOrgAccess": {
			reason: "An invalid name is not looked up.", spec: spec, input: "{orgAccess: No_pe}",
			want:      `input.orgAccess "No_pe": must be at most 253 lower case letters and digits in parts joined by . or - (the API's rule)`,
			condition: "InvalidInput",
		},
		"MissingSettings": {
			reason: "The missing settings may have had the region and the org access.", spec: `{images: [{name: web}], github: {repositories: [app]}}`, input: "{platformConfig: {name: ecr-platform}}",
			want:      `input.platformConfig.name "ecr-platform": there is no EnvironmentConfig of this name (the platform team's rule platformConfig)`,
			condition: "InvalidInput",
		},
		"BrokenGuardrail": {
			reason: "A guardrail with an invalid value is not held against the claim.", spec: `{region: eu-west-1, images: [{name: web}]}`, input: "{guardrails: {regions: [nope], requireKMS: true}}",
			want:      `input.guardrails.regions[0] "nope": must be the name of a region, e.g. eu-west-1 (AWS's rule)`,
			condition: "InvalidInput",
		},
		"OtherNamespace": {
			reason: "The message does not show what exists in a namespace that may not decide.", spec: `{region: eu-west-1, images: [{name: web}], orgAccessRef: {name: octo, namespace: secret}, github: {repositories: [app]}}`,
			input:      "{guardrails: {orgAccessNamespaces: [platform]}}",
			namespaced: `spec.orgAccessRef.name "octo": an org access of namespace "secret" may not decide who is let in (the platform team's rule orgAccessNamespaces)`,
			condition:  "GuardrailViolation",
		},
		"AnotherOrgAccess": {
			reason: "The message does not show whether an org access exists that may not be named.",
			spec:   `{region: eu-west-1, images: [{name: web}], orgAccessRef: {name: other}, github: {repositories: [app]}}`, input: movingInput, cluster: orgAccesses,
			claimed:    `spec.orgAccessRef.name "other": all projects use the org access "ontopix" (the platform team's rule orgAccess)`,
			namespaced: `spec.orgAccessRef.name "other": all projects use the org access "ontopix" in namespace platform (the platform team's rule orgAccess)`,
			condition:  "GuardrailViolation",
		},
		"OrgAccessOfAnotherNamespace": {
			reason: "Only the namespace is wrong.",
			spec:   `{region: eu-west-1, images: [{name: web}], orgAccessRef: {name: ontopix, namespace: evil}, github: {repositories: [app]}}`, input: movingInput, cluster: orgAccesses,
			namespaced: `spec.orgAccessRef.namespace "evil": all projects use the org access "ontopix" in namespace platform (the platform team's rule orgAccess)`,
			condition:  "GuardrailViolation",
		},
	})
}
