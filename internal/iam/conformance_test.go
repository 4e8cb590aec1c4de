package iam_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest/simulator"
)

const (
	ana     = "arn:aws:iam::111122223333:user/ana"
	shop    = "arn:aws:ecr:eu-west-1:111122223333:repository/shop"
	session = "run-7" // of every role
)

// read reads a table of testdata.
func read(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(raw, into); err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, kind iam.Kind, text string) *iam.Document {
	t.Helper()
	d, err := iam.Parse(kind, text)
	if err != nil {
		t.Fatalf("Parse(%s, ...): %v\n%s", kind, err, text)
	}
	return d
}

// principalOf returns the principal of a simulator's caller.
func principalOf(caller, session string) iam.Principal {
	f := strings.Split(caller, ":")
	switch {
	case caller == "*":
		return iam.Anonymous()
	case len(f) < 6:
		return iam.Service(caller)
	case f[5] == "root":
		return iam.AccountRoot(f[1], f[4])
	case strings.HasPrefix(f[5], "user/"):
		return iam.User(caller)
	}
	return iam.RoleSession(caller, session)
}

// A decision is a request with policies and the decision in AWS's documentation. It inherits empty fields from its parent.
type decision struct {
	Name, Page, Reason string

	Identity, Repository, Registry any
	Principal, Condition           any
	Scope                          string

	Action, Resource, Caller string
	Keys                     map[string][]string

	Want  string // of all policies
	Alone string // of the only policy, whatever the account of the resource

	Cases []decision
}

func (d decision) within(o decision) decision {
	d.Name, d.Page, d.Reason = strings.TrimPrefix(o.Name+"/"+d.Name, "/"), cmp.Or(d.Page, o.Page), cmp.Or(d.Reason, o.Reason)
	d.Identity, d.Repository, d.Registry = cmp.Or(d.Identity, o.Identity), cmp.Or(d.Repository, o.Repository), cmp.Or(d.Registry, o.Registry)
	d.Principal, d.Condition, d.Scope = cmp.Or(d.Principal, o.Principal), cmp.Or(d.Condition, o.Condition), cmp.Or(d.Scope, o.Scope)
	d.Action, d.Resource, d.Caller = cmp.Or(d.Action, o.Action), cmp.Or(d.Resource, o.Resource), cmp.Or(d.Caller, o.Caller)
	d.Want, d.Alone = cmp.Or(d.Want, o.Want), cmp.Or(d.Alone, o.Alone)
	return d
}

// policies completes the policies of a case, and returns their texts in a request to the simulator.
func (d decision) policies(t *testing.T) simulator.Request {
	t.Helper()
	statement := map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}
	if d.Condition != nil {
		statement["Condition"] = d.Condition
	}
	switch {
	case d.Principal != nil:
		statement["Principal"], statement["Action"] = d.Principal, "ecr:*"
		d.Repository = statement
	case d.Condition != nil:
		d.Identity = statement
	}
	text := func(statements any) string {
		if statements == nil {
			return ""
		}
		raw, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	r := simulator.Request{Repository: text(d.Repository), Registry: text(d.Registry), Scope: d.Scope}
	if d.Identity != nil {
		r.Identity = []string{text(d.Identity)}
	}
	return r
}

// This package and the simulator decide as the documentation does.
func TestDecisions(t *testing.T) {
	var all []decision
	read(t, "decisions.yaml", &all)
	var run func(decision)
	run = func(d decision) {
		for _, c := range d.Cases {
			run(c.within(d))
		}
		if d.Cases == nil {
			t.Run(d.Name, func(t *testing.T) { d.test(t) })
		}
	}
	run(decision{Action: "ecr:PutImage", Resource: shop, Caller: ana, Scope: "V2", Cases: all})
}

func (d decision) test(t *testing.T) {
	asked := d.policies(t)
	asked.Caller, asked.Session, asked.Action, asked.Resource, asked.Keys = d.Caller, session, d.Action, d.Resource, d.Keys
	request := iam.Request{Action: d.Action, Resource: d.Resource, Principal: principalOf(d.Caller, session), Context: d.Keys}
	var identity []*iam.Document
	for _, text := range asked.Identity {
		identity = append(identity, parse(t, iam.IdentityPolicy, text))
	}
	resource := iam.ResourcePolicies{RegistryScope: iam.RegistryScope(d.Scope)}
	if asked.Repository != "" {
		resource.Repository = parse(t, iam.RepositoryPolicy, asked.Repository)
	}
	if asked.Registry != "" {
		resource.Registry = parse(t, iam.RegistryPolicy, asked.Registry)
	}
	if d.Want != "" {
		got, err := iam.Evaluate(identity, resource, request)
		if err != nil || string(got.Decision) != d.Want {
			t.Errorf("%s: %s\nEvaluate(...): %s, %v, want %s\n%+v", d.Page, d.Reason, got.Decision, err, d.Want, asked)
		}
		if got := simulator.Decide(asked); got != d.Want {
			t.Errorf("%s: %s\nthe simulator says %s, want %s\n%+v", d.Page, d.Reason, got, d.Want, asked)
		}
	}
	if d.Alone != "" {
		only, text := resource.Repository, asked.Repository
		if only == nil {
			only, text = identity[0], asked.Identity[0]
		}
		got, err := iam.EvaluateOne(only, request)
		if err != nil || string(got.Decision) != d.Alone {
			t.Errorf("%s: %s\nEvaluateOne(...): %s, %v, want %s\n%+v", d.Page, d.Reason, got.Decision, err, d.Alone, asked)
		}
		if got := simulator.Alone(text, asked); got != d.Alone {
			t.Errorf("%s: %s\nthe simulator says %s, want %s\n%+v", d.Page, d.Reason, got, d.Alone, asked)
		}
	}
	if d.Want == "" && d.Alone == "" {
		t.Error("the case has no expected decision")
	}
}

// A document is a policy that AWS accepts or refuses according to its documentation.
type document struct {
	Name, Reason string
	Kind         iam.Kind // an identity policy if empty; a repository policy if it has a principal

	Text, Statements, Elements, Condition, Principal string

	Message string // a part of the error, if it matters
}

const head, tail = `{"Version":"2012-10-17","Statement":[`, `]}`

// write returns the kind and the text of a document.
func (d document) write() (iam.Kind, string) {
	const statement = `{"Effect":"Allow","Action":"ecr:PutImage","Resource":"*"`
	kind := cmp.Or(d.Kind, iam.IdentityPolicy)
	switch {
	case d.Text != "":
		return kind, d.Text
	case d.Principal != "":
		return iam.RepositoryPolicy, fmt.Sprintf(`%s{"Effect":"Allow","Principal":%s,"Action":"ecr:*"}%s`, head, d.Principal, tail)
	case d.Condition != "":
		return kind, fmt.Sprintf(`%s%s,"Condition":%s}%s`, head, statement, d.Condition, tail)
	case d.Elements != "":
		return kind, fmt.Sprintf(`%s%s,%s}%s`, head, statement, d.Elements, tail)
	}
	return kind, head + d.Statements + tail
}

func TestDocuments(t *testing.T) {
	var pages []struct {
		Page              string
		Refused, Accepted []document
	}
	read(t, "documents.yaml", &pages)
	for _, p := range pages {
		for _, d := range p.Refused {
			t.Run("Refused/"+d.Name, func(t *testing.T) {
				kind, text := d.write()
				if _, err := iam.Parse(kind, text); err == nil || !strings.Contains(err.Error(), d.Message) {
					t.Errorf("%s: %s\nParse(%s, %s): want an error with %q, got: %v", p.Page, d.Reason, kind, text, d.Message, err)
				}
			})
		}
		for _, d := range p.Accepted {
			t.Run("Accepted/"+d.Name, func(t *testing.T) {
				kind, text := d.write()
				if _, err := iam.Parse(kind, text); err != nil {
					t.Errorf("%s: %s\nParse(%s, %s): %v", p.Page, d.Reason, kind, text, err)
				}
			})
		}
	}
	if _, err := iam.Parse(iam.IdentityPolicy, head+`{"Effect":"Allow","Action":"*","Resource":"*","Sid":"`+"\xff"+`"}`+tail); err == nil {
		t.Error("JSON must be UTF-8: want an error")
	}
}
