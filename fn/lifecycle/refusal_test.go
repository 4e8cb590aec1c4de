package lifecycle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

var rulesPath = field.NewPath("rules")

type refusal struct {
	reason string
	rules  string
	want   []string
}

func checkRefusals(t *testing.T, cases map[string]refusal) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules := fromYAML(t, tc.rules)
			if diff := cmp.Diff(tc.want, told(Validate(rules, rulesPath))); diff != "" {
				t.Errorf("%s\nValidate(...): -want, +got:\n%s", tc.reason, diff)
			}
			if accepted(policyOf(t, rules)) {
				t.Errorf("%s\naccepted(...): want the second statement of AWS's rules to refuse it too", tc.reason)
			}
		})
	}
}

// told returns each fault as people read it.
func told(l fault.List) []string {
	s := make([]string, len(l))
	for i := range l {
		s[i] = l[i].String()
	}
	return s
}
