package lifecycle_test

import (
	"embed"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

var rulesPath = field.NewPath("rules")

//go:embed testdata/*.yaml
var tables embed.FS

// A listing is a list of rules and the expected results for it.
type listing struct {
	Name    string                   `json:"name"`
	Reason  string                   `json:"reason"`
	Rules   []v1alpha1.LifecycleRule `json:"rules"`
	Refused []string                 `json:"refused"`
	Advice  []string                 `json:"advice"`

	// Keeps and Expires are absent if there is no such bound.
	Keeps    *int64 `json:"keeps"`
	Expires  *int64 `json:"expires"`
	NoExpiry bool   `json:"noExpiry"`
}

// forEach runs a test with each case of a table.
func forEach(t *testing.T, table string, test func(t *testing.T, tc listing)) {
	t.Helper()
	b, err := tables.ReadFile("testdata/" + table)
	if err != nil {
		t.Fatal(err)
	}
	topics := map[string][]listing{}
	if err := yaml.UnmarshalStrict(b, &topics); err != nil {
		t.Fatal(err)
	}
	for topic, cases := range topics {
		for _, tc := range cases {
			t.Run(topic+"/"+tc.Name, func(t *testing.T) { test(t, tc) })
		}
	}
}

func TestRefused(t *testing.T) {
	forEach(t, "refused.yaml", func(t *testing.T, tc listing) {
		if diff := cmp.Diff(tc.Refused, messages(lifecycle.Validate(tc.Rules, rulesPath))); diff != "" {
			t.Errorf("%s\nValidate(...): -want, +got:\n%s", tc.Reason, diff)
		}
		if accepted(policyOf(t, tc.Rules)) {
			t.Errorf("%s\naccepted(...): want the second statement of AWS's rules to refuse it too", tc.Reason)
		}
	})
}

func TestAccepted(t *testing.T) {
	forEach(t, "accepted.yaml", func(t *testing.T, tc listing) {
		if l := lifecycle.Validate(tc.Rules, rulesPath); len(l) > 0 {
			t.Errorf("%s\nValidate(...): want no fault, got:\n%s", tc.Reason, l.Message())
		}
		if len(tc.Rules) == 0 {
			return
		}
		got, ok := lifecycle.Parse(lifecycle.Policy(tc.Rules))
		if !ok {
			t.Fatalf("%s\nParse(Policy(...)): want a policy, got none", tc.Reason)
		}
		if diff := cmp.Diff(tc.Rules, got); diff != "" {
			t.Errorf("%s\nParse(Policy(...)): -want, +got:\n%s", tc.Reason, diff)
		}
	})
}

func TestAdvice(t *testing.T) {
	forEach(t, "advice.yaml", func(t *testing.T, tc listing) {
		if l := lifecycle.Validate(tc.Rules, rulesPath); len(l) > 0 {
			t.Fatalf("advice is for rules that are accepted, got:\n%s", l.Message())
		}
		var got []string
		for _, a := range lifecycle.Advise(tc.Rules, rulesPath) {
			got = append(got, a.Path+": "+a.Message)
		}
		if diff := cmp.Diff(tc.Advice, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s\nAdvise(...): -want, +got:\n%s", tc.Reason, diff)
		}
	})
}

// messages returns the message of each fault.
func messages(l fault.List) []string {
	s := make([]string, len(l))
	for i := range l {
		s[i] = l[i].String()
	}
	return s
}
