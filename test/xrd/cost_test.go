package xrd

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/version"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// A ruleCost is the API server's estimate of the maximum cost of a CEL rule for one object. The API server refuses more
// than validation.StaticEstimatedCostLimit for a rule, and more than validation.StaticEstimatedCRDCostLimit for all
// rules of a schema.
type ruleCost struct {
	path, rule string
	cost       uint64
}

// ruleCosts returns the cost of every CEL rule of the CRD's only version, highest first. A cluster of the given
// Kubernetes version must understand the rules.
func ruleCosts(t *testing.T, crd *extv1.CustomResourceDefinition, kubernetes *version.Version) []ruleCost {
	t.Helper()
	env := environment.MustBaseEnvSet(kubernetes)
	var costs []ruleCost
	var walk func(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext)
	walk = func(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext) {
		if len(s.XValidations) > 0 {
			costs = append(costs, costsAt(t, env, path, s, c)...)
		}
		for name, prop := range s.Properties {
			walk(path+"."+name, &prop, c.ChildPropertyContext(&prop, name))
		}
		if s.Items != nil && s.Items.Schema != nil {
			walk(path+"[]", s.Items.Schema, c.ChildItemsContext(s.Items.Schema))
		}
		if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
			walk(path+"[key]", s.AdditionalProperties.Schema, c.ChildAdditionalPropertiesContext(s.AdditionalProperties.Schema))
		}
	}
	// Conversion moves the schema of a single version to the top of the spec.
	schema := internalCRD(t, crd).Spec.Validation.OpenAPIV3Schema
	walk("", schema, validation.RootCELContext(schema))
	slices.SortStableFunc(costs, func(a, b ruleCost) int { return cmp.Compare(b.cost, a.cost) })
	return costs
}

// costsAt returns the costs of the rules of one schema.
func costsAt(t *testing.T, env *environment.EnvSet, path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext) []ruleCost {
	t.Helper()
	info, err := c.TypeInfo()
	if err != nil || info == nil {
		t.Fatalf("the rules at %s have no type: %v", path, err)
	}
	compiled, err := cel.Compile(info.Schema, info.DeclType, celconfig.PerCallLimit, env, cel.NewExpressionsEnvLoader())
	if err != nil {
		t.Fatalf("cannot compile the rules at %s: %v", path, err)
	}
	var costs []ruleCost
	for i, result := range compiled {
		rule := s.XValidations[i].Rule
		if result.Error != nil {
			t.Fatalf("cannot compile %q at %s: %s", rule, path, result.Error.Detail)
		}
		cardinality := result.MaxCardinality
		if c.MaxCardinality != nil {
			cardinality = *c.MaxCardinality
		}
		costs = append(costs, ruleCost{path: path, rule: rule, cost: product(result.MaxCost, cardinality)})
	}
	return costs
}

// product returns the product of two costs, or the largest number if it overflows.
func product(a, b uint64) uint64 {
	if a != 0 && b > math.MaxUint64/a {
		return math.MaxUint64
	}
	return a * b
}
