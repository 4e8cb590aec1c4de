package access

import (
	"cmp"
	"slices"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A TokenAnswer says what a token may do.
type TokenAnswer struct {
	Allowed bool `json:"allowed"`

	// Right and Repository are what was asked for; empty if it was everything.
	Right      string `json:"can,omitempty"`
	Repository string `json:"on,omitempty"`

	Tokens []TokenTried `json:"tokens"`

	// Roles are those that allow what was asked for or, if none does, those that were tried.
	Roles []RoleAnswer `json:"roles"`
}

// A TokenTried is a token, and whether it gets what was asked for.
type TokenTried struct {
	Issuer   string `json:"issuer"`
	Audience string `json:"audience,omitempty"`
	Subject  string `json:"subject"`
	Allowed  bool   `json:"allowed"`
}

// A RoleAnswer is what a role gives to the token.
type RoleAnswer struct {
	Name    string `json:"name"`
	ARN     string `json:"arn"`
	Of      string `json:"of"`
	Allowed bool   `json:"allowed"`

	// Assumed reports whether the token may assume the role, and Subject with which subject.
	Assumed bool   `json:"assumed"`
	Subject string `json:"subject,omitempty"`

	PermissionsBoundary string `json:"permissionsBoundary,omitempty"`

	// Statements are those that decide: of the trust policy, then of the others.
	Statements []Statement `json:"statements,omitempty"`

	// Missing is what keeps statements from allowing it.
	Missing []Missing `json:"missing,omitempty"`

	// Can and Cannot are the actions that were asked for.
	Can    []string `json:"can,omitempty"`
	Cannot []string `json:"cannot,omitempty"`

	// Repositories of the files, if no right was asked for.
	Repositories []Access `json:"repositories,omitempty"`
}

// An Access is what somebody may do with a repository.
type Access struct {
	Repository string `json:"repository"`
	ARN        string `json:"arn,omitempty"`
	Push       bool   `json:"push"`
	Pull       bool   `json:"pull"`

	// Other are actions beyond those of push and pull.
	Other []string `json:"other,omitempty"`
}

// A Missing is an element or condition that is not as a statement wants it.
type Missing struct {
	Statement Statement `json:"statement"`
	Element   string    `json:"element"`
	Operator  string    `json:"operator,omitempty"`
	Key       string    `json:"key,omitempty"`
	Expected  []string  `json:"expected"`

	// Got is empty if the request has no such key.
	Got []string `json:"got"`
}

// ask answers for tokens, any of which may be the one that a workflow has.
func (e *estate) ask(tokens []iam.Token, want *right, repo *repository) (*TokenAnswer, error) {
	answer := &TokenAnswer{Tokens: make([]TokenTried, len(tokens)), Roles: []RoleAnswer{}}
	if want != nil {
		answer.Right = want.name
	}
	if repo != nil {
		answer.Repository = repo.name
	}
	for i, t := range tokens {
		answer.Tokens[i] = TokenTried{Issuer: t.Issuer, Audience: t.Audience, Subject: t.Subject}
	}
	var tried []RoleAnswer
	for _, r := range e.roles {
		for i, t := range tokens {
			a, err := e.askRole(r, t, want, repo)
			if err != nil {
				return nil, err
			}
			if a.Allowed {
				answer.Allowed, answer.Tokens[i].Allowed = true, true
			}
			tried = append(tried, a)
		}
	}
	// The role that comes nearest to allowing it says most, and of several tokens the one that comes nearest.
	slices.SortStableFunc(tried, func(a, b RoleAnswer) int {
		if a.Assumed != b.Assumed {
			return map[bool]int{true: -1, false: 1}[a.Assumed]
		}
		return cmp.Compare(len(a.Missing), len(b.Missing))
	})
	for _, a := range tried {
		same := func(o RoleAnswer) bool { return o.ARN == a.ARN }
		if a.Allowed == answer.Allowed && !slices.ContainsFunc(answer.Roles, same) {
			answer.Roles = append(answer.Roles, a)
		}
	}
	return answer, nil
}

// askRole answers for one role.
func (e *estate) askRole(r *role, t iam.Token, want *right, repo *repository) (RoleAnswer, error) {
	a := RoleAnswer{Name: r.name, ARN: r.arn, Of: r.of, PermissionsBoundary: r.boundary}
	trust, err := iam.EvaluateTrust(r.trust, r.arn, t)
	if err != nil {
		return a, err
	}
	a.Statements = statements(trust.Deciding(), r, nil)
	if a.Assumed = trust.Allowed(); !a.Assumed {
		near := nearest(trust.Findings)
		if len(near) == 0 {
			near = trust.Findings // of another issuer
		}
		a.Missing = appendMissing(nil, near, r, nil)
		return a, nil
	}
	a.Subject = t.Subject
	if want == nil {
		a.Allowed = true
		for _, repo := range e.repositories {
			access, err := e.accessTo(repo, e.session(r))
			if err != nil {
				return a, err
			}
			if len(access.rights()) > 0 {
				a.Repositories = append(a.Repositories, access)
			}
		}
		return a, nil
	}
	v, err := e.may(e.session(r), want.actions, repo)
	if err != nil {
		return a, err
	}
	a.Allowed = len(v.cannot) == 0
	a.Statements = append(a.Statements, v.deciding...)
	if !a.Allowed {
		a.Missing, a.Can, a.Cannot = v.missing, v.can, v.cannot
	}
	return a, nil
}

// onRepositories are the actions on repositories, and the login that push and pull need.
var onRepositories = slices.DeleteFunc(iam.ECRActions(), func(a iam.Action) bool { return !a.OnRepository && a.Name != login })

// accessTo says what a caller may do with a repository.
func (e *estate) accessTo(repo *repository, c caller) (Access, error) {
	a := Access{Repository: repo.name, ARN: repo.knownARN()}
	request := iam.Request{Resource: repo.arn(), Principal: c.principal, Context: c.keys}
	allowed, err := iam.Allowed(c.identity, e.policiesOf(repo), request, onRepositories)
	if err != nil {
		return a, err
	}
	lacks := func(action string) bool { return !slices.Contains(allowed, action) }
	a.Push = !slices.ContainsFunc(c.needs(push), lacks)
	a.Pull = !slices.ContainsFunc(c.needs(pull), lacks)
	for _, action := range allowed {
		// Some of the actions of push without the others are worth knowing.
		if !slices.Contains(push.actions, action) || !a.Push && push.tells(action) {
			a.Other = append(a.Other, action)
		}
	}
	return a, nil
}

// rights are what somebody may do.
func (a Access) rights() []string {
	var all []string
	if a.Push {
		all = append(all, push.name)
	}
	if a.Pull {
		all = append(all, pull.name)
	}
	return append(all, a.Other...)
}

// A WhoAnswer says who has a right on a repository.
type WhoAnswer struct {
	Right      string     `json:"whoCan"`
	Repository string     `json:"on"`
	ARN        string     `json:"arn,omitempty"`
	Who        []*Grantee `json:"who"`

	// Partial have some of the actions only.
	Partial []*Grantee `json:"partial,omitempty"`
}

// askWho says who has a right on a repository, and who has a part of it.
func (e *estate) askWho(want right, repo *repository) (*WhoAnswer, error) {
	answer := &WhoAnswer{Right: want.name, Repository: repo.name, ARN: repo.knownARN(), Who: []*Grantee{}}
	for _, g := range newReach(e).candidates(e.roleGrantees(), repo) {
		v, err := e.may(g.caller, g.caller.needs(want), repo)
		if err != nil {
			return nil, err
		}
		g.Statements = v.deciding
		switch {
		case len(v.cannot) == 0:
			answer.Who = append(answer.Who, g)
		case slices.ContainsFunc(v.can, want.tells):
			g.Can, g.Cannot = v.can, v.cannot
			answer.Partial = append(answer.Partial, g)
		}
	}
	return answer, nil
}

// A Matrix says who may do what with all repositories.
type Matrix struct {
	// RegistryScope under which the policies of registries were read.
	RegistryScope string `json:"registryScope"`

	// Organization is the one that all roles are members of: they have what it has. Empty if that is not known.
	Organization string `json:"organizationId,omitempty"`

	// Roles are all roles with those whom they admit, also those that reach no repository of the files.
	Roles []*Grantee  `json:"roles"`
	Rows  []MatrixRow `json:"rows"`
}

// A MatrixRow is somebody's access to one repository.
type MatrixRow struct {
	Access

	Kind       string              `json:"kind"`
	Name       string              `json:"name"`
	Conditions map[string][]string `json:"conditions,omitempty"`
}

func (e *estate) matrix() (*Matrix, error) {
	m := &Matrix{RegistryScope: string(e.scope), Organization: e.organization, Roles: e.roleGrantees(), Rows: []MatrixRow{}}
	if m.Roles == nil {
		m.Roles = []*Grantee{}
	}
	r := newReach(e)
	for _, repo := range e.repositories {
		for _, g := range r.candidates(m.Roles, repo) {
			a, err := e.accessTo(repo, g.caller)
			if err != nil {
				return nil, err
			}
			if len(a.rights()) > 0 {
				m.Rows = append(m.Rows, MatrixRow{Access: a, Kind: g.Kind, Name: g.Name, Conditions: g.Conditions})
			}
		}
	}
	return m, nil
}
