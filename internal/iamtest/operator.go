package iamtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// An operator is a condition operator without its qualifier and suffix
// (reference_policies_elements_condition_operators).
type operator struct {
	// negated operators turn the comparison round: they hold if no value of the
	// policy matches, and so too if the key is absent.
	negated bool

	// single operators take one value only ("Invalid condition multiple Boolean
	// values", access-analyzer-reference-policy-checks).
	single bool

	// compile prepares the comparison with one value of a policy. It returns an
	// error for a value that the operator cannot compare.
	compile func(value string, variables bool) (matcher, error)
}

// A matcher tells whether a value of the request matches one value of the
// policy, before any negation.
type matcher func(value string, keys contextKeys) bool

// nullOperator tests only whether the key is there; Condition knows it.
const nullOperator = "Null"

// operators holds every condition operator. It is never changed.
var operators = map[string]operator{
	"StringEquals":              {compile: compileString(stringEquals)},
	"StringNotEquals":           {compile: compileString(stringEquals), negated: true},
	"StringEqualsIgnoreCase":    {compile: compileString(stringEqualsIgnoreCase)},
	"StringNotEqualsIgnoreCase": {compile: compileString(stringEqualsIgnoreCase), negated: true},
	"StringLike":                {compile: compileString(template.like)},
	"StringNotLike":             {compile: compileString(template.like), negated: true},

	"NumericEquals":            {compile: compileNumeric(func(c int) bool { return c == 0 })},
	"NumericNotEquals":         {compile: compileNumeric(func(c int) bool { return c == 0 }), negated: true},
	"NumericLessThan":          {compile: compileNumeric(func(c int) bool { return c < 0 })},
	"NumericLessThanEquals":    {compile: compileNumeric(func(c int) bool { return c <= 0 })},
	"NumericGreaterThan":       {compile: compileNumeric(func(c int) bool { return c > 0 })},
	"NumericGreaterThanEquals": {compile: compileNumeric(func(c int) bool { return c >= 0 })},

	"DateEquals":            {compile: compileDate(func(c int) bool { return c == 0 })},
	"DateNotEquals":         {compile: compileDate(func(c int) bool { return c == 0 }), negated: true},
	"DateLessThan":          {compile: compileDate(func(c int) bool { return c < 0 })},
	"DateLessThanEquals":    {compile: compileDate(func(c int) bool { return c <= 0 })},
	"DateGreaterThan":       {compile: compileDate(func(c int) bool { return c > 0 })},
	"DateGreaterThanEquals": {compile: compileDate(func(c int) bool { return c >= 0 })},

	"Bool":         {compile: compileBool, single: true},
	"BinaryEquals": {compile: compileBinary},

	"IpAddress":    {compile: compileIP},
	"NotIpAddress": {compile: compileIP, negated: true},

	// "The ArnEquals and ArnLike condition operators behave identically."
	"ArnEquals":    {compile: compileARN},
	"ArnLike":      {compile: compileARN},
	"ArnNotEquals": {compile: compileARN, negated: true},
	"ArnNotLike":   {compile: compileARN, negated: true},

	nullOperator: {compile: compileNull, single: true},
}

func stringEquals(t template, value string) bool { return t.text() == value }

func stringEqualsIgnoreCase(t template, value string) bool { return strings.EqualFold(t.text(), value) }

func compileString(compare func(template, string) bool) func(string, bool) (matcher, error) {
	return func(value string, variables bool) (matcher, error) {
		t, err := parseTemplate(value, variables)
		if err != nil {
			return nil, err
		}
		return func(value string, keys contextKeys) bool {
			t, ok := t.expand(keys)
			return ok && compare(t, value)
		}, nil
	}
}

// compileARN prepares a comparison of ARNs: "Each of the six colon-delimited
// components of the ARN is checked separately and each can include multi-character
// match wildcards or single-character match wildcards." A value that has fewer
// components, in the policy or in the request, matches nothing; one that can
// never have them is an error.
func compileARN(value string, variables bool) (matcher, error) {
	t, err := parseTemplate(value, variables)
	if err != nil {
		return nil, err
	}
	if !t.hasReference() && len(t.fields()) < 6 {
		return nil, fmt.Errorf("%q has fewer than six components", value)
	}
	return func(value string, keys contextKeys) bool {
		t, ok := t.expand(keys)
		if !ok {
			return false
		}
		want, got := t.fields(), strings.SplitN(value, ":", 6)
		if len(want) < 6 || len(got) < 6 {
			return false
		}
		for i := range want {
			if !want[i].like(got[i]) {
				return false
			}
		}
		return true
	}, nil
}

// compileBool takes a variable, as the page on operators says ("Policy
// variables: Supported"), though the page on variables excludes it.
func compileBool(value string, variables bool) (matcher, error) {
	t, err := parseTemplate(value, variables)
	if err != nil {
		return nil, err
	}
	if _, ok := parseBool(value); !ok && !t.hasReference() {
		return nil, fmt.Errorf("%q is neither true nor false", value)
	}
	return func(value string, keys contextKeys) bool {
		t, ok := t.expand(keys)
		if !ok {
			return false
		}
		want, ok := parseBool(t.text())
		got, gotOK := parseBool(value)
		return ok && gotOK && want == got
	}, nil
}

// compileNull prepares the test for absence: the value handed to the matcher
// is whether the key is absent.
func compileNull(value string, _ bool) (matcher, error) {
	want, ok := parseBool(value)
	if !ok {
		return nil, fmt.Errorf("%q is neither true nor false", value)
	}
	return func(absent string, _ contextKeys) bool {
		got, ok := parseBool(absent)
		return ok && want == got
	}, nil
}

// compileBinary prepares a comparison byte for byte of two base64 texts.
func compileBinary(value string, _ bool) (matcher, error) {
	want, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, fmt.Errorf("%q is not base64", value)
	}
	return func(value string, _ contextKeys) bool {
		got, err := base64.StdEncoding.DecodeString(value)
		return err == nil && bytes.Equal(want, got)
	}, nil
}

func compileIP(value string, _ bool) (matcher, error) {
	want, err := parsePrefix(value)
	if err != nil {
		return nil, fmt.Errorf("%q is neither an IP address nor a range in CIDR notation", value)
	}
	return func(value string, _ contextKeys) bool {
		got, err := netip.ParseAddr(value)
		return err == nil && want.Contains(got.Unmap())
	}, nil
}

// parsePrefix reads a range, or a single address.
func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	if a.Zone() != "" {
		return netip.Prefix{}, errors.New("an address has no zone")
	}
	return a.Prefix(a.BitLen())
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}
