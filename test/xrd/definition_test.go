// Package xrd checks what the project defines, shows and renders by the API server's own code: it derives CRDs from the
// CompositeResourceDefinitions as Crossplane does, reads those of the provider and of Crossplane, and validates objects
// as the API server does, including CEL and transition rules.
package xrd

import (
	"os"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
)

// root of the repository.
const root = "../.."

// definitions are the paths of the CompositeResourceDefinitions, relative to the repository's root.
var definitions = []string{
	"apis/xprojectregistry/definition.yaml",
	"apis/xecrorgaccess/definition.yaml",
	"apis/m/projectregistry/definition.yaml",
	"apis/m/ecrorgaccess/definition.yaml",
}

// readDefinition reads a CompositeResourceDefinition of either version as Crossplane 2 does: it stores both as v1, and
// the API server converts by copying fields. A field that the version does not have is an error.
func readDefinition(t *testing.T, file string) *xpv1.CompositeResourceDefinition {
	t.Helper()
	v1 := &xpv1.CompositeResourceDefinition{}
	if object(t, file)["apiVersion"] == xpv2.SchemeGroupVersion.String() {
		unmarshal(t, file, &xpv2.CompositeResourceDefinition{})
		raw, err := yaml.Marshal(object(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(raw, v1); err != nil {
			t.Fatal(err)
		}
		v1.APIVersion = xpv1.SchemeGroupVersion.String()
	} else {
		unmarshal(t, file, v1)
	}
	// The CRDs' owner reference needs a UID.
	v1.SetUID("00000000-0000-0000-0000-000000000000")
	return v1
}

// crds returns the CRDs of all definitions: of composite resources and of claims.
func crds(t *testing.T) []*extv1.CustomResourceDefinition {
	t.Helper()
	var all []*extv1.CustomResourceDefinition
	for _, file := range definitions {
		definition := readDefinition(t, file)
		composite, err := xcrd.ForCompositeResource(definition)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, composite)
		if definition.Spec.ClaimNames == nil {
			continue
		}
		claim, err := xcrd.ForCompositeResourceClaim(definition)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, claim)
	}
	return all
}

// readCRD reads a CustomResourceDefinition.
func readCRD(t *testing.T, path string) *extv1.CustomResourceDefinition {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	crd := &extv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(raw, crd); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return crd
}

// internalCRD returns the CRD as the API server validates it: defaulted, in its internal version, with the status of a
// new CRD.
func internalCRD(t *testing.T, crd *extv1.CustomResourceDefinition) *apiextensions.CustomResourceDefinition {
	t.Helper()
	crd = crd.DeepCopy()
	extv1.SetDefaults_CustomResourceDefinition(crd)
	extv1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)
	internal := &apiextensions.CustomResourceDefinition{}
	if err := extv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(crd, internal, nil); err != nil {
		t.Fatal(err)
	}
	internal.Status.StoredVersions = []string{crd.Spec.Versions[0].Name}
	return internal
}

// TestCRDsAreAccepted shows that the API server accepts the CRDs. If it refuses one, Crossplane 2 still accepts the
// CompositeResourceDefinition but never establishes it.
func TestCRDsAreAccepted(t *testing.T) {
	for _, crd := range crds(t) {
		t.Run(crd.GetName(), func(t *testing.T) {
			for _, err := range validation.ValidateCustomResourceDefinition(t.Context(), internalCRD(t, crd)) {
				t.Error(err)
			}
		})
	}
}

// TestRuleCosts shows that the costs of the rules leave room for more fields.
func TestRuleCosts(t *testing.T) {
	for _, crd := range crds(t) {
		t.Run(crd.GetName(), func(t *testing.T) {
			costs := ruleCosts(t, crd, environment.DefaultCompatibilityVersion())
			total := uint64(0)
			for _, c := range costs {
				total += c.cost
			}
			if len(costs) == 0 {
				t.Fatal("the CRD has no rules")
			}
			t.Logf("all %d rules: %d of %d (%.1f%%)", len(costs), total, validation.StaticEstimatedCRDCostLimit, percent(total, validation.StaticEstimatedCRDCostLimit))
			for _, c := range costs[:min(8, len(costs))] {
				t.Logf("%8d (%.1f%%) %s: %.90s", c.cost, percent(c.cost, validation.StaticEstimatedCostLimit), c.path, c.rule)
			}
			if used := percent(costs[0].cost, validation.StaticEstimatedCostLimit); used > 80 {
				t.Errorf("the most expensive rule uses %.1f%% of its budget: %s: %s", used, costs[0].path, costs[0].rule)
			}
			if used := percent(total, validation.StaticEstimatedCRDCostLimit); used > 80 {
				t.Errorf("all rules use %.1f%% of their budget", used)
			}
		})
	}
}

// TestRulesOnOldKubernetes shows that clusters of Crossplane 1.20 understand the rules. Kubernetes 1.28 is the oldest
// that can name the field that a rule is about.
func TestRulesOnOldKubernetes(t *testing.T) {
	for _, crd := range crds(t) {
		t.Run(crd.GetName(), func(t *testing.T) { ruleCosts(t, crd, version.MajorMinor(1, 28)) })
	}
}

func percent(part, whole uint64) float64 { return 100 * float64(part) / float64(whole) }
