package github

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Bounds of the API. They keep a spec readable; what really bounds it is the size of
// a trust policy.
const (
	maxAllow        = 100
	maxRepositories = 50
	maxValues       = 50
	maxValue        = 255
)

// ValidateAllow returns all that is wrong with the entries of an org access's role.
// Valid ones cannot express a run outside the organisation.
func ValidateAllow(entries []v1alpha1.Allow, path *field.Path) fault.List {
	var l fault.List
	checkLength(&l, path, len(entries), entries != nil, maxAllow, "names no workflow: leave it out to admit those of any repository, or disable the role")
	for i, e := range entries {
		p := path.Index(i)
		if e.Repository != AnyRepository {
			validateRepository(&l, e.Repository, p.Child("repository"), "must be `*` or the name of one repository, without its owner")
		}
		if e.RepositoryID != nil {
			validateNumber(&l, "the repository's", p.Child("repositoryId"), *e.RepositoryID)
			if e.Repository == AnyRepository {
				l.Invalid(p.Child("repositoryId"), *e.RepositoryID, "must be left out with repository `*`: it is the number of one repository")
			}
		}
		validateContexts(&l, &e.GitHubContexts, p)
	}
	return l
}

// ValidateProject returns all that is wrong with a project's workflows. A valid one
// names its repositories: none admits those of another project by a wildcard.
func ValidateProject(g *v1alpha1.ProjectGitHub, path *field.Path) fault.List {
	var l fault.List
	if g == nil {
		return l
	}
	p := path.Child("repositories")
	if g.Repositories == nil {
		l.Required(p, "the repositories whose workflows may push")
	}
	checkLength(&l, p, len(g.Repositories), g.Repositories != nil, maxRepositories, "names no repository: leave github out to have no push role")
	for i, name := range g.Repositories {
		validateRepository(&l, name, p.Index(i), "must be the name of one repository, without its owner and without wildcards")
	}
	validateContexts(&l, &g.GitHubContexts, path)
	return l
}

func validateRepository(l *fault.List, name string, p *field.Path, rule string) {
	switch {
	case name == "":
		l.Required(p, "the name of a repository, without its owner")
	case !repositoryName.MatchString(name) || name == "." || name == "..":
		github(l, "github.repository", p, name, "%s: 1 to 100 letters, digits and . _ -, but not . or ..", rule)
	}
}

// validateContexts checks the kinds of run that an entry admits. One that names none
// admits all, so an empty list or `pullRequests: false` alone would open what it
// seems to close.
func validateContexts(l *fault.List, c *v1alpha1.GitHubContexts, path *field.Path) {
	named := false
	for _, k := range contextKinds {
		values := k.values(c)
		p := path.Child(k.field)
		named = named || len(values) > 0
		checkLength(l, p, len(values), values != nil, maxValues, "names no context: leave it out")
		for i, v := range values {
			k.validate(l, v, p.Index(i))
		}
	}
	if c.PullRequests != nil && !*c.PullRequests && !named {
		l.Invalid(path.Child("pullRequests"), false, "says nothing by itself: an entry without contexts admits every run, pull requests included; name the branches, tags or environments that are admitted")
	}
}

// A contextKind is a kind of run that is admitted by names.
type contextKind struct {
	field  string
	values func(*v1alpha1.GitHubContexts) []string

	// ref tells that the values are names of git, which hold no white space.
	ref bool
}

var contextKinds = []contextKind{
	{field: "branches", values: func(c *v1alpha1.GitHubContexts) []string { return c.Branches }, ref: true},
	{field: "tags", values: func(c *v1alpha1.GitHubContexts) []string { return c.Tags }, ref: true},
	{field: "environments", values: func(c *v1alpha1.GitHubContexts) []string { return c.Environments }},
}

// validate checks one value, in which `*` is a wildcard.
func (k contextKind) validate(l *fault.List, v string, p *field.Path) {
	switch {
	case v == "":
		l.Invalid(p, v, "is empty")
	case utf8.RuneCountInString(v) > maxValue:
		l.Invalid(p, v, "has %d characters, at most %d are allowed", utf8.RuneCountInString(v), maxValue)
	case strings.ContainsAny(v, "?$"):
		l.Invalid(p, v, "may not hold ? or $, which IAM does not take as they are; the only wildcard is *")
	case strings.ContainsFunc(v, unicode.IsControl):
		github(l, "github.context", p, v, "may not hold control characters")
	case strings.ContainsFunc(v, beyondLatin1):
		l.AWS("iam.characters", p, v, "IAM takes no characters beyond Latin-1 (U+00FF) in a policy; write * in their place")
	case k.ref && strings.ContainsFunc(v, unicode.IsSpace):
		github(l, "github.context", p, v, "may not hold white space: names of git have none")
	case strings.TrimSpace(v) != v:
		github(l, "github.context", p, v, "may not begin or end with white space")
	}
}

// beyondLatin1 tells whether IAM refuses a character in a policy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func beyondLatin1(r rune) bool { return r > 0xff }

// checkLength checks the length of a list; one that is there has at least one item.
func checkLength(l *fault.List, p *field.Path, n int, present bool, most int, empty string) {
	switch {
	case present && n == 0:
		l.Invalid(p, nil, "%s", empty)
	case n > most:
		l.Invalid(p, nil, "has %d items, at most %d are allowed", n, most)
	}
}
