package function_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A place is a value's in an object: set changes it, drop takes it away.
type place struct {
	value any
	set   func(any)
	drop  func()
}

// places are those of all values below v, in an order that is always the same.
func places(v any, at place) []place {
	all := []place{at}
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			all = append(all, places(v[k], place{value: v[k], set: func(n any) { v[k] = n }, drop: func() { delete(v, k) }})...)
		}
	case []any:
		for i := range v {
			all = append(all, places(v[i], place{value: v[i], set: func(n any) { v[i] = n }, drop: func() { at.set(slices.Delete(slices.Clone(v), i, i+1)) }})...)
		}
	}
	return all
}

// words are values that mean something somewhere.
var words = []any{
	nil, true, false, 0.0, 1.0, -1.0, 1.5, 1e300, 9007199254740993.0, "", "a", "A", "*", "?", "${aws:username}", "a/b", "a//b", "..", "\n", "ÿĀ", "\u2028",
	"Delete", "Observe", "MUTABLE", "IMMUTABLE_WITH_EXCLUSION", "KMS", "eu-west-1", "cn-north-1", "us-gov-west-1", "111122223333", "o-a1b2c3d4e5", "*:*", "repo:x", "2026-11-23",
	"arn:aws:iam::111122223333:root", "arn:aws:kms:eu-west-1:111122223333:key/0b0b0b0b-0000-4000-8000-000000000000", "lifecycle.maxImages", "Namespace", "Any", "Manual",
	"tagged", "untagged", "any", "imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "days", "archive", "transition", "expire", "True", "False", "2026-11-23T00:00:00Z",
	map[string]any{}, []any{}, []any{nil}, []any{"*"}, map[string]any{"": ""}, strings.Repeat("a", 300), strings.Repeat("é", 128),
}

// fields are names of fields that Crossplane, the provider and this API have.
var fields = []string{
	"defaults", "images", "project", "region", "github", "managementPolicies", "deletionPolicy", "forceDelete", "lifecycle", "rules", "keepImages", "pull", "tags", "encryption",
	"imageTagMutability", "imageTagMutabilityExclusionFilters", "guardrails", "allowDelete", "warn", "exceptions", "tagsFromLabels", "status", "conditions", "atProvider", "deletionTimestamp",
	"claimRef", "namespace", "crossplane", "compositionUpdatePolicy", "orgAccessRef", "providerConfigRef", "platformConfig", "labels", "annotations", "ownerReferences", "policy", "arn", "unknown",
}

// mutate changes an object for every three bytes: what, how, and with what.
func (w *world) mutate(steps []byte) {
	for ; len(steps) >= 4; steps = steps[4:] {
		whole := map[string]any{"xr": w.xr, "input": w.input}
		for key, o := range w.observed {
			whole["observed/"+key] = o
		}
		for i, o := range w.cluster {
			whole[fmt.Sprintf("cluster/%d", i)] = o
		}
		all := places(whole, place{})[1:]
		p := all[(int(steps[0])<<8|int(steps[1]))%len(all)]
		arg := int(steps[3])
		switch m, isMap := p.value.(map[string]any); steps[2] % 8 {
		case 0:
			p.drop()
		case 1, 2:
			p.set(fresh(words[arg%len(words)]))
		case 3:
			if isMap {
				m[fields[arg%len(fields)]] = fresh(words[(arg*7+int(steps[2]))%len(words)])
			} else if s, ok := p.value.(string); ok {
				p.set(s[:len(s)*(arg%4)/4] + "-" + s)
			}
		case 4:
			if l, ok := p.value.([]any); ok {
				for range arg % 4 {
					l = append(l, fresh(l)...)
				}
				p.set(l[:min(len(l), 200)])
			}
		case 5:
			p.set(fresh(all[(arg*31)%len(all)].value))
		case 6:
			p.set([]any{p.value})
		case 7:
			if n, ok := p.value.(float64); ok {
				p.set(n*float64(arg) - 1)
			}
		}
		w.xr, w.input, w.observed, w.cluster = take(whole, "xr"), take(whole, "input"), map[string]map[string]any{}, nil
		for _, k := range sorted(whole) {
			if key, ok := strings.CutPrefix(k, "observed/"); ok {
				w.observed[key] = take(whole, k)
			}
			if strings.HasPrefix(k, "cluster/") {
				w.cluster = append(w.cluster, take(whole, k))
			}
		}
	}
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func take(m map[string]any, key string) map[string]any {
	o, _ := m[key].(map[string]any)
	return o
}

// fresh copies a value, so that one is not changed in two places.
func fresh[T any](v T) T {
	var c T
	raw, err := json.Marshal(v)
	if err != nil {
		return v
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return v
	}
	return c
}
