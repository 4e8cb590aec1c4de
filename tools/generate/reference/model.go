// Package reference writes the API reference: one Markdown page for each kind, with a section for each Go type, its
// fields and its rules.
package reference

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/markers"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
)

// A section documents one struct type.
type section struct {
	name   string
	doc    string
	rules  []string
	fields []field

	// included are embedded types with sections of their own.
	included []string

	// paths of the values of the type, e.g. spec.images[].
	paths []string

	// below are the types of the fields, with their paths below the section's.
	below []place
}

// A place is the path of a type below that of another one.
type place struct {
	name string
	rest string
}

// A field documents one field of a struct type.
type field struct {
	name     string
	typ      fieldType
	required bool
	doc      string
	limits   []string
	rules    []string
}

// A fieldType is a Go type as the reader of a manifest sees it.
type fieldType struct {
	// struc is the struct type with a section of its own; "" for a plain type.
	struc string

	list bool

	// name of the type in the language of YAML.
	name string
}

// A model has the sections of one page.
type model struct {
	api *api.API

	// home is the package of the page's kind. It wins where two packages have a type of the same name.
	home     string
	uses     map[string]int
	sections map[string]*section
	order    []string // of the sections
}

func newModel(a *api.API, home string) *model {
	return &model{api: a, home: strings.TrimPrefix(home, "."), uses: map[string]int{}, sections: map[string]*section{}}
}

// ident returns a struct type of the API by its name, preferably that of the home package. Among the other packages the
// names are unique.
func (m *model) ident(name string) (crd.TypeIdent, *markers.TypeInfo) {
	var found crd.TypeIdent
	var of *markers.TypeInfo
	for ident, info := range m.api.Parser.Types {
		if ident.Name != name || !strings.Contains(ident.Package.PkgPath, "/crossplane-ecr/") {
			continue
		}
		if _, isStruct := info.RawSpec.Type.(*ast.StructType); !isStruct {
			continue
		}
		if strings.HasSuffix(ident.Package.PkgPath, m.home) {
			return ident, info
		}
		found, of = ident, info
	}
	return found, of
}

// schema returns the schema of a struct type, without references to other schemas.
func (m *model) schema(name string) extv1.JSONSchemaProps {
	ident, _ := m.ident(name)
	m.api.Parser.NeedFlattenedSchemaFor(ident)
	return m.api.Parser.FlattenedSchemata[ident]
}

// count counts the uses of each struct type below name. An embedded type that is used nowhere else gets no section: its
// fields are those of the outer type.
func (m *model) count(name string) {
	m.uses[name]++
	_, info := m.ident(name)
	if info == nil || m.uses[name] > 1 {
		return
	}
	for _, f := range info.Fields {
		if t := m.typeOf(f.RawField.Type); t.struc != "" {
			m.count(t.struc)
		}
	}
}

// add adds the section of a struct type, and those of its fields.
func (m *model) add(name, path string) error {
	if _, known := m.sections[name]; known {
		m.addPath(name, path)
		return nil
	}
	_, info := m.ident(name)
	if info == nil {
		return fmt.Errorf("no type %s", name)
	}
	schema := m.schema(name)

	s := &section{name: name, doc: clean(info.Doc, name, ""), rules: messages(schema), paths: []string{path}}
	m.sections[name] = s
	m.order = append(m.order, name)
	return m.addFields(s, info, schema, path)
}

// addPath adds one more path of a type that has a section, and of the types below it.
func (m *model) addPath(name, path string) {
	s := m.sections[name]
	s.paths = append(s.paths, path)
	for _, p := range s.below {
		m.addPath(p.name, path+p.rest)
	}
}

func (m *model) addFields(s *section, info *markers.TypeInfo, schema extv1.JSONSchemaProps, path string) error {
	for _, f := range info.Fields {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		t := m.typeOf(f.RawField.Type)
		if tag == "" && strings.Contains(options, "inline") {
			if err := m.embed(s, t.struc, schema, path); err != nil {
				return err
			}
			continue
		}
		if tag == "metadata" {
			continue
		}
		below, ok := schema.Properties[tag]
		if !ok {
			return fmt.Errorf("the schema of %s has no %s", info.Name, tag)
		}
		entry := field{
			name: tag, typ: named(t, below), required: slices.Contains(schema.Required, tag),
			doc: clean(f.Doc, f.Name, tag), limits: limits(below), rules: messages(below),
		}
		if t.struc != "" && !t.list {
			// The type's section has its rules.
			entry.rules = without(entry.rules, messages(m.schema(t.struc)))
		}
		s.fields = append(s.fields, entry)
		if t.struc != "" {
			below := join(path, tag, t)
			s.below = append(s.below, place{name: t.struc, rest: strings.TrimPrefix(below, path)})
			if err := m.add(t.struc, below); err != nil {
				return err
			}
		}
	}
	return nil
}

// embed adds the fields of an embedded type, or refers to the type if it has a section.
func (m *model) embed(s *section, name string, schema extv1.JSONSchemaProps, path string) error {
	if name == "" {
		return nil
	}
	if m.uses[name] > 1 {
		s.included = append(s.included, name)
		s.below = append(s.below, place{name: name})
		if err := m.add(name, path); err != nil {
			return err
		}
		s.rules = without(s.rules, m.sections[name].rules)
		return nil
	}
	_, info := m.ident(name)
	return m.addFields(s, info, schema, path)
}

// typeOf reads a Go type expression. Maps, and named types that are not structs of the API, are plain.
func (m *model) typeOf(e ast.Expr) fieldType {
	switch e := e.(type) {
	case *ast.StarExpr:
		return m.typeOf(e.X)
	case *ast.ArrayType:
		return fieldType{struc: m.typeOf(e.Elt).struc, list: true}
	case *ast.SelectorExpr:
		return m.typeOf(e.Sel)
	case *ast.Ident:
		if _, info := m.ident(e.Name); info != nil {
			return fieldType{struc: e.Name}
		}
	}
	return fieldType{}
}

func join(path, tag string, t fieldType) string {
	if path != "" {
		path += "."
	}
	path += tag
	if t.list {
		path += "[]"
	}
	return path
}

// without returns a list without some items.
func without(list, items []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return slices.Contains(items, s) })
}
