package local

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/apis"
	"github.com/ontopix/crossplane-ecr/input/v1beta1"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// Kinds that settings are in.
var (
	inputKind       = schema.GroupVersionKind{Group: "ecr.fn.ontopix.io", Version: "v1beta1", Kind: "Input"}
	environmentKind = schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1beta1", Kind: "EnvironmentConfig"}
	compositionKind = schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "Composition"}
)

// SettingsKinds are the kinds of a cluster's objects that settings are in.
var SettingsKinds = []schema.GroupVersionKind{compositionKind, environmentKind}

// A Part of the settings, and where it is written.
type Part struct {
	File string

	// Node of the object; nil if no file has it.
	Node *files.Node

	// Path of the settings in the object; empty if the object itself is the settings.
	Path string

	// Settings are what is written there.
	Settings any
}

// Position returns where the settings say something.
func (p *Part) Position(path string) files.Position {
	if p.Path == "" || path == "" {
		return p.Node.Position(p.Path + path)
	}
	return p.Node.Position(p.Path + "." + path)
}

// at is what an object says at a path.
func at(o files.Object, path string, settings any) *Part {
	return &Part{File: o.File, Node: o.Node, Path: path, Settings: settings}
}

// settings of the platform team, as they are in force for the files of a folder.
type settings struct {
	// config is the EnvironmentConfig; nil if there is none.
	config *Part

	// inputs by the kind of composite resource; that of no kind is for all others.
	inputs map[schema.GroupVersionKind]*Part
}

// input returns the Input for a kind of composite resource: the one that was given, or that of the Composition that the
// package ships.
func (s *settings) input(kind schema.GroupVersionKind) (*Part, error) {
	if p := cmp.Or(s.inputs[kind], s.inputs[schema.GroupVersionKind{}]); p != nil {
		return p, nil
	}
	shipped, err := shippedInputs()
	return shipped[kind], err
}

// withoutGuardrails returns the settings as they are where the platform team refuses nothing.
func (s *settings) withoutGuardrails(namespace string) (*settings, error) {
	open := &settings{config: s.config.with("guardrails", nil), inputs: map[schema.GroupVersionKind]*Part{}}
	for _, k := range xr.Kinds {
		p, err := s.input(k.GroupVersionKind)
		if err != nil {
			return nil, err
		}
		// Without any a project belongs to the namespace of its name, and no namespace may have an org access.
		open.inputs[k.GroupVersionKind] = p.with("guardrails",
			map[string]any{"tenancy": string(v1beta1.TenancyAny), "orgAccessNamespaces": []any{namespace}})
	}
	return open, nil
}

// with returns the settings with another value of a field, or without the field.
func (p *Part) with(field string, value any) *Part {
	if p == nil {
		return nil
	}
	other := *p
	if m, ok := p.Settings.(map[string]any); ok {
		m = maps.Clone(m)
		if delete(m, field); value != nil {
			m[field] = value
		}
		other.Settings = m
	}
	return &other
}

// shippedInputs are the Inputs of the Compositions in the packages, which no file has, by the kind of composite resource.
var shippedInputs = sync.OnceValues(func() (map[schema.GroupVersionKind]*Part, error) {
	inputs := map[schema.GroupVersionKind]*Part{}
	err := fs.WalkDir(apis.Compositions, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := apis.Compositions.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := files.Parse(path, raw)
		if err != nil {
			return err
		}
		for _, o := range f.Objects {
			kind, p := compositionInput(o)
			inputs[kind] = &Part{Settings: p.Settings}
		}
		return nil
	})
	return inputs, err
})

// compositionInput returns the kind that a Composition is for, and our Input in it; nil if it has none.
func compositionInput(o files.Object) (schema.GroupVersionKind, *Part) {
	of, _, _ := unstructured.NestedStringMap(o.Object, "spec", "compositeTypeRef")
	steps, _, _ := unstructured.NestedSlice(o.Object, "spec", "pipeline")
	for i := range steps {
		step, _ := steps[i].(map[string]any)
		in, _ := step["input"].(map[string]any)
		if is(&unstructured.Unstructured{Object: in}, inputKind) {
			return schema.FromAPIVersionAndKind(of["apiVersion"], of["kind"]), at(o, fmt.Sprintf("spec.pipeline[%d].input", i), in)
		}
	}
	return schema.GroupVersionKind{}, nil
}

// is reports whether an object is of a kind, of any version.
func is(o schema.ObjectKind, kind schema.GroupVersionKind) bool {
	return o.GroupVersionKind().GroupKind() == kind.GroupKind()
}

// fields that settings have.
var fields = sync.OnceValue(func() []string {
	var names []string
	t := reflect.TypeFor[v1beta1.Settings]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
})

// ours reports whether an EnvironmentConfig holds settings of this project, by its data: it
// may be anybody's otherwise.
func ours(o *unstructured.Unstructured) bool {
	data, _ := o.Object["data"].(map[string]any)
	for name := range data {
		if !slices.Contains(fields(), name) {
			return false
		}
	}
	return len(data) > 0
}

// SettingsIn returns the settings that an object holds: an EnvironmentConfig, an Input, or a Composition with one. It
// returns nil if it holds none.
func SettingsIn(o *unstructured.Unstructured) map[string]any {
	settings := any(o.Object)
	switch _, p := compositionInput(files.Object{Unstructured: o}); {
	case is(o, environmentKind) && (o.GetName() == configName || ours(o)):
		settings = o.Object["data"]
	case p != nil:
		settings = p.Settings
	case !is(o, inputKind):
		return nil
	}
	m, _ := settings.(map[string]any)
	return m
}
