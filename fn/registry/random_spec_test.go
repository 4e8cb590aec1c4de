package registry_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// A dice makes random specs that are valid.
type dice struct{ *rand.Rand }

// roll returns the dice of a test, which logs the seed if it fails.
func roll(t *testing.T, seed int64) dice {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return dice{rand.New(rand.NewSource(seed))}
}

// one returns true once in n.
func (d dice) one(n int) bool { return d.Intn(n) == 0 }

func pick[T any](d dice, from ...T) T { return from[d.Intn(len(from))] }

// some returns some of the values, in random order.
func some[T any](d dice, from ...T) []any {
	var out []any
	for _, i := range d.Perm(len(from))[:1+d.Intn(len(from))] {
		out = append(out, from[i])
	}
	return out
}

const goodKey = "arn:aws:kms:eu-west-1:123456789012:key/good"

// settings returns random RepositorySettings.
func (d dice) settings(encryption bool) map[string]any {
	s := map[string]any{}
	if d.one(3) {
		s["imageTagMutability"] = pick(d, "IMMUTABLE", "MUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION")
		if m := s["imageTagMutability"].(string); len(m) > 10 {
			s["imageTagMutabilityExclusionFilters"] = some(d, "latest", "cache-*", "*-dev", "v*.*")
		}
	}
	if d.one(3) {
		s["scanOnPush"] = d.one(2)
	}
	if encryption && d.one(3) {
		s["encryption"] = pick(d, map[string]any{}, map[string]any{"type": "AES256"}, map[string]any{"type": "KMS"}, map[string]any{"type": "KMS", "kmsKey": goodKey})
	}
	if d.one(2) {
		s["lifecycle"] = d.lifecycle()
	}
	if d.one(3) {
		s["pull"] = d.pull()
	}
	if d.one(3) {
		s["deletionPolicy"] = pick(d, "Orphan", "Delete")
	}
	if d.one(4) {
		s["forceDelete"] = d.one(2)
	}
	if d.one(3) {
		s["tags"] = map[string]any{pick(d, "team", "cost", "tier"): pick(d, "red", "blue", "")}
	}
	return s
}

func (d dice) lifecycle() map[string]any {
	if d.one(5) {
		return map[string]any{}
	}
	if d.one(2) {
		s := map[string]any{}
		if d.one(2) {
			s["keepImages"] = 1 + d.Intn(4)
		}
		if d.one(2) {
			s["untaggedExpiryDays"] = 1 + d.Intn(4)
		}
		return s
	}
	expire := map[string]any{"type": "expire"}
	rules := []any{}
	for i, pattern := range []string{"dev*", "v*", "*"} {
		if d.one(2) {
			rules = append(rules, map[string]any{
				"selection": map[string]any{"tagStatus": "tagged", "tagPatternList": []any{pattern}, "countType": "imageCountMoreThan", "countNumber": 1 + i + d.Intn(2)},
				"action":    expire,
			})
		}
	}
	if d.one(2) {
		rules = append(rules, map[string]any{
			"description": "old ones",
			"selection":   map[string]any{"tagStatus": pick(d, "untagged", "any"), "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 + d.Intn(3)},
			"action":      expire,
		})
	}
	return map[string]any{"rules": rules}
}

func (d dice) pull() map[string]any {
	p := map[string]any{}
	if d.one(2) {
		p["accounts"] = some(d, "111111111111", "222222222222")
		p["lambda"] = d.one(2)
	}
	if d.one(3) {
		p["organizationIds"] = some(d, "o-aaaaaaaaaa", "o-bbbbbbbbbb")
	}
	if d.one(3) {
		p["principals"] = some(d, "arn:aws:iam::111111111111:role/x", "arn:aws:iam::222222222222:root")
	}
	return p
}

// names of the images in random specs.
var names = []string{"api", "web", "db", "base/go", "base/go.1"}

// spec returns a random spec.
func (d dice) spec() map[string]any {
	s := map[string]any{"region": "eu-west-1"}
	var images []any
	for _, name := range some(d, names...) {
		i := d.settings(false)
		i["name"] = name
		images = append(images, i)
	}
	s["images"] = images
	if d.one(2) {
		s["defaults"] = d.settings(true)
	}
	switch d.Intn(8) {
	case 0:
		s["managementPolicies"] = []any{"Observe"}
	case 1:
		s["managementPolicies"] = []any{"Observe", "Create", "Update"}
	case 2:
		s["managementPolicies"] = []any{"Observe", "Create", "Update", "Delete"}
	}
	return s
}

// edit returns a spec with some fields changed.
func (d dice) edit(spec map[string]any) map[string]any {
	other := d.spec()
	out := maps.Clone(spec)
	for _, k := range []string{"images", "defaults", "managementPolicies"} {
		if d.one(2) {
			delete(out, k)
			if v, ok := other[k]; ok {
				out[k] = v
			}
		}
	}
	if _, ok := out["images"]; !ok {
		out["images"] = other["images"]
	}
	return out
}

func text(v any) string {
	b, err := yaml.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// An expectation is what a random spec asks for one image, found in another way than in the function: the nearer of two
// layers wins, over the built-in values.
type expectation struct{ image, defaults map[string]any }

func expect(spec map[string]any) map[string]expectation {
	defaults, _ := spec["defaults"].(map[string]any)
	out := map[string]expectation{}
	for _, i := range spec["images"].([]any) {
		image := i.(map[string]any)
		out[image["name"].(string)] = expectation{image: image, defaults: defaults}
	}
	return out
}

func (e expectation) value(key string, builtIn any) any {
	for _, layer := range []map[string]any{e.image, e.defaults} {
		if v, ok := layer[key]; ok {
			return v
		}
	}
	return builtIn
}

// policy returns the wanted lifecycle policy; empty for none.
func (e expectation) policy() string {
	near, _ := e.image["lifecycle"].(map[string]any)
	far, _ := e.defaults["lifecycle"].(map[string]any)
	for _, l := range []map[string]any{near, far} {
		if rules, ok := l["rules"].([]any); ok {
			return rulesText(rules)
		}
		if len(l) > 0 {
			break
		}
	}
	number := func(key string, builtIn int) int {
		for _, l := range []map[string]any{near, far} {
			if n, ok := l[key].(int); ok {
				return n
			}
		}
		return builtIn
	}
	return shorthands(number("untaggedExpiryDays", untaggedDays), number("keepImages", keptImages))
}

func rulesText(rules []any) string {
	if len(rules) == 0 {
		return ""
	}
	numbered := make([]any, len(rules))
	for i, r := range rules {
		rule := maps.Clone(r.(map[string]any))
		rule["rulePriority"] = i + 1
		numbered[i] = rule
	}
	b, err := yaml.YAMLToJSON([]byte(text(map[string]any{"rules": numbered})))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// deletable reports whether the image's repository is deleted with it.
func (e expectation) deletable(spec map[string]any) bool {
	return e.value("deletionPolicy", "Orphan") == "Delete" && mayDelete(spec)
}

func mayDelete(spec map[string]any) bool {
	p, ok := spec["managementPolicies"].([]any)
	return !ok || slices.Contains(p, any("Delete"))
}

func observes(spec map[string]any) bool {
	p, ok := spec["managementPolicies"].([]any)
	return ok && len(p) == 1
}

func (e expectation) String() string { return fmt.Sprint(e.image, " over ", e.defaults) }
