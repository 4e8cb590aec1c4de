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

	// Of is the composite resource that the grant comes from.
	Of string `json:"of,omitempty"`

	// Admits says whose tokens a role lets in.
	Admits []Admission `json:"admits,omitempty"`

	// Subjects are those of all admissions together.
	Subjects []string `json:"subjects,omitempty"`

	// Conditions under which the grant holds, by their keys.
	Conditions map[string][]string `json:"conditions,omitempty"`

	// PermissionsBoundary of a role: it may take away what the statements allow.
	PermissionsBoundary string `json:"permissionsBoundary,omitempty"`

	Statements []Statement `json:"statements,omitempty"`

	// Can and Cannot are actions, where somebody has only some of those that are asked for.
	Can    []string `json:"can,omitempty"`
	Cannot []string `json:"cannot,omitempty"`

	caller caller
	needs  func(right) []string
}

// An Admission says whose tokens one statement of a trust policy lets in.
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

func (f found) statement() Statement {
	return Statement{Policy: string(f.Policy), Of: f.of, Index: f.Index, Sid: f.Sid, Effect: string(f.Effect)}
}

func statementsOf(findings []found) []Statement {
	var out []Statement
	for _, f := range findings {
		out = append(out, f.statement())
	}
	return out
}

// everything is the policy that a caller of another account may have at most. What it has is in no file.
var everything = func() *iam.Document {
	d, err := iam.Parse(iam.IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		panic(err)
	}
	return d
}()

// all is what the actions of a right need.
func all(r right) []string { return r.actions }

// ofService is what a service needs for a right: it neither logs in nor lists
// (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions).
func ofService(r right) []string {
	if r.name == pull.name {
		return []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	}
	return r.actions
}

// roleGrantees are the roles, whatever they may do.
func (e *estate) roleGrantees() []*Grantee {
	var out []*Grantee
	for _, r := range e.roles {
		g := &Grantee{Kind: kindRole, Name: r.name, ARN: r.arn, Of: r.of, PermissionsBoundary: r.boundary, caller: e.session(r), needs: all}
		g.Admits = r.admits()
		for _, a := range g.Admits {
			g.Subjects = appendValues(g.Subjects, a.Subjects...)
		}
		out = append(out, g)
	}
	return out
}

func appendValues(list []string, more ...string) []string {
	for _, v := range more {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// admits reads the trust policy of a role.
func (r *role) admits() []Admission {
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
					a.Conditions = with(a.Conditions, c, claim)
				}
			}
			out = append(out, a)
		}
	}
	return out
}

// with adds a condition to those that are shown. Only an operator other than StringEquals is shown with its name.
func with(conditions map[string][]string, c iam.Condition, key string) map[string][]string {
	if conditions == nil {
		conditions = map[string][]string{}
	}
	if c.Name() != "StringEquals" {
		key += " " + c.Name()
	}
	conditions[key] = c.Values
	return conditions
}

// outsiders are those whom the policies of a repository and of its registry name.
func (e *estate) outsiders(repo *repository) []*Grantee {
	var out []*Grantee
	add := func(of string, d *iam.Document) {
		if d == nil {
			return
		}
		for _, s := range d.Statements {
			if s.Effect != iam.Allow {
				continue
			}
			for _, g := range grantees(s, repo.partition) {
				same := func(o *Grantee) bool {
					return o.Kind == g.Kind && o.Name == g.Name && maps.EqualFunc(o.Conditions, g.Conditions, slices.Equal)
				}
				if g.Of = of; !slices.ContainsFunc(out, same) {
					out = append(out, g)
				}
			}
		}
	}
	add(repo.of, repo.policy)
	add(e.registryOf[repo.place], e.registries[repo.place])
	slices.SortStableFunc(out, func(a, b *Grantee) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return out
}

// Condition keys that say who the caller is, with the kind of grantee.
var identifying = map[string]string{
	"aws:principalorgid":    kindOrganization,
	"aws:principalorgpaths": kindUnit,
	"aws:principalaccount":  kindAccount,
	"aws:principalarn":      kindPrincipal,
}

// grantees are whom a statement names, each with a caller who has what the statement asks for.
func grantees(s iam.Statement, partition string) []*Grantee {
	keys, shown := iam.Context{}, map[string][]string(nil)
	var who []*Grantee
	for _, c := range s.Condition {
		kind, isWho := identifying[strings.ToLower(c.Key)]
		if s.Principal.Any && isWho && !strings.Contains(c.Operator, "Not") && c.Operator != "Null" {
			for _, v := range c.Values {
				who = append(who, &Grantee{Kind: kind, Name: v, caller: stranger(partition, c.Key, v), needs: all})
			}
			continue
		}
		shown = with(shown, c, c.Key)
		if !strings.Contains(c.Operator, "Not") && c.Operator != "Null" {
			// The text of a pattern matches the pattern.
			keys[c.Key] = c.Values[:1]
		}
	}
	if s.Principal.Any && len(who) == 0 {
		who = append(who, &Grantee{Kind: kindEveryone, Name: "*", caller: caller{principal: iam.Anonymous()}, needs: all})
	}
	for _, n := range s.Principal.AWS {
		if g := awsGrantee(n, partition); g != nil {
			who = append(who, g)
		}
	}
	for _, n := range s.Principal.Service {
		who = append(who, &Grantee{Kind: kindService, Name: n, caller: caller{principal: iam.Service(n)}, needs: ofService})
	}
	for _, g := range who {
		g.Conditions = shown
		if g.caller.keys == nil {
			g.caller.keys = iam.Context{}
		}
		maps.Copy(g.caller.keys, keys)
	}
	return who
}

// somebody is an account that no file names.
const somebody = "999999999999"

// stranger is a caller of whom a condition key has a value, and who may have any policy.
func stranger(partition, key, value string) caller {
	arn := "arn:" + partition + ":iam::" + somebody + ":role/any"
	keys := iam.Context{key: {value}}
	switch identifying[strings.ToLower(key)] {
	case kindUnit:
		// The path of an account ends with a slash. Its organisation is the first part.
		keys[key] = []string{strings.TrimSuffix(value, "*")}
		keys["aws:PrincipalOrgID"] = []string{strings.SplitN(value, "/", 2)[0]}
	case kindAccount:
		arn = "arn:" + partition + ":iam::" + value + ":role/any"
	}
	return caller{principal: iam.RoleSession(arn, "any"), identity: []*iam.Document{everything}, keys: keys}
}

// awsGrantee is whom an AWS principal names; nil for everyone, and for what has no ARN any more.
func awsGrantee(name, partition string) *Grantee {
	if aws.IsAccountID(name) {
		name = aws.AccountRootARN(partition, name)
	}
	a, ok := aws.IsPrincipalARN(name)
	g := &Grantee{Kind: kindPrincipal, Name: name, caller: caller{identity: []*iam.Document{everything}}, needs: all}
	switch {
	case !ok:
		return nil
	case a.Resource == "root":
		g.Kind, g.Name, g.ARN = kindAccount, a.Account, name
		g.caller.principal = iam.RoleSession("arn:"+a.Partition+":iam::"+a.Account+":role/any", "any")
	case strings.HasPrefix(a.Resource, "user/"):
		g.caller.principal = iam.User(name)
	default:
		g.caller.principal = iam.RoleSession(name, "any")
	}
	return g
}

// candidates are those of the roles that reach a repository, and all whom its policies name. Nobody has what a role
// may do that lets nobody in.
func (r *reach) candidates(roles []*Grantee, repo *repository) []*Grantee {
	var out []*Grantee
	for _, i := range r.roles(repo) {
		if g := roles[i]; len(g.Admits) > 0 {
			out = append(out, g)
		}
	}
	return append(out, r.outsiders(repo)...)
}

// who returns who has a right on a repository, and who has a part of it.
func (e *estate) who(r right, repo *repository) (whole, part []*Grantee, err error) {
	for _, g := range newReach(e).candidates(e.roleGrantees(), repo) {
		v, err := e.may(g.caller, g.needs(r), repo)
		if err != nil {
			return nil, nil, err
		}
		g.Statements = statementsOf(v.deciding)
		switch {
		case len(v.cannot) == 0:
			whole = append(whole, g)
		case slices.ContainsFunc(v.can, func(a string) bool { return tells(r, a) }):
			g.Can, g.Cannot = v.can, v.cannot
			part = append(part, g)
		}
	}
	return whole, part, nil
}

// tells reports whether an action makes whoever has it somebody with a part of a right. Those that only read say
// nothing of pushing, and the login says nothing of either.
func tells(r right, action string) bool {
	return action != login && (r.name != push.name || !slices.Contains(pull.actions, action))
}
