package registry_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestCases runs the tables that the schemas are tested with, for both generations: a
// local render has no API server, so the function has to refuse by itself whatever a
// schema refuses.
func TestCases(t *testing.T) {
	for kind, readOrgAccess := range map[string]func() (map[string]any, error){
		cases.XProjectRegistry: cases.OrgAccess,
		cases.ProjectRegistry:  cases.NamespacedOrgAccess,
	} {
		t.Run(kind, func(t *testing.T) {
			orgAccess, err := readOrgAccess()
			if err != nil {
				t.Fatal(err)
			}
			testCases(t, kind, orgAccess)
		})
	}
}

func testCases(t *testing.T, kind string, orgAccess map[string]any) {
	input, err := cases.Input()
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, c cases.Case) *fnv1.RunFunctionResponse {
		return fntest.Run(t, fntest.Request{XR: asYAML(t, c.Object), Input: asYAML(t, input), Cluster: asYAML(t, orgAccess)})
	}

	invalid, err := cases.Invalid(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range invalid {
		t.Run("Invalid/"+c.Name, func(t *testing.T) {
			rsp := run(t, c)
			fatal := fatalOf(rsp)
			if fatal == "" {
				t.Fatalf("%s\nRunFunction: accepted, want a Fatal result about %s", c.Reason, c.Path)
			}
			if !strings.Contains(fatal, c.Path) {
				t.Errorf("%s\nRunFunction: want a message about %s, got:\n%s", c.Reason, c.Path, fatal)
			}
		})
	}

	valid, err := cases.Valid(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range valid {
		t.Run("Valid/"+c.Name, func(t *testing.T) {
			if fatal := fatalOf(run(t, c)); fatal != "" {
				t.Errorf("%s\nRunFunction: refused:\n%s", c.Reason, fatal)
			}
		})
	}
}

func fatalOf(rsp *fnv1.RunFunctionResponse) string {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return r.GetMessage()
		}
	}
	return ""
}

func asYAML(t *testing.T, object map[string]any) string {
	t.Helper()
	b, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
