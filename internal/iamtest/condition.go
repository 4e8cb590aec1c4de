package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Condition is one key of one operator of a Condition element, with the
// values that the policy lists for it.
type Condition struct {
	// Set is the set operator before the colon: ForAllValues, ForAnyValue, or
	// nothing.
	Set string

	// Operator is the name without set operator and without IfExists.
	Operator string

	// IfExists says that the condition holds if the key is absent.
	IfExists bool

	// Key is the context key, written as in the policy.
	Key string

	// Values are the values as text: numbers and Booleans as JSON writes them.
	Values []string

	matchers []matcher
}

// The set operators (reference_policies_condition-single-vs-multi-valued-context-keys).
const (
	ForAllValues = "ForAllValues"
	ForAnyValue  = "ForAnyValue"
)

// parseCondition reads a Condition element into conditions that must all hold.
func parseCondition(v any, variables bool) ([]Condition, error) {
	block, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("is %s, not an object", jsonType(v))
	}
	if len(block) == 0 {
		return nil, errors.New("the object is empty")
	}
	var out []Condition
	for _, m := range block {
		base, err := parseOperator(m.name)
		if err != nil {
			return nil, err
		}
		keys, ok := m.value.(object)
		if !ok || len(keys) == 0 {
			return nil, fmt.Errorf("%s: needs an object of condition keys", m.name)
		}
		for _, k := range keys {
			c := base
			c.Key = k.name
			if err := c.compile(k.value, variables); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", m.name, k.name, err)
			}
			// Names of keys are not case-sensitive: two spellings are one key.
			if slices.ContainsFunc(out, c.sameTest) {
				return nil, fmt.Errorf("%s: %s occurs twice", m.name, k.name)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// parseOperator reads an operator with its qualifier and suffix. Names are
// taken in AWS's spelling only.
func parseOperator(name string) (Condition, error) {
	c := Condition{Operator: name}
	if set, rest, ok := strings.Cut(name, ":"); ok {
		if set != ForAllValues && set != ForAnyValue {
			return Condition{}, fmt.Errorf("%q: unknown set operator", name)
		}
		c.Set, c.Operator = set, rest
	}
	if base, ok := strings.CutSuffix(c.Operator, "IfExists"); ok {
		c.Operator, c.IfExists = base, true
	}
	if _, ok := operators[c.Operator]; !ok {
		return Condition{}, fmt.Errorf("%q: unknown operator", name)
	}
	if c.Operator == nullOperator && (c.IfExists || c.Set != "") {
		return Condition{}, fmt.Errorf("%q: Null takes neither a set operator nor IfExists", name)
	}
	return c, nil
}

func (c *Condition) compile(v any, variables bool) error {
	if c.Key == "" || strings.ContainsAny(c.Key, "*?") {
		return errors.New("is not a condition key")
	}
	switch v.(type) {
	case []any, object, nil:
	default:
		v = []any{v}
	}
	var err error
	if c.Values, err = scalarList(v, true); err != nil {
		return err
	}
	op := operators[c.Operator]
	if op.single && len(c.Values) > 1 {
		return errors.New("takes one value only")
	}
	for _, value := range c.Values {
		m, err := op.compile(value, variables)
		if err != nil {
			return err
		}
		c.matchers = append(c.matchers, m)
	}
	return nil
}

func (c Condition) sameTest(o Condition) bool {
	return c.name() == o.name() && strings.EqualFold(c.Key, o.Key)
}

// name writes the operator as a policy does.
func (c Condition) name() string {
	name := c.Operator
	if c.Set != "" {
		name = c.Set + ":" + name
	}
	if c.IfExists {
		name += "IfExists"
	}
	return name
}

// holds tells whether the condition is true of a request. A key with several
// values needs a set operator ("Multivalued context keys require a condition
// set operator"); AWS does not say what happens without one, so that is an
// error here. Nor does it say which wins of ForAnyValue and IfExists when the key
// is absent; here it is IfExists.
func (c Condition) holds(keys contextKeys) (bool, error) {
	values := keys.get(c.Key)
	// "if the context key value resolves to a null dataset, such as an empty
	// string": to Null and the set operators an empty value is no value.
	null := !slices.ContainsFunc(values, func(v string) bool { return v != "" })
	switch {
	case c.Operator == nullOperator:
		return c.matches(strconv.FormatBool(null), keys), nil
	case c.Set == ForAllValues:
		return null || !slices.ContainsFunc(values, func(v string) bool { return !c.matches(v, keys) }), nil
	case c.Set == ForAnyValue && null:
		return c.IfExists && len(values) == 0, nil
	case c.Set == ForAnyValue:
		return slices.ContainsFunc(values, func(v string) bool { return c.matches(v, keys) }), nil
	case len(values) == 0:
		return c.IfExists || operators[c.Operator].negated, nil
	case len(values) > 1:
		return false, fmt.Errorf("%s: the key %s has %d values and needs a set operator", c.name(), c.Key, len(values))
	}
	return c.matches(values[0], keys), nil
}

// matches tells whether one value of the request satisfies the operator: one
// value of the policy matches (OR), or with a negated operator none does (NOR)
// (reference_policies_condition-logic-multiple-context-keys-or-values).
func (c Condition) matches(value string, keys contextKeys) bool {
	matched := slices.ContainsFunc(c.matchers, func(m matcher) bool { return m(value, keys) })
	return matched != operators[c.Operator].negated
}
