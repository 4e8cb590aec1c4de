package registry_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestCases runs the tables that the schemas are tested with, for both generations: a
// local render has no API server, so the function has to refuse by itself whatever a
// schema refuses.
func TestCases(t *testing.T) {
	input, err := cases.Input()
	if err != nil {
		t.Fatal(err)
	}
	for kind, readOrgAccess := range map[string]func() (map[string]any, error){
		cases.XProjectRegistry: cases.OrgAccess,
		cases.ProjectRegistry:  cases.NamespacedOrgAccess,
	} {
		t.Run(kind, func(t *testing.T) {
			orgAccess, err := readOrgAccess()
			if err != nil {
				t.Fatal(err)
			}
			cases.Run(t, kind, func(t *testing.T, object map[string]any) string {
				return fntest.Fatal(fntest.Run(t, fntest.Request{
					XR: fntest.Text(t, object), Input: fntest.Text(t, input), Cluster: fntest.Text(t, orgAccess),
				}))
			})
		})
	}
}
