package function_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestHuge shows that a request's size bounds the memory that it takes, even if all of it is wrong, and that the answer
// stays readable.
func TestHuge(t *testing.T) {
	const (
		n = 50_000

		// maxAllocated is the maximum of all allocations for one request in bytes, including garbage. A fault takes about
		// 1 KB until it is reported.
		maxAllocated = 100 << 20
	)
	many := func(item any) []any {
		l := make([]any, n)
		for i := range l {
			l[i] = item
		}
		return l
	}
	fields := func(value any) map[string]any {
		m := make(map[string]any, n)
		for i := range n {
			m[fmt.Sprintf("f%d", i)] = value
		}
		return m
	}
	images := make([]any, 100)
	for i := range images {
		images[i] = map[string]any{"name": fmt.Sprintf("i%d", i), "tags": map[string]any{"a": "b"}}
	}
	none := map[string]any{}
	registry := func(defaults map[string]any) map[string]any {
		return map[string]any{"project": "shop", "region": "eu-west-1", "images": images, "defaults": defaults}
	}
	access := func(field string, value any) map[string]any {
		return map[string]any{"accountId": "111122223333", "region": "eu-west-1", "github": map[string]any{"organization": "octo", "organizationId": "1"}, field: value}
	}
	cases := map[string]struct {
		reason string
		kind   string
		spec   map[string]any
		input  map[string]any
		want   string
	}{
		"Images":     {reason: "Images beyond the maximum are not validated.", spec: map[string]any{"images": many(none)}, want: "spec.images 50000: a project registry holds at most 100 images"},
		"NullImages": {reason: "The faults of a decoder are bounded.", spec: map[string]any{"images": many(nil)}, want: "spec.images[0]: must not be null"},
		"Rules":      {reason: "The faults of rules are bounded.", spec: registry(map[string]any{"lifecycle": map[string]any{"rules": many(none)}}), want: "spec.defaults.lifecycle.rules 50000: a lifecycle policy has at most 50 rules"},
		"Unknown":    {reason: "The faults of unknown fields are bounded.", spec: fields(1), want: "spec.f0: unknown field"},
		"Tags":       {reason: "Tags that a hundred images inherit are not copied for each image.", spec: registry(map[string]any{"tags": fields("v")}), want: "tags in all"},
		"WrongTags":  {reason: "Wrong tags that a hundred images inherit are not reported for each image.", spec: registry(map[string]any{"tags": fields("\n")}), want: "tags in all"},
		"Pull":       {reason: "A grant that a hundred images inherit is validated once.", spec: registry(map[string]any{"pull": map[string]any{"accounts": many("111111111111")}}), want: "spec.defaults.pull.accounts 50000: at most 100"},
		"PullGuarded": {
			reason: "A guardrail refuses an inherited grant once, not for each image.", spec: registry(map[string]any{"pull": map[string]any{"accounts": many("111111111111")}}),
			input: map[string]any{"guardrails": map[string]any{"pull": none}}, want: "pull may not be granted to this account",
		},
		"PullWarned": {
			reason: "A warning about an inherited grant is bounded too.", spec: registry(map[string]any{"pull": map[string]any{"accounts": many("111111111111")}}),
			input: map[string]any{"guardrails": map[string]any{"pull": none, "warn": []any{"pull"}}}, want: "spec.defaults.pull.accounts 50000: at most 100",
		},
		"Guardrails": {
			reason: "The platform team's lists may be long: a message lists only some of the allowed values.", spec: registry(nil),
			input: map[string]any{"guardrails": map[string]any{"kmsKeys": many("arn:aws:kms:eu-west-1:111122223333:key/0b0b0b0b-0000-4000-8000-000000000000")}},
			want:  "key/0b0b0b0b-0000-4000-8000-000000000000 and 49990 more",
		},
		"Exceptions": {reason: "The faults of exceptions are bounded.", spec: registry(nil), input: map[string]any{"guardrails": map[string]any{"exceptions": many(none)}}, want: "input.guardrails.exceptions[0].project: required"},
		"Projects":   {reason: "The faults of projects are bounded.", spec: registry(nil), input: map[string]any{"guardrails": map[string]any{"projects": many(none)}}, want: "input.guardrails.projects[0].project: required"},
		"Allow":      {reason: "The faults of the workflows of an org access are bounded.", kind: "XEcrOrgAccess", spec: access("push", map[string]any{"allow": many(none)}), want: "spec.push.allow"},
		"Branches":   {reason: "The faults of branches are bounded.", kind: "XEcrOrgAccess", spec: access("push", map[string]any{"allow": []any{map[string]any{"repository": "a", "branches": many("")}}}), want: "spec.push.allow[0].branches"},
		"Accounts":   {reason: "The faults of accounts that may pull are bounded.", kind: "XEcrOrgAccess", spec: access("crossAccountPull", map[string]any{"accounts": many("x")}), want: "spec.crossAccountPull.accounts"},
		"Filters":    {reason: "The faults of scanning rules are bounded.", kind: "XEcrOrgAccess", spec: access("registry", map[string]any{"scanning": map[string]any{"type": "BASIC", "rules": many(none)}}), want: "spec.registry.scanning"},
		"Replicate":  {reason: "The faults of replication rules are bounded.", kind: "XEcrOrgAccess", spec: access("registry", map[string]any{"replication": map[string]any{"rules": many(none), "from": many(none)}}), want: "spec.registry.replication"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = "XProjectRegistry"
			}
			req := &fnv1.RunFunctionRequest{
				Input:    object(t, tc.input),
				Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: object(t, map[string]any{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": kind, "metadata": map[string]any{"name": "a"}, "spec": tc.spec})}},
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rsp := run(t, req)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > maxAllocated {
				t.Errorf("%s\n%d MiB were allocated", tc.reason, n>>20)
			}
			if n := proto.Size(rsp); n > 100<<10 {
				t.Errorf("%s\nthe answer has %d bytes", tc.reason, n)
			}
			if fatal := fntest.Fatal(rsp); !strings.Contains(fatal, tc.want) {
				t.Errorf("%s\nwant %q, got:\n%.2000s", tc.reason, tc.want, fatal)
			}
		})
	}
}
