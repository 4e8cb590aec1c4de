package reference

import (
	"fmt"
	"slices"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
)

// Guardrails returns a table of the guardrails in Markdown: what each does, according to the comment of its field,
// whether it may only warn, and whether an exception may lift it.
func Guardrails(a *api.API) (string, error) {
	m := newModel(a, api.InputPackage)
	if err := m.add("Guardrails", ""); err != nil {
		return "", fmt.Errorf("cannot document the guardrails: %w", err)
	}
	warn := m.schema("Guardrails").Properties["warn"].Items.Schema.Enum
	lifted := m.schema("Exception").Properties["guardrail"].Enum

	b := &strings.Builder{}
	b.WriteString("| guardrail | meaning | may warn | may be lifted |\n|---|---|---|---|\n")
	var rows func(section, prefix string)
	rows = func(section, prefix string) {
		for _, f := range m.sections[section].fields {
			path := prefix + f.name
			switch {
			case path == "warn" || path == "exceptions":
			case hasPrefix(lifted, path+"."):
				rows(f.typ.struc, path+".")
			default:
				meaning := strings.TrimPrefix(f.doc, "`"+f.name+"` ")
				fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", path, cell(prose(meaning)), yes(has(warn, path)), yes(has(lifted, path)))
			}
		}
	}
	rows("Guardrails", "")
	return b.String(), nil
}

func has(enum []extv1.JSON, word string) bool {
	return slices.ContainsFunc(enum, func(e extv1.JSON) bool { return string(e.Raw) == `"`+word+`"` })
}

func hasPrefix(enum []extv1.JSON, prefix string) bool {
	return slices.ContainsFunc(enum, func(e extv1.JSON) bool { return strings.HasPrefix(string(e.Raw), `"`+prefix) })
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
