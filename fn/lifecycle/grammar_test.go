package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
)

// This file states AWS's documentation of lifecycle policies a second time, independent of Validate: a rule as a choice
// of closed alternatives over its JSON (AWS's own check says "instance failed to match exactly one schema"), and what
// must hold between the rules as counts over them.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html

type object = map[string]any

// A form has a check for each property of an object, which has no other properties. A property whose name ends in ? may
// be absent.
type form map[string]func(any) bool

func is(values ...string) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && slices.Contains(values, s) }
}

func atLeast(n float64) func(any) bool {
	return func(v any) bool { f, ok := v.(float64); return ok && f >= n }
}

func text(pattern string) func(any) bool {
	re := regexp.MustCompile(pattern)
	return func(v any) bool { s, ok := v.(string); return ok && re.MatchString(s) }
}

func listOf(item func(any) bool) func(any) bool {
	return func(v any) bool {
		l, ok := v.([]any)
		return ok && len(l) >= 1 && len(l) <= 100 && !slices.ContainsFunc(l, func(v any) bool { return !item(v) })
	}
}

func (s form) fits(o object) bool {
	rest := maps.Clone(o)
	for name, check := range s {
		required := name[len(name)-1] != '?'
		if !required {
			name = name[:len(name)-1]
		}
		v, ok := rest[name]
		if !ok && required || ok && !check(v) {
			return false
		}
		delete(rest, name)
	}
	return len(rest) == 0
}

func both(a, b form) form {
	c := maps.Clone(a)
	maps.Copy(c, b)
	return c
}

// fitsAny reports whether an object fits one of the combinations of two choices.
func fitsAny(o object, as, bs []form) bool {
	for _, a := range as {
		for _, b := range bs {
			if both(a, b).fits(o) {
				return true
			}
		}
	}
	return false
}

var (
	anyTags = []form{
		{"tagStatus": is("untagged", "any")},
		{"tagStatus": is("tagged"), "tagPatternList": listOf(text(`^([^*]{0,128}\*){0,4}[^*]*$`))},
		{"tagStatus": is("tagged"), "tagPrefixList": listOf(text(`^.{1,128}$`))},
	}
	daysUnit = is("days")
	expires  = form{"type": is("expire")}
	archives = form{"type": is("transition"), "targetStorageClass": is("archive")}

	// What can be counted, and what can be done about it.
	ruleKinds = []struct {
		counted form
		actions []form
	}{
		{form{"countType": is("imageCountMoreThan"), "countNumber": atLeast(1), "storageClass?": is("standard")}, []form{expires, archives}},
		{form{"countType": is("sinceImagePushed"), "countUnit": daysUnit, "countNumber": atLeast(1), "storageClass?": is("standard")}, []form{expires, archives}},
		{form{"countType": is("sinceImagePulled"), "countUnit": daysUnit, "countNumber": atLeast(1), "storageClass?": is("standard")}, []form{archives}},
		{form{"countType": is("sinceImageTransitioned"), "countUnit": daysUnit, "countNumber": atLeast(90), "storageClass": is("archive")}, []form{expires}},
	}
)

func ruleAccepted(o object) bool {
	for _, k := range ruleKinds {
		r := form{
			"rulePriority": atLeast(1),
			"description?": func(v any) bool { s, ok := v.(string); return ok && len([]rune(s)) <= 1024 },
			"selection":    func(v any) bool { return fitsAny(v.(object), []form{k.counted}, anyTags) && notEmpty(v.(object)) },
			"action":       func(v any) bool { return fitsAny(v.(object), []form{{}}, k.actions) },
		}
		if r.fits(o) {
			return true
		}
	}
	return false
}

// notEmpty reports whether all tags in the lists have 1 to 128 characters.
func notEmpty(o object) bool {
	for _, name := range []string{"tagPatternList", "tagPrefixList"} {
		l, _ := o[name].([]any)
		for _, v := range l {
			if n := len([]rune(v.(string))); n == 0 || n > 128 {
				return false
			}
		}
	}
	return true
}

// accepted reports whether AWS accepts a policy, and the API its values.
func accepted(policy object) bool {
	rules := policy["rules"].([]any)
	if b, _ := json.Marshal(policy); len(rules) > 0 && len([]rune(string(b))) > 30720 {
		return false
	}
	if len(rules) > 50 {
		return false
	}
	// By storage class: the number of rules over untagged images, over any images, and with each set of tags.
	untaggedRules, anyRules, sets := map[string]int{}, map[string]int{}, map[string]int{}
	for _, v := range rules {
		r := v.(object)
		if !ruleAccepted(r) {
			return false
		}
		s := r["selection"].(object)
		class, ok := s["storageClass"].(string)
		if !ok {
			class = "standard"
		}
		if anyRules[class] > 0 {
			return false
		}
		switch s["tagStatus"] {
		case "any":
			anyRules[class]++
		case "untagged":
			untaggedRules[class]++
		default:
			for _, name := range []string{"tagPatternList", "tagPrefixList"} {
				if l, ok := s[name].([]any); ok {
					set := map[string]bool{}
					for _, t := range l {
						set[t.(string)] = true
					}
					sets[fmt.Sprint(class, name, set)]++ // fmt sorts the keys of a map.
				}
			}
		}
	}
	for _, counts := range []map[string]int{untaggedRules, anyRules, sets} {
		for _, n := range counts {
			if n > 1 {
				return false
			}
		}
	}
	return true
}

// policyOf returns the policy of rules as JSON. It keeps empty lists, and leaves out required fields that are "" or 0,
// which is how the API says that they are missing.
func policyOf(t *testing.T, rules []v1alpha1.LifecycleRule) object {
	t.Helper()
	list := make([]any, len(rules))
	for i, r := range rules {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		o := object{}
		if err := json.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		s, a := o["selection"].(object), o["action"].(object)
		for name, l := range map[string][]string{"tagPatternList": r.Selection.TagPatternList, "tagPrefixList": r.Selection.TagPrefixList} {
			if l != nil && len(l) == 0 {
				s[name] = []any{}
			}
		}
		for _, o := range []object{s, a} {
			maps.DeleteFunc(o, func(name string, v any) bool {
				return (name == "tagStatus" || name == "countType" || name == "type") && v == "" || name == "countNumber" && v == 0.0
			})
		}
		o["rulePriority"] = float64(i + 1)
		list[i] = o
	}
	return object{"rules": list}
}

// spoil changes one field of a rule.
func spoil(r lifecycletest.Source, x *v1alpha1.LifecycleRule) {
	word := func(of ...string) *string { w := lifecycletest.One(r, of...); return &w }
	s := &x.Selection
	switch r.IntN(9) {
	case 0:
		s.TagStatus = lifecycletest.One(r, "tagged", "untagged", "any", "", "ANY")
	case 1:
		s.TagPatternList = lifecycletest.One(r, nil, []string{}, []string{"*"}, []string{"a*", ""}, []string{"*a*b*a*b*"}, []string{"*a*b*a*"})
	case 2:
		s.TagPrefixList = lifecycletest.One(r, nil, []string{}, []string{"a"}, []string{"*****"}, []string{""})
	case 3:
		s.StorageClass = lifecycletest.One(r, nil, word("standard", "archive", "", "STANDARD"))
	case 4:
		s.CountType = lifecycletest.One(r, "imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned", "", "age")
	case 5:
		s.CountUnit = lifecycletest.One(r, nil, word("days", "", "hours"))
	case 6:
		s.CountNumber = lifecycletest.One[int64](r, -1, 0, 1, 89, 90)
	case 7:
		x.Action.Type = lifecycletest.One(r, "expire", "transition", "", "delete")
	case 8:
		x.Action.TargetStorageClass = lifecycletest.One(r, nil, word("archive", "standard", ""))
	}
}

// TestValidateAgreesWithDocumentation compares Validate with accepted for rules, many of which are spoilt in a place or
// two.
func TestValidateAgreesWithDocumentation(t *testing.T) {
	yes, no := 0, 0
	lifecycletest.Random(t, 8000, func(t *testing.T, r lifecycletest.Source) {
		rules := r.Rules()
		for range lifecycletest.One(r, 0, 0, 0, 1, 1, 2, 3) {
			spoil(r, &rules[r.IntN(len(rules))])
		}
		want := accepted(policyOf(t, rules))
		l := lifecycle.Validate(rules, rulesPath)
		if got := len(l) == 0; got != want {
			t.Errorf("Validate(...): accepted: want %t, got %t\n%s\n%s", want, got, l.Message(), lifecycle.Policy(rules))
		}
		if want {
			yes++
		} else {
			no++
		}
	})
	if total := yes + no; yes < total/5 || no < total/5 {
		t.Errorf("want at least a fifth of the rules accepted and a fifth refused, got %d and %d", yes, no)
	}
}
