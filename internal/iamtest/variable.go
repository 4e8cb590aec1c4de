package iamtest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A template is a policy string as IAM reads it: literal characters, wildcards
// and variables (reference_policies_variables).
type template []part

type part struct {
	kind partKind
	r    rune // of a literal

	variable   string // the condition key of a variable
	fallback   string // the value of a variable that has none, if hasDefault
	hasDefault bool
}

type partKind int

const (
	literal   partKind = iota
	anyOne             // ?
	anyMany            // *
	reference          // ${key} or ${key, 'default'}
)

// parseTemplate reads a policy string. Before version 2012-10-17 there are no
// variables: "${aws:username}" is then literal text.
func parseTemplate(s string, variables bool) (template, error) {
	var t template
	for s != "" {
		if variables && strings.HasPrefix(s, "${") {
			p, rest, err := parseReference(s)
			if err != nil {
				return nil, err
			}
			t, s = append(t, p), rest
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		t, s = append(t, wildcardPart(r)), s[size:]
	}
	return t, nil
}

func wildcardPart(r rune) part {
	switch r {
	case '*':
		return part{kind: anyMany}
	case '?':
		return part{kind: anyOne}
	}
	return part{kind: literal, r: r}
}

// parseReference reads one ${…} at the start of a string and returns the rest.
// ${*}, ${?} and ${$} are the characters themselves.
func parseReference(s string) (part, string, error) {
	body := s[len("${"):]
	end := strings.IndexByte(body, '}')
	if end < 0 {
		return part{}, "", fmt.Errorf("the variable in %q does not end", s)
	}
	name, rest := body[:end], body[end+1:]
	if name == "*" || name == "?" || name == "$" {
		return part{kind: literal, r: rune(name[0])}, rest, nil
	}
	p := part{kind: reference}
	if key, _, ok := strings.Cut(body, ", '"); ok && len(key) < end {
		// "surround the default value with single quotes, and separate the
		// variable text and the default value with a comma and space"
		value, after, ok := strings.Cut(body[len(key)+len(", '"):], "'}")
		if !ok {
			return part{}, "", fmt.Errorf("the default value in %q does not end", s)
		}
		name, rest = key, after
		p.fallback, p.hasDefault = value, true
	}
	if name == "" || strings.ContainsAny(name, ",'${*?") {
		return part{}, "", fmt.Errorf("%q is not a variable", "${"+name+"}")
	}
	p.variable = name
	return p, rest, nil
}

// hasReference tells whether a template holds a variable.
func (t template) hasReference() bool {
	for _, p := range t {
		if p.kind == reference {
			return true
		}
	}
	return false
}

// expand puts the values of the request in place of the variables. It returns
// false when one has no value: absent, empty, or of several values ("You can't
// use a multivalued condition key as a variable"), and no default. Such a
// string is equal to nothing and like nothing. A wildcard character that comes
// with a value is a literal character.
func (t template) expand(keys contextKeys) (template, bool) {
	if !t.hasReference() {
		return t, true
	}
	var out template
	for _, p := range t {
		if p.kind != reference {
			out = append(out, p)
			continue
		}
		values := keys.get(p.variable)
		value := p.fallback
		switch {
		case len(values) == 1 && values[0] != "":
			value = values[0]
		case !p.hasDefault:
			return nil, false
		}
		for _, r := range value {
			out = append(out, part{kind: literal, r: r})
		}
	}
	return out, true
}

// text returns an expanded template as the operators without wildcards read
// it: there, * and ? are characters like any other.
func (t template) text() string {
	var b strings.Builder
	for _, p := range t {
		switch p.kind {
		case anyMany:
			b.WriteByte('*')
		case anyOne:
			b.WriteByte('?')
		default:
			b.WriteRune(p.r)
		}
	}
	return b.String()
}
