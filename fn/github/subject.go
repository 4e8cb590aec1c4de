package github

import (
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// AnyRepository matches every repository of the organisation.
const AnyRepository = "*"

// Everyone returns the entries that admit every run of every repository of the organisation.
func (o Organization) Everyone() []v1alpha1.Allow {
	return []v1alpha1.Allow{{Repository: AnyRepository}}
}

// AllowProject returns the entries that admit the workflows of a project: one for each of its repositories.
func AllowProject(g *v1alpha1.ProjectGitHub) []v1alpha1.Allow {
	if g == nil {
		return nil
	}
	allow := make([]v1alpha1.Allow, len(g.Repositories))
	for i, name := range g.Repositories {
		allow[i] = v1alpha1.Allow{Repository: name, GitHubContexts: g.GitHubContexts}
	}
	return allow
}

// Admissions returns the admissions of the runs that valid entries admit. Subjects that match more than is meant have
// an admission of their own, which excludes the rest.
func (o Organization) Admissions(allow []v1alpha1.Allow) []oidc.Admission {
	var exact, wide []string
	for _, s := range o.subjects(allow) {
		if matchesEnvironments(s) {
			wide = append(wide, s)
		} else {
			exact = append(exact, s)
		}
	}
	var admissions []oidc.Admission
	if len(exact) > 0 {
		admissions = append(admissions, oidc.Admission{Subjects: exact})
	}
	if len(wide) > 0 {
		not := oidc.Condition{Operator: oidc.StringNotLike, Claim: "sub", Values: []string{"*" + pullRequestEnvironment}}
		admissions = append(admissions, oidc.Admission{Subjects: wide, Conditions: []oidc.Condition{not}})
	}
	return admissions
}

// subjects returns the patterns that match the subjects of all admitted runs, sorted and without duplicates. The
// entries must be valid. There are no patterns if there are no entries.
//
// GitHub has two forms of a subject. The tokens of a repository have one of them:
//
//	repo:OWNER/REPO:<context>
//	repo:OWNER@OWNER-ID/REPO@REPO-ID:<context>
//
// If the owner's number is known, both are returned. They are disjoint and admit no other owner, since no name on
// GitHub has an `@`. Without the repository's number the second form matches any number, of repositories of that owner.
//
// In IAM a `*` also matches `/` and `:`. Yet a pattern for one context matches another context in one case only, which
// matchesEnvironments finds: GitHub writes a `:` in a value as `%3A`, so no value contains another context's prefix.
func (o Organization) subjects(allow []v1alpha1.Allow) []string {
	var subjects []string
	for _, a := range allow {
		heads := []string{"repo:" + o.Name() + "/" + a.Repository}
		if o.id() != "" {
			heads = append(heads, "repo:"+o.Name()+"@"+o.id()+"/"+numbered(a))
		}
		for _, tail := range contexts(a) {
			for _, head := range heads {
				subjects = append(subjects, head+tail)
			}
		}
	}
	slices.Sort(subjects)
	return slices.Compact(subjects)
}

// numbered returns the repository of an entry in the second form of a subject.
func numbered(a v1alpha1.Allow) string {
	if strings.HasSuffix(a.Repository, "*") {
		return a.Repository // the wildcard spans the number
	}
	if a.RepositoryID == nil {
		return a.Repository + "@*"
	}
	return a.Repository + "@" + *a.RepositoryID
}

// A contextKind is a kind of context that is admitted by name: a branch, for example.
type contextKind struct {
	field  string
	values func(*v1alpha1.GitHubContexts) []string

	// prefix comes before the name in a subject.
	prefix string

	// ref is true if the values are names in git, which have no white space.
	ref bool
}

var contextKinds = []contextKind{
	{"branches", func(c *v1alpha1.GitHubContexts) []string { return c.Branches }, ":ref:refs/heads/", true},
	{"tags", func(c *v1alpha1.GitHubContexts) []string { return c.Tags }, ":ref:refs/tags/", true},
	{"environments", func(c *v1alpha1.GitHubContexts) []string { return c.Environments }, environment, false},
}

const (
	environment = ":environment:"
	pullRequest = ":pull_request"

	// pullRequestEnvironment is the context of an environment that passes for a pull request.
	pullRequestEnvironment = environment + "pull_request"
)

// contexts returns the patterns that follow the repository in the subjects that an entry admits.
func contexts(a v1alpha1.Allow) []string {
	var tails []string
	for _, k := range contextKinds {
		for _, v := range k.values(&a.GitHubContexts) {
			tails = append(tails, k.prefix+strings.ReplaceAll(v, ":", "%3A"))
		}
	}
	if a.PullRequests != nil && *a.PullRequests {
		tails = append(tails, pullRequest)
	}
	switch {
	case len(tails) > 0:
		return tails
	case a.Repository == AnyRepository:
		return []string{""} // the wildcard of the repository spans all contexts
	}
	return []string{":*"}
}

// matchesEnvironments reports whether a pattern for pull requests also matches environments that somebody called
// pull_request, since the wildcard for a repository's name or number also matches `:environment`:
//
//	repo:OWNER/*:pull_request is like repo:OWNER/REPO:environment:pull_request
func matchesEnvironments(subject string) bool {
	head, ok := strings.CutSuffix(subject, pullRequest)
	return ok && strings.Contains(head, "*") && !strings.HasSuffix(subject, pullRequestEnvironment)
}
