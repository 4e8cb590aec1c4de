package reference

import (
	"fmt"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
)

// Kind returns the reference of a kind in Markdown, given its Go type and the type's package, one of those that api
// names.
func Kind(a *api.API, kind, pkg string) (string, error) {
	m := newModel(a, pkg)
	m.count(kind)
	if err := m.add(kind, ""); err != nil {
		return "", fmt.Errorf("cannot document %s: %w", kind, err)
	}
	b := &strings.Builder{}
	b.WriteString("Required fields are **bold**. All others may be left out, and null is the same as leaving out.\n")
	for _, name := range m.order {
		m.sections[name].write(b)
	}
	return b.String(), nil
}

func (s *section) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n", s.name)
	if paths := s.places(); paths != "" {
		fmt.Fprintf(b, "%s\n\n", paths)
	}
	fmt.Fprintf(b, "%s\n", prose(s.doc))
	for _, name := range s.included {
		fmt.Fprintf(b, "\nIt also has all fields of [%s](#%s).\n", name, strings.ToLower(name))
	}
	if len(s.rules) > 0 {
		b.WriteString("\nRules:\n\n")
		for _, rule := range s.rules {
			fmt.Fprintf(b, "- %s\n", prose(rule))
		}
	}
	if len(s.fields) == 0 {
		return
	}
	b.WriteString("\n| field | type | meaning |\n|---|---|---|\n")
	for _, f := range s.fields {
		f.write(b)
	}
}

// places returns the line with the paths of the type.
func (s *section) places() string {
	var at []string
	for _, path := range s.paths {
		if path != "" {
			at = append(at, "`"+path+"`")
		}
	}
	if len(at) == 0 {
		return ""
	}
	return "At " + strings.Join(at, ", ") + "."
}

func (f field) write(b *strings.Builder) {
	name := "`" + f.name + "`"
	if f.required {
		name = "**" + name + "**"
	}
	meaning := prose(f.doc)
	if len(f.limits) > 0 {
		meaning += "\n\n*Limits:* " + strings.Join(f.limits, "; ") + "."
	}
	for _, rule := range f.rules {
		meaning += "\n\n*Rule:* " + prose(rule) + "."
	}
	fmt.Fprintf(b, "| %s | %s | %s |\n", name, f.typ.name, cell(meaning))
}

// cell returns text for a cell of a table: on one line, without a bar that would end it.
func cell(text string) string {
	text = strings.ReplaceAll(text, "|", `\|`)
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "<br>")
}

// named returns a field's type with its name in the language of YAML.
func named(t fieldType, s extv1.JSONSchemaProps) fieldType {
	switch {
	case t.struc == "":
		t.name = plainType(s)
	case t.list:
		t.name = fmt.Sprintf("list of [%s](#%s)", t.struc, strings.ToLower(t.struc))
	default:
		t.name = fmt.Sprintf("[%s](#%s)", t.struc, strings.ToLower(t.struc))
	}
	return t
}
