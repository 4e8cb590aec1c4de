package github

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// octo is an organisation on github.com.
var octo = OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", OrganizationID: new("65")})

func TestSubjects(t *testing.T) {
	public := OrganizationOf(&v1alpha1.OrgGitHub{Organization: "Octo-Org", OrganizationID: new("65")})
	server := OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", Issuer: &v1alpha1.GitHubIssuer{Host: new("git.example.com")}})
	cases := map[string]struct {
		reason string
		org    Organization
		allow  []v1alpha1.Allow
		want   []string
	}{
		"Everyone": {
			reason: "Both forms of the whole organisation, closed by the slash or by the number.",
			org:    public,
			allow:  octo.Everyone(),
			want:   []string{"repo:Octo-Org/*", "repo:Octo-Org@65/*"},
		},
		"OldFormOnly": {
			reason: "Without a number there is no pattern of the newer form that is safe.",
			org:    server,
			allow:  octo.Everyone(),
			want:   []string{"repo:octo/*"},
		},
		"OneRepository": {
			reason: "Without its number any repository of that name in the organisation matches, and no longer name.",
			org:    public,
			allow:  []v1alpha1.Allow{{Repository: "api"}},
			want:   []string{"repo:Octo-Org/api:*", "repo:Octo-Org@65/api@*:*"},
		},
		"Prefix": {
			reason: "All repositories that begin alike; the wildcard spans the number of the newer form.",
			org:    public,
			allow:  []v1alpha1.Allow{{Repository: "svc-*", GitHubContexts: v1alpha1.GitHubContexts{Branches: []string{"main"}}}},
			want:   []string{"repo:Octo-Org/svc-*:ref:refs/heads/main", "repo:Octo-Org@65/svc-*:ref:refs/heads/main"},
		},
		"RepositoryID": {
			reason: "With its number the newer form admits only that repository.",
			org:    public,
			allow:  []v1alpha1.Allow{{Repository: "api", RepositoryID: new("74")}},
			want:   []string{"repo:Octo-Org/api:*", "repo:Octo-Org@65/api@74:*"},
		},
		"Contexts": {
			reason: "An entry with contexts admits exactly those.",
			org:    server,
			allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{
				Branches: []string{"main", "release/*"}, Tags: []string{"v*"}, Environments: []string{"prod:eu"}, PullRequests: new(true),
			}}},
			want: []string{
				"repo:octo/api:environment:prod%3Aeu",
				"repo:octo/api:pull_request",
				"repo:octo/api:ref:refs/heads/main",
				"repo:octo/api:ref:refs/heads/release/*",
				"repo:octo/api:ref:refs/tags/v*",
			},
		},
		"ContextsOfAnyRepository": {
			reason: "The wildcard stands for the name and, in the newer form, for the number.",
			org:    public,
			allow:  []v1alpha1.Allow{{Repository: "*", GitHubContexts: v1alpha1.GitHubContexts{Environments: []string{"prod"}}}},
			want:   []string{"repo:Octo-Org/*:environment:prod", "repo:Octo-Org@65/*:environment:prod"},
		},
		"NoPullRequests": {
			reason: "false adds nothing where other contexts are named.",
			org:    server,
			allow:  []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Branches: []string{"main"}, PullRequests: new(false)}}},
			want:   []string{"repo:octo/api:ref:refs/heads/main"},
		},
		"SortedOnce": {
			reason: "The order of the spec and repetitions do not show.",
			org:    server,
			allow:  []v1alpha1.Allow{{Repository: "b"}, {Repository: "a"}, {Repository: "b"}},
			want:   []string{"repo:octo/a:*", "repo:octo/b:*"},
		},
		"Nobody": {
			reason: "No entry admits nobody; it is the caller who decides what an absent list means.",
			org:    public,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.org.subjects(tc.allow)); diff != "" {
				t.Errorf("%s\nsubjects(...): -want, +got:\n%s", tc.reason, diff)
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
		"Empty":      {reason: "So it is with nothing said.", spec: &v1alpha1.GitHubIssuer{}, want: "https://token.actions.githubusercontent.com"},
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

func TestUnmeant(t *testing.T) {
	cases := map[string]struct {
		reason, subject, want string
	}{
		"AnyRepository": {"The wildcard takes in `:environment`.", "repo:octo/*:pull_request", "*:environment:pull_request"},
		"AnyNumber":     {"So does that of a number.", "repo:octo@65/api@*:pull_request", "*:environment:pull_request"},
		"Exact":         {"Without a wildcard nothing is taken in.", "repo:octo/api:pull_request", ""},
		"Branch":        {"No other context stands behind one of the same words.", "repo:octo/*:ref:refs/heads/pull_request", ""},
		"Environment":   {"Nor does an environment: it is what would be taken in.", "repo:octo/*:environment:*", ""},
		"NamedAlike":    {"The environment itself is meant where it is named.", "repo:octo/*:environment:pull_request", ""},
		"Everyone":      {"Where everything is meant nothing is unmeant.", "repo:octo/*", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, unmeantBy(tc.subject)); diff != "" {
				t.Errorf("%s\nunmeantBy(%q): -want, +got:\n%s", tc.reason, tc.subject, diff)
			}
		})
	}
}
