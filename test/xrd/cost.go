package xrd

import (
	"fmt"
	"math"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/version"
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
// dearest first. A rule that a cluster of the given Kubernetes version does not
// understand is an error.
func RuleCosts(crd *extv1.CustomResourceDefinition, kubernetes *version.Version) ([]RuleCost, error) {
	internal, err := internalCRD(crd)
	if err != nil {
		return nil, err
	}
	// Conversion hoists the schema of a single version to the top of the spec.
	schema := internal.Spec.Validation.OpenAPIV3Schema
	e := estimate{env: environment.MustBaseEnvSet(kubernetes)}
	err = e.walk("", schema, validation.RootCELContext(schema))
	costs := e.costs
	sort.SliceStable(costs, func(i, j int) bool { return costs[i].Cost > costs[j].Cost })
	return costs, err
}

// estimate gathers the costs of a schema's rules.
type estimate struct {
	env   *environment.EnvSet
	costs []RuleCost
}

func (e *estimate) walk(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext) error {
	if len(s.XValidations) > 0 {
		if err := e.rules(path, s, c); err != nil {
			return err
		}
	}
	for name := range s.Properties {
		prop := s.Properties[name]
		if err := e.walk(path+"."+name, &prop, c.ChildPropertyContext(&prop, name)); err != nil {
			return err
		}
	}
	if s.Items != nil && s.Items.Schema != nil {
		if err := e.walk(path+"[]", s.Items.Schema, c.ChildItemsContext(s.Items.Schema)); err != nil {
			return err
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		values := s.AdditionalProperties.Schema
		return e.walk(path+"[key]", values, c.ChildAdditionalPropertiesContext(values))
	}
	return nil
}

// rules adds the costs of the rules that stand on one schema.
func (e *estimate) rules(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext) error {
	info, err := c.TypeInfo()
	if err != nil {
		return fmt.Errorf("cannot type the rules at %s: %w", path, err)
	}
	if info == nil {
		return fmt.Errorf("the rules at %s have no type", path)
	}
	compiled, err := cel.Compile(info.Schema, info.DeclType, celconfig.PerCallLimit, e.env, cel.NewExpressionsEnvLoader())
	if err != nil {
		return fmt.Errorf("cannot compile the rules at %s: %w", path, err)
	}
	for i, result := range compiled {
		rule := s.XValidations[i].Rule
		if result.Error != nil {
			return fmt.Errorf("cannot compile %q at %s: %s", rule, path, result.Error.Detail)
		}
		cardinality := result.MaxCardinality
		if c.MaxCardinality != nil {
			cardinality = *c.MaxCardinality
		}
		e.costs = append(e.costs, RuleCost{Path: path, Rule: rule, Cost: product(result.MaxCost, cardinality)})
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
