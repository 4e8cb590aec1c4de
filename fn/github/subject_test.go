package github

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// octo is an organisation on github.com.
var octo = OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", OrganizationID: new("65")})

// TestAdmissions shows the patterns of subjects, and which of them have a condition, so that no environment called
// pull_request passes for a pull request. The tests of fn/orgaccess compare what AWS admits by them with the design.
func TestAdmissions(t *testing.T) {
	server := OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", Issuer: &v1alpha1.GitHubIssuer{Host: new("git.example.com")}})
	exact := func(subjects ...string) oidc.Admission { return oidc.Admission{Subjects: subjects} }
	wide := func(subjects ...string) oidc.Admission {
		not := oidc.Condition{Operator: oidc.StringNotLike, Claim: "sub", Values: []string{"*:environment:pull_request"}}
		return oidc.Admission{Subjects: subjects, Conditions: []oidc.Condition{not}}
	}
	pullRequests := v1alpha1.GitHubContexts{PullRequests: new(true)}
	cases := map[string]struct {
		reason string
		org    Organization
		allow  []v1alpha1.Allow
		want   []oidc.Admission
	}{
		"Everyone": {
			reason: "Both forms match the whole organisation and no other: the slash or the number ends its name.",
			org:    octo, allow: octo.Everyone(),
			want: []oidc.Admission{exact("repo:octo/*", "repo:octo@65/*")},
		},
		"OldFormOnly": {
			reason: "Without a number no pattern of the newer form is safe. Order and repetitions do not matter.",
			org:    server, allow: []v1alpha1.Allow{{Repository: "b"}, {Repository: "a"}, {Repository: "b"}},
			want: []oidc.Admission{exact("repo:octo/a:*", "repo:octo/b:*")},
		},
		"Repositories": {
			reason: "Without its number, every repository of the name in the organisation matches, but none with a longer name.",
			org:    octo, allow: []v1alpha1.Allow{{Repository: "api"}, {Repository: "web", RepositoryID: new("74")}, {Repository: "svc-*"}},
			want: []oidc.Admission{exact("repo:octo/api:*", "repo:octo/svc-*:*", "repo:octo/web:*", "repo:octo@65/api@*:*", "repo:octo@65/svc-*:*", "repo:octo@65/web@74:*")},
		},
		"Contexts": {
			reason: "An entry with contexts admits exactly those.",
			org:    server, allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{
				Branches: []string{"release/*"}, Tags: []string{"v*"}, Environments: []string{"prod:eu", "*"}, PullRequests: new(true),
			}}},
			want: []oidc.Admission{exact("repo:octo/api:environment:*", "repo:octo/api:environment:prod%3Aeu", "repo:octo/api:pull_request",
				"repo:octo/api:ref:refs/heads/release/*", "repo:octo/api:ref:refs/tags/v*")},
		},
		"NoPullRequests": {
			reason: "false adds nothing to other contexts. A branch called pull_request is no pull request.",
			org:    server, allow: []v1alpha1.Allow{{Repository: "*", GitHubContexts: v1alpha1.GitHubContexts{Branches: []string{"pull_request"}, PullRequests: new(false)}}},
			want: []oidc.Admission{exact("repo:octo/*:ref:refs/heads/pull_request")},
		},
		"PullRequests": {
			reason: "The wildcards of a name and of a number also match `:environment`.",
			org:    octo, allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: pullRequests}, {Repository: "b*", GitHubContexts: pullRequests}},
			want: []oidc.Admission{
				exact("repo:octo/api:pull_request"),
				wide("repo:octo/b*:pull_request", "repo:octo@65/api@*:pull_request", "repo:octo@65/b*:pull_request"),
			},
		},
		"EnvironmentOfThatName": {
			reason: "An entry may name the environment itself.",
			org:    server, allow: []v1alpha1.Allow{{Repository: "*", GitHubContexts: v1alpha1.GitHubContexts{Environments: []string{"pull_request"}}}},
			want: []oidc.Admission{exact("repo:octo/*:environment:pull_request")},
		},
		"Nobody": {reason: "Without entries nobody is admitted; the caller decides what an absent list means.", org: octo},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.org.Admissions(tc.allow)); diff != "" {
				t.Errorf("%s\nAdmissions(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAllowProject(t *testing.T) {
	contexts := v1alpha1.GitHubContexts{Branches: []string{"main"}}
	got := AllowProject(&v1alpha1.ProjectGitHub{Repositories: []string{"api", "web"}, GitHubContexts: contexts})
	want := []v1alpha1.Allow{{Repository: "api", GitHubContexts: contexts}, {Repository: "web", GitHubContexts: contexts}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("The contexts hold for each repository.\nAllowProject(...): -want, +got:\n%s", diff)
	}
	if got := AllowProject(nil); got != nil {
		t.Errorf("Without github nobody is admitted.\nAllowProject(nil) = %v", got)
	}
}

func TestIssuer(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   *v1alpha1.GitHubIssuer
		want   string
	}{
		"Absent":     {reason: "github.com is the default.", want: "https://token.actions.githubusercontent.com"},
		"Empty":      {reason: "github.com is also the default of an empty issuer.", spec: &v1alpha1.GitHubIssuer{}, want: "https://token.actions.githubusercontent.com"},
		"Public":     {reason: "github.com may be written out.", spec: &v1alpha1.GitHubIssuer{Host: new("github.com")}, want: "https://token.actions.githubusercontent.com"},
		"Enterprise": {reason: "An enterprise can have its slug in the issuer.", spec: &v1alpha1.GitHubIssuer{Enterprise: new("acme")}, want: "https://token.actions.githubusercontent.com/acme"},
		"Tenant":     {reason: "ghe.com has a subdomain for each tenant.", spec: &v1alpha1.GitHubIssuer{Host: new("acme.ghe.com")}, want: "https://token.actions.acme.ghe.com"},
		"TenantSlug": {reason: "An enterprise there can have its slug in the issuer, too.", spec: &v1alpha1.GitHubIssuer{Host: new("acme.ghe.com"), Enterprise: new("acme")}, want: "https://token.actions.acme.ghe.com/acme"},
		"Server":     {reason: "An Enterprise Server issues below its own host.", spec: &v1alpha1.GitHubIssuer{Host: new("git.example.com")}, want: "https://git.example.com/_services/token"},
		"LooksLike":  {reason: "Only a subdomain of ghe.com is a tenant.", spec: &v1alpha1.GitHubIssuer{Host: new("notghe.com")}, want: "https://notghe.com/_services/token"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			i := OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", Issuer: tc.spec}).Issuer("aws-cn")
			if diff := cmp.Diff(tc.want, i.URL); diff != "" {
				t.Errorf("%s\nIssuer(...).URL: -want, +got:\n%s", tc.reason, diff)
			}
			wantARN := "arn:aws-cn:iam::111122223333:oidc-provider/" + tc.want[len("https://"):]
			if diff := cmp.Diff(wantARN, i.ProviderARN("aws-cn", "111122223333")); diff != "" {
				t.Errorf("%s\nProviderARN(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
