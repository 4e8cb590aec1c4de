package github

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Bounds of the API. They keep a spec readable. The size of a trust policy is the bound of AWS.
const (
	maxAllow        = 100
	maxRepositories = 50
	maxValues       = 50
	maxValue        = 255
)

// ValidateAllow validates the entries of a role. Valid entries admit no run outside of the organisation.
func (o Organization) ValidateAllow(entries []v1alpha1.Allow, path *field.Path) fault.List {
	const empty = "names no workflow: leave it out to admit those of any repository, or disable the role"
	return fault.Items(entries, path, maxAllow, empty, validateEntry)
}

func validateEntry(e v1alpha1.Allow, path *field.Path) fault.List {
	var l fault.List
	if !repositoryPattern.MatchString(e.Repository) {
		const rule = "must be `*`, the name of one repository, or the beginning of names and `*`, without the owner"
		l.Add(validateRepository(e.Repository, path.Child("repository"), rule)...)
	}
	if e.RepositoryID != nil {
		p := path.Child("repositoryId")
		l.Add(repositoryIDForm.Check(*e.RepositoryID, p)...)
		if strings.HasSuffix(e.Repository, "*") {
			l.Invalid(p, *e.RepositoryID, "must be left out with a repository that holds `*`: it is the number of one repository")
		}
	}
	return append(l, validateContexts(&e.GitHubContexts, path)...)
}

// ValidateProject validates the workflows of a project. They are those of named repositories, since a wildcard could
// admit those of another project.
func ValidateProject(g *v1alpha1.ProjectGitHub, path *field.Path) fault.List {
	var l fault.List
	if g == nil {
		return nil
	}
	p := path.Child("repositories")
	if g.Repositories == nil {
		l.Required(p, "the repositories whose workflows may push")
	}
	validate := func(name string, p *field.Path) fault.List {
		return validateRepository(name, p, "must be the name of one repository, without its owner and without wildcards")
	}
	l.Add(fault.Items(g.Repositories, p, maxRepositories, "names no repository: leave github out to have no push role", validate)...)
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

// validateContexts validates the contexts of the runs that an entry admits. An entry without contexts admits all runs,
// so an empty list, or `pullRequests: false` alone, would admit what it seems to exclude.
func validateContexts(c *v1alpha1.GitHubContexts, path *field.Path) fault.List {
	var l fault.List
	named := false
	for _, k := range contextKinds {
		values := k.values(c)
		named = named || len(values) > 0
		l.Add(fault.Items(values, path.Child(k.field), maxValues, "names no context: leave it out", k.validate)...)
	}
	if c.PullRequests != nil && !*c.PullRequests && !named {
		l.Invalid(path.Child("pullRequests"), false,
			"says nothing by itself: an entry without contexts admits every run, pull requests included; name "+
				"the branches, tags or environments that are admitted")
	}
	return l
}

// validate returns the faults of a value, in which `*` is a wildcard.
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

// beyondLatin1 reports whether a character is beyond Latin-1, so that IAM refuses it in a policy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func beyondLatin1(r rune) bool { return r > 0xff }
