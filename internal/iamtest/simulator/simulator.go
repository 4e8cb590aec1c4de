// Package simulator decides what policies allow, for tests. It implements the IAM User Guide and the ECR User Guide a
// second time, and shares no code with package iam. It is slow, does not validate policies, and panics on operators
// that it does not know.
package simulator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Request asks to allow an action, and has all policies that apply. Policies are texts; empty for none.
type Request struct {
	// Identity are the policies of the caller.
	Identity []string

	// Repository and Registry are policies of the resource; Scope of the registry is V1 or V2.
	Repository, Registry, Scope string

	// Caller is the ARN of a role, a user or the root of an account, the name of a service, or * for an anonymous caller.
	// Session is the name of the role session.
	Caller, Session string

	Action, Resource string

	// Keys are the condition keys that do not follow from the other fields.
	Keys map[string][]string
}

// The decisions, with their names in AWS's policy simulator.
const (
	Allowed      = "allowed"
	ExplicitDeny = "explicitDeny"
	ImplicitDeny = "implicitDeny"
)

// Decide decides a request. An explicit Deny wins. Otherwise one side must allow within an account, and both sides
// between accounts.
func Decide(r Request) string {
	var identity, resource outcome
	for _, p := range r.Identity {
		identity.add(evaluate(p, r))
	}
	onlyV1 := []string{"ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}
	for _, p := range []string{r.Repository, r.Registry} {
		if p == "" || p == r.Registry && r.Scope == "V1" && !slices.Contains(onlyV1, r.Action) {
			continue
		}
		resource.add(evaluate(p, r))
	}
	if identity.deny || resource.deny {
		return ExplicitDeny
	}
	caller, target := accountOf(r.Caller), accountOf(r.Resource)
	if strings.HasSuffix(r.Caller, ":root") {
		identity.allow = true
	}
	allowed := false
	switch {
	case caller == "": // a service or an anonymous caller
		allowed = resource.allow
	case caller == target, r.Resource == "*":
		allowed = identity.allow || resource.direct
	case strings.Split(caller, "/")[0] == strings.Split(target, "/")[0]: // of one partition
		allowed = identity.allow && resource.allow
	}
	if allowed {
		return Allowed
	}
	return ImplicitDeny
}

// accountOf returns the partition and account of an ARN with a slash between them; empty for other texts.
func accountOf(arn string) string {
	f := strings.Split(arn, ":")
	if len(f) < 6 {
		return ""
	}
	return f[1] + "/" + f[4]
}

// Admits decides whether a trust policy admits a token of an identity provider, with the condition keys that STS
// derives from the token.
func Admits(policy, provider string, keys map[string][]string) string {
	return Alone(policy, Request{Caller: provider, Action: "sts:AssumeRoleWithWebIdentity", Keys: keys})
}

// Alone decides a request by one policy, whatever the account of the resource. It ignores the policies of the request.
func Alone(policy string, r Request) string {
	o := evaluate(policy, r)
	switch {
	case o.deny:
		return ExplicitDeny
	case o.allow:
		return Allowed
	}
	return ImplicitDeny
}

// An outcome says whether policies deny or allow. A direct Allow names more than the account of the caller.
type outcome struct{ deny, allow, direct bool }

func (o *outcome) add(other outcome) {
	o.deny, o.allow, o.direct = o.deny || other.deny, o.allow || other.allow, o.direct || other.direct
}

func evaluate(policy string, r Request) outcome {
	var doc struct{ Statement any }
	decoder := json.NewDecoder(strings.NewReader(policy))
	decoder.UseNumber() // Numbers compare as text.
	if err := decoder.Decode(&doc); err != nil {
		panic(err)
	}
	var o outcome
	for _, s := range list(doc.Statement) {
		s, _ := s.(map[string]any)
		named, direct := true, true
		if p, ok := s["Principal"]; ok {
			named, direct = principal(p, r)
		}
		if !named || !action(s, r.Action) || !resource(s, r.Resource) || !conditions(s["Condition"], r) {
			continue
		}
		if s["Effect"] == "Deny" {
			o.deny = true
			continue
		}
		o.add(outcome{allow: true, direct: direct})
	}
	return o
}

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func texts(v any) []string {
	var out []string
	for _, e := range list(v) {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

func principal(p any, r Request) (named, direct bool) {
	if p == "*" {
		return true, true
	}
	kinds, _ := p.(map[string]any)
	for kind, names := range kinds {
		for _, n := range texts(names) {
			account, role := "", ""
			if f := strings.Split(r.Caller, ":"); len(f) > 5 {
				account, role = f[4], f[5][strings.LastIndex(f[5], "/")+1:]
			}
			switch partition, _, _ := strings.Cut(strings.TrimPrefix(r.Caller, "arn:"), ":"); {
			case kind == "AWS" && n == "*", n == r.Caller,
				n == "arn:"+partition+":sts::"+account+":assumed-role/"+role+"/"+r.Session:
				return true, true
			case account != "" && (n == account || n == "arn:"+partition+":iam::"+account+":root"):
				named = true
			}
		}
	}
	return named, false
}

// anyOf reports whether one of the patterns matches the whole text.
func anyOf(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return compile(expression(p, ".*", ".")).MatchString(text) })
}

// compile returns a regular expression for a whole text, and compiles each only once.
func compile(e string) *regexp.Regexp {
	if r, ok := compiled.Load(e); ok {
		return r.(*regexp.Regexp) //nolint:forcetypeassert // It has nothing else.
	}
	r := regexp.MustCompile(`(?s)^` + e + `$`)
	compiled.Store(e, r)
	return r
}

var compiled sync.Map

// expression returns the regular expression of a pattern, with expressions for * and ?.
func expression(pattern, many, one string) string {
	return strings.NewReplacer(`\*`, many, `\?`, one).Replace(regexp.QuoteMeta(pattern))
}

func action(s map[string]any, name string) bool {
	matches := func(v any) bool {
		return slices.ContainsFunc(texts(v), func(p string) bool { return anyOf([]string{strings.ToLower(p)}, strings.ToLower(name)) })
	}
	if v, ok := s["Action"]; ok {
		return matches(v)
	}
	return !matches(s["NotAction"])
}

// resource matches the six fields of an ARN. A * at the end of a field also matches beyond its colon.
func resource(s map[string]any, arn string) bool {
	matches := func(v any) bool {
		return slices.ContainsFunc(texts(v), func(p string) bool {
			if p == "*" {
				return true
			}
			fields := strings.SplitN(p, ":", 6)
			for len(fields) < 6 {
				fields = append(fields, "*")
			}
			var all []string
			for i, f := range fields {
				many, one := "[^:]*", "[^:]"
				if i == 5 {
					many, one = ".*", "."
				}
				e := expression(f, many, one)
				if strings.HasSuffix(f, "*") {
					e = strings.TrimSuffix(e, many) + ".*"
				}
				all = append(all, e)
			}
			return compile(strings.Join(all, ":")).MatchString(arn)
		})
	}
	if v, ok := s["Resource"]; ok {
		return matches(v)
	}
	if v, ok := s["NotResource"]; ok {
		return !matches(v)
	}
	return true
}

// values returns the values of a condition key: given, or derived from the caller and the resource.
func values(key string, r Request) []string {
	for k, v := range r.Keys {
		if strings.EqualFold(k, key) {
			return v
		}
	}
	f := strings.Split(r.Caller, ":")
	is := func(kind string) bool { return len(f) > 5 && strings.HasPrefix(f[5], kind) }
	aws := is("role/") || is("user/") || is("root")
	service := strings.HasSuffix(r.Caller, ".amazonaws.com")
	one := map[string]string{}
	if aws {
		one["aws:principalarn"], one["aws:principalaccount"] = r.Caller, f[4]
	}
	if aws || service {
		one["aws:principalisawsservice"] = fmt.Sprint(service)
	}
	if service {
		one["aws:principalservicename"] = r.Caller
	}
	switch {
	case is("role/"):
		one["aws:principaltype"] = "AssumedRole"
	case is("user/"):
		one["aws:principaltype"], one["aws:username"] = "User", r.Caller[strings.LastIndex(r.Caller, "/")+1:]
	case is("root"):
		one["aws:principaltype"] = "Account"
	case r.Caller == "*":
		one["aws:principaltype"] = "Anonymous"
	}
	if t := strings.Split(r.Resource, ":"); len(t) > 5 {
		one["aws:resourceaccount"] = t[4]
	} else if aws {
		one["aws:resourceaccount"] = f[4]
	}
	if v, ok := one[strings.ToLower(key)]; ok {
		return []string{v}
	}
	return nil
}

func conditions(block any, r Request) bool {
	operators, _ := block.(map[string]any)
	for operator, keys := range operators {
		keys, _ := keys.(map[string]any)
		for key, want := range keys {
			if !condition(operator, texts(want), values(key, r)) {
				return false
			}
		}
	}
	return true
}

func condition(operator string, want, got []string) bool {
	set, name, ok := strings.Cut(operator, ":")
	if !ok {
		set, name = "", operator
	}
	nothing := !slices.ContainsFunc(got, func(v string) bool { return v != "" })
	if name == "Null" {
		return nothing == strings.EqualFold(want[0], "true")
	}
	name, ifExists := strings.CutSuffix(name, "IfExists")
	negated := strings.Contains(name, "Not")
	one := func(v string) bool {
		hit := slices.ContainsFunc(want, func(w string) bool { return compare(strings.Replace(name, "Not", "", 1), w, v) })
		return hit != negated
	}
	switch {
	case len(got) == 0 && ifExists:
		return true
	case set != "" && nothing:
		return set == "ForAllValues"
	case len(got) == 0:
		return negated
	case set == "ForAllValues":
		return !slices.ContainsFunc(got, func(v string) bool { return !one(v) })
	case set == "ForAnyValue":
		return slices.ContainsFunc(got, one)
	}
	return one(got[0])
}

func compare(operator, want, got string) bool {
	switch operator {
	case "StringEquals":
		return want == got
	case "StringEqualsIgnoreCase", "Bool":
		return strings.EqualFold(want, got)
	case "StringLike":
		return anyOf([]string{want}, got)
	case "ArnEquals", "ArnLike":
		w, g := strings.SplitN(want, ":", 6), strings.SplitN(got, ":", 6)
		for i := range w {
			if len(g) < 6 || !anyOf(w[i:i+1], g[i]) {
				return false
			}
		}
		return true
	}
	panic("the condition operator " + operator + " is not simulated")
}
