package fault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// TestReported shows which faults of a value are reported if it breaks more than one rule.
func TestReported(t *testing.T) {
	at := field.NewPath("spec", "images").Index(0)
	accounts := at.Child("pull", "accounts").Index(0)
	cases := map[string]struct {
		reason string
		list   func(*fault.List)
		want   string
	}{
		"Twice": {
			reason: "A fault is reported once.",
			list: func(l *fault.List) {
				l.Invalid(accounts, "x", "must be y")
				l.Invalid(accounts, "x", "must be y")
			},
			want: `spec.images[0].pull.accounts[0] "x": must be y (the API's rule)`,
		},
		"Impossible": {
			reason: "A guardrail does not refuse what AWS refuses.",
			list: func(l *fault.List) {
				l.Platform("pull", accounts, "123", "pull may not be granted to this account")
				l.AWS("policy.principal", accounts, "123", "must be an account id: 12 digits")
			},
			want: `spec.images[0].pull.accounts[0] "123": must be an account id: 12 digits (AWS's rule)`,
		},
		"Field": {
			reason: "Two faults in a field that show no value are both reported.",
			list: func(l *fault.List) {
				l.Platform("requiredTags", at.Child("tags"), nil, "must have the tag team")
				l.AWS("tags", at.Child("tags"), nil, "too many tags")
			},
			want: "spec.images[0].tags: must have the tag team (the platform team's rule requiredTags)\nspec.images[0].tags: too many tags (AWS's rule)",
		},
		"Below": {
			reason: "No fault is reported below a field that could not be read.",
			list: func(l *fault.List) {
				l.Add(fault.Fault{Path: at, Value: "x", Rule: "must be an object", Owner: fault.API, ID: fault.IDDecode})
				l.Required(at.Child("name"), "the name of the image")
			},
			want: `spec.images[0] "x": must be an object (the API's rule)`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var l fault.List
			tc.list(&l)
			if diff := cmp.Diff(tc.want, l.Reported().Message()); diff != "" {
				t.Errorf("%s\nReported(): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}
