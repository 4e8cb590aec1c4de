package orgaccess_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestCases runs the tables that the schemas are tested with, for both generations: a
// local render has no API server, so the function has to refuse by itself whatever a
// schema refuses.
func TestCases(t *testing.T) {
	for _, kind := range []string{cases.XEcrOrgAccess, cases.EcrOrgAccess} {
		t.Run(kind, func(t *testing.T) { testCases(t, kind) })
	}
}

func testCases(t *testing.T, kind string) {
	input, err := cases.Input()
	if err != nil {
		t.Fatal(err)
	}
	render := func(t *testing.T, c cases.Case) response {
		return run(t, fntest.Build(t, fntest.Request{XR: asYAML(t, c.Object), Input: asYAML(t, input)}), nil)
	}

	invalid, err := cases.Invalid(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range invalid {
		t.Run("Invalid/"+c.Name, func(t *testing.T) {
			switch fatal := render(t, c).fatal(); {
			case fatal == "":
				t.Errorf("%s\nRender(...): accepted, want a Fatal result about %s", c.Reason, c.Path)
			case !strings.Contains(fatal, c.Path):
				t.Errorf("%s\nRender(...): want a message about %s, got:\n%s", c.Reason, c.Path, fatal)
			}
		})
	}

	valid, err := cases.Valid(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range valid {
		t.Run("Valid/"+c.Name, func(t *testing.T) {
			if fatal := render(t, c).fatal(); fatal != "" {
				t.Errorf("%s\nRender(...): refused:\n%s", c.Reason, fatal)
			}
		})
	}
}

func asYAML(t *testing.T, object map[string]any) string {
	t.Helper()
	b, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
