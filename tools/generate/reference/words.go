package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// limits describes what the schema demands of a field.
func limits(s extv1.JSONSchemaProps) []string {
	var l []string
	add := func(format string, args ...any) { l = append(l, fmt.Sprintf(format, args...)) }

	l = append(l, scalarLimits(s)...)
	if text := span(s.MinItems, s.MaxItems); text != "" {
		add("%s entries", text)
	}
	if len(s.XListMapKeys) > 0 {
		add("`%s` is unique", strings.Join(s.XListMapKeys, "`, `"))
	}
	if text := span(s.MinProperties, s.MaxProperties); text != "" {
		add("%s entries", text)
	}
	for _, below := range []*extv1.JSONSchemaProps{items(s), values(s)} {
		if below == nil || below.Type == "object" {
			continue
		}
		if each := append(scalarLimits(*below), messages(*below)...); len(each) > 0 {
			add("each: %s", strings.Join(each, ", "))
		}
	}
	return l
}

func scalarLimits(s extv1.JSONSchemaProps) []string {
	var l []string
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			var word any
			if err := json.Unmarshal(e.Raw, &word); err != nil {
				word = string(e.Raw)
			}
			words[i] = fmt.Sprintf("`%v`", word)
		}
		l = append(l, "one of "+strings.Join(words, ", "))
	}
	if s.Minimum != nil {
		l = append(l, "at least "+number(*s.Minimum))
	}
	if s.Maximum != nil {
		l = append(l, "at most "+number(*s.Maximum))
	}
	if s.MinLength != nil && *s.MinLength == 1 && s.MaxLength == nil {
		l = append(l, "not empty")
	} else if text := span(s.MinLength, s.MaxLength); text != "" {
		l = append(l, text+" characters")
	}
	if s.Pattern != "" {
		l = append(l, "matches "+code(s.Pattern))
	}
	return l
}

// number formats a bound without an exponent.
func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// span describes a minimum and a maximum.
func span(least, most *int64) string {
	switch {
	case least != nil && most != nil && *least == *most:
		return fmt.Sprintf("%d", *least)
	case least != nil && most != nil:
		return fmt.Sprintf("%d to %d", *least, *most)
	case most != nil:
		return fmt.Sprintf("at most %d", *most)
	case least != nil:
		return fmt.Sprintf("at least %d", *least)
	}
	return ""
}

// plainType returns the name of a type that has no section.
func plainType(s extv1.JSONSchemaProps) string {
	if below := items(s); below != nil {
		return "list of " + plainType(*below)
	}
	if below := values(s); below != nil {
		return "map of " + plainType(*below)
	}
	return s.Type
}

// messages returns the messages of a schema's CEL rules.
func messages(s extv1.JSONSchemaProps) []string {
	var m []string
	for _, rule := range s.XValidations {
		if !slices.Contains(m, rule.Message) {
			m = append(m, rule.Message)
		}
	}
	return m
}

func items(s extv1.JSONSchemaProps) *extv1.JSONSchemaProps {
	if s.Items == nil {
		return nil
	}
	return s.Items.Schema
}

func values(s extv1.JSONSchemaProps) *extv1.JSONSchemaProps {
	if s.AdditionalProperties == nil {
		return nil
	}
	return s.AdditionalProperties.Schema
}

// clean returns a doc comment for a reader of YAML: if it begins with a field's Go name, it begins with the YAML name
// instead.
func clean(doc, goName, yamlName string) string {
	doc = strings.TrimSpace(doc)
	if rest, ok := strings.CutPrefix(doc, goName+" "); ok && yamlName != "" {
		return "`" + yamlName + "` " + rest
	}
	return doc
}

// prose escapes angle brackets in Markdown text, except in code.
func prose(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.ReplaceAll(parts[i], "<", `\<`)
	}
	return strings.Join(parts, "`")
}

// code formats text as code, even if it contains backquotes.
func code(text string) string {
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}
