package orgaccess_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

var (
	observe = []string{"Observe"}
	create  = []string{"Observe", "Create"}
	keep    = []string{"Observe", "Create", "Update"}
	own     = []string{"Observe", "Create", "Update", "Delete"}
)

const providerARN = "arn:aws:iam::" + account + ":oidc-provider/token.actions.githubusercontent.com"

// TestResources shows the resources of a spec, their external-names, and their management policies.
func TestResources(t *testing.T) {
	type resource struct {
		Kind, External string
		Policies       []string
	}
	provider := resource{"OpenIDConnectProvider", providerARN, create}
	role := func(name string) resource { return resource{"Role", name, own} }
	policy := func(name string) resource { return resource{"RolePolicy", name, own} }
	cases := map[string]struct {
		reason string
		spec   string
		want   map[string]resource
	}{
		"Minimal": {
			reason: "Both roles are there by default; the settings of a registry are not.",
			spec:   minimal,
			want: map[string]resource{
				"oidc-provider": provider,
				"push-role":     role("ecr-org-push-octo"), "push-policy": policy("ecr-org-push-octo"),
				"pull-role": role("ecr-org-pull-octo"), "pull-policy": policy("ecr-org-pull-octo"),
			},
		},
		"OnlyPull": {
			reason: "A disabled role is not rendered.",
			spec:   `{accountId: "111122223333", github: {organization: octo, organizationId: "65"}, push: {enabled: false}, pull: {enabled: true, roleName: puller}}`,
			want: map[string]resource{
				"oidc-provider": provider,
				"pull-role":     role("puller"), "pull-policy": policy("puller"),
			},
		},
		"Existing": {
			reason: "An existing provider is only observed.",
			spec:   `{accountId: "111122223333", github: {organization: octo, organizationId: "65"}, push: {enabled: false}, pull: {enabled: false}, oidcProvider: {mode: Existing}}`,
			want:   map[string]resource{"oidc-provider": {"OpenIDConnectProvider", providerARN, observe}},
		},
		"Orphan": {
			reason: "Nothing is deleted with its object; the identity provider never is.",
			spec:   strings.Replace(full, "registry:", "deletionPolicy: Orphan\nregistry:", 1),
			want: map[string]resource{
				"oidc-provider": provider,
				"push-role":     {"Role", "ecr-org-push-octo", keep}, "push-policy": {"RolePolicy", "ecr-org-push-octo", keep},
				"pull-role": {"Role", "ecr-org-pull-octo", keep}, "pull-policy": {"RolePolicy", "ecr-org-pull-octo", keep},
				"registry-policy": {"RegistryPolicy", account, keep},
				"scanning":        {"RegistryScanningConfiguration", account, keep},
				"replication":     {"ReplicationConfiguration", account, keep},
			},
		},
		"OnlyFrom": {
			reason: "Replication into the registry needs its policy, and no configuration of its own.",
			spec: `{accountId: "111122223333", region: eu-west-1, github: {organization: octo, organizationId: "65"}, push: {enabled: false}, pull: {enabled: false},
				registry: {replication: {from: [{accountId: "444455556666"}]}}}`,
			want: map[string]resource{"oidc-provider": provider, "registry-policy": {"RegistryPolicy", account, own}},
		},
		"EmptyRegistry": {
			reason: "Empty objects ask for nothing, not even a region.",
			spec:   `{accountId: "111122223333", github: {organization: octo, organizationId: "65"}, push: {enabled: false}, pull: {enabled: false}, registry: {replication: {}}}`,
			want:   map[string]resource{"oidc-provider": provider},
		},
		"China": {
			reason: "The partition is in every ARN.",
			spec:   `{accountId: "111122223333", partition: aws-cn, github: {organization: octo, organizationId: "65"}, push: {enabled: false}, pull: {enabled: false}}`,
			want:   map[string]resource{"oidc-provider": {"OpenIDConnectProvider", strings.Replace(providerARN, "arn:aws:", "arn:aws-cn:", 1), create}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := request{spec: tc.spec}.run(t)
			got := map[string]resource{}
			for _, key := range r.keys() {
				o := r.object(t, key)
				got[key] = resource{o.Kind, o.External(), o.Spec.ManagementPolicies}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s\n%s", tc.reason, diff, fntest.Summary(r.RunFunctionResponse))
			}
		})
	}
}

// TestFields shows the fields of each resource.
func TestFields(t *testing.T) {
	spec := `
accountId: "111122223333"
region: eu-west-1
github: {organization: octo, organizationId: "65"}
push:
  path: /ci/
  maxSessionDuration: 1h30m
  permissionsBoundary: arn:aws:iam::111122223333:policy/ci
  repositories: [team/*]
crossAccountPull: {accounts: ["444455556666"]}
registry:
  scanning:
    type: ENHANCED
    rules:
    - {frequency: SCAN_ON_PUSH, filters: [b, a, b]}
    - {frequency: CONTINUOUS_SCAN, filters: ["*"]}
  replication:
    rules:
    - {destinations: [{region: eu-west-2}, {region: eu-central-1, accountId: "444455556666"}, {region: eu-west-2, accountId: "111122223333"}], prefixes: [prod, base]}
tags: {team: platform}
`
	r := request{spec: spec}.run(t)
	filter := func(f, typ string) any { return map[string]any{"filter": f, "filterType": typ} }
	want := map[string]map[string]any{
		"oidc-provider": {"url": "https://token.actions.githubusercontent.com", "clientIdList": []any{"sts.amazonaws.com"}},
		"push-role": {
			"path": "/ci/", "maxSessionDuration": 5400.0, "permissionsBoundary": "arn:aws:iam::111122223333:policy/ci",
			"tags": map[string]any{"team": "platform", "managed-by": "crossplane"},
		},
		"pull-role":       {"path": "/ecr/", "tags": map[string]any{"team": "platform", "managed-by": "crossplane"}},
		"push-policy":     {"role": "ecr-org-push-octo"},
		"pull-policy":     {"role": "ecr-org-pull-octo"},
		"registry-policy": {"region": "eu-west-1"},
		"scanning": {"region": "eu-west-1", "scanType": "ENHANCED", "rule": []any{
			map[string]any{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilter": []any{filter("*", "WILDCARD")}},
			map[string]any{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilter": []any{filter("a", "WILDCARD"), filter("b", "WILDCARD")}},
		}},
		"replication": {"region": "eu-west-1", "replicationConfiguration": map[string]any{"rule": []any{map[string]any{
			"destination": []any{
				map[string]any{"region": "eu-central-1", "registryId": other},
				map[string]any{"region": "eu-west-2", "registryId": account},
			},
			"repositoryFilter": []any{filter("base", "PREFIX_MATCH"), filter("prod", "PREFIX_MATCH")},
		}}}},
	}
	for _, key := range r.keys() {
		o := r.object(t, key)
		// Other tests evaluate the policies.
		delete(o.Spec.ForProvider, "policy")
		delete(o.Spec.ForProvider, "assumeRolePolicy")
		if diff := cmp.Diff(want[key], o.Spec.ForProvider); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", key, diff)
		}
		if got := o.Spec.ProviderConfigRef["name"]; got != "default" {
			t.Errorf("%s: provider config %v, want default", key, got)
		}
	}
	versions := map[string]string{"scanning": "ecr.aws.upbound.io/v1beta1", "replication": "ecr.aws.upbound.io/v1beta2", "push-role": "iam.aws.upbound.io/v1beta1"}
	for key, want := range versions {
		if got := r.object(t, key).APIVersion; got != want {
			t.Errorf("%s: apiVersion %s, want %s", key, got, want)
		}
	}
}

// TestOrder shows that the order of a spec and repetitions in it do not change what is rendered, and that rendering
// twice gives the same bytes.
func TestOrder(t *testing.T) {
	one := request{spec: `
accountId: "111122223333"
region: eu-west-1
github: {organization: octo, organizationId: "65"}
push: {repositories: [a, b], allow: [{repository: x, branches: [main, dev]}, {repository: "y"}]}
crossAccountPull: {accounts: ["444455556666", "777788889999"], organizationIds: [o-aaaaaaaaaa, o-bbbbbbbbbb]}
registry:
  scanning: {type: BASIC, rules: [{frequency: MANUAL, filters: [x]}, {frequency: SCAN_ON_PUSH, filters: [a, b]}]}
  replication: {rules: [{destinations: [{region: eu-west-2}, {region: eu-west-3}], prefixes: [aa, bb]}], from: [{accountId: "444455556666"}, {accountId: "777788889999"}]}
`}
	two := request{spec: `
accountId: "111122223333"
region: eu-west-1
github: {organization: octo, organizationId: "65"}
push: {repositories: [b, a, b], allow: [{repository: "y"}, {repository: x, branches: [dev, main, dev]}]}
crossAccountPull: {accounts: ["777788889999", "444455556666"], organizationIds: [o-bbbbbbbbbb, o-aaaaaaaaaa]}
registry:
  scanning: {type: BASIC, rules: [{frequency: SCAN_ON_PUSH, filters: [b, a]}, {frequency: MANUAL, filters: [x, x]}]}
  replication: {rules: [{destinations: [{region: eu-west-3}, {region: eu-west-2}], prefixes: [bb, aa]}], from: [{accountId: "777788889999"}, {accountId: "444455556666"}]}
`}
	want := one.run(t).GetDesired().GetResources()
	for name, r := range map[string]request{"again": one, "reordered": two} {
		if diff := cmp.Diff(want, r.run(t).GetDesired().GetResources(), protocmp.Transform()); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", name, diff)
		}
	}
}

// TestNames shows which objects of different org accesses have the same name.
func TestNames(t *testing.T) {
	existing := strings.Replace(minimal, "github:", "oidcProvider: {mode: Existing}, github:", 1)
	base := request{spec: minimal}.run(t)
	another := request{spec: minimal, Request: fntest.Request{Input: `{providerConfigRef: {name: other}}`}}.run(t)
	looking := request{spec: existing}.run(t)
	for _, key := range base.keys() {
		if base.object(t, key).Metadata.Name == another.object(t, key).Metadata.Name {
			t.Errorf("%s: objects in two accounts have the same name", key)
		}
	}
	if base.object(t, "oidc-provider").Metadata.Name == looking.object(t, "oidc-provider").Metadata.Name {
		t.Error("an object that only observes the identity provider has the name of one that creates it")
	}
	if base.object(t, "push-role").Metadata.Name != looking.object(t, "push-role").Metadata.Name {
		t.Error("two objects of one role have different names")
	}
	if fp := looking.object(t, "oidc-provider").Spec.ForProvider; len(fp) > 0 {
		t.Errorf("the object of an identity provider that is only observed asks for %v", fp)
	}
}

// TestNamespaced shows that the namespaced generation renders namespaced kinds with the same fields. While a team moves
// as docs/namespaced.md says, there are objects of both generations, which would otherwise overwrite each other for
// ever.
func TestNamespaced(t *testing.T) {
	claimed := request{spec: full}.run(t)
	r := request{
		spec: full + "providerConfigRef: {kind: ProviderConfig, name: team}\n", namespace: "platform",
		Request: fntest.Request{Input: `{guardrails: {orgAccessNamespaces: [platform], providerConfigs: [ProviderConfig/team]}}`},
	}.run(t)
	if diff := cmp.Diff(claimed.keys(), r.keys()); diff != "" {
		t.Fatalf("-claimed, +namespaced:\n%s\n%s", diff, r.fatal())
	}
	for _, key := range r.keys() {
		was, o := claimed.object(t, key), r.object(t, key)
		if !strings.Contains(o.APIVersion, ".aws.m.upbound.io/v1beta1") {
			t.Errorf("%s: apiVersion %s", key, o.APIVersion)
		}
		if diff := cmp.Diff(map[string]any{"kind": "ProviderConfig", "name": "team"}, o.Spec.ProviderConfigRef); diff != "" {
			t.Errorf("%s: providerConfigRef: -want, +got:\n%s", key, diff)
		}
		was.Spec.ForProvider["external-name"], o.Spec.ForProvider["external-name"] = was.External(), o.External()
		if diff := cmp.Diff(was.Spec.ForProvider, o.Spec.ForProvider); diff != "" {
			t.Errorf("%s: -claimed, +namespaced:\n%s", key, diff)
		}
	}
	for key, s := range r.GetRequirements().GetResources() {
		if byName := s.GetMatchName() != ""; byName != (s.GetNamespace() == "platform") || !strings.Contains(s.GetApiVersion(), ".aws.m.upbound.io/") {
			t.Errorf("%s is looked for as %v: by name in the own namespace, by label in all", key, s)
		}
	}
}

// TestSettled shows a first run, and one in which AWS has everything.
func TestSettled(t *testing.T) {
	first := request{spec: full}.run(t)
	for _, key := range first.keys() {
		if got := first.GetDesired().GetResources()[key].GetReady(); got != fnv1.Ready_READY_FALSE {
			t.Errorf("%s is %s before it is there", key, got)
		}
	}
	if got := first.GetMeta().GetTtl().GetSeconds(); got != 60 {
		t.Errorf("what is not settled is looked at again in a minute, not in %ds", got)
	}

	second := request{spec: full, Request: fntest.Request{Observed: first.observe(t)}}.run(t)
	for _, key := range second.keys() {
		if got := second.GetDesired().GetResources()[key].GetReady(); got != fnv1.Ready_READY_TRUE {
			t.Errorf("%s is %s once AWS has it", key, got)
		}
	}
	if got := second.GetMeta().GetTtl().GetSeconds(); got != 600 {
		t.Errorf("want the next run in ten minutes once everything is ready, not in %ds", got)
	}
	if n := len(second.GetRequirements().GetResources()); n > 0 {
		t.Errorf("want no requirements once everything is observed, got %d", n)
	}
	s := second.status(t)
	want := []string{providerARN, "arn:aws:iam::111122223333:role/ecr/ecr-org-push-octo", "arn:aws:iam::111122223333:role/ecr/ecr-org-pull-octo", "111122223333.dkr.ecr.eu-west-1.amazonaws.com"}
	if diff := cmp.Diff(want, []string{s.OIDCProviderARN, s.PushRole.ARN, s.PullRole.ARN, s.Registry}); diff != "" {
		t.Errorf("status: -want, +got:\n%s", diff)
	}
	third := request{spec: full, Request: fntest.Request{Observed: second.observe(t)}}.run(t)
	if diff := cmp.Diff(second.GetDesired(), third.GetDesired(), protocmp.Transform()); diff != "" {
		t.Errorf("the third run changes something: -second, +third:\n%s", diff)
	}
	if !slices.Equal(first.keys(), third.keys()) {
		t.Errorf("resources come and go: %v, then %v", first.keys(), third.keys())
	}
}

// TestPolicyFollowsItsRole shows when the policy of a role is rendered on a control plane.
func TestPolicyFollowsItsRole(t *testing.T) {
	const policy = "apiVersion: iam.aws.upbound.io/v1beta1\nkind: RolePolicy\n" +
		"metadata: {name: p, uid: p, annotations: {crossplane.io/external-name: ecr-org-push-octo}, ownerReferences: [{apiVersion: " +
		"ecr.ontopix.io/v1alpha1, kind: XEcrOrgAccess, name: octo, uid: uid-octo, controller: true}]}\n" +
		"spec: {managementPolicies: [Observe, Create, Update, Delete], forProvider: {policy: x%s}}\n"
	settled := request{spec: minimal}.run(t).observe(t)
	cases := map[string]struct {
		reason   string
		observed map[string]string
		want     []string // managementPolicies of the policy; nil if it is not rendered
		unready  bool
	}{
		"First": {reason: "A policy without its role would fail, and wait for a minute.", unready: true},
		"RoleExists": {
			reason:   "AWS has the role, so its policy can be created.",
			observed: map[string]string{"push-role": settled["push-role"]},
			want:     []string{"Observe", "Create", "Update", "Delete"},
		},
		"RoleWasThere": {
			reason:   "The role's object was deleted by hand: an existing policy stays.",
			observed: map[string]string{"push-policy": fmt.Sprintf(policy, ", role: ecr-org-push-octo")},
			want:     []string{"Observe", "Create", "Update", "Delete"},
		},
		"NeverAttached": {
			reason:   "The policy of an earlier version waits for its role: it is released.",
			observed: map[string]string{"push-policy": fmt.Sprintf(policy, "")},
			want:     []string{"Observe"},
			unready:  true,
		},
		"Foreign": {
			reason: "Somebody else's role gets no policy, even if one was attached before.",
			observed: map[string]string{
				"push-role":   strings.ReplaceAll(settled["push-role"], "role/ecr/ecr-org-push", "role/ecr-org-push"),
				"push-policy": fmt.Sprintf(policy, ", role: ecr-org-push-octo"),
			},
			want:    []string{"Observe"},
			unready: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := request{spec: minimal, live: true, Request: fntest.Request{Observed: tc.observed}}.run(t)
			var got []string
			if _, ok := r.GetDesired().GetResources()["push-policy"]; ok {
				got = r.object(t, "push-policy").Spec.ManagementPolicies
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if tc.unready && r.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE {
				t.Errorf("%s\nit is ready without its policy", tc.reason)
			}
		})
	}
}
