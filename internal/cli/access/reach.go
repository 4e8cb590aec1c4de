package access

import (
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A reach finds the roles that may reach a repository, so that not every role is evaluated for each: a statement of the
// role is about the repository, or a policy of the repository or its registry names the role. A policy for an
// organisation, an account or everyone has one grantee, not one for each role among them.
type reach struct {
	*estate

	// byProject are the roles by the first part of the repository names in their statements. Roles that may reach any
	// repository are under the empty name.
	byProject map[string][]int

	// byARN are the roles by ARN.
	byARN map[string][]int
}

func newReach(e *estate) *reach {
	r := &reach{estate: e, byProject: map[string][]int{}, byARN: map[string][]int{}}
	for i, role := range e.roles {
		r.byARN[role.arn] = append(r.byARN[role.arn], i)
		for _, d := range role.permission {
			for _, s := range d.Statements {
				for _, p := range projectsOf(s) {
					r.byProject[p] = append(r.byProject[p], i)
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

// roles returns the indices of the roles that may reach a repository.
func (r *reach) roles(repo *repository) []int {
	arn := repo.arn()
	project, _, _ := strings.Cut(repo.name, "/")
	out := slices.DeleteFunc(slices.Concat(r.byProject[project], r.byProject[""]), func(i int) bool {
		return !slices.ContainsFunc(r.estate.roles[i].permission, func(d *iam.Document) bool {
			return slices.ContainsFunc(d.Statements, func(s iam.Statement) bool { return s.About(arn) })
		})
	})
	for _, s := range r.allowStatements(repo) {
		if s.About(arn) {
			for _, name := range s.Principal.AWS {
				out = append(out, r.byARN[name]...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
