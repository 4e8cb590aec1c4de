package github

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Advise returns advice on the organisation. The path is that of the field that names it.
func (o Organization) Advise(path *field.Path) fault.Advice {
	var a fault.Advice
	p := path.Child("organizationId")
	switch {
	case o.id() == "" && o.tenant():
		a.Add(p, "without it, repositories that were created, renamed or transferred after 15 July 2026 cannot assume the roles: "+
			"the subjects of their tokens hold the organisation's number. See https://api.%s/orgs/%s", o.host(), o.Name())
	case o.idUnread():
		a.Add(p, "is not required of every token: AWS does not read an organisation's number from the tokens of an issuer on ghe.com "+
			"that holds an enterprise's slug. It is in the subjects of newer repositories, and those of older ones have only "+
			"the organisation's name")
	case o.id() != "" && o.server():
		a.Add(p, "nobody can assume the roles: AWS does not read an organisation's number from the tokens of a GitHub Enterprise "+
			"Server, and the condition on it fails. Leave it out")
	}
	return a
}

// AdviseAllow returns advice on the entries of a role that are allowed, but probably not what their author expects.
func (o Organization) AdviseAllow(entries []v1alpha1.Allow, path *field.Path) fault.Advice {
	var a fault.Advice
	for i, e := range entries {
		wider := slices.IndexFunc(entries, func(other v1alpha1.Allow) bool {
			return admitsAll(&other.GitHubContexts) && covers(other.Repository, e.Repository) &&
				(!admitsAll(&e.GitHubContexts) || other.Repository != e.Repository)
		})
		if wider >= 0 {
			a.Add(path.Index(i), "restricts nothing: %s admits every run of this repository already. Entries only ever add to each other",
				path.Index(wider))
		}
		a = append(a, adviseContexts(&e.GitHubContexts, path.Index(i))...)
	}
	return a
}

// covers reports whether a repository, or a pattern of repositories, matches everything that another one matches.
func covers(a, b string) bool {
	head, isPrefix := strings.CutSuffix(a, "*")
	return a == b || isPrefix && strings.HasPrefix(b, head)
}

// admitsAll reports whether an entry with the contexts admits every run of its repositories.
func admitsAll(c *v1alpha1.GitHubContexts) bool {
	return len(c.Branches)+len(c.Tags)+len(c.Environments) == 0 && c.PullRequests == nil
}

// impossible matches values that match no name of a branch or a tag in git. Wildcards are possible.
// https://git-scm.com/docs/git-check-ref-format
var impossible = regexp.MustCompile(`[~^:\[\\]|\.\.|@\{|//|^/|/$|\.$|^\.|/\.|\.lock(/|$)`)

// AdviseProject returns advice on who may push to the repositories of a project.
func AdviseProject(g *v1alpha1.ProjectGitHub, path *field.Path) fault.Advice {
	a := adviseContexts(&g.GitHubContexts, path)
	if admitsAll(&g.GitHubContexts) {
		a.Add(path, "lets every run of these repositories push, those of pull requests included: name branches, tags or "+
			"environments to let in no others")
	}
	return a
}

// adviseContexts returns advice on names of branches and tags that match nothing, or not what they seem to.
func adviseContexts(c *v1alpha1.GitHubContexts, path *field.Path) fault.Advice {
	var a fault.Advice
	for _, k := range contextKinds {
		for i, v := range k.values(c) {
			switch p := path.Child(k.field).Index(i); {
			case !k.ref:
			case strings.HasPrefix(v, "refs/"):
				a.Add(p, "names are written without refs/heads/ or refs/tags/: %q matches only a name that itself has this prefix. Write e.g. %q",
					v, v[strings.LastIndex(v, "/")+1:])
			case impossible.MatchString(v):
				a.Add(p, "git allows no such name, so %q matches nothing", v)
			}
		}
	}
	return a
}
