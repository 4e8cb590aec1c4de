package iam_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest/simulator"
)

// vocabulary has the parts of random policies, requests and tokens.
type vocabulary struct {
	Actions, ActionPatterns, Resources, ResourcePatterns []string

	Callers    []string
	Principals []map[string][]string
	Conditions []words
	Keys       map[string][][]string

	Subjects                           []string
	SubjectConditions, ClaimConditions []words
	Claims                             map[string][]string
}

// words are the parts of a condition.
type words struct {
	Operators, Keys []string
	Values          []any
	Single          bool // accepts one value only
}

// A dice generates random policies and requests.
type dice struct {
	*rand.Rand
	vocabulary
}

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// some returns one to three of the values: a single value or a list.
func some[T any](d dice, from ...T) any {
	n := d.IntN(3)
	if n == 0 {
		return pick(d, from...)
	}
	var out []T
	for range n + 1 {
		out = append(out, pick(d, from...))
	}
	return out
}

func (d dice) principal() any {
	if d.IntN(6) == 0 {
		return "*"
	}
	element, kinds := map[string]any{}, pick(d, d.Principals...)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		element[kind] = some(d, kinds[kind]...)
	}
	return element
}

// conditions returns n random conditions of the given words, with a prefix of their keys.
func (d dice) conditions(n int, prefix string, from ...words) map[string]map[string]any {
	block := map[string]map[string]any{}
	for range n {
		w := pick(d, from...)
		value := some(d, w.Values...)
		if w.Single {
			value = pick(d, w.Values...)
		}
		operator := pick(d, w.Operators...)
		if block[operator] == nil {
			block[operator] = map[string]any{}
		}
		block[operator][prefix+pick(d, w.Keys...)] = value
	}
	return block
}

func (d dice) document(kind iam.Kind) string {
	var all []any
	for range 1 + d.IntN(3) {
		s := map[string]any{"Effect": pick(d, "Allow", "Allow", "Allow", "Deny")}
		s[pick(d, "Action", "Action", "Action", "NotAction")] = some(d, d.ActionPatterns...)
		if kind != iam.IdentityPolicy {
			s["Principal"] = d.principal()
		}
		if kind != iam.RepositoryPolicy || d.IntN(4) == 0 {
			patterns := slices.Clone(d.ResourcePatterns)
			if kind == iam.IdentityPolicy {
				patterns = append(patterns, "arn:aws:ecr:*") // resource policies take ARNs of six fields only
			}
			s[pick(d, "Resource", "Resource", "Resource", "NotResource")] = some(d, patterns...)
		}
		if c := d.conditions(d.IntN(3), "", d.Conditions...); len(c) > 0 && d.IntN(2) == 0 {
			s["Condition"] = c
		}
		all = append(all, s)
	}
	return d.encode(all)
}

func (d dice) encode(statements []any) string {
	var body any = statements
	if len(statements) == 1 && d.IntN(2) == 0 {
		body = statements[0]
	}
	raw, err := json.Marshal(map[string]any{"Version": pick(d, "2012-10-17", "2008-10-17"), "Statement": body})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func (d dice) keys() map[string][]string {
	keys := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(d.Keys)) {
		if values := pick(d, d.Keys[key]...); d.IntN(2) == 0 {
			keys[key] = values
		}
	}
	return keys
}

// roll runs a test with many dice, and counts the simulator's decisions that it returns.
func roll(t *testing.T, stream uint64, test func(t *testing.T, d dice) []string) map[string]int {
	t.Helper()
	var v vocabulary
	read(t, "words.yaml", &v)
	seen := map[string]int{}
	for seed := range uint64(3000) {
		for _, answer := range test(t, dice{rand.New(rand.NewPCG(seed, stream)), v}) {
			seen[answer]++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	return seen
}

// checkOften fails the test unless every decision occurred at least the given number of times.
func checkOften(t *testing.T, seen map[string]int, times int) {
	t.Helper()
	for _, answer := range []string{simulator.Allowed, simulator.ExplicitDeny, simulator.ImplicitDeny} {
		if seen[answer] < times {
			t.Errorf("%s is the decision only %d times: %v", answer, seen[answer], seen)
		}
	}
}

// The simulator, which shares no code with this package, decides random requests by random policies alike.
func TestSimulatedRequests(t *testing.T) {
	checkOften(t, roll(t, 1, func(t *testing.T, d dice) []string {
		r := simulator.Request{Caller: pick(d, d.Callers...), Session: pick(d, "s1", "s2"), Resource: pick(d, d.Resources...), Keys: d.keys()}
		var identity []*iam.Document
		if strings.Contains(r.Caller, ":role/") || strings.Contains(r.Caller, ":user/") {
			for range d.IntN(3) {
				text := d.document(iam.IdentityPolicy)
				r.Identity, identity = append(r.Identity, text), append(identity, parse(t, iam.IdentityPolicy, text))
			}
		}
		resource := iam.ResourcePolicies{RegistryScope: pick(d, iam.RegistryScopeV1, iam.RegistryScopeV2)}
		r.Scope = string(resource.RegistryScope)
		if d.IntN(3) > 0 {
			r.Repository = d.document(iam.RepositoryPolicy)
			resource.Repository = parse(t, iam.RepositoryPolicy, r.Repository)
		}
		if d.IntN(3) > 0 {
			r.Registry = d.document(iam.RegistryPolicy)
			resource.Registry = parse(t, iam.RegistryPolicy, r.Registry)
		}
		request := iam.Request{Resource: r.Resource, Principal: principalOf(r.Caller, r.Session), Context: r.Keys}
		var actions []iam.Action
		var answers, want []string
		for _, name := range d.Actions {
			one, of, policies := request, r, resource
			one.Action, of.Action = name, name
			action, _ := iam.ECRAction(name)
			if !action.OnRepository {
				one.Resource, of.Resource, of.Repository, of.Registry, policies = "*", "*", "", "", iam.ResourcePolicies{}
			}
			got, err := iam.Evaluate(identity, policies, one)
			answer := simulator.Decide(of)
			if err != nil || string(got.Decision) != answer {
				t.Errorf("iam says %s, %v, the simulator %s\n%+v", got.Decision, err, answer, of)
			}
			answers = append(answers, answer)
			if actions = append(actions, action); answer == simulator.Allowed {
				want = append(want, name)
			}
		}
		got, err := iam.Allowed(identity, resource, request, actions)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Allowed(...): %v, %v, want %v\n%+v", got, err, want, r)
		}
		return answers
	}), 500)
}

// The simulator admits the same tokens by random trust policies.
func TestSimulatedTokens(t *testing.T) {
	const issuer = "token.actions.githubusercontent.com"
	provider := iam.ProviderARN("aws", "111122223333", issuer)
	checkOften(t, roll(t, 2, func(t *testing.T, d dice) []string {
		var all []any
		for range 1 + d.IntN(3) {
			conditions := d.conditions(d.IntN(4), issuer+":", slices.Concat(d.SubjectConditions, d.ClaimConditions)...)
			if len(conditions) == 0 {
				conditions = d.conditions(1, issuer+":", d.SubjectConditions...)
			}
			all = append(all, map[string]any{
				"Effect": pick(d, "Allow", "Allow", "Allow", "Deny"), "Condition": conditions,
				"Action":    some(d, "sts:AssumeRoleWithWebIdentity", "sts:AssumeRole*", "sts:TagSession", "sts:*"),
				"Principal": map[string]any{"Federated": some(d, provider, provider, iam.ProviderARN("aws", "444455556666", issuer))},
			})
		}
		text := d.encode(all)
		token := iam.Token{
			Issuer: "https://" + issuer, Audience: pick(d, "sts.amazonaws.com", "other"), Subject: pick(d, d.Subjects...),
			Claims: map[string]string{},
		}
		keys := map[string][]string{issuer + ":sub": {token.Subject}, issuer + ":aud": {token.Audience}}
		for _, claim := range slices.Sorted(maps.Keys(d.Claims)) {
			if v := pick(d, d.Claims[claim]...); d.IntN(3) > 0 {
				token.Claims[claim] = v
				if claim != "event_name" {
					keys[issuer+":"+claim] = []string{v}
				}
			}
		}
		got, err := iam.EvaluateTrust(parse(t, iam.TrustPolicy, text), role, token)
		answer := simulator.Admits(text, provider, keys)
		if err != nil || string(got.Decision) != answer {
			t.Errorf("iam says %s, %v, the simulator %s\n%s\n%+v", got.Decision, err, answer, text, token)
		}
		return []string{answer}
	}), 100)
}
