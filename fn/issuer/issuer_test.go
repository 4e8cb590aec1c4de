package issuer

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestTable fails if a step of "Add an issuer" in CONTRIBUTING.md is missing: each field of the API must have an entry
// in the table, which reads that field and no other, and a valid spec among the cases.
func TestTable(t *testing.T) {
	var fields, entries []string
	issuers := reflect.TypeFor[v1alpha1.OrgIssuers]()
	for i := range issuers.NumField() {
		name, _, _ := strings.Cut(issuers.Field(i).Tag.Get("json"), ",")
		fields = append(fields, name)

		spec := reflect.New(issuers)
		spec.Elem().Field(i).Set(reflect.New(issuers.Field(i).Type.Elem()))
		owner, at, _ := Of(spec.Interface().(*v1alpha1.OrgIssuers), field.NewPath("spec"))
		if owner == nil || at.String() != "spec."+name {
			t.Errorf("spec.%s: no entry of the table reads it: got %v at %s", name, owner, at)
		}
	}
	for _, e := range table {
		entries = append(entries, e.field)
	}
	if diff := cmp.Diff(fields, entries); diff != "" {
		t.Errorf("-fields of v1alpha1.OrgIssuers, +entries of the table:\n%s", diff)
	}

	valid, err := cases.Valid(cases.XEcrOrgAccess)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, c := range valid {
		spec, _ := c.Object["spec"].(map[string]any)
		for name := range spec {
			named[name] = true
		}
	}
	for _, name := range fields {
		if !named[name] {
			t.Errorf("test/cases/valid-ecrorgaccess.yaml has no org access with %s", name)
		}
	}
}
