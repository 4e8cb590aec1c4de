package iam_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest/simulator"
)

// A dice makes policies and requests of few words, so that they often are about each other.
type dice struct{ *rand.Rand }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// some are one to three of the words: as a string or as a list.
func (d dice) some(from ...string) any {
	n := d.IntN(3)
	if n == 0 {
		return pick(d, from...)
	}
	var out []string
	for range n + 1 {
		out = append(out, pick(d, from...))
	}
	return out
}

var (
	simulatedActions = []string{
		"ecr:PutImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:ReplicateImage", "ecr:CreateRepository",
		"ecr:BatchImportUpstreamImage", "ecr:DeleteRepository", "ecr:GetAuthorizationToken",
	}
	actionPatterns = []string{
		"ecr:PutImage", "ecr:BatchGetImage", "ecr:*", "ecr:Batch*", "ECR:putimage", "ecr:*Image", "ecr:???Image", "ecr:G*", "ecr:Rep*ate*",
	}
	simulatedResources = []string{
		"arn:aws:ecr:eu-west-1:111122223333:repository/shop/api", "arn:aws:ecr:eu-west-1:111122223333:repository/shop/web",
		"arn:aws:ecr:eu-west-1:444455556666:repository/shop/api", "arn:aws:ecr:us-east-1:111122223333:repository/shopping",
		"arn:aws-cn:ecr:cn-north-1:111122223333:repository/shop/api",
	}
	resourcePatterns = []string{
		"*", "arn:aws:ecr:eu-west-1:111122223333:repository/shop/api", "arn:aws:ecr:*:111122223333:repository/shop/*",
		"arn:aws:ecr:eu-*:111122223333:repository/*", "arn:aws:ecr:*:*:repository/*api", "arn:aws:ecr:*:444455556666:*",
		"arn:aws:ecr:eu-west-?:1111*:repository/shop/???", "arn:*:ecr:*:111122223333:repository/shop*",
		"arn:aws:ecr:eu*1:111122223333:repository/s*p/*",
	}
	simulatedRoles = []string{"arn:aws:iam::111122223333:role/ci/push", "arn:aws:iam::444455556666:role/deploy", "arn:aws-cn:iam::111122223333:role/push"}
	callers        = append(slices.Clone(simulatedRoles),
		"arn:aws:iam::111122223333:user/ann", "arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:root",
		"lambda.amazonaws.com", "replication.ecr.amazonaws.com", "*")
)

func (d dice) principal() any {
	switch d.IntN(6) {
	case 0:
		return "*"
	case 1:
		return map[string]any{"AWS": "*"}
	case 2:
		return map[string]any{"Service": d.some("lambda.amazonaws.com", "replication.ecr.amazonaws.com")}
	case 3:
		return map[string]any{"AWS": d.some(append(simulatedRoles, "arn:aws:sts::111122223333:assumed-role/push/s1")...), "Service": "lambda.amazonaws.com"}
	}
	return map[string]any{"AWS": d.some("111122223333", "444455556666", "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root",
		"arn:aws:iam::111122223333:user/ann", "arn:aws:iam::444455556666:role/deploy", "AROAEXAMPLE")}
}

// conditionsOf are operators with keys that suit them.
func (d dice) conditionsOf() map[string]any {
	out := map[string]any{}
	for range d.IntN(3) {
		operator, key, value := "", "", any(nil)
		switch d.IntN(7) {
		case 0:
			operator, key = pick(d, "StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringEqualsIgnoreCase"), "aws:PrincipalOrgID"
			value = d.some("o-a1", "o-b2", "O-A1")
		case 1:
			operator, key = pick(d, "StringLike", "StringNotLike", "StringLikeIfExists", "StringNotLikeIfExists"), "aws:sourcearn"
			value = d.some("arn:aws:lambda:*:444455556666:function:*", "arn:aws:lambda:*:1111????3333:*", "*")
		case 2:
			operator, key = pick(d, "ArnLike", "ArnNotEquals", "ArnEquals", "ArnNotLike"), pick(d, "aws:SourceArn", "aws:PrincipalArn")
			value = d.some("arn:aws:lambda:*:444455556666:function:f", "arn:aws:iam::*:role/*", "arn:*:iam::111122223333:*", "arn:aws:*:role/ci/*:x:y:z")
		case 3:
			operator = pick(d, "ForAnyValue:", "ForAllValues:") + pick(d, "StringEquals", "StringLike", "StringNotLike", "StringNotEquals")
			key, value = "aws:PrincipalOrgPaths", d.some("o-a1/*", "o-a1/r-1/", "o-b2/r-1/")
		case 4:
			operator, key, value = "Null", pick(d, "aws:PrincipalOrgID", "aws:SourceAccount", "aws:username"), pick[any](d, true, "false", "TRUE")
		case 5:
			operator, key, value = pick(d, "Bool", "BoolIfExists"), pick(d, "aws:PrincipalIsAWSService", "aws:SecureTransport"), pick[any](d, true, "false")
		case 6:
			operator, key = pick(d, "StringEquals", "StringNotEquals"), pick(d, "aws:SourceAccount", "aws:PrincipalAccount", "aws:ResourceAccount", "aws:PrincipalType")
			value = d.some("111122223333", "444455556666", "AssumedRole", "Anonymous")
		}
		keys, _ := out[operator].(map[string]any)
		if keys == nil {
			keys = map[string]any{}
		}
		keys[key] = value
		out[operator] = keys
	}
	return out
}

func (d dice) document(kind iam.Kind) string {
	var all []any
	for range 1 + d.IntN(3) {
		s := map[string]any{"Effect": pick(d, "Allow", "Allow", "Allow", "Deny")}
		s[pick(d, "Action", "Action", "Action", "NotAction")] = d.some(actionPatterns...)
		if kind != iam.IdentityPolicy {
			s["Principal"] = d.principal()
		}
		if kind != iam.RepositoryPolicy || d.IntN(4) == 0 {
			patterns := resourcePatterns
			if kind == iam.IdentityPolicy {
				patterns = append(patterns, "arn:aws:ecr:*") // resource policies take ARNs of six fields only
			}
			s[pick(d, "Resource", "Resource", "Resource", "NotResource")] = d.some(patterns...)
		}
		if c := d.conditionsOf(); len(c) > 0 && d.IntN(2) == 0 {
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
	for _, values := range [][]string{
		{"aws:PrincipalOrgID", "o-a1", "o-b2"}, {"aws:SourceAccount", "111122223333", "444455556666"}, {"AWS:SecureTransport", "true", "false"},
		{"aws:SourceArn", "arn:aws:lambda:eu-west-1:444455556666:function:f", "arn:aws:lambda:eu-west-1:111122223333:function:g"},
	} {
		if v := pick(d, values[1:]...); d.IntN(2) == 0 {
			keys[values[0]] = []string{v}
		}
	}
	if d.IntN(2) == 0 {
		keys["aws:PrincipalOrgPaths"] = pick(d, []string{"o-a1/r-1/"}, []string{"o-a1/r-1/", "o-b2/r-1/"}, []string{"o-b2/r-1/"})
	}
	return keys
}

// Random policies and requests get the same answer from the simulator, which shares no code with this package.
func TestSimulatedRequests(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(3000) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		r := simulator.Request{Caller: pick(d, callers...), Session: pick(d, "s1", "s2"), Resource: pick(d, simulatedResources...), Keys: d.keys()}
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
		var want []string
		for _, name := range simulatedActions {
			one, of, policies := request, r, resource
			one.Action, of.Action = name, name
			action, _ := iam.ECRAction(name)
			if !action.OnRepository {
				one.Resource, of.Resource, of.Repository, of.Registry, policies = "*", "*", "", "", iam.ResourcePolicies{}
			}
			got, err := iam.Evaluate(identity, policies, one)
			if err != nil {
				t.Fatalf("seed %d: %v\n%+v", seed, err, of)
			}
			answer := simulator.Decide(of)
			if got.Decision.String() != answer {
				t.Fatalf("seed %d: iam says %s, the simulator %s\n%+v", seed, got.Decision, answer, of)
			}
			seen[answer]++
			if actions = append(actions, action); answer == simulator.Allowed {
				want = append(want, name)
			}
		}
		got, err := iam.Allowed(identity, resource, request, actions)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("seed %d: Allowed(...): %v, %v, want %v\n%+v", seed, got, err, want, r)
		}
	}
	for _, answer := range []string{simulator.Allowed, simulator.ExplicitDeny, simulator.ImplicitDeny} {
		if seen[answer] < 500 {
			t.Errorf("%s is the answer of %d requests only: %v", answer, seen[answer], seen)
		}
	}
}

// Random trust policies let in the same tokens.
func TestSimulatedTokens(t *testing.T) {
	const roleARN, issuer = "arn:aws:iam::111122223333:role/ci", "token.actions.githubusercontent.com"
	provider := "arn:aws:iam::111122223333:oidc-provider/" + issuer
	subjects := []string{
		"repo:octo/api:ref:refs/heads/main", "repo:octo@65/api@74:ref:refs/heads/main", "repo:octo/api:pull_request",
		"repo:octo/api:environment:production", "repo:octo/api:ref:refs/tags/v1", "repo:octo/apix:ref:refs/heads/main", "repo:OCTO/api:pull_request",
	}
	patterns := append(slices.Clone(subjects), "repo:octo/*", "repo:octo@65/*", "repo:octo/*:ref:refs/heads/main", "repo:octo/api:*",
		"repo:octo/*:environment:*", "repo:*", "repo:octo/ap?:ref:refs/tags/v*", "*:pull_request")
	seen := map[string]int{}
	for seed := range uint64(3000) {
		d := dice{rand.New(rand.NewPCG(seed, 2))}
		var all []any
		for range 1 + d.IntN(3) {
			conditions := map[string]any{}
			add := func(operator, claim string, value any) {
				keys, _ := conditions[operator].(map[string]any)
				if keys == nil {
					keys = map[string]any{}
				}
				keys[issuer+":"+claim] = value
				conditions[operator] = keys
			}
			add(pick(d, "StringLike", "StringLike", "StringEquals", "StringNotLike", "ForAnyValue:StringLike", "StringEqualsIgnoreCase"), "sub", d.some(patterns...))
			if d.IntN(2) == 0 {
				add("StringEquals", "aud", d.some("sts.amazonaws.com", "other"))
			}
			if d.IntN(3) == 0 {
				add(pick(d, "StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals", "Null"), "repository_owner_id", pick(d, "true", "false"))
			} else if d.IntN(2) == 0 {
				add(pick(d, "StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals"), "repository_owner_id", d.some("65", "66"))
			}
			if d.IntN(4) == 0 {
				add("StringLike", pick(d, "job_workflow_ref", "event_name"), d.some("octo/ci/*", "push"))
			}
			if d.IntN(8) == 0 {
				add("Null", "job_workflow_ref", "true")
			}
			all = append(all, map[string]any{
				"Effect": pick(d, "Allow", "Allow", "Allow", "Deny"), "Condition": conditions,
				"Action":    d.some("sts:AssumeRoleWithWebIdentity", "sts:AssumeRole*", "sts:TagSession", "sts:*"),
				"Principal": map[string]any{"Federated": d.some(provider, provider, "arn:aws:iam::444455556666:oidc-provider/"+issuer)},
			})
		}
		text := d.encode(all)
		token := iam.Token{Issuer: "https://" + issuer, Audience: pick(d, "sts.amazonaws.com", "other"), Subject: pick(d, subjects...), Claims: map[string]string{}}
		keys := map[string][]string{issuer + ":sub": {token.Subject}, issuer + ":aud": {token.Audience}}
		for _, values := range [][]string{
			{"repository_owner_id", "65", "66"}, {"job_workflow_ref", "octo/ci/.github/workflows/b.yml@refs/heads/main"}, {"event_name", "push"},
		} {
			if claim, v := values[0], pick(d, values[1:]...); d.IntN(3) > 0 {
				token.Claims[claim] = v
				if claim != "event_name" { // of which STS makes no key
					keys[issuer+":"+claim] = []string{v}
				}
			}
		}
		got, err := iam.EvaluateTrust(parse(t, iam.TrustPolicy, text), roleARN, token)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		want := simulator.Admits(text, provider, keys)
		if got.Decision.String() != want {
			t.Fatalf("seed %d: iam says %s, the simulator %s\n%s\n%+v", seed, got.Decision, want, text, token)
		}
		seen[want]++
	}
	for _, answer := range []string{simulator.Allowed, simulator.ExplicitDeny, simulator.ImplicitDeny} {
		if seen[answer] < 100 {
			t.Errorf("%s is the answer of %d tokens only: %v", answer, seen[answer], seen)
		}
	}
}
