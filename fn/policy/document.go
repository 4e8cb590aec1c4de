// Package policy writes the policy documents of IAM and ECR: who may assume a role,
// what it may do, and who else may pull from a repository or a registry.
//
// A document is canonical: compact JSON, its elements in the order of AWS's
// documentation, sets sorted, each value once, lists always as lists. So one spec
// always gives the same bytes, and the provider, which compares documents by their
// meaning, never sees a difference. An empty list is written as such: it matches
// nothing, so what should name somebody and does not, lets nobody in.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package policy

import (
	"slices"
	"unicode/utf8"

	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// A statement allows its principals to do its actions.
type statement struct {
	sid        string // left out if empty
	principal  principal
	actions    []string
	resources  []string // left out if nil
	conditions []condition
}

// A principal is who a statement is about. The policy of a role names nobody.
type principal struct {
	kind  string // anyone if it is "*"
	names []string
}

// Kinds of principals.
const (
	accounts  = "AWS"
	federated = "Federated"
	service   = "Service"
	anyone    = "*"
)

// A condition holds if the key of the request has one of the values. Conditions of
// one operator stand next to each other.
type condition struct {
	operator, key string
	values        []string
}

// Operators of conditions.
const (
	stringEquals  = string(oidc.StringEquals)
	stringLike    = string(oidc.StringLike)
	stringNotLike = string(oidc.StringNotLike)
)

// document returns the text of a policy with the statements.
func document(statements ...statement) string {
	w := make(writer, 0, 1024)
	w = append(w, `{"Version":"2012-10-17","Statement":[`...)
	for i := range statements {
		w.comma(i)
		w.statement(&statements[i])
	}
	return string(append(w, "]}"...))
}

// A writer appends JSON to a text.
type writer []byte

func (w *writer) statement(s *statement) {
	*w = append(*w, '{')
	if s.sid != "" {
		w.name("Sid")
		w.text(s.sid)
		*w = append(*w, ',')
	}
	*w = append(*w, `"Effect":"Allow"`...)
	w.principal(s.principal)
	*w = append(*w, ',')
	w.name("Action")
	w.list(s.actions)
	if s.resources != nil {
		*w = append(*w, ',')
		w.name("Resource")
		w.list(s.resources)
	}
	w.conditions(s.conditions)
	*w = append(*w, '}')
}

func (w *writer) principal(p principal) {
	if p.kind == "" {
		return
	}
	*w = append(*w, ',')
	w.name("Principal")
	if p.kind == anyone {
		w.text(anyone)
		return
	}
	*w = append(*w, '{')
	w.name(p.kind)
	w.list(p.names)
	*w = append(*w, '}')
}

func (w *writer) conditions(list []condition) {
	if len(list) == 0 {
		return
	}
	*w = append(*w, ',')
	w.name("Condition")
	*w = append(*w, '{')
	for i, c := range list {
		switch {
		case i > 0 && list[i-1].operator == c.operator:
			*w = append(*w, ',')
		case i > 0:
			*w = append(*w, "},"...)
			fallthrough
		default:
			w.name(c.operator)
			*w = append(*w, '{')
		}
		w.name(c.key)
		w.list(c.values)
	}
	*w = append(*w, "}}"...)
}

func (w *writer) list(values []string) {
	*w = append(*w, '[')
	for i, v := range values {
		w.comma(i)
		w.text(v)
	}
	*w = append(*w, ']')
}

func (w *writer) name(s string) {
	w.text(s)
	*w = append(*w, ':')
}

func (w *writer) comma(i int) {
	if i > 0 {
		*w = append(*w, ',')
	}
}

// text appends a string as RFC 8259 writes it, with no escape that it does not
// need. HTML is not escaped.
func (w *writer) text(s string) {
	const hex = "0123456789abcdef"
	*w = append(*w, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			*w = append(*w, '\\', c)
		case c < 0x20:
			*w = append(*w, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			*w = utf8.AppendRune(*w, r)
			i += size
			continue
		default:
			*w = append(*w, c)
		}
		i++
	}
	*w = append(*w, '"')
}

// set returns the values sorted and each once, never nil.
func set(values []string) []string {
	s := make([]string, len(values))
	copy(s, values)
	slices.Sort(s)
	return slices.Compact(s)
}
