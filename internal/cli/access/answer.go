package access

import (
	"cmp"
	"slices"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A TokenAnswer says what a token may do.
type TokenAnswer struct {
	Allowed bool `json:"allowed"`

	// Right and Repository are those of the question; empty if it is about everything.
	Right      string `json:"can,omitempty"`
	Repository string `json:"on,omitempty"`

	Tokens []TokenTried `json:"tokens"`

	// Roles are those that allow it or, if none does, those that were tried.
	Roles []RoleAnswer `json:"roles"`
}

// A TokenTried is a token, and whether it is allowed what was asked.
type TokenTried struct {
	Issuer   string `json:"issuer"`
	Audience string `json:"audience,omitempty"`
	Subject  string `json:"subject"`
	Allowed  bool   `json:"allowed"`
}

// A RoleAnswer says what a role allows a token.
type RoleAnswer struct {
	Name    string `json:"name"`
	ARN     string `json:"arn"`
	Of      string `json:"of"`
	Allowed bool   `json:"allowed"`

	// Assumed reports whether the token may assume the role. Subject is then the token's subject.
	Assumed bool   `json:"assumed"`
	Subject string `json:"subject,omitempty"`

	PermissionsBoundary string `json:"permissionsBoundary,omitempty"`

	// Statements are those that decide: those of the trust policy first.
	Statements []Statement `json:"statements,omitempty"`

	// Missing is what the nearest statements lack.
	Missing []Missing `json:"missing,omitempty"`

	// Can and Cannot are the actions of the right, if the role does not allow all of them.
	Can    []string `json:"can,omitempty"`
	Cannot []string `json:"cannot,omitempty"`

	// Repositories that the role reaches, if the question names no right.
	Repositories []Access `json:"repositories,omitempty"`
}

// An Access says what somebody may do with a repository.
type Access struct {
	Repository string `json:"repository"`
	ARN        string `json:"arn,omitempty"`
	Push       bool   `json:"push"`
	Pull       bool   `json:"pull"`

	// Other are the actions beyond push and pull.
	Other []string `json:"other,omitempty"`
}

// A Missing is an element or a condition of a statement that the request does not match.
type Missing struct {
	Statement Statement `json:"statement"`
	Element   string    `json:"element"`
	Operator  string    `json:"operator,omitempty"`
	Key       string    `json:"key,omitempty"`
	Expected  []string  `json:"expected"`

	// Got is what the request has; empty if it has no such key.
	Got []string `json:"got"`
}

// ask returns what a workflow with one of the tokens may do.
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
	// The nearest role comes first, with the nearest of several tokens: it explains most.
	slices.SortStableFunc(tried, func(a, b RoleAnswer) int {
		switch {
		case a.Assumed == b.Assumed:
			return cmp.Compare(len(a.Missing), len(b.Missing))
		case a.Assumed:
			return -1
		}
		return 1
	})
	for _, a := range tried {
		same := func(o RoleAnswer) bool { return o.ARN == a.ARN }
		if a.Allowed == answer.Allowed && !slices.ContainsFunc(answer.Roles, same) {
			answer.Roles = append(answer.Roles, a)
		}
	}
	return answer, nil
}

// askRole returns what a role allows a token.
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
			near = trust.Findings // The role trusts another issuer.
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

// repositoryActions are the actions on repositories, and the login that push and pull need.
var repositoryActions = slices.DeleteFunc(iam.ECRActions(), func(a iam.Action) bool { return !a.OnRepository && a.Name != login })

// accessTo returns what a caller may do with a repository.
func (e *estate) accessTo(repo *repository, c caller) (Access, error) {
	a := Access{Repository: repo.name, ARN: repo.knownARN()}
	request := iam.Request{Resource: repo.arn(), Principal: c.principal, Context: c.keys}
	allowed, err := iam.Allowed(c.identity, e.policiesOf(repo), request, repositoryActions)
	if err != nil {
		return a, err
	}
	lacks := func(action string) bool { return !slices.Contains(allowed, action) }
	a.Push = !slices.ContainsFunc(c.needs(push), lacks)
	a.Pull = !slices.ContainsFunc(c.needs(pull), lacks)
	for _, action := range allowed {
		// Without push, single actions of it are listed.
		if !slices.Contains(push.actions, action) || !a.Push && push.hasPart(action) {
			a.Other = append(a.Other, action)
		}
	}
	return a, nil
}

// rights returns the names of what somebody may do.
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

// A WhoAnswer lists those who have a right on a repository.
type WhoAnswer struct {
	Right      string     `json:"whoCan"`
	Repository string     `json:"on"`
	ARN        string     `json:"arn,omitempty"`
	Who        []*Grantee `json:"who"`

	// Partial are those that have only some of the actions.
	Partial []*Grantee `json:"partial,omitempty"`
}

// askWho returns who has a right on a repository, and who has a part of it.
func (e *estate) askWho(want right, repo *repository) (*WhoAnswer, error) {
	answer := &WhoAnswer{Right: want.name, Repository: repo.name, ARN: repo.knownARN(), Who: []*Grantee{}}
	for _, g := range newReach(e, e.roleGrantees()).candidates(repo) {
		v, err := e.may(g.caller, g.caller.needs(want), repo)
		if err != nil {
			return nil, err
		}
		g.Statements = v.deciding
		switch {
		case len(v.cannot) == 0:
			answer.Who = append(answer.Who, g)
		case slices.ContainsFunc(v.can, want.hasPart):
			g.Can, g.Cannot = v.can, v.cannot
			answer.Partial = append(answer.Partial, g)
		}
	}
	return answer, nil
}

// A Matrix says who may do what with all repositories.
type Matrix struct {
	// RegistryScope is the scope of the registry policies.
	RegistryScope string `json:"registryScope"`

	// Organization is the AWS organisation of all roles: they have the organisation's access. Empty if it is not known.
	Organization string `json:"organizationId,omitempty"`

	// Roles are all roles, including those that reach no repository of the files.
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
	r := newReach(e, m.Roles)
	for _, repo := range e.repositories {
		for _, g := range r.candidates(repo) {
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
