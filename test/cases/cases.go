// Package cases holds tables of composite resources that must be accepted or
// refused. The schemas' tests and the function's own tests run the same tables:
// what the API server can refuse, both refuse.
//
// The tables are YAML files that text/template expands first, for values that are
// too long to write; see functions in template.go.
package cases

import (
	"embed"
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// Kinds with tables. Both generations share the tables.
const (
	XProjectRegistry = "XProjectRegistry"
	XEcrOrgAccess    = "XEcrOrgAccess"
	ProjectRegistry  = "ProjectRegistry"
	EcrOrgAccess     = "EcrOrgAccess"
)

//go:embed *.yaml
var files embed.FS

// Case is a composite resource that must be accepted or refused.
type Case struct {
	// Name of the case, unique in its table.
	Name string

	// Reason why it must be accepted or refused.
	Reason string

	// Object is the whole composite resource.
	Object map[string]any

	// Old is the composite resource that Object replaces; nil for a creation.
	Old map[string]any

	// Path of the field that is refused, in Kubernetes' form, which is in the function's message. Empty where Object is
	// valid.
	Path string

	// SchemaRefuses reports whether the API server already refuses it.
	SchemaRefuses bool
}

// Invalid returns the resources of a kind that the function must refuse, with a message that names Path.
func Invalid(kind string) ([]Case, error) { return load("invalid", kind) }

// Valid returns the resources of a kind that the API server must accept and, with Input and OrgAccess, the function
// too.
func Valid(kind string) ([]Case, error) { return load("valid", kind) }

// Transitions returns updates of a kind that the API server must accept or, where SchemaRefuses, refuse. Each object is
// valid by itself.
func Transitions(kind string) ([]Case, error) { return load("transition", kind) }

// Input returns the platform team's settings for the tables. They allow everything that the API allows.
func Input() (map[string]any, error) { return read("input.yaml") }

// OrgAccess returns the XEcrOrgAccess that valid project registries refer to.
func OrgAccess() (map[string]any, error) { return read("orgaccess.yaml") }

// NamespacedOrgAccess returns the EcrOrgAccess that valid namespaced project registries refer to.
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

	// Anchors hold what cases share by YAML aliases.
	Anchors map[string]any `json:"anchors"`

	Cases []entry `json:"cases"`
}

// entry is a case in a table. One of Spec, Merge and Image makes the object.
type entry struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`

	// Spec is the whole spec.
	Spec any `json:"spec"`

	// Merge is merged into the base, key by key at every depth. Lists, scalars and nulls replace the base's.
	Merge map[string]any `json:"merge"`

	// Image is merged into the base's first image.
	Image map[string]any `json:"image"`

	// Old is merged into the base to make the old spec.
	Old map[string]any `json:"old"`

	Path string `json:"path"`

	// SchemaRefuses is by default true in tables of invalid objects and false in others.
	SchemaRefuses *bool `json:"schemaRefuses"`

	// Generation is `claimed` or `namespaced` for a case that only one of them has.
	Generation string `json:"generation"`
}

// load returns the cases of a kind from invalid-, valid- or transition-<kind>.yaml, which both generations share.
func load(table, kind string) ([]Case, error) {
	name := table + "-" + strings.ToLower(strings.TrimPrefix(kind, "X")) + ".yaml"
	t, err := parse(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	all := make([]Case, 0, len(t.Cases))
	for _, e := range t.Cases {
		if e.Generation != "" && e.Generation != generationOf(kind) {
			continue
		}
		all = append(all, e.build(kind, t.Base, table == "invalid"))
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

func (e entry) build(kind string, base map[string]any, refused bool) Case {
	if e.SchemaRefuses != nil {
		refused = *e.SchemaRefuses
	}
	// The caller owns what it gets: nothing is shared between cases.
	c := Case{
		Name: e.Name, Reason: e.Reason, Path: e.Path, SchemaRefuses: refused,
		Object: runtime.DeepCopyJSON(object(kind, e.spec(base))),
	}
	if e.Old != nil {
		c.Old = runtime.DeepCopyJSON(object(kind, merge(base, e.Old)))
	}
	return c
}

func (e entry) spec(base map[string]any) any {
	switch {
	case e.Spec != nil:
		return e.Spec
	case e.Image != nil:
		images, _ := base["images"].([]any)
		first, _ := images[0].(map[string]any)
		return merge(base, map[string]any{"images": []any{merge(first, e.Image)}})
	default:
		return merge(base, e.Merge)
	}
}

// merge returns base with over merged into it, key by key at every depth.
func merge(base, over map[string]any) map[string]any {
	merged := map[string]any{}
	maps.Copy(merged, base)
	for k, v := range over {
		below, ok := merged[k].(map[string]any)
		if above, isMap := v.(map[string]any); ok && isMap {
			v = merge(below, above)
		}
		merged[k] = v
	}
	return merged
}
