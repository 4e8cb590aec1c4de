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

// ValidateAllow returns what is wrong with the entries of a role. Valid ones cannot express a run outside of the
// organisation.
func (o Organization) ValidateAllow(entries []v1alpha1.Allow, path *field.Path) fault.List {
	l := validateLength(path, len(entries), entries != nil, maxAllow,
		"names no workflow: leave it out to admit those of any repository, or disable the role")
	for i, e := range atMost(entries, maxAllow) {
		p := path.Index(i)
		if e.Repository != AnyRepository && !repositoryPrefix.MatchString(e.Repository) {
			l.Add(validateRepository(e.Repository, p.Child("repository"), "must be `*`, the name of one repository, or the beginning of names and `*`, without the owner")...)
		}
		if e.RepositoryID != nil {
			p := p.Child("repositoryId")
			l.Add(validateNumber("the repository's", p, *e.RepositoryID)...)
			if strings.HasSuffix(e.Repository, "*") {
				l.Invalid(p, *e.RepositoryID, "must be left out with a repository that holds `*`: it is the number of one repository")
			}
		}
		l.Add(validateContexts(&e.GitHubContexts, p)...)
	}
	return l
}

// ValidateProject returns what is wrong with a project's workflows. A valid one names its repositories: none admits
// those of another project by a wildcard.
func ValidateProject(g *v1alpha1.ProjectGitHub, path *field.Path) fault.List {
	var l fault.List
	if g == nil {
		return nil
	}
	p := path.Child("repositories")
	if g.Repositories == nil {
		l.Required(p, "the repositories whose workflows may push")
	}
	l.Add(validateLength(p, len(g.Repositories), g.Repositories != nil, maxRepositories,
		"names no repository: leave github out to have no push role")...)
	for i, name := range atMost(g.Repositories, maxRepositories) {
		l.Add(validateRepository(name, p.Index(i), "must be the name of one repository, without its owner and without wildcards")...)
	}
	return append(l, validateContexts(&g.GitHubContexts, path)...)
}

func validateRepository(name string, p *field.Path, rule string) fault.List {
	var l fault.List
	switch {
	case name == "":
		l.Required(p, "the name of a repository, without its owner")
	case !repositoryName.MatchString(name) || name == "." || name == "..":
		l.GitHub("github.repository", p, name, "%s: 1 to 100 letters, digits and . _ -, but not . or ..", rule)
	}
	return l
}

// validateContexts checks the kinds of run that an entry admits. One that names none admits all, so an empty list
// or `pullRequests: false` alone would open what it seems to close.
func validateContexts(c *v1alpha1.GitHubContexts, path *field.Path) fault.List {
	var l fault.List
	named := false
	for _, k := range contextKinds {
		values := k.values(c)
		p := path.Child(k.field)
		named = named || len(values) > 0
		l.Add(validateLength(p, len(values), values != nil, maxValues, "names no context: leave it out")...)
		for i, v := range atMost(values, maxValues) {
			l.Add(k.validate(v, p.Index(i))...)
		}
	}
	if c.PullRequests != nil && !*c.PullRequests && !named {
		l.Invalid(path.Child("pullRequests"), false,
			"says nothing by itself: an entry without contexts admits every run, pull requests included; name "+
				"the branches, tags or environments that are admitted")
	}
	return l
}

// A contextKind is a kind of run that is admitted by names.
type contextKind struct {
	field  string
	values func(*v1alpha1.GitHubContexts) []string

	// ref is true if the values are names of git, which hold no white space.
	ref bool
}

var contextKinds = []contextKind{
	{field: "branches", values: func(c *v1alpha1.GitHubContexts) []string { return c.Branches }, ref: true},
	{field: "tags", values: func(c *v1alpha1.GitHubContexts) []string { return c.Tags }, ref: true},
	{field: "environments", values: func(c *v1alpha1.GitHubContexts) []string { return c.Environments }},
}

// validate checks one value, in which `*` is a wildcard.
func (k contextKind) validate(v string, p *field.Path) fault.List {
	var l fault.List
	switch {
	case v == "":
		l.Invalid(p, v, "must not be empty")
	case utf8.RuneCountInString(v) > maxValue:
		l.Invalid(p, v, "has %d characters, at most %d are allowed", utf8.RuneCountInString(v), maxValue)
	case strings.ContainsAny(v, "?$"):
		l.Invalid(p, v, "must not hold ? or $, which have a meaning of their own in IAM; the only wildcard is *")
	case strings.ContainsFunc(v, unicode.IsControl):
		l.GitHub("github.context", p, v, "must not hold control characters")
	case strings.ContainsFunc(v, beyondLatin1):
		l.AWS("iam.characters", p, v, "must not hold characters beyond Latin-1 (U+00FF): IAM takes none in a policy; write * in their place")
	case k.ref && strings.ContainsFunc(v, unicode.IsSpace):
		l.GitHub("github.context", p, v, "must not hold white space: names of git have none")
	case strings.TrimSpace(v) != v:
		l.GitHub("github.context", p, v, "must not begin or end with white space")
	}
	return l
}

// beyondLatin1 reports whether IAM refuses a character in a policy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func beyondLatin1(r rune) bool { return r > 0xff }

// validateLength checks the length of a list; one that is there has at least one item.
func validateLength(p *field.Path, n int, present bool, most int, empty string) fault.List {
	var l fault.List
	switch {
	case present && n == 0:
		l.Invalid(p, nil, "%s", empty)
	case n > most:
		l.Invalid(p, nil, "has %d items, at most %d are allowed", n, most)
	}
	return l
}

// atMost returns the first items of a list: those beyond its bound are not looked at one by one.
func atMost[T any](list []T, most int) []T { return list[:min(len(list), most)] }
