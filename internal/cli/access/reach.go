package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A reach finds the grantees of a repository without evaluating every role: a role may reach it if one of its statements
// is about the repository, or if a policy of the repository or its registry names the role.
type reach struct {
	*estate

	// byProject are the roles by the first part of the repository names in their statements. Roles that may reach any
	// repository are under the empty name.
	byProject map[string][]*Grantee
	byARN     map[string][]*Grantee
}

// newReach returns the reach of the roles that admit somebody.
func newReach(e *estate, roles []*Grantee) *reach {
	r := &reach{estate: e, byProject: map[string][]*Grantee{}, byARN: map[string][]*Grantee{}}
	for _, g := range roles {
		if len(g.Admits) == 0 {
			continue
		}
		r.byARN[g.ARN] = append(r.byARN[g.ARN], g)
		for _, d := range g.caller.identity {
			for _, s := range d.Statements {
				for _, p := range projectsOf(s) {
					r.byProject[p] = append(r.byProject[p], g)
				}
			}
		}
	}
	return r
}

// projectsOf returns the first parts of the names of repositories that a statement is about; empty for any.
func projectsOf(s iam.Statement) []string {
	if s.Effect != iam.Allow || !s.OnRepositories() {
		return nil
	}
	if s.Resource == nil {
		return []string{""}
	}
	var out []string
	for _, pattern := range s.Resource {
		a, _ := aws.ParseARN(pattern)
		name, _ := strings.CutPrefix(a.Resource, "repository/")
		project, _, whole := strings.Cut(name, "/")
		if !whole || strings.ContainsAny(project, "*?") {
			project = ""
		}
		out = append(out, project)
	}
	return out
}

// candidates returns the roles that may reach a repository, and all whom its policies name. A policy for an organisation,
// an account or everyone names one grantee, not each role among them.
func (r *reach) candidates(repo *repository) []*Grantee {
	arn := repo.arn()
	project, _, _ := strings.Cut(repo.name, "/")
	var roles []*Grantee
	for _, g := range slices.Concat(r.byProject[project], r.byProject[""]) {
		about := func(d *iam.Document) bool {
			return slices.ContainsFunc(d.Statements, func(s iam.Statement) bool { return s.About(arn) })
		}
		if slices.ContainsFunc(g.caller.identity, about) {
			roles = appendNew(roles, g)
		}
	}
	for _, s := range r.allowStatements(repo) {
		if s.About(arn) {
			for _, name := range s.Principal.AWS {
				roles = appendNew(roles, r.byARN[name]...)
			}
		}
	}
	slices.SortStableFunc(roles, func(a, b *Grantee) int { return cmp.Compare(a.ARN, b.ARN) })
	return append(roles, r.namedGrantees(repo)...)
}
