// Package cases holds tables of composite resources that must be accepted or
// refused. The schemas' tests and the function's own tests run the same tables:
// what the API server can refuse, both refuse.
//
// The tables are YAML files that text/template expands first, for values that are
// too long to write; see functions in template.go.
package cases

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"

	"sigs.k8s.io/yaml"
)

// Kinds that there are tables for: of the claimed generation and, with the same
// tables, of the namespaced one.
const (
	XProjectRegistry = "XProjectRegistry"
	XEcrOrgAccess    = "XEcrOrgAccess"
	ProjectRegistry  = "ProjectRegistry"
	EcrOrgAccess     = "EcrOrgAccess"
)

// files of a kind are called invalid-, valid- and transition-<stem>.yaml.
var stems = map[string]string{
	XProjectRegistry: "projectregistry",
	XEcrOrgAccess:    "ecrorgaccess",
	ProjectRegistry:  "projectregistry",
	EcrOrgAccess:     "ecrorgaccess",
}

//go:embed *.yaml
var files embed.FS

// Case is one composite resource and what must become of it.
type Case struct {
	// Name of the case, unique in its table.
	Name string

	// Reason why it must be accepted or refused.
	Reason string

	// Object is the whole composite resource.
	Object map[string]any

	// Old is the composite resource that Object replaces; nil for a creation.
	Old map[string]any

	// Path of the field that is refused, in Kubernetes' form; the function's message
	// names it. Empty where Object is valid.
	Path string

	// SchemaRefuses reports whether the API server refuses it already.
	SchemaRefuses bool
}

// Invalid returns the resources of a kind that the function must refuse, with a
// message that names Path.
func Invalid(kind string) ([]Case, error) { return load("invalid", kind) }

// Valid returns the resources of a kind that the API server and, under Input and
// with OrgAccess there, the function must accept.
func Valid(kind string) ([]Case, error) { return load("valid", kind) }

// Transitions returns updates of a kind that the API server must accept or, where
// SchemaRefuses, refuse. Each object is valid by itself.
func Transitions(kind string) ([]Case, error) { return load("transition", kind) }

// Input returns the settings of the platform team that the tables suppose: they
// allow what the API allows.
func Input() (map[string]any, error) { return read("input.yaml") }

// OrgAccess returns the XEcrOrgAccess that valid project registries refer to.
func OrgAccess() (map[string]any, error) { return read("orgaccess.yaml") }

// NamespacedOrgAccess returns the EcrOrgAccess that valid namespaced ones refer to.
func NamespacedOrgAccess() (map[string]any, error) {
	o, err := OrgAccess()
	if err != nil {
		return nil, err
	}
	named := object(EcrOrgAccess, o["spec"])
	named["metadata"] = map[string]any{"name": orgAccessName, "namespace": orgAccessNamespace}
	return named, nil
}

func read(name string) (map[string]any, error) {
	raw, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	return object, yaml.Unmarshal(raw, &object)
}

// table is a file of cases.
type table struct {
	// Base is the spec that Merge and Image start from; it is valid.
	Base map[string]any `json:"base"`

	// Anchors hold what several cases share; YAML puts it where an alias stands.
	Anchors map[string]any `json:"anchors"`

	Cases []entry `json:"cases"`
}

// entry is a case as it is written. One of Spec, Merge and Image makes the object.
type entry struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`

	// Spec is the whole spec.
	Spec any `json:"spec"`

	// Merge is put over the base, key by key at every depth. Lists, scalars and
	// nulls replace what is there.
	Merge map[string]any `json:"merge"`

	// Image is put over the base's first image.
	Image map[string]any `json:"image"`

	// Old is put over the base and is the spec before.
	Old map[string]any `json:"old"`

	Path string `json:"path"`

	// SchemaRefuses is true in tables of invalid objects and false in others, if it
	// is not written.
	SchemaRefuses *bool `json:"schemaRefuses"`

	// Generation is `claimed` or `namespaced` for a case that only one of them has.
	Generation string `json:"generation"`
}

func load(table, kind string) ([]Case, error) {
	stem, ok := stems[kind]
	if !ok {
		return nil, fmt.Errorf("no cases for kind %q", kind)
	}
	name := table + "-" + stem + ".yaml"
	t, err := parse(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	all := make([]Case, 0, len(t.Cases))
	for _, e := range t.Cases {
		if e.Generation != "" && e.Generation != generationOf(kind) {
			continue
		}
		c, err := e.build(kind, t.Base, table == "invalid")
		if err != nil {
			return nil, fmt.Errorf("%s: case %q: %w", name, e.Name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func parse(name string) (*table, error) {
	raw, err := expand(files, name)
	if err != nil {
		return nil, err
	}
	t := &table{}
	return t, yaml.UnmarshalStrict(raw, t)
}

func (e entry) build(kind string, base map[string]any, refused bool) (Case, error) {
	spec, err := e.spec(base)
	if err != nil {
		return Case{}, err
	}
	if e.SchemaRefuses != nil {
		refused = *e.SchemaRefuses
	}
	c := Case{
		Name: e.Name, Reason: e.Reason, Path: e.Path, SchemaRefuses: refused,
		Object: object(kind, spec),
	}
	if e.Old != nil {
		c.Old = object(kind, merge(base, e.Old))
	}
	// The caller owns what it gets: nothing is shared between cases.
	return clone(c)
}

func (e entry) spec(base map[string]any) (any, error) {
	switch {
	case e.Spec != nil:
		return e.Spec, nil
	case e.Image != nil:
		images, ok := base["images"].([]any)
		if !ok || len(images) == 0 {
			return nil, fmt.Errorf("the base has no image")
		}
		image, ok := images[0].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the base's image is not an object")
		}
		return merge(base, map[string]any{"images": []any{merge(image, e.Image)}}), nil
	default:
		return merge(base, e.Merge), nil
	}
}

// merge puts over over base, key by key at every depth.
func merge(base, over map[string]any) map[string]any {
	merged := maps.Clone(base)
	if merged == nil {
		merged = map[string]any{}
	}
	for k, v := range over {
		below, ok := merged[k].(map[string]any)
		if above, isMap := v.(map[string]any); ok && isMap {
			merged[k] = merge(below, above)
			continue
		}
		merged[k] = v
	}
	return merged
}

func clone(c Case) (Case, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return Case{}, err
	}
	var copied Case
	return copied, json.Unmarshal(raw, &copied)
}
