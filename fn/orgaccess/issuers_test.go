package orgaccess_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestIssuers shows what is rendered, and advised, for the GitHubs and partitions that there are.
func TestIssuers(t *testing.T) {
	twenty := make([]string, 20)
	for i := range twenty {
		twenty[i] = "{repository: svc-" + string(rune('a'+i)) + ", branches: [main]}"
	}
	entries := strings.Join(twenty, ", ")
	cases := map[string]struct {
		reason   string
		spec     string
		contains []string // of the desired resources
		absent   []string
		advice   string // "" for none on the issuer
		fatal    string
	}{
		"Tenant": {
			reason:   "Without the number, newer repositories on ghe.com are left out, and somebody must be told.",
			spec:     `{accountId: "123456789012", region: eu-west-1, github: {organization: globex, issuer: {host: globex.ghe.com}}, push: {allow: [{repository: api, branches: [main]}]}}`,
			contains: []string{"repo:globex/api:ref:refs/heads/main"},
			advice:   "spec.github.organizationId: without it, repositories that were created",
		},
		"TenantWithNumber": {
			reason:   "With it they are let in, by both forms, and every token has to have it.",
			spec:     `{accountId: "123456789012", github: {organization: globex, organizationId: "42", issuer: {host: globex.ghe.com}}}`,
			contains: []string{"repo:globex@42/*", "token.actions.globex.ghe.com:repository_owner_id"},
		},
		"TenantWithSlug": {
			reason:   "STS reads no number from the tokens of an issuer on ghe.com with a slug: the condition would let nobody in.",
			spec:     `{accountId: "123456789012", github: {organization: globex, organizationId: "42", issuer: {host: globex.ghe.com, enterprise: globex}}}`,
			contains: []string{"oidc-provider/token.actions.globex.ghe.com/globex", "repo:globex@42/*"},
			absent:   []string{"repository_owner_id"},
			advice:   "spec.github.organizationId: is not required of every token",
		},
		"OldOwner": {
			reason:   "An old name may end with hyphens.",
			spec:     `{accountId: "123456789012", region: eu-west-1, github: {organization: kuba--, organizationId: "42"}, push: {allow: [{repository: api}]}}`,
			contains: []string{"repo:kuba--/api:", "repo:kuba--@42/api@"},
		},
		"Prefix": {
			reason:   "Repositories whose names begin alike.",
			spec:     `{accountId: "123456789012", region: eu-west-1, github: {organization: globex, organizationId: "987654"}, push: {allow: [{repository: "service-*", branches: [main]}]}}`,
			contains: []string{"repo:globex/service-*:ref:refs/heads/main", "repo:globex@987654/service-*:ref:refs/heads/main"},
		},
		"PrefixPullRequest": {
			reason:   "An environment called pull_request is no pull request, whatever a wildcard spans.",
			spec:     `{accountId: "123456789012", github: {organization: globex, organizationId: "987654"}, push: {allow: [{repository: "service-*", pullRequests: true}]}}`,
			contains: []string{"StringNotLike", "*:environment:pull_request"},
		},
		"Quota": {
			reason: "What does not fit says whose bound it is, and how to raise it.",
			spec:   `{accountId: "123456789012", github: {organization: globex, organizationId: "987654"}, push: {allow: [` + entries + `]}}`,
			fatal:  "which AWS raises to 8192 on request: write the new one into quotas.trustPolicyLength",
		},
		"RaisedQuota": {
			reason:   "With a raised quota it fits.",
			spec:     `{accountId: "123456789012", quotas: {trustPolicyLength: 8192}, github: {organization: globex, organizationId: "987654"}, push: {allow: [` + entries + `]}}`,
			contains: []string{"repo:globex/svc-t:ref:refs/heads/main"},
		},
		"Sovereign": {
			reason:   "The European Sovereign Cloud has ARNs of its own.",
			spec:     `{accountId: "123456789012", partition: aws-eusc, region: eusc-de-east-1, github: {organization: globex, organizationId: "42"}, crossAccountPull: {accounts: ["210987654321"]}}`,
			contains: []string{"arn:aws-eusc:iam::123456789012:oidc-provider/", "arn:aws-eusc:iam::210987654321:root", "arn:aws-eusc:ecr:eusc-de-east-1:"},
			absent:   []string{"arn:aws:"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := request{spec: tc.spec}.run(t)
			if fatal := r.fatal(); (fatal == "") != (tc.fatal == "") || !strings.Contains(fatal, tc.fatal) {
				t.Fatalf("%s\nwant refused with %q, got %q", tc.reason, tc.fatal, fatal)
			}
			if tc.fatal != "" {
				return
			}
			text := fntest.Summary(r.RunFunctionResponse)
			for _, d := range r.GetDesired().GetResources() {
				text += d.GetResource().String()
			}
			for _, want := range tc.contains {
				if !strings.Contains(text, want) {
					t.Errorf("%s\nno %q is rendered", tc.reason, want)
				}
			}
			for _, bad := range tc.absent {
				if strings.Contains(text, bad) {
					t.Errorf("%s\n%q is rendered", tc.reason, bad)
				}
			}
			if got := r.advice(t); (tc.advice == "") == strings.Contains(got, "organizationId") || !strings.Contains(got, tc.advice) {
				t.Errorf("%s\nadvice: want %q, got %q", tc.reason, tc.advice, got)
			}
		})
	}
}
