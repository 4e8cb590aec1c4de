package iamtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An object is a JSON object in the order of its text. encoding/json's maps
// would lose the order, which is part of what is checked, and would silently
// keep the last of two equal names.
type object []member

type member struct {
	name  string
	value any
}

// has tells whether the object has a member of a name.
func (o object) has(name string) bool {
	return slices.ContainsFunc(o, func(m member) bool { return m.name == name })
}

// parseJSON reads exactly one JSON value: objects as object, lists as []any,
// numbers as json.Number. Two members of one name are an error ("Individual
// elements must not contain multiple instances of the same key",
// reference_policies_grammar), and so is anything after the value.
func parseJSON(text string) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("not valid UTF-8")
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := parseValue(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the end of the document")
	}
	return v, nil
}

func parseValue(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if delim == '{' {
		return parseObject(dec)
	}
	return parseList(dec)
}

func parseObject(dec *json.Decoder) (object, error) {
	o := object{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("not valid JSON: %w", err)
		}
		// The decoder admits nothing but a string here.
		name := tok.(string)
		if o.has(name) {
			return nil, fmt.Errorf("%q occurs twice in one object", name)
		}
		v, err := parseValue(dec)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name: name, value: v})
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return o, nil
}

func parseList(dec *json.Decoder) ([]any, error) {
	l := []any{}
	for dec.More() {
		v, err := parseValue(dec)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return l, nil
}

func stringValue(m member) (string, error) {
	s, ok := m.value.(string)
	if !ok {
		return "", fmt.Errorf("%s is %s, not a string", m.name, jsonType(m.value))
	}
	return s, nil
}

// stringList reads a string or a non-empty list of strings.
func stringList(v any) ([]string, error) {
	if s, ok := v.(string); ok {
		v = []any{s}
	}
	return scalarList(v, false)
}

// scalarList reads a non-empty list of strings and, for condition values, of
// numbers and Booleans too ("Quotation marks are optional for numeric and
// Boolean values", reference_policies_grammar).
func scalarList(v any, scalars bool) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("is %s, not a string or a list of strings", jsonType(v))
	}
	if len(list) == 0 {
		return nil, errors.New("the list is empty")
	}
	var out []string
	for i, e := range list {
		switch e := e.(type) {
		case string:
			out = append(out, e)
			continue
		case json.Number:
			if scalars {
				out = append(out, e.String())
				continue
			}
		case bool:
			if scalars {
				out = append(out, strconv.FormatBool(e))
				continue
			}
		}
		return nil, fmt.Errorf("[%d] is %s", i, jsonType(e))
	}
	return out, nil
}

// jsonType names the JSON type of a parsed value for messages.
func jsonType(v any) string {
	switch v.(type) {
	case object:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a Boolean"
	default:
		return "null"
	}
}
