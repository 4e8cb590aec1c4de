package provider

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// notAttributes are the fields of forProvider that are not attributes of the resource in AWS.
var notAttributes = map[string]bool{"region": true, "forceDelete": true, "forceDetachPolicies": true, "repository": true, "role": true}

// desired returns the attributes of the object's spec, with AWS's defaults. A computed field that the spec does not
// give keeps its actual value. The actual attributes are nil before the resource exists.
func (k Kind) desired(u *unstructured.Unstructured, actual map[string]any) map[string]any {
	spec, _, _ := unstructured.NestedMap(u.Object, "spec", "forProvider")
	attributes := union(nil, runtime.DeepCopyJSON(k.defaults))
	for _, name := range k.computed {
		if value, has := actual[name]; has {
			attributes[name] = value
		} else if actual != nil {
			delete(attributes, name)
		}
	}
	for name, value := range spec {
		if !notAttributes[name] && !isReference(name) {
			attributes[name] = value
		}
	}
	return attributes
}

// isReference reports whether a field of forProvider is a reference or selector, which only the provider knows.
func isReference(name string) bool {
	return strings.HasSuffix(name, "Ref") || strings.HasSuffix(name, "Refs") || strings.HasSuffix(name, "Selector")
}

// difference returns the names of the fields in which AWS differs from the spec, sorted.
func difference(desired, actual map[string]any) []string {
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(union(desired, actual))) {
		if !reflect.DeepEqual(canonical(desired[name]), canonical(actual[name])) {
			fields = append(fields, name)
		}
	}
	return fields
}

func union(a, b map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// SamePolicy reports whether two policy documents are the same to the provider.
func SamePolicy(a, b string) bool { return reflect.DeepEqual(canonical(a), canonical(b)) }

// canonical returns a value without differences that AWS ignores: the formatting of a policy document, the order of
// lists, an empty list or map instead of none, 14.0 instead of 14.
func canonical(v any) any {
	switch v := v.(type) {
	case string:
		var document any
		if strings.HasPrefix(strings.TrimSpace(v), "{") && json.Unmarshal([]byte(v), &document) == nil {
			return canonical(document)
		}
		return v
	case map[string]any:
		m := map[string]any{}
		for name, value := range v {
			if c := canonical(value); c != nil {
				m[name] = c
			}
		}
		if len(m) == 0 {
			return nil
		}
		return m
	case []any:
		var list []any
		for _, value := range v {
			list = append(list, canonical(value))
		}
		if len(list) == 0 {
			return nil
		}
		slices.SortFunc(list, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return list
	case int64:
		return float64(v)
	case bool:
		// AWS's default of every Boolean is false.
		if !v {
			return nil
		}
		return v
	default:
		return v
	}
}

// refused returns the runtime's error for a change of a field that would replace the resource.
func refused(field string, from, to any) error {
	argument := snake(field)
	before, after := element(from), element(to)
	for _, sub := range slices.Sorted(maps.Keys(union(before, after))) {
		if !reflect.DeepEqual(before[sub], after[sub]) {
			argument += ".0." + snake(sub)
			from, to = before[sub], after[sub]
			break
		}
	}
	return replaces(argument, text(from), text(to))
}

// replaces returns the runtime's error for an update that it refuses, with Terraform's name of the argument.
func replaces(argument, from, to string) error {
	return fmt.Errorf("refuse to update the external resource because the following update requires replacing it: "+
		"cannot change the value of the argument %q from %q to %q", argument, from, to)
}

// element returns the first entry of a list of objects, or nil for any other value.
func element(v any) map[string]any {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	m, _ := list[0].(map[string]any)
	return m
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// snake returns a field's name in Terraform's snake case.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
