package iamtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The order of the elements as AWS's documentation writes them.
var (
	documentElements  = []string{"Version", "Id", "Statement"}
	statementElements = []string{
		"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
	}
)

// Canonical tells whether a policy text is in the one form that Canonicalize
// gives it. A renderer whose texts are canonical cannot make a perpetual diff
// by its own formatting.
func Canonical(text string) error {
	want, err := Canonicalize(text)
	if err != nil {
		return err
	}
	if text == want {
		return nil
	}
	at := 0
	for at < len(text) && at < len(want) && text[at] == want[at] {
		at++
	}
	return fmt.Errorf("not canonical from byte %d on: is %q, canonical is %q", at, excerpt(text, at), excerpt(want, at))
}

// Canonicalize rewrites a policy text: no white space, no needless escapes
// (Go's encoder would write \u003c for "<"), the elements of the document and
// of each statement in AWS's order, all other names (kinds of principal,
// operators, condition keys) sorted. The order of lists is kept, since the
// texts of AWS keep it too. Duplicate names are an error.
func Canonicalize(text string) (string, error) {
	v, err := parseJSON(text)
	if err != nil {
		return "", err
	}
	doc, ok := v.(object)
	if !ok {
		return "", fmt.Errorf("a policy document is a JSON object, not %s", jsonType(v))
	}
	var b bytes.Buffer
	if err := writeObject(&b, doc, documentElements, writeDocumentValue); err != nil {
		return "", err
	}
	return b.String(), nil
}

// writeDocumentValue writes the value of an element of the document. Only
// below Statement is there an order other than the alphabet's.
func writeDocumentValue(b *bytes.Buffer, name string, v any) error {
	if name != "Statement" {
		return writeValue(b, v)
	}
	list, ok := v.([]any)
	if !ok {
		return writeStatement(b, v)
	}
	b.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeStatement(b, s); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func writeStatement(b *bytes.Buffer, v any) error {
	s, ok := v.(object)
	if !ok {
		return writeValue(b, v)
	}
	return writeObject(b, s, statementElements, func(b *bytes.Buffer, _ string, v any) error { return writeValue(b, v) })
}

func writeValue(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case object:
		return writeObject(b, v, nil, func(b *bytes.Buffer, _ string, v any) error { return writeValue(b, v) })
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeValue(b, e); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	default:
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("cannot write %v: %w", v, err)
		}
		b.Truncate(b.Len() - 1) // Encode ends every value with a line feed.
		return nil
	}
}

// writeObject writes the names in the given order first, then the others by
// the alphabet.
func writeObject(b *bytes.Buffer, o object, order []string, value func(*bytes.Buffer, string, any) error) error {
	rank := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	sorted := slices.Clone(o)
	slices.SortFunc(sorted, func(x, y member) int {
		if d := rank(x.name) - rank(y.name); d != 0 {
			return d
		}
		return strings.Compare(x.name, y.name)
	})
	b.WriteByte('{')
	for i, m := range sorted {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeValue(b, m.name); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := value(b, m.name, m.value); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// excerpt returns up to 40 bytes of a text from a position on.
func excerpt(s string, at int) string {
	return s[at:min(len(s), at+40)]
}
