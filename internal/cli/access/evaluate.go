package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A right is to push, to pull, or to do one action.
type right struct {
	name    string
	actions []string
}

var (
	push = right{"push", policy.PushActions()}
	pull = right{"pull", policy.PullActions()}
)

// login gives no access to any image. Callers in other accounts get it from policies that are in no file.
const login = "ecr:GetAuthorizationToken"

// newRight returns the right to push, to pull or to do an action of ECR. The prefix of the action is optional.
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

// onRepository reports whether the right needs a repository.
func (r right) onRepository() bool {
	return slices.ContainsFunc(r.actions, func(name string) bool {
		a, _ := iam.ECRAction(name)
		return a.OnRepository
	})
}

// A caller is somebody who sends requests to AWS.
type caller struct {
	principal iam.Principal
	identity  []*iam.Document
	keys      iam.Context
	role      *role // nil if the caller is none of the estate's roles
	service   bool
}

// needs returns the actions that a caller needs for a right. A service neither logs in nor lists
// (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions).
func (c caller) needs(r right) []string {
	if c.service && r.name == pull.name {
		return []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	}
	return r.actions
}

// session returns a session of a role.
func (e *estate) session(r *role) caller {
	c := caller{principal: iam.RoleSession(r.arn, "kubectl-ecr"), identity: r.permission, role: r}
	if e.organization != "" {
		c.keys = iam.Context{"aws:PrincipalOrgID": {e.organization}}
	}
	return c
}

// hasPart reports whether somebody who may do an action has a part of the right. The login is not enough, nor for push an
// action that pull needs too.
func (r right) hasPart(action string) bool {
	return action != login && (r.name != push.name || !slices.Contains(pull.actions, action))
}

// A verdict says which actions a caller may do on a repository.
type verdict struct {
	can, cannot []string

	// deciding are the statements that allow or deny the actions.
	deciding []Statement

	// missing is what the nearest statements lack to allow the actions that are implicitly denied.
	missing []Missing
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
		v.deciding = appendNew(v.deciding, statements(result.Deciding(), c.role, repo)...)
		if result.Decision == iam.DecisionImplicitDeny {
			v.missing = appendMissing(v.missing, nearest(result.Findings), c.role, repo)
		}
	}
	return v, nil
}

// nearest returns the Allow statements that miss a request by the fewest elements. It omits statements about other
// actions or principals.
func nearest(findings []iam.Finding) []iam.Finding {
	var near []iam.Finding
	unrelated := func(m iam.Miss) bool { return strings.HasSuffix(m.Element, "Action") || m.Element == "Principal" }
	for _, f := range findings {
		if f.Effect != iam.Allow || f.Matches() || slices.ContainsFunc(f.Misses, unrelated) {
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

// statement names the statement of a finding. It returns false for a statement of a policy that no file has.
func statement(f iam.Finding, r *role, repo *repository) (Statement, bool) {
	s := Statement{Policy: string(f.Policy), Index: f.Index, Sid: f.Sid, Effect: string(f.Effect)}
	switch f.Policy {
	case iam.IdentityPolicy, iam.TrustPolicy:
		if r == nil {
			return s, false
		}
		s.Of = r.name
	case iam.RepositoryPolicy:
		s.Of = repo.name
	case iam.RegistryPolicy:
		s.Of = repo.place.account + ", " + repo.place.region
	}
	return s, true
}

// statements names the statements of findings.
func statements(findings []iam.Finding, r *role, repo *repository) []Statement {
	var out []Statement
	for _, f := range findings {
		if s, ok := statement(f, r, repo); ok {
			out = append(out, s)
		}
	}
	return out
}

// appendMissing appends what the statements of findings lack, unless the list has the statement. Of a statement
// about another principal, it appends the principal only, whatever else does not match.
func appendMissing(list []Missing, findings []iam.Finding, r *role, repo *repository) []Missing {
	for _, f := range findings {
		s, ok := statement(f, r, repo)
		if !ok || slices.ContainsFunc(list, func(m Missing) bool { return m.Statement == s }) {
			continue
		}
		for _, m := range f.Misses {
			x := Missing{Statement: s, Element: m.Element, Expected: m.Want, Got: append([]string{}, m.Got...)}
			if m.Condition != nil {
				x.Operator, x.Key = m.Condition.Name(), m.Condition.Key
			}
			list = append(list, x)
			if m.Element == "Principal" {
				break
			}
		}
	}
	return list
}

// appendNew appends the values that are not in the list.
func appendNew[T comparable](list []T, values ...T) []T {
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
