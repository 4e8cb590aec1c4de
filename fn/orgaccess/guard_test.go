package orgaccess_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestGuardrails shows which org accesses the guardrails refuse.
func TestGuardrails(t *testing.T) {
	pinned := strings.Replace(minimal, "github:", "compositionUpdatePolicy: Manual, github:", 1)
	elsewhere := strings.Replace(minimal, "github:", "providerConfigRef: {name: other}, github:", 1)
	cases := map[string]struct {
		reason    string
		spec      string
		claim     string
		namespace string
		input     string
		want      string // part of the message; empty if it is accepted
	}{
		"Unclaimed":         {reason: "A cluster-scoped one without a claim is the platform team's.", spec: minimal},
		"Claimed":           {reason: "Nobody may claim one unless the platform team allows it: an org access decides who is let in.", spec: minimal, claim: "team", want: "may not be written in this namespace"},
		"ClaimedElsewhere":  {reason: "A claim in any other namespace is refused.", spec: minimal, claim: "team", input: `{guardrails: {orgAccessNamespaces: [platform]}}`, want: "may not be written in this namespace"},
		"ClaimedWhereMay":   {reason: "A claim in a listed namespace is accepted.", spec: minimal, claim: "platform", input: `{guardrails: {orgAccessNamespaces: [platform]}}`},
		"Namespaced":        {reason: "A namespaced one is written in a namespace as well.", spec: minimal, namespace: "team", want: "may not be written in this namespace"},
		"NamespacedMay":     {reason: "It may be in the namespaces where claims may be.", spec: minimal, namespace: "platform", input: `{guardrails: {orgAccessNamespaces: [platform]}}`},
		"ProviderConfig":    {reason: "A claim may not name another provider config.", spec: elsewhere, claim: "platform", input: `{guardrails: {orgAccessNamespaces: [platform]}}`, want: `spec.providerConfigRef.name "other"`},
		"ProviderConfigMay": {reason: "Unless it is listed.", spec: elsewhere, claim: "platform", input: `{guardrails: {orgAccessNamespaces: [platform], providerConfigs: [other]}}`},
		"ProviderConfigOwn": {reason: "The platform team's own org access may.", spec: elsewhere},
		"Pinned":            {reason: "A claim may not pin a revision.", spec: pinned, claim: "platform", input: `{guardrails: {orgAccessNamespaces: [platform]}}`, want: "spec.compositionUpdatePolicy"},
		"PinnedMay":         {reason: "Unless that is allowed.", spec: pinned, claim: "platform", input: `{guardrails: {orgAccessNamespaces: [platform], allowPinnedRevisions: true}}`},
		"PinnedOwn":         {reason: "The platform team may.", spec: pinned},
		"Region":            {reason: "The guardrail regions also binds the platform team.", spec: full, input: `{guardrails: {regions: [eu-central-1]}}`, want: `spec.region "eu-west-1"`},
		"RegionMay":         {reason: "An allowed region is accepted.", spec: full, input: `{guardrails: {regions: [eu-west-1]}}`},
		"Settings":          {reason: "A fault in the settings has its path there.", spec: minimal, input: `{region: nowhere}`, want: `input.region "nowhere"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := request{spec: tc.spec, claim: tc.claim, namespace: tc.namespace, Request: fntest.Request{Input: tc.input}}.run(t)
			fatal := r.fatal()
			if (fatal != "") != (tc.want != "") || !strings.Contains(fatal, tc.want) {
				t.Errorf("%s\nwant %q, got %q", tc.reason, tc.want, fatal)
			}
			if fatal != "" && len(r.keys()) > 0 {
				t.Errorf("%s\nrefused, and yet renders %v", tc.reason, r.keys())
			}
		})
	}
}

// TestInput shows the effects of the platform team's settings, and of the account's quotas.
func TestInput(t *testing.T) {
	unplaced := strings.Replace(full, "region: eu-west-1", "", 1)
	var entries strings.Builder
	for i := range 20 {
		fmt.Fprintf(&entries, "{repository: service-%d, branches: [main]}, ", i)
	}
	long := strings.Replace(minimal, "github:", "push: {allow: ["+entries.String()+"]}, github:", 1)
	china := `{accountId: "111122223333", partition: aws-cn, github: {organization: octo, organizationId: "65"}}`
	cases := map[string]struct {
		reason string
		spec   string
		input  string
		want   string // registry of the status
		fatal  string
	}{
		"Region":          {reason: "Without a region in the spec, the default of the settings is in force.", spec: unplaced, input: `{region: eu-west-3}`, want: "111122223333.dkr.ecr.eu-west-3.amazonaws.com"},
		"NoRegion":        {reason: "The settings of a registry need a region.", spec: unplaced, fatal: "spec.region: required"},
		"NoRegionNeeded":  {reason: "Without them no region is needed, and the status has no host.", spec: minimal},
		"OwnRegion":       {reason: "The region of the spec takes precedence.", spec: full, input: `{region: eu-west-2}`, want: "111122223333.dkr.ecr.eu-west-1.amazonaws.com"},
		"OtherPartition":  {reason: "A default region of another partition is ignored.", spec: china, input: `{region: eu-west-2}`},
		"PartitionNeeded": {reason: "It is refused if a region is needed.", spec: strings.Replace(china, "github:", `crossAccountPull: {accounts: ["444455556666"]}, github:`, 1), input: `{region: eu-west-2}`, fatal: "spec.region: required"},
		"Quota":           {reason: "The message on a policy that is too long says how to raise the bound.", spec: long, fatal: "write the new one into quotas.trustPolicyLength"},
		"RaisedQuota":     {reason: "With a raised quota it fits.", spec: strings.Replace(long, "github:", "quotas: {trustPolicyLength: 8192}, github:", 1)},
		"ChinaHost":       {reason: "The host has China's domain.", spec: china, input: `{region: cn-north-1}`, want: "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := request{spec: tc.spec, Request: fntest.Request{Input: tc.input}}.run(t)
			if fatal := r.fatal(); tc.fatal != "" || fatal != "" {
				if tc.fatal == "" || !strings.Contains(fatal, tc.fatal) {
					t.Errorf("%s\nwant refused with %q, got %q", tc.reason, tc.fatal, fatal)
				}
				return
			}
			if got := r.status(t).Registry; got != tc.want {
				t.Errorf("%s\nstatus.registry: got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

// TestPlatformConfig shows that optional settings are required once they were read.
func TestPlatformConfig(t *testing.T) {
	const input = `{platformConfig: {name: ecr-platform, optional: true}}`
	config := "apiVersion: apiextensions.crossplane.io/v1beta1\nkind: EnvironmentConfig\nmetadata: {name: ecr-platform}\ndata: {region: eu-west-2}\n"
	r := request{spec: minimal, Request: fntest.Request{Input: input, Cluster: config}}.run(t)
	if s := r.status(t); s.PlatformConfig != "ecr-platform" || !strings.Contains(s.Registry, "eu-west-2") {
		t.Errorf("want the settings in the status, got %+v", s)
	}
	if r := (request{spec: minimal, Request: fntest.Request{Input: input}}).run(t); r.fatal() != "" {
		t.Errorf("settings that were never read are optional: %s", r.fatal())
	}
	if r := (request{spec: minimal, status: `{platformConfig: ecr-platform}`, Request: fntest.Request{Input: input}}).run(t); r.fatal() == "" {
		t.Error("settings that were read before are required")
	}
}

// TestAdvice shows the advice on valid specs.
func TestAdvice(t *testing.T) {
	with := func(s string) string { return strings.Replace(minimal, "github:", s+", github:", 1) }
	cases := map[string]struct {
		reason string
		spec   string
		input  string
		edit   func(string) string // of the observed provider
		want   string              // empty for none
	}{
		"Minimal":      {reason: "There is no advice on the defaults.", spec: minimal},
		"Scope":        {reason: "Under scope V1 a registry policy does not grant pull.", spec: full, want: "spec.crossAccountPull: works only while the registry's policy scope is V2"},
		"OwnAccount":   {reason: "The own account needs no permission.", spec: with(`region: eu-west-1, crossAccountPull: {accounts: ["111122223333"]}`), want: "spec.crossAccountPull.accounts[0]: is the registry's own account"},
		"OwnSource":    {reason: "The own account needs no permission to replicate either.", spec: with(`region: eu-west-1, registry: {replication: {from: [{accountId: "111122223333"}]}}`), want: "spec.registry.replication.from[0].accountId: is the registry's own account"},
		"Refs":         {reason: "Branches are written by their names.", spec: with(`push: {allow: [{repository: api, branches: [refs/heads/main]}]}`), want: "spec.push.allow[0].branches[0]: names are written without refs/heads/"},
		"NoWildcard":   {reason: "There is no advice on names that git allows, and on wildcards.", spec: with(`push: {repositories: [a/*, "b-*", c], allow: [{repository: api, branches: [main, "release/*", "*"], tags: ["v1.*"]}]}`)},
		"Opened":       {reason: "Entries add to each other.", spec: with(`push: {allow: [{repository: api, branches: [main]}, {repository: "*"}]}`), want: "spec.push.allow[0]: restricts nothing: spec.push.allow[1] admits"},
		"LookAlike":    {reason: "A wildcard after a letter reaches into other names.", spec: with(`pull: {repositories: ["shop*"]}`), want: "spec.pull.repositories[0]: also matches repositories of other projects whose names begin alike, such as shopx/api: write shop/*"},
		"Tenant":       {reason: "Without the number, newer repositories on ghe.com are left out.", spec: `{accountId: "111122223333", github: {organization: octo, issuer: {host: octo.ghe.com}}}`, want: "spec.github.organizationId: without it, repositories that were created"},
		"TenantNumber": {reason: "With it they are let in.", spec: `{accountId: "111122223333", github: {organization: octo, organizationId: "65", issuer: {host: octo.ghe.com}}}`},
		"TenantSlug":   {reason: "STS reads no number from the tokens of an issuer on ghe.com with a slug.", spec: `{accountId: "111122223333", github: {organization: octo, organizationId: "65", issuer: {host: octo.ghe.com, enterprise: octo}}}`, want: "spec.github.organizationId: is not required of every token"},
		"Server":       {reason: "AWS reads no number from a server's tokens.", spec: `{accountId: "111122223333", github: {organization: octo, organizationId: "65", issuer: {host: git.example.com}}}`, want: "spec.github.organizationId: nobody can assume the roles"},
		"Inspector": {
			reason: "AWS refuses enhanced scanning to an identity that may not turn Inspector on.",
			spec:   with(`region: eu-west-1, registry: {scanning: {type: ENHANCED, rules: [{frequency: CONTINUOUS_SCAN, filters: ["*"]}]}}`),
			want:   "spec.registry.scanning.type: turns Amazon Inspector on: the identity of the provider config needs inspector2:Enable,",
		},
		"Unscanned": {
			reason: "AWS does not scan repositories on push that no filter of the registry matches.", input: `guardrails: {requireScanOnPush: true}`,
			spec: with(`region: eu-west-1, registry: {scanning: {type: BASIC, rules: [{frequency: SCAN_ON_PUSH, filters: [prod/*]}, {frequency: MANUAL, filters: ["*"]}]}}`),
			want: "spec.registry.scanning.rules: the guardrail requireScanOnPush has no effect on repositories that no filter matches",
		},
		"AllScanned": {
			reason: "A filter for all repositories leaves none out.", input: `guardrails: {requireScanOnPush: true}`,
			spec: with(`region: eu-west-1, registry: {scanning: {type: BASIC, rules: [{frequency: SCAN_ON_PUSH, filters: [prod/*, "*"]}]}}`),
		},
		"NotRequired": {
			reason: "Filters may leave repositories out if the guardrail does not require scans.",
			spec:   with(`region: eu-west-1, registry: {scanning: {type: BASIC, rules: [{frequency: SCAN_ON_PUSH, filters: [prod/*]}]}}`),
		},
		"Replicas": {
			reason: "Repositories without a claim have AWS's defaults.",
			spec:   with(`region: eu-west-1, registry: {replication: {rules: [{destinations: [{region: eu-central-1}]}]}}`),
			want:   "spec.registry.replication.rules: repositories that replication creates have AWS's defaults",
		},
		"Audience": {
			reason: "A provider that does not take the audience lets nobody in.", spec: minimal,
			edit: func(s string) string { return strings.ReplaceAll(s, "- sts.amazonaws.com", "- sigstore") },
			want: "spec.oidcProvider: the identity provider does not take the audience sts.amazonaws.com",
		},
		"NoProvider": {
			reason: "The account lacks the existing provider.", spec: with(`oidcProvider: {mode: Existing}`),
			edit: func(s string) string { return unsynced(s, "observe failed: external resource does not exist") },
			want: "spec.oidcProvider.mode: account 111122223333 has no identity provider for https://token.actions.githubusercontent.com",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			seen := request{spec: tc.spec}.run(t).observe(t)
			if tc.edit != nil {
				seen["oidc-provider"] = tc.edit(seen["oidc-provider"])
			}
			got := request{spec: tc.spec, Request: fntest.Request{Observed: seen, Input: tc.input}}.run(t).advice(t)
			if !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
				t.Errorf("%s\nwant advice %q, got:\n%s", tc.reason, tc.want, got)
			}
		})
	}
}

// TestProviderSays shows that advice repeats what the provider could not do, and says how to help it.
func TestProviderSays(t *testing.T) {
	seen := request{spec: full}.run(t).observe(t)
	for key := range seen {
		seen[key] = unsynced(seen[key], "cannot determine creation result - remove the annotation")
	}
	r := request{spec: full, Request: fntest.Request{Observed: seen}}.run(t)
	for _, want := range []string{
		"spec.push: RolePolicy ecr-org-push-octo-", "spec.pull: Role ecr-org-pull-octo-", "spec.crossAccountPull: RegistryPolicy ",
		"spec.registry.scanning: RegistryScanningConfiguration ", "spec.registry.replication.rules: ReplicationConfiguration ",
		"spec.oidcProvider: OpenIDConnectProvider ", "kubectl annotate openidconnectprovider.iam.aws.upbound.io ",
	} {
		if !strings.Contains(r.advice(t), want) {
			t.Errorf("want advice %q, got:\n%s", want, r.advice(t))
		}
	}
	if r.GetMeta().GetTtl().GetSeconds() != 60 {
		t.Error("want another run in a minute while a resource is not in sync")
	}
}

// TestLeaving shows that the objects of removed fields are dropped.
func TestLeaving(t *testing.T) {
	disabled := strings.Replace(minimal, "github:", "push: {enabled: false}, github:", 1)
	seen := settled(t, full)
	r := request{spec: disabled, Request: fntest.Request{Observed: seen}}.run(t)
	if got := strings.Join(r.keys(), " "); got != "oidc-provider pull-policy pull-role" {
		t.Errorf("want only the objects of the remaining fields, got %s", got)
	}
	if a := r.advice(t); a != "" {
		t.Errorf("want no advice, since nothing stays in AWS, got %s", a)
	}
}

// TestLeavingOrphans shows that a grant which leaves the spec is deleted in AWS even with Orphan: its object gets
// Delete for one run before it is dropped.
func TestLeavingOrphans(t *testing.T) {
	orphan := "deletionPolicy: Orphan"
	seen := settled(t, full+orphan)
	disabled := strings.Replace(minimal, "github:", orphan+", push: {enabled: false}, github:", 1)

	r := request{spec: disabled, Request: fntest.Request{Observed: seen}}.run(t)
	if got := strings.Join(r.keys(), " "); got != "oidc-provider pull-policy pull-role push-policy push-role registry-policy" {
		t.Fatalf("want the grants once more, got %s", got)
	}
	for _, key := range []string{"push-role", "push-policy", "registry-policy"} {
		was := request{spec: full + orphan}.run(t).object(t, key)
		o := r.object(t, key)
		if diff := cmp.Diff([]string{"Observe", "Delete"}, o.Spec.ManagementPolicies); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", key, diff)
		}
		if o.External() != was.External() || o.Metadata.Name != was.Metadata.Name || o.Kind != was.Kind {
			t.Errorf("%s manages something else: %v", key, o)
		}
		if r.GetDesired().GetResources()[key].GetReady() != fnv1.Ready_READY_TRUE {
			t.Errorf("%s is waited for", key)
		}
	}
	if a := r.advice(t); strings.Count(a, "stays in AWS") != 2 {
		t.Errorf("want advice that scanning and replication stay, got %s", a)
	}
	if s := r.status(t); s.PushRole != nil {
		t.Errorf("the status has a role that is being deleted: %v", s.PushRole)
	}

	if got := r.GetMeta().GetTtl().GetSeconds(); got != 60 {
		t.Errorf("want the next run, which drops the grants, in a minute, not in %ds", got)
	}

	for key, o := range r.observe(t) {
		seen[key] = o
	}
	r = request{spec: disabled, Request: fntest.Request{Observed: seen}}.run(t)
	if got := strings.Join(r.keys(), " "); got != "oidc-provider pull-policy pull-role" {
		t.Errorf("want the grants dropped in the next run, got %s", got)
	}
}
