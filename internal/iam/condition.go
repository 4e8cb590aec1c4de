package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Condition is a key under an operator of a Condition element, with its values.
type Condition struct {
	// Set is the set operator before the colon: ForAllValues, ForAnyValue, or empty.
	Set string

	// Operator is the operator without its set operator and without IfExists.
	Operator string

	// IfExists reports whether the condition holds when the key is absent.
	IfExists bool

	// Key is the condition key as the policy writes it.
	Key string

	// Values are the values as text, with numbers and Booleans as in JSON.
	Values []string
}

// Conditions are a Condition element. All must hold.
type Conditions []Condition

// The set operators (reference_policies_condition-single-vs-multi-valued-context-keys).
const (
	ForAllValues = "ForAllValues"
	ForAnyValue  = "ForAnyValue"
)

// An operator compares a value of a policy with one of a request (reference_policies_elements_condition_operators).
type operator struct {
	matches func(policy, request string) bool

	// negated operators hold if no value of the policy matches, and if the key is absent.
	negated bool

	// check refuses a value of a policy that the operator cannot compare. Nil accepts every value.
	check func(policy string) error

	// single operators accept one value only (access-analyzer-reference-policy-checks, "Invalid condition multiple
	// Boolean values").
	single bool
}

// null is the operator that tests whether the key is absent.
const null = "Null"

var operators = map[string]operator{
	"StringEquals":              {matches: equal},
	"StringNotEquals":           {matches: equal, negated: true},
	"StringEqualsIgnoreCase":    {matches: strings.EqualFold},
	"StringNotEqualsIgnoreCase": {matches: strings.EqualFold, negated: true},
	"StringLike":                {matches: like},
	"StringNotLike":             {matches: like, negated: true},

	// "The ArnEquals and ArnLike condition operators behave identically."
	"ArnEquals":    {matches: arnLike, check: checkARN},
	"ArnLike":      {matches: arnLike, check: checkARN},
	"ArnNotEquals": {matches: arnLike, check: checkARN, negated: true},
	"ArnNotLike":   {matches: arnLike, check: checkARN, negated: true},

	"Bool": {matches: strings.EqualFold, check: checkBool, single: true},
	null:   {matches: strings.EqualFold, check: checkBool, single: true},
}

func equal(policy, request string) bool { return policy == request }

// arnLike compares ARNs: "Each of the six colon-delimited components of the ARN is checked separately and each can
// include multi-character match wildcards (*) or single-character match wildcards (?)."
func arnLike(policy, request string) bool {
	want, got := strings.SplitN(policy, ":", 6), strings.SplitN(request, ":", 6)
	return len(want) == 6 && slices.EqualFunc(want, got, like)
}

func checkARN(policy string) error {
	if strings.Count(policy, ":") < 5 {
		return fmt.Errorf("%q must have the six fields of an ARN", policy)
	}
	return nil
}

func checkBool(policy string) error {
	if !strings.EqualFold(policy, "true") && !strings.EqualFold(policy, "false") {
		return fmt.Errorf("%q must be true or false", policy)
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *Conditions) UnmarshalJSON(data []byte) error {
	var block map[string]map[string]json.RawMessage
	if err := unmarshal(data, &block); err != nil {
		return err
	}
	if len(block) == 0 {
		return errors.New("the Condition must not be empty")
	}
	for _, name := range slices.Sorted(maps.Keys(block)) {
		base, err := parseOperator(name)
		if err != nil {
			return err
		}
		if len(block[name]) == 0 {
			return fmt.Errorf("%s must have a condition key", name)
		}
		for _, key := range slices.Sorted(maps.Keys(block[name])) {
			c := base
			c.Key = key
			if err := c.parseValues(block[name][key]); err != nil {
				return fmt.Errorf("%s: %s: %w", name, key, err)
			}
			// Keys are not case-sensitive: two spellings are one key.
			if slices.ContainsFunc(*l, func(o Condition) bool { return c.Name() == o.Name() && strings.EqualFold(c.Key, o.Key) }) {
				return fmt.Errorf("%s: %s occurs twice", name, key)
			}
			*l = append(*l, c)
		}
	}
	return nil
}

// parseOperator parses an operator with its set operator and suffix.
func parseOperator(name string) (Condition, error) {
	c := Condition{Operator: name}
	if set, rest, ok := strings.Cut(name, ":"); ok && (set == ForAllValues || set == ForAnyValue) {
		c.Set, c.Operator = set, rest
	}
	c.Operator, c.IfExists = strings.CutSuffix(c.Operator, "IfExists")
	_, ok := operators[c.Operator]
	if !ok || c.Operator == null && c.Name() != null {
		return c, fmt.Errorf("the condition operator %q is not evaluated", name)
	}
	return c, nil
}

// parseValues parses the values of a key. They may be numbers and Booleans: "Quotation marks are optional for numeric
// and Boolean values" (reference_policies_grammar).
func (c *Condition) parseValues(data []byte) error {
	if c.Key == "" || strings.ContainsAny(c.Key, "*?") {
		return errors.New("is not a condition key")
	}
	list, err := oneOrMore[any](data)
	if err != nil {
		return err
	}
	op := operators[c.Operator]
	if op.single && len(list) > 1 {
		return errors.New("must have one value only")
	}
	for _, v := range list {
		switch v := v.(type) {
		case string:
			c.Values = append(c.Values, v)
		case bool:
			c.Values = append(c.Values, strconv.FormatBool(v))
		case int64:
			c.Values = append(c.Values, strconv.FormatInt(v, 10))
		default:
			return fmt.Errorf("%v must be a string, a whole number or a Boolean", v)
		}
		if op.check == nil {
			continue
		}
		if err := op.check(c.Values[len(c.Values)-1]); err != nil {
			return err
		}
	}
	return nil
}

// Name returns the operator as a policy writes it.
func (c Condition) Name() string {
	name := c.Operator
	if c.Set != "" {
		name = c.Set + ":" + name
	}
	if c.IfExists {
		name += "IfExists"
	}
	return name
}

// holds reports whether the condition holds for the values of its key in a request. A key with several values needs a
// set operator ("Multivalued context keys require a condition set operator"). AWS does not document what happens
// without one, so that is an error. Nor does AWS document whether ForAnyValue or IfExists wins when the key is absent:
// here it is IfExists.
func (c Condition) holds(values []string) (bool, error) {
	op := operators[c.Operator]
	// "if the context key value resolves to a null dataset, such as an empty string": Null and the set operators treat
	// an empty value as absent.
	absent := !slices.ContainsFunc(values, func(v string) bool { return v != "" })
	// A value of the policy matches (OR) or, with a negated operator, none does (NOR)
	// (reference_policies_condition-logic-multiple-context-keys-or-values).
	matches := func(value string) bool {
		return slices.ContainsFunc(c.Values, func(p string) bool { return op.matches(p, value) }) != op.negated
	}
	switch {
	case c.Operator == null:
		return matches(strconv.FormatBool(absent)), nil
	case c.Set == ForAllValues:
		return absent || !slices.ContainsFunc(values, func(v string) bool { return !matches(v) }), nil
	case c.Set == ForAnyValue && absent:
		return c.IfExists && len(values) == 0, nil
	case c.Set == ForAnyValue:
		return slices.ContainsFunc(values, matches), nil
	case len(values) == 0:
		return c.IfExists || op.negated, nil
	case len(values) > 1:
		return false, fmt.Errorf("%s: the key %s has %d values and needs a set operator", c.Name(), c.Key, len(values))
	}
	return matches(values[0]), nil
}
