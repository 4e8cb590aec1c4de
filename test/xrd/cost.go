package xrd

import (
	"fmt"
	"math"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// RuleCost is what the API server estimates that one CEL rule costs at most for
// one object. It refuses more than validation.StaticEstimatedCostLimit for a rule
// and than validation.StaticEstimatedCRDCostLimit for all rules of a schema.
type RuleCost struct {
	Path string
	Rule string
	Cost uint64
}

// RuleCosts estimates the cost of every CEL rule of the CRD's only version, the
// dearest first.
func RuleCosts(crd *extv1.CustomResourceDefinition) ([]RuleCost, error) {
	internal, err := internalCRD(crd)
	if err != nil {
		return nil, err
	}
	// Conversion hoists the schema of a single version to the top of the spec.
	schema := internal.Spec.Validation.OpenAPIV3Schema
	var costs []RuleCost
	err = ruleCosts("", schema, validation.RootCELContext(schema), &costs)
	sort.SliceStable(costs, func(i, j int) bool { return costs[i].Cost > costs[j].Cost })
	return costs, err
}

func ruleCosts(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext, costs *[]RuleCost) error {
	if len(s.XValidations) > 0 {
		if err := ownRuleCosts(path, s, c, costs); err != nil {
			return err
		}
	}
	for name := range s.Properties {
		prop := s.Properties[name]
		if err := ruleCosts(path+"."+name, &prop, c.ChildPropertyContext(&prop, name), costs); err != nil {
			return err
		}
	}
	if s.Items != nil && s.Items.Schema != nil {
		if err := ruleCosts(path+"[]", s.Items.Schema, c.ChildItemsContext(s.Items.Schema), costs); err != nil {
			return err
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		props := s.AdditionalProperties.Schema
		return ruleCosts(path+"[key]", props, c.ChildAdditionalPropertiesContext(props), costs)
	}
	return nil
}

func ownRuleCosts(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext, costs *[]RuleCost) error {
	info, err := c.TypeInfo()
	if err != nil || info == nil {
		return fmt.Errorf("cannot type the rules at %s: %w", path, err)
	}
	env := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	compiled, err := cel.Compile(info.Schema, info.DeclType, celconfig.PerCallLimit, env, cel.NewExpressionsEnvLoader())
	if err != nil {
		return fmt.Errorf("cannot compile the rules at %s: %w", path, err)
	}
	for i, result := range compiled {
		if result.Error != nil {
			return fmt.Errorf("cannot compile %q at %s: %s", s.XValidations[i].Rule, path, result.Error.Detail)
		}
		cardinality := result.MaxCardinality
		if c.MaxCardinality != nil {
			cardinality = *c.MaxCardinality
		}
		*costs = append(*costs, RuleCost{Path: path, Rule: s.XValidations[i].Rule, Cost: product(result.MaxCost, cardinality)})
	}
	return nil
}

// product of two costs; too much for a number is as much as a number can be.
func product(a, b uint64) uint64 {
	if a != 0 && b > math.MaxUint64/a {
		return math.MaxUint64
	}
	return a * b
}
