package iamtest

import (
	"errors"
	"fmt"
	"strings"
)

// like tells whether an expanded template matches a whole string: * stands for
// any characters, none too, and spans every separator; ? stands for one.
func (t template) like(s string) bool {
	return t.matches(s, func(int) bool { return true })
}

// matches is like, except that a wildcard at a position for which spans is
// false does not match a colon.
func (t template) matches(s string, spans func(at int) bool) bool {
	text := []rune(s)
	// reach[j] says whether the parts so far match the first j characters.
	reach, next := make([]bool, len(text)+1), make([]bool, len(text)+1)
	reach[0] = true
	for i, p := range t {
		next[0] = p.kind == anyMany && reach[0]
		for j, r := range text {
			stands := r != ':' || spans(i)
			switch p.kind {
			case anyMany:
				next[j+1] = reach[j+1] || next[j] && stands
			case anyOne:
				next[j+1] = reach[j] && stands
			default:
				next[j+1] = reach[j] && p.r == r
			}
		}
		reach, next = next, reach
	}
	return reach[len(text)]
}

// parseActions reads the values of Action or NotAction. Case is taken out of
// them: "The prefix and the action name are case insensitive"
// (reference_policies_elements_action).
func parseActions(values []string) []template {
	var out []template
	for _, v := range values {
		// Without variables every string is a template.
		t, _ := parseTemplate(strings.ToLower(v), false)
		out = append(out, t)
	}
	return out
}

// parseResources reads the values of Resource or NotResource.
func parseResources(values []string, d *Document) ([]template, error) {
	var out []template
	for _, v := range values {
		t, err := parseTemplate(v, d.Version == version2012)
		if err != nil {
			return nil, err
		}
		if t, err = completeResource(d.Kind, t); err != nil {
			return nil, fmt.Errorf("%q: %w", v, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// completeResource checks a resource pattern and writes out one that stops
// before the sixth field: "When you specify an incomplete ARN in an
// identity-based policy, AWS automatically completes the ARN by adding wildcard
// characters to all missing fields" (reference_policies_grammar).
func completeResource(kind Kind, t template) (template, error) {
	if len(t) == 1 && t[0].kind == anyMany {
		return t, nil
	}
	fields := t.fields()
	switch {
	case len(fields) < 3 || fields[0].text() != "arn":
		return nil, errors.New("neither an ARN nor *")
	case len(fields) < 6 && kind != IdentityPolicy:
		return nil, errors.New("an incomplete ARN is for identity-based policies only")
	}
	for i, f := range fields[:min(5, len(fields))] {
		if f.hasReference() {
			return nil, errors.New("a variable may only stand after the fifth colon")
		}
		// "You can't use a wildcard in the service segment"
		// (reference_policies_elements_resource).
		if i == 2 && strings.ContainsAny(f.text(), "*?") {
			return nil, errors.New("the service of an ARN takes no wildcard")
		}
		if (i == 1 || i == 2) && len(f) == 0 {
			return nil, errors.New("an ARN needs a partition and a service")
		}
	}
	for n := len(fields); n < 6; n++ {
		t = append(t, part{kind: literal, r: ':'}, part{kind: anyMany})
	}
	return t, nil
}

// fields splits an ARN pattern at its colons into at most six fields. A colon
// inside a variable's name does not count.
func (t template) fields() []template {
	out := []template{nil}
	for _, p := range t {
		if p.kind == literal && p.r == ':' && len(out) < 6 {
			out = append(out, nil)
			continue
		}
		out[len(out)-1] = append(out[len(out)-1], p)
	}
	return out
}

// resourceMatches tells whether a resource pattern covers a resource. In the
// resource part of an ARN wildcards span everything. Before it a wildcard stays
// within its field, except that "if the * wildcard is the last character of a
// resource ARN segment, it can expand to match beyond the colon boundaries"
// (reference_policies_elements_resource). A pattern with a variable that has no
// value covers nothing.
func resourceMatches(t template, resource string, keys contextKeys) bool {
	t, ok := t.expand(keys)
	if !ok {
		return false
	}
	spans := make([]bool, len(t))
	colons := 0
	for i, p := range t {
		if p.kind == literal && p.r == ':' {
			colons++
		}
		last := i+1 == len(t) || t[i+1].kind == literal && t[i+1].r == ':'
		spans[i] = colons >= 5 || p.kind == anyMany && last
	}
	return t.matches(resource, func(at int) bool { return spans[at] })
}
