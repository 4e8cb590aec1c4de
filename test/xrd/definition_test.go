package xrd

import (
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

// root of the repository.
const root = "../.."

// Crossplane 2 accepts a CompositeResourceDefinition whose CRDs the API server
// refuses, and never establishes it. So what the API server says is asked here.
func TestCRDsAreAccepted(t *testing.T) {
	for _, crd := range crds(t) {
		t.Run(crd.GetName(), func(t *testing.T) {
			errs, err := ValidateCRD(t.Context(), crd)
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range errs {
				t.Error(err)
			}
		})
	}
}

// The estimates leave room, so that a field can be added without a search for
// what has to go.
func TestRuleCosts(t *testing.T) {
	for _, crd := range crds(t) {
		t.Run(crd.GetName(), func(t *testing.T) {
			costs, err := RuleCosts(crd, environment.DefaultCompatibilityVersion())
			if err != nil {
				t.Fatal(err)
			}
			total := uint64(0)
			for _, c := range costs {
				total += c.Cost
			}
			if len(costs) == 0 {
				t.Fatal("the CRD has no rules")
			}
			t.Logf("all %d rules: %d of %d (%.1f%%)", len(costs), total, validation.StaticEstimatedCRDCostLimit, percent(total, validation.StaticEstimatedCRDCostLimit))
			for _, c := range costs[:min(8, len(costs))] {
				t.Logf("%8d (%.1f%%) %s: %.90s", c.Cost, percent(c.Cost, validation.StaticEstimatedCostLimit), c.Path, c.Rule)
			}
			if used := percent(costs[0].Cost, validation.StaticEstimatedCostLimit); used > 80 {
				t.Errorf("the dearest rule uses %.1f%% of its budget: %s: %s", used, costs[0].Path, costs[0].Rule)
			}
			if used := percent(total, validation.StaticEstimatedCRDCostLimit); used > 80 {
				t.Errorf("all rules use %.1f%% of their budget", used)
			}
		})
	}
}

// Clusters that run Crossplane 1.20 understand the rules. The oldest that can say
// which field a rule is about is Kubernetes 1.28.
func TestRulesOnOldKubernetes(t *testing.T) {
	for _, crd := range crds(t) {
		if _, err := RuleCosts(crd, version.MajorMinor(1, 28)); err != nil {
			t.Errorf("%s: %v", crd.GetName(), err)
		}
	}
}

func percent(part, whole uint64) float64 { return 100 * float64(part) / float64(whole) }

// crds derives all CRDs from the repository's definitions.
func crds(t *testing.T) []*extv1.CustomResourceDefinition {
	t.Helper()
	all, err := AllCRDs(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
