package access

import (
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A reach says which roles may have anything on a repository, so that not every role is asked about each: a statement
// of the role's own is about the repository, or one of the repository's or registry's policy is about both.
type reach struct {
	*estate

	// byProject are roles by the first part of the names of repositories that their statements are about. Those
	// whose statements may be about any are under the empty name.
	byProject map[string][]int

	// named are the roles that a statement of a resource policy names.
	named map[statementAt][]int
}

// A statementAt is a statement of the policy of a registry, or of a repository in it.
type statementAt struct {
	policy *iam.Document
	index  int
	at     place
}

func newReach(e *estate) *reach {
	r := &reach{estate: e, byProject: map[string][]int{}, named: map[statementAt][]int{}}
	for i, role := range e.roles {
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

// projectsOf are the first parts of the names of repositories that a statement is about; empty for any.
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

// roles are those that may have anything on a repository, by their places.
func (r *reach) roles(repo *repository) ([]int, error) {
	arn := repo.arn()
	project, _, _ := strings.Cut(repo.name, "/")
	out := slices.DeleteFunc(slices.Concat(r.byProject[project], r.byProject[""]), func(i int) bool {
		return !slices.ContainsFunc(r.estate.roles[i].permission, func(d *iam.Document) bool {
			return slices.ContainsFunc(d.Statements, func(s iam.Statement) bool { return s.About(arn) })
		})
	})
	for _, d := range []*iam.Document{repo.policy, r.registries[repo.place]} {
		if d == nil {
			continue
		}
		for i, s := range d.Statements {
			if s.Effect != iam.Allow || !s.About(arn) {
				continue
			}
			named, err := r.namedBy(statementAt{d, i, repo.place}, repo)
			if err != nil {
				return nil, err
			}
			out = append(out, named...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// namedBy are the roles that a statement of a resource policy names. One that names the account of a role gives it
// nothing by itself.
func (r *reach) namedBy(at statementAt, repo *repository) ([]int, error) {
	if out, ok := r.named[at]; ok {
		return out, nil
	}
	s, out := at.policy.Statements[at.index], []int{}
	for i, role := range r.estate.roles {
		if !s.Principal.Any && !slices.Contains(s.Principal.AWS, role.arn) {
			continue
		}
		c := r.session(role)
		result, err := iam.EvaluateOne(at.policy, iam.Request{
			Action: "ecr:BatchGetImage", Resource: repo.arn(), Principal: c.principal, Context: c.keys,
		})
		if err != nil {
			return nil, err
		}
		other := func(m iam.Miss) bool { return !strings.HasSuffix(m.Element, "Action") }
		if !slices.ContainsFunc(result.Findings[at.index].Misses, other) {
			out = append(out, i)
		}
	}
	r.named[at] = out
	return out, nil
}
