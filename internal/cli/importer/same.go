package importer

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/json"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A permission is the smallest part of a statement: one action of one principal on one resource, under conditions of
// one value each. Two policies are the same if they have the same permissions.
type permission struct {
	effect                      iam.Effect
	principal, action, resource string

	// conditions are sorted lines.
	conditions string
}

// maxPermissions limits the permissions of a statement. AWS's largest policies stay far below it.
const maxPermissions = 100_000

// permissions returns the permissions of policies, each with its action as written. Sids, the order of statements,
// scalars or lists, and an account's id or root ARN make no difference. An empty text is no policy.
func permissions(kind iam.Kind, texts ...string) (map[permission]string, error) {
	var statements []iam.Statement
	for _, text := range texts {
		if text == "" {
			continue
		}
		d, err := iam.Parse(kind, text)
		if err != nil {
			return nil, err
		}
		statements = append(statements, d.Statements...)
	}
	all := map[permission]string{}
	for _, s := range statements {
		actions, resources := s.Action, s.Resource
		if s.NotAction != nil {
			actions = []string{"all but " + strings.Join(sorted(s.NotAction), ", ")}
		}
		for _, r := range s.NotResource {
			resources = append(resources, "not "+r)
		}
		if len(resources) == 0 {
			resources = []string{""}
		}
		parts := [][]string{principals(s.Principal), actions, resources}
		for _, c := range s.Condition {
			parts = append(parts, alternatives(c))
		}
		combinations, ok := product(parts)
		if !ok {
			return nil, fmt.Errorf("a statement has more than %d permissions", maxPermissions)
		}
		for _, c := range combinations {
			principal, action, resource, conditions := c[0], c[1], c[2], strings.Join(sorted(c[3:]), "\n")
			// Actions are not case-sensitive.
			all[permission{s.Effect, principal, strings.ToLower(action), resource, conditions}] = action
		}
	}
	return all, nil
}

// product returns all combinations of one value from each list; false if there are more than maxPermissions.
func product(lists [][]string) ([][]string, bool) {
	all := [][]string{nil}
	for _, list := range lists {
		if len(all)*len(list) > maxPermissions {
			return nil, false
		}
		var extended [][]string
		for _, prefix := range all {
			for _, v := range list {
				extended = append(extended, append(slices.Clone(prefix), v))
			}
		}
		all = extended
	}
	return all, true
}

var rootARN = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::(\d{12}):root$`)

func principals(e *iam.PrincipalElement) []string {
	switch {
	case e == nil:
		return []string{""}
	case e.Any && e.AWS == nil:
		return []string{"*"}
	}
	all := slices.Concat([]string(e.Federated), e.Service)
	for _, name := range e.AWS {
		if m := rootARN.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		all = append(all, name)
	}
	for _, name := range e.CanonicalUser {
		all = append(all, "canonical user "+name)
	}
	return all
}

// alternatives returns a condition once for each of its values, since one match is enough. Negated operators hold if
// none matches, and set operators compare several values of the request: both keep all their values.
func alternatives(c iam.Condition) []string {
	name := c.Name() + " " + strings.ToLower(c.Key) + " "
	if strings.Contains(c.Operator, "Not") || c.Set != "" {
		return []string{name + strings.Join(sorted(c.Values), ", ")}
	}
	lines := make([]string, len(c.Values))
	for i, v := range c.Values {
		lines[i] = name + v
		if c.Name() == "StringLike" && !strings.ContainsAny(v, "*?$") {
			lines[i] = strings.Replace(lines[i], "StringLike", "StringEquals", 1)
		}
	}
	return lines
}

// difference says how policies differ from the one that the API would write; empty if they are the same.
func difference(kind iam.Kind, rendered string, source ...string) string {
	has, err := permissions(kind, source...)
	if err != nil {
		return err.Error()
	}
	would, err := permissions(kind, rendered)
	if err != nil {
		return err.Error()
	}
	return compare(has, would)
}

// compare says how the permissions of a source differ from those that are rendered; empty if they are the same.
func compare(source, rendered map[permission]string) string {
	var parts []string
	if only := minus(source, rendered); only != "" {
		parts = append(parts, "only the source has: "+only)
	}
	if only := minus(rendered, source); only != "" {
		parts = append(parts, "only the API has: "+only)
	}
	return strings.Join(parts, "; ")
}

// minus describes the permissions of a that b does not have. Actions that share everything else are listed together.
func minus(a, b map[permission]string) string {
	actions := map[permission][]string{}
	for p, action := range a {
		if _, both := b[p]; !both {
			p.action = ""
			actions[p] = append(actions[p], action)
		}
	}
	var lines []string
	for p, list := range actions {
		line := string(p.effect) + " " + shown(list, ", ")
		if p.principal != "" {
			line += " for " + p.principal
		}
		if p.resource != "" {
			line += " on " + p.resource
		}
		if p.conditions != "" {
			line += " if " + strings.ReplaceAll(p.conditions, "\n", " and ")
		}
		lines = append(lines, line)
	}
	return shown(lines, "; ")
}

// maxShown is the maximum number of items in a list of a message.
const maxShown = 8

func shown(list []string, separator string) string {
	list = set(list)
	if more := len(list) - maxShown; more > 0 {
		list = append(list[:maxShown], fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, separator)
}

// sameRules reports whether two lifecycle policies do the same. Only the order of priorities counts; descriptions and
// the order of tags do not. A policy with fields that this version does not know is like no other.
func sameRules(a, b string) bool {
	x, okX := rules(a)
	y, okY := rules(b)
	return okX && okY && reflect.DeepEqual(x, y)
}

type rule struct {
	Priority    float64 `json:"rulePriority"`
	Description any     `json:"description"`
	Selection   struct {
		v1alpha1.LifecycleSelection

		// CountNumber replaces the embedded one, to accept 5.0 for 5.
		CountNumber float64 `json:"countNumber"`
	} `json:"selection"`
	Action v1alpha1.LifecycleAction `json:"action"`
}

// rules returns the rules of a lifecycle policy by priority, without differences that have no effect.
func rules(text string) ([]rule, bool) {
	var d struct {
		Rules []rule `json:"rules"`
	}
	unknown, err := json.UnmarshalStrict([]byte(text), &d, json.DisallowUnknownFields)
	slices.SortStableFunc(d.Rules, func(a, b rule) int { return cmp.Compare(a.Priority, b.Priority) })
	for n := range d.Rules {
		r := &d.Rules[n]
		r.Priority, r.Description = 0, nil
		s := &r.Selection
		s.TagPatternList, s.TagPrefixList = sorted(s.TagPatternList), sorted(s.TagPrefixList)
		if s.StorageClass != nil && *s.StorageClass == "standard" {
			s.StorageClass = nil // It is AWS's default.
		}
	}
	return d.Rules, err == nil && len(unknown) == 0
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// set returns the sorted values of a list without duplicates.
func set(list []string) []string { return slices.Compact(sorted(list)) }
