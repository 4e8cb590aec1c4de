package registry_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestWhoseOrgAccess shows that an org access counts only if those who wrote it may
// decide who is let in, whatever it says of itself.
func TestWhoseOrgAccess(t *testing.T) {
	const refused = `spec.orgAccessRef.name "octo": the org access was written in namespace`
	cases := map[string]struct {
		reason   string
		claimRef string
		// what it is refused for, as a cluster-scoped one and as one in namespace shop
		claimed, namespaced string
	}{
		"None":      {reason: "One without a claim is the platform team's; a namespaced one is its namespace's.", namespaced: refused + ` "shop"`},
		"Elsewhere": {reason: "A claim is its namespace's.", claimRef: `{namespace: shop}`, claimed: refused + ` "shop"`, namespaced: refused + ` "shop"`},
		"MayBe":     {reason: "What a namespaced one says of a claim is its author's text.", claimRef: `{namespace: platform}`, namespaced: refused + ` "shop"`},
		"Empty":     {reason: "A claim in no namespace is in none that may.", claimRef: `{}`, claimed: refused + ` ""`, namespaced: refused + ` "shop"`},
		"Odd":       {reason: "So is one that cannot be read.", claimRef: `platform`, claimed: refused + ` ""`, namespaced: refused + ` "shop"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				access := fntest.OrgAccess(g, "shop", "octo")
				if tc.claimRef != "" {
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
				if got := fntest.Fatal(rsp); want == "" && got != "" || !strings.HasPrefix(got, want) {
					t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, want, got)
				}
			})
		})
	}
}

// TestTagsFromLabels shows that labels which become tags are held against AWS's rules:
// in a local render no API server has looked at them.
func TestTagsFromLabels(t *testing.T) {
	cases := map[string]struct {
		reason, value, want string
	}{
		"Plain":  {reason: "What a label can hold, a tag can.", value: "red-1_a.b"},
		"Empty":  {reason: "Empty, too.", value: ""},
		"Line":   {reason: "A tag holds no line's end.", value: "a\nb", want: "metadata.labels[team] \"a\\nb\": a tag's value holds letters, digits, spaces and _ . : / = + - @ only (AWS's rule)"},
		"TooBig": {reason: "It is no longer than AWS takes.", value: strings.Repeat("é", 257), want: "a tag's value has at most 256 characters (AWS's rule)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				rsp := fntest.Run(t, fntest.Request{
					XR:    fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web}]}`, Labels: map[string]string{"team": tc.value}}.XR(t, g),
					Input: `tagsFromLabels: [team]`,
				})
				if got := fntest.Fatal(rsp); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
					t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
				}
			})
		})
	}
}
