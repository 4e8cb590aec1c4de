package xrd

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/cases"
)

// kinds are the kinds with tables, and the minimum number of invalid objects in each.
var kinds = map[string]int{
	cases.XProjectRegistry: 150,
	cases.XEcrOrgAccess:    80,
	cases.ProjectRegistry:  150,
	cases.EcrOrgAccess:     80,
}

// TestInvalid shows that the schema refuses what the tables say, with an error at or around the wrong field, both for
// composite resources and for claims.
func TestInvalid(t *testing.T) {
	v := projectValidator(t)
	for kind, least := range kinds {
		table, err := cases.Invalid(kind)
		if err != nil {
			t.Fatal(err)
		}
		if len(table) < least {
			t.Errorf("%s: %d invalid objects, want at least %d", kind, len(table), least)
		}
		unique(t, table)
		refused := 0
		for _, c := range table {
			if c.SchemaRefuses {
				refused++
			}
			if c.Path == "" {
				t.Errorf("%s/%s names no path", kind, c.Name)
			}
			each(t, c, func(t *testing.T, obj, _ *unstructured.Unstructured) {
				errs := v.validate(t, obj, nil)
				if !c.SchemaRefuses {
					for _, err := range errs {
						t.Errorf("%s: contrary to the table, the schema refuses it: %s", c.Reason, err)
					}
					return
				}
				if !names(errs, c.Path) {
					t.Errorf("%s: the schema says nothing about %s:\n%s", c.Reason, c.Path, strings.Join(errs, "\n"))
				}
			})
		}
		t.Logf("%s: %d of %d invalid objects are refused by the schema", kind, refused, len(table))
	}
}

func TestValid(t *testing.T) {
	v := projectValidator(t)
	for kind := range kinds {
		table, err := cases.Valid(kind)
		if err != nil {
			t.Fatal(err)
		}
		unique(t, table)
		for _, c := range table {
			each(t, c, func(t *testing.T, obj, _ *unstructured.Unstructured) {
				for _, err := range v.validate(t, obj, nil) {
					t.Errorf("%s: %s", c.Reason, err)
				}
			})
		}
	}
}

func TestTransitions(t *testing.T) {
	v := projectValidator(t)
	for kind := range kinds {
		table, err := cases.Transitions(kind)
		if err != nil {
			t.Fatal(err)
		}
		unique(t, table)
		for _, c := range table {
			each(t, c, func(t *testing.T, obj, old *unstructured.Unstructured) {
				// A transition rule is tested only if both objects are valid by themselves.
				for _, err := range append(v.validate(t, obj, nil), v.validate(t, old, nil)...) {
					t.Errorf("%s: not valid by itself: %s", c.Reason, err)
				}
				errs := v.validate(t, obj, old)
				if c.SchemaRefuses && !names(errs, c.Path) {
					t.Errorf("%s: the schema says nothing about %s:\n%s", c.Reason, c.Path, strings.Join(errs, "\n"))
				}
				if !c.SchemaRefuses && len(errs) > 0 {
					t.Errorf("%s: %s", c.Reason, strings.Join(errs, "\n"))
				}
			})
		}
	}
}

// TestOrgAccess shows that the org accesses that the tables of project registries refer to are valid.
func TestOrgAccess(t *testing.T) {
	for _, read := range []func() (map[string]any, error){cases.OrgAccess, cases.NamespacedOrgAccess} {
		access, err := read()
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range projectValidator(t).validate(t, decode(t, access), nil) {
			t.Error(err)
		}
	}
}

// each runs a test of a case for the composite resource and, if it has one, for its claim.
func each(t *testing.T, c cases.Case, test func(t *testing.T, obj, old *unstructured.Unstructured)) {
	t.Helper()
	kind, _ := c.Object["kind"].(string)
	t.Run(kind+"/"+c.Name, func(t *testing.T) {
		test(t, decode(t, c.Object), decode(t, c.Old))
	})
	// Only kinds of the first generation have claims, and names that begin with X.
	claimed, ok := strings.CutPrefix(kind, "X")
	if !ok {
		return
	}
	t.Run("claim "+claimed+"/"+c.Name, func(t *testing.T) {
		test(t, claim(decode(t, c.Object)), claim(decode(t, c.Old)))
	})
}

// claim returns a claim with the spec of a composite resource.
func claim(composite *unstructured.Unstructured) *unstructured.Unstructured {
	if composite == nil {
		return nil
	}
	claim := composite.DeepCopy()
	claim.SetKind(strings.TrimPrefix(claim.GetKind(), "X"))
	claim.SetNamespace("team")
	return claim
}

// decode decodes an object as the API server does: whole numbers are integers.
func decode(t *testing.T, object map[string]any) *unstructured.Unstructured {
	t.Helper()
	if object == nil {
		return nil
	}
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil {
		t.Fatal(err)
	}
	return u
}

// names reports whether an error is at the path, below it, or above it: a rule is on the object that has all that it
// compares.
func names(errs []string, path string) bool {
	for _, err := range errs {
		field, _, _ := strings.Cut(err, ": ")
		if under(field, path) || under(path, field) {
			return true
		}
	}
	return false
}

// under reports whether path is at or below root.
func under(path, root string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func unique(t *testing.T, table []cases.Case) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range table {
		if c.Name == "" || c.Reason == "" || seen[c.Name] {
			t.Errorf("case %q has no unique name, or no reason", c.Name)
		}
		seen[c.Name] = true
	}
}
