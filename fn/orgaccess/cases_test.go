package orgaccess_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestCases runs the tables that the schemas are tested with, for both generations. The function must refuse everything
// that a schema refuses, since a local render has no API server.
func TestCases(t *testing.T) {
	input, err := cases.Input()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{cases.XEcrOrgAccess, cases.EcrOrgAccess} {
		t.Run(kind, func(t *testing.T) {
			cases.Run(t, kind, func(t *testing.T, object map[string]any) string {
				return fntest.Fatal(fntest.Run(t, fntest.Request{XR: fntest.Text(t, object), Input: fntest.Text(t, input)}))
			})
		})
	}
}
