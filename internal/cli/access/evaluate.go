package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A right is what somebody may want: to push, to pull, or to do one action.
type right struct {
	name    string
	actions []string
}

var (
	push = right{"push", policy.PushActions()}
	pull = right{"pull", policy.PullActions()}
)

// login gives no access to any image. Callers of other accounts have it from policies that are in no file.
const login = "ecr:GetAuthorizationToken"

// newRight reads push, pull or an action of ECR, with or without its prefix.
func newRight(s string) (right, error) {
	switch s {
	case push.name:
		return push, nil
	case pull.name:
		return pull, nil
	}
	name := s
	if !strings.Contains(name, ":") {
		name = "ecr:" + name
	}
	a, ok := iam.ECRAction(name)
	if !ok {
		return right{}, fmt.Errorf("%q must be push, pull or an action of ECR, such as ecr:BatchDeleteImage", s)
	}
	return right{a.Name, []string{a.Name}}, nil
}

// onRepository reports whether the right is one on a repository.
func (r right) onRepository() bool {
	return slices.ContainsFunc(r.actions, func(name string) bool {
		a, _ := iam.ECRAction(name)
		return a.OnRepository
	})
}

// A caller is who asks AWS for something.
type caller struct {
	principal iam.Principal
	identity  []*iam.Document
	keys      iam.Context
	role      *role // nil if it is none of the files
}

// session is a session of a role.
func (e *estate) session(r *role) caller {
	c := caller{principal: iam.RoleSession(r.arn, "kubectl-ecr"), identity: r.permission, role: r}
	if e.organization != "" {
		c.keys = iam.Context{"aws:PrincipalOrgID": {e.organization}}
	}
	return c
}

// A verdict is which actions a caller may do on a repository.
type verdict struct {
	can, cannot []string

	// deciding are the statements that allow or deny the actions, near those that come nearest to allowing
	// one that is not.
	deciding, near []found
}

// A found is a finding, with what its policy is attached to.
type found struct {
	iam.Finding

	of string
}

// may evaluates actions of a caller on a repository, which may be nil for actions on the registry.
func (e *estate) may(c caller, actions []string, repo *repository) (verdict, error) {
	var v verdict
	for _, name := range actions {
		action, _ := iam.ECRAction(name)
		request := iam.Request{Action: name, Resource: "*", Principal: c.principal, Context: c.keys}
		var resource iam.ResourcePolicies
		if action.OnRepository {
			request.Resource = repo.arn()
			resource = e.policiesOf(repo)
		}
		result, err := iam.Evaluate(c.identity, resource, request)
		if err != nil {
			return v, err
		}
		if result.Allowed() {
			v.can = append(v.can, name)
		} else {
			v.cannot = append(v.cannot, name)
		}
		v.deciding = appendNew(v.deciding, attach(result.Deciding(), c.role, repo)...)
		if result.Decision == iam.DecisionImplicitDeny {
			v.near = appendNew(v.near, attach(nearest(result.Findings), c.role, repo)...)
		}
	}
	return v, nil
}

// nearest returns the Allow statements that miss a request by the fewest elements, but none of other actions or
// principals: those are about something else.
func nearest(findings []iam.Finding) []iam.Finding {
	var near []iam.Finding
	for _, f := range findings {
		other := func(m iam.Miss) bool { return strings.HasSuffix(m.Element, "Action") || m.Element == "Principal" }
		if f.Effect != iam.Allow || f.Matches() || slices.ContainsFunc(f.Misses, other) {
			continue
		}
		if len(near) > 0 && len(f.Misses) < len(near[0].Misses) {
			near = nil
		}
		if len(near) == 0 || len(f.Misses) == len(near[0].Misses) {
			near = append(near, f)
		}
	}
	return near
}

// attach says what the policies of findings are attached to.
func attach(findings []iam.Finding, r *role, repo *repository) []found {
	var out []found
	for _, f := range findings {
		a := found{Finding: f}
		switch f.Policy {
		case iam.IdentityPolicy, iam.TrustPolicy:
			if r == nil {
				continue // what somebody else may have is in no file
			}
			a.of = r.name
		case iam.RepositoryPolicy:
			a.of = repo.name
		case iam.RegistryPolicy:
			a.of = repo.place.account + ", " + repo.place.region
		}
		out = append(out, a)
	}
	return out
}

func appendNew(list []found, more ...found) []found {
	for _, f := range more {
		same := func(o found) bool { return o.Policy == f.Policy && o.of == f.of && o.Index == f.Index }
		if !slices.ContainsFunc(list, same) {
			list = append(list, f)
		}
	}
	return list
}

// allowed returns which actions a caller may do on a repository, or need for it.
func (e *estate) allowed(c caller, repo *repository) ([]string, error) {
	request := iam.Request{Resource: repo.arn(), Principal: c.principal, Context: c.keys}
	return iam.Allowed(c.identity, e.policiesOf(repo), request, onRepositories)
}

// onRepositories are the actions on repositories, and the login that push and pull need.
var onRepositories = slices.DeleteFunc(iam.ECRActions(), func(a iam.Action) bool { return !a.OnRepository && a.Name != login })

func (e *estate) policiesOf(repo *repository) iam.ResourcePolicies {
	return iam.ResourcePolicies{Repository: repo.policy, Registry: e.registries[repo.place], RegistryScope: e.scope}
}
