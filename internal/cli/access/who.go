package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// Kinds of grantees.
const (
	kindRole         = "role"
	kindAccount      = "account"
	kindOrganization = "organization"
	kindUnit         = "organizationalUnit"
	kindPrincipal    = "principal"
	kindService      = "service"
	kindEveryone     = "everyone"
)

// A Grantee is somebody who may do something with a repository.
type Grantee struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	ARN  string `json:"arn,omitempty"`

	// Of is the composite resource that makes the grant.
	Of string `json:"of,omitempty"`

	// Admits says whose tokens a role admits.
	Admits []Admission `json:"admits,omitempty"`

	// Subjects are the subjects of all admissions.
	Subjects []string `json:"subjects,omitempty"`

	// Conditions of the grant, by key.
	Conditions map[string][]string `json:"conditions,omitempty"`

	// PermissionsBoundary of a role: it may take away what the statements allow.
	PermissionsBoundary string `json:"permissionsBoundary,omitempty"`

	Statements []Statement `json:"statements,omitempty"`

	// Can and Cannot are actions of the right, if somebody has only some of them.
	Can    []string `json:"can,omitempty"`
	Cannot []string `json:"cannot,omitempty"`

	caller caller
}

// An Admission says whose tokens one statement of a trust policy admits.
type Admission struct {
	Issuer     string              `json:"issuer"`
	Subjects   []string            `json:"subjects,omitempty"`
	Except     []string            `json:"except,omitempty"`
	Conditions map[string][]string `json:"conditions,omitempty"`
}

// A Statement names one statement of a policy.
type Statement struct {
	Policy string `json:"policy"`
	Of     string `json:"of,omitempty"`
	Index  int    `json:"index"`
	Sid    string `json:"sid,omitempty"`
	Effect string `json:"effect"`
}

// allowAll allows everything. It stands for the policies of a caller if no file has them.
var allowAll = func() *iam.Document {
	d, err := iam.Parse(iam.IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		panic(err)
	}
	return d
}()

// roleGrantees returns all roles, whatever they may do.
func (e *estate) roleGrantees() []*Grantee {
	out := []*Grantee{}
	for _, r := range e.roles {
		g := &Grantee{
			Kind: kindRole, Name: r.name, ARN: r.arn, Of: r.of, PermissionsBoundary: r.boundary,
			caller: e.session(r), Admits: r.admissions(),
		}
		for _, a := range g.Admits {
			g.Subjects = appendNew(g.Subjects, a.Subjects...)
		}
		out = append(out, g)
	}
	return out
}

// admissions returns whose tokens the trust policy of a role admits.
func (r *role) admissions() []Admission {
	var out []Admission
	for _, s := range r.trust.Statements {
		for _, p := range s.Principal.Federated {
			_, issuer, ok := strings.Cut(p, ":oidc-provider/")
			if s.Effect != iam.Allow || !ok {
				continue
			}
			a := Admission{Issuer: "https://" + issuer}
			for _, c := range s.Condition {
				claim := strings.TrimPrefix(c.Key, issuer+":")
				switch {
				case claim == "sub" && (c.Name() == "StringLike" || c.Name() == "StringEquals"):
					a.Subjects = append(a.Subjects, c.Values...)
				case claim == "sub" && c.Name() == "StringNotLike":
					a.Except = append(a.Except, c.Values...)
				default:
					a.Conditions = addCondition(a.Conditions, c, claim)
				}
			}
			out = append(out, a)
		}
	}
	return out
}

// addCondition adds a condition to those that are shown. It shows the operator, unless that is StringEquals.
func addCondition(conditions map[string][]string, c iam.Condition, key string) map[string][]string {
	if conditions == nil {
		conditions = map[string][]string{}
	}
	if c.Name() != "StringEquals" {
		key += " " + c.Name()
	}
	conditions[key] = c.Values
	return conditions
}

// namedGrantees returns those whom the policies of a repository and of its registry name.
func (e *estate) namedGrantees(repo *repository) []*Grantee {
	var out []*Grantee
	for of, s := range e.allowStatements(repo) {
		for _, g := range grantees(s, repo.partition) {
			same := func(o *Grantee) bool {
				return o.Kind == g.Kind && o.Name == g.Name && maps.EqualFunc(o.Conditions, g.Conditions, slices.Equal)
			}
			if g.Of = of; !slices.ContainsFunc(out, same) {
				out = append(out, g)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *Grantee) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return out
}

// identityKeys are the condition keys that say who the caller is, with the kind of grantee.
var identityKeys = map[string]string{
	"aws:principalorgid":    kindOrganization,
	"aws:principalorgpaths": kindUnit,
	"aws:principalaccount":  kindAccount,
	"aws:principalarn":      kindPrincipal,
}

// grantees returns those whom a statement names, each with a caller that meets its conditions.
func grantees(s iam.Statement, partition string) []*Grantee {
	keys, shown := iam.Context{}, map[string][]string(nil)
	var who []*Grantee
	for _, c := range s.Condition {
		kind, isIdentity := identityKeys[strings.ToLower(c.Key)]
		isPositive := !strings.Contains(c.Operator, "Not") && c.Operator != "Null"
		if s.Principal.Any && isIdentity && isPositive {
			for _, v := range c.Values {
				who = append(who, &Grantee{Kind: kind, Name: v, caller: callerWith(partition, c.Key, v)})
			}
			continue
		}
		shown = addCondition(shown, c, c.Key)
		if isPositive {
			// A pattern matches its own text.
			keys[c.Key] = c.Values[:1]
		}
	}
	if s.Principal.Any && len(who) == 0 {
		who = append(who, &Grantee{Kind: kindEveryone, Name: "*", caller: caller{principal: iam.Anonymous(), keys: iam.Context{}}})
	}
	for _, n := range s.Principal.AWS {
		if g := awsGrantee(n, partition); g != nil {
			who = append(who, g)
		}
	}
	for _, n := range s.Principal.Service {
		who = append(who, &Grantee{Kind: kindService, Name: n, caller: caller{principal: iam.Service(n), keys: iam.Context{}, service: true}})
	}
	for _, g := range who {
		g.Conditions = shown
		maps.Copy(g.caller.keys, keys)
	}
	return who
}

// outsider returns a caller whose policies are in no file: it may have any.
func outsider(p iam.Principal, keys iam.Context) caller {
	return caller{principal: p, identity: []*iam.Document{allowAll}, keys: keys}
}

// anyRole returns a session of some role in an account.
func anyRole(partition, account string) iam.Principal {
	return iam.RoleSession("arn:"+partition+":iam::"+account+":role/any", "any")
}

// callerWith returns an outsider with a value of an identity key.
func callerWith(partition, key, value string) caller {
	account := "999999999999" // stands for an account that no file names
	keys := iam.Context{key: {value}}
	switch identityKeys[strings.ToLower(key)] {
	case kindUnit:
		// The path of an account ends with a slash. Its first part is the organisation.
		keys[key] = []string{strings.TrimSuffix(value, "*")}
		keys["aws:PrincipalOrgID"] = []string{strings.SplitN(value, "/", 2)[0]}
	case kindAccount:
		account = value
	}
	return outsider(anyRole(partition, account), keys)
}

// awsGrantee returns whom an AWS principal names; nil for everyone, and for a deleted principal, which has no ARN.
func awsGrantee(name, partition string) *Grantee {
	if aws.IsAccountID(name) {
		name = aws.AccountRootARN(partition, name)
	}
	a, ok := aws.IsPrincipalARN(name)
	switch {
	case !ok:
		return nil
	case a.Resource == "root":
		return &Grantee{Kind: kindAccount, Name: a.Account, ARN: name, caller: outsider(anyRole(a.Partition, a.Account), iam.Context{})}
	case strings.HasPrefix(a.Resource, "user/"):
		return &Grantee{Kind: kindPrincipal, Name: name, caller: outsider(iam.User(name), iam.Context{})}
	}
	return &Grantee{Kind: kindPrincipal, Name: name, caller: outsider(iam.RoleSession(name, "any"), iam.Context{})}
}
