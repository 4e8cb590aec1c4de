package orgaccess_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// settled returns the observed objects of a spec once AWS has everything.
func settled(t *testing.T, spec string) map[string]string {
	t.Helper()
	first := request{spec: spec}.run(t).observe(t)
	return request{spec: spec, Request: fntest.Request{Observed: first}}.run(t).observe(t)
}

// TestWhatCannotChange shows the effect of edits to what AWS cannot change.
func TestWhatCannotChange(t *testing.T) {
	org := `github: {organization: octo, organizationId: "65"}`
	cases := map[string]struct {
		reason string
		before string // spec
		after  string
		input  string // after
		fatal  string // path that it names; empty if it goes on
		advice string // path that it names
		names  map[string]string
	}{
		"RoleName": {
			reason: "The spec had a role's name, and has another one now.",
			before: `{accountId: "111122223333", ` + org + `, push: {roleName: one}}`,
			after:  `{accountId: "111122223333", ` + org + `, push: {roleName: two}}`,
			fatal:  `spec.push.roleName "two"`,
		},
		"OrganizationRenamed": {
			reason: "The default name of a role follows the organisation's name; an existing role keeps its name.",
			before: minimal,
			after:  `{accountId: "111122223333", github: {organization: octodog, organizationId: "65"}}`,
			advice: "spec.push: the role keeps its name, ecr-org-push-octo",
			names:  map[string]string{"push-role": "ecr-org-push-octo", "push-policy": "ecr-org-push-octo", "pull-role": "ecr-org-pull-octo"},
		},
		"RolePath": {
			reason: "A role has the default path, and the spec has another one now.",
			before: minimal,
			after:  `{accountId: "111122223333", ` + org + `, pull: {path: /ci/}}`,
			fatal:  `spec.pull.path "/ci/"`,
		},
		"RolePathLeft": {
			reason: "The spec had a role's path, and leaves it out now.",
			before: `{accountId: "111122223333", ` + org + `, pull: {path: /ci/}}`,
			after:  minimal,
			advice: "spec.pull: the role keeps its path, /ci/",
		},
		"Account": {
			reason: "The roles are not in the account of the spec.",
			before: minimal,
			after:  `{accountId: "444455556666", ` + org + `}`,
			fatal:  `spec.accountId "444455556666": the provider config default manages account 111122223333`,
		},
		"Partition": {
			reason: "The roles are not in the partition of the spec.",
			before: minimal,
			after:  `{accountId: "111122223333", partition: aws-cn, ` + org + `}`,
			fatal:  "spec.partition",
		},
		"Region": {
			reason: "The registry's settings cannot move.",
			before: full,
			after:  strings.Replace(full, "region: eu-west-1", "region: eu-west-3", 1),
			fatal:  `spec.region "eu-west-3"`,
		},
		"RegionOfSettings": {
			reason: "Nor do they move with the platform team's default.",
			before: full,
			after:  strings.Replace(full, "region: eu-west-1", "", 1),
			input:  `{region: eu-west-3}`,
			advice: "input.region: has no effect here",
		},
		"ProviderConfig": {
			reason: "Another provider config is another account.",
			before: minimal,
			after:  `{accountId: "111122223333", ` + org + `, providerConfigRef: {name: other}}`,
			fatal:  `spec.providerConfigRef.name "other"`,
		},
		"ProviderConfigOfSettings": {
			reason: "The platform team's default does not change existing objects.",
			before: minimal,
			after:  minimal,
			input:  `{providerConfigRef: {name: other}}`,
			advice: "input.providerConfigRef.name: has no effect here",
		},
		"Everything": {
			reason: "Other edits are applied.",
			before: full,
			after:  strings.Replace(full, "registry:", "push: {maxSessionDuration: 4h, repositories: [a/*]}\nregistry:", 1),
			names:  map[string]string{"push-role": "ecr-org-push-octo"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := request{spec: tc.after, Request: fntest.Request{Observed: settled(t, tc.before), Input: tc.input}}.run(t)
			if fatal := r.fatal(); tc.fatal != "" || fatal != "" {
				if tc.fatal == "" || !strings.Contains(fatal, tc.fatal) {
					t.Fatalf("%s\nwant refused with %q, got %q", tc.reason, tc.fatal, fatal)
				}
				return
			}
			if advice := r.advice(t); !strings.Contains(advice, tc.advice) {
				t.Errorf("%s\nwant advice %q, got:\n%s", tc.reason, tc.advice, advice)
			}
			for key, want := range tc.names {
				if got := r.object(t, key).External(); got != want {
					t.Errorf("%s\n%s has the external-name %s, want %s", tc.reason, key, got, want)
				}
			}
			for _, key := range r.keys() {
				if got := r.object(t, key).Spec.ProviderConfigRef["name"]; got != "default" {
					t.Errorf("%s\n%s has moved to provider config %v", tc.reason, key, got)
				}
			}
		})
	}
}

// TestIssuerChanges shows that the identity provider of another issuer needs another object. The existing object is
// released first, and AWS keeps its identity provider.
func TestIssuerChanges(t *testing.T) {
	enterprise := `{accountId: "111122223333", github: {organization: octo, organizationId: "65", issuer: {enterprise: acme}}}`
	seen := settled(t, minimal)
	r := request{spec: enterprise, Request: fntest.Request{Observed: seen}}.run(t)
	if _, ok := r.GetDesired().GetResources()["oidc-provider"]; ok {
		t.Error("an object cannot change its identity provider: it must go first")
	}
	name := request{spec: minimal}.run(t).object(t, "oidc-provider").Metadata.Name
	want := "spec.oidcProvider: the object " + name + ` has the external-name "` + providerARN + `" and is released`
	if !strings.Contains(r.advice(t), want) {
		t.Errorf("want advice %q, got:\n%s", want, r.advice(t))
	}
	if got := r.GetDesired().GetComposite().GetReady().String(); got != "READY_FALSE" {
		t.Errorf("the composite resource is %s in the meantime", got)
	}
	delete(seen, "oidc-provider")
	r = request{spec: enterprise, Request: fntest.Request{Observed: seen}}.run(t)
	if got, want := r.object(t, "oidc-provider").External(), providerARN+"/acme"; got != want {
		t.Errorf("the object of the other issuer: got %s, want %s", got, want)
	}
}

// TestExternalNameLost shows that an object without an external-name is released under its own name, whether the role's
// name is written or not: nothing says which role it manages.
func TestExternalNameLost(t *testing.T) {
	for name, spec := range map[string]string{
		"Default": minimal,
		"Written": strings.Replace(minimal, "github:", "push: {roleName: mine}, github:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			seen := settled(t, spec)
			seen["push-role"] = strings.Replace(seen["push-role"], "crossplane.io/external-name", "example.org/other", 1)
			r := request{spec: spec, Request: fntest.Request{Observed: seen}}.run(t)
			if fatal := r.fatal(); fatal != "" {
				t.Fatalf("want it released, got refused: %s", fatal)
			}
			o := r.object(t, "push-role")
			if diff := cmp.Diff([]string{"Observe"}, o.Spec.ManagementPolicies); diff != "" {
				t.Errorf("managementPolicies: -want, +got:\n%s", diff)
			}
			want := "spec.push: the object " + o.Metadata.Name + ` has the external-name "" and is released`
			if a := r.advice(t); !strings.HasPrefix(a, want) || strings.Contains(a, "\n") {
				t.Errorf("want only the advice %q, got:\n%s", want, a)
			}
		})
	}
}

// TestStrangersRole shows that a role at another path, which existed before, is left alone: it gets no policy, and is
// not deleted with the object that the provider refused it.
func TestStrangersRole(t *testing.T) {
	seen := request{spec: minimal}.run(t).observe(t)
	for key, o := range seen {
		seen[key] = strings.ReplaceAll(o, "role/ecr/ecr-org-push", "role/ecr-org-push")
	}
	r := request{spec: minimal, live: true, Request: fntest.Request{Observed: seen}}.run(t)
	o := r.object(t, "push-role")
	for _, p := range o.Spec.ManagementPolicies {
		if p == "Delete" {
			t.Error("somebody else's role would be deleted with the object")
		}
	}
	if got := r.status(t).PushRole.ARN; got != "" {
		t.Errorf("the status has somebody else's role: %s", got)
	}
	if want := "spec.push.path: AWS has a role ecr-org-push-octo already, at the path /"; !strings.Contains(r.advice(t), want) {
		t.Errorf("want advice %q, got:\n%s", want, r.advice(t))
	}

	// The spec gets another name: the object loses its Delete first, and is dropped then.
	renamed := strings.Replace(minimal, "github:", "push: {roleName: mine}, github:", 1)
	r = request{spec: renamed, Request: fntest.Request{Observed: seen}}.run(t)
	if o := r.object(t, "push-role"); o.External() != "ecr-org-push-octo" || len(o.Spec.ManagementPolicies) != 3 {
		t.Errorf("the object is not kept without Delete: got %s with %v", o.External(), o.Spec.ManagementPolicies)
	}
	seen["push-role"] = strings.ReplaceAll(seen["push-role"], "  - Delete\n", "")
	r = request{spec: renamed, Request: fntest.Request{Observed: seen}}.run(t)
	if _, ok := r.GetDesired().GetResources()["push-role"]; ok {
		t.Error("the object without Delete is not dropped")
	}
	disabled := strings.Replace(minimal, "github:", "push: {enabled: false}, github:", 1)
	r = request{spec: disabled, Request: fntest.Request{Observed: seen}}.run(t)
	if _, ok := r.GetDesired().GetResources()["push-role"]; ok {
		t.Error("disabling it must not delete somebody else's role")
	}
	delete(seen, "push-role")
	r = request{spec: renamed, Request: fntest.Request{Observed: seen}}.run(t)
	if got := r.object(t, "push-role").External(); got != "mine" {
		t.Errorf("the object of the other role: got %s, want mine", got)
	}

	// The spec gets the path of the role, which takes the role over.
	seen = request{spec: minimal}.run(t).observe(t)
	seen["push-role"] = strings.ReplaceAll(seen["push-role"], "role/ecr/ecr-org-push", "role/ecr-org-push")
	taking := strings.Replace(minimal, "github:", "push: {path: /}, github:", 1)
	r = request{spec: taking, Request: fntest.Request{Observed: seen}}.run(t)
	if o := r.object(t, "push-role"); o.Spec.ForProvider["path"] != "/" || len(o.Spec.ManagementPolicies) != 4 {
		t.Errorf("the role is not taken over: got %v", o)
	}
}
