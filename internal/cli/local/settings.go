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
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/ontopix/crossplane-ecr/apis"
	"github.com/ontopix/crossplane-ecr/input/v1beta1"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// Kinds of objects that may have settings.
var (
	inputKind       = schema.GroupVersionKind{Group: "ecr.fn.ontopix.io", Version: "v1beta1", Kind: "Input"}
	environmentKind = schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1beta1", Kind: "EnvironmentConfig"}
	compositionKind = schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "Composition"}
)

// SettingsKinds are the kinds of objects in a cluster that may have settings.
var SettingsKinds = []schema.GroupVersionKind{compositionKind, environmentKind}

// A part is the settings of one object, and where they are written.
type part struct {
	File string

	// Node of the object; nil if no file has it.
	Node *files.Node

	// Path of the settings in the object; empty if they are the whole object.
	Path string

	Settings any
}

// position returns where a field of the settings is written.
func (p *part) position(path string) files.Position {
	if p.Path == "" || path == "" {
		return p.Node.Position(p.Path + path)
	}
	return p.Node.Position(p.Path + "." + path)
}

// partOf returns the settings at a path of an object.
func partOf(o files.Object, path string, settings any) *part {
	return &part{File: o.File, Node: o.Node, Path: path, Settings: settings}
}

// settings are the platform team's settings in force for the files of a folder.
type settings struct {
	// config is the EnvironmentConfig; nil if there is none.
	config *part

	// inputs by kind of composite resource. The Input without a kind is for all other kinds.
	inputs map[schema.GroupVersionKind]*part
}

// input returns the Input for a kind of composite resource. The default is that of the package's Composition.
func (s *settings) input(kind schema.GroupVersionKind) *part {
	return cmp.Or(s.inputs[kind], s.inputs[schema.GroupVersionKind{}], shippedInputs()[kind])
}

// withoutGuardrails returns the settings without guardrails, for a composite resource in a namespace.
func (s *settings) withoutGuardrails(namespace string) *settings {
	open := &settings{config: s.config.with("guardrails", nil), inputs: map[schema.GroupVersionKind]*part{}}
	for _, k := range xr.Kinds {
		// By default a project belongs to the namespace of its name, and no namespace may have an org access.
		open.inputs[k.GroupVersionKind] = s.input(k.GroupVersionKind).with("guardrails",
			map[string]any{"tenancy": string(v1beta1.TenancyAny), "orgAccessNamespaces": []any{namespace}})
	}
	return open
}

// allowOrgAccess returns the settings with guardrails that allow the org access of a namespaced registry. It is for the
// shipped settings: those of the platform team must allow its namespace, which cannot be checked if none are given.
func (p *part) allowOrgAccess(u *unstructured.Unstructured) *part {
	ref, ok, _ := unstructured.NestedMap(u.Object, "spec", "orgAccessRef")
	if !ok || u.GetNamespace() == "" {
		return p
	}
	namespace, _ := ref["namespace"].(string)
	if namespace = cmp.Or(namespace, u.GetNamespace()); len(validation.IsDNS1123Label(namespace)) > 0 {
		return p
	}
	settings, _ := p.Settings.(map[string]any)
	shipped, _ := settings["guardrails"].(map[string]any)
	guardrails := map[string]any{}
	maps.Copy(guardrails, shipped)
	guardrails["orgAccessNamespaces"] = []any{namespace}
	return p.with("guardrails", guardrails)
}

// with returns the settings with a value of a field, or without the field if the value is nil.
func (p *part) with(field string, value any) *part {
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

// shippedInputs returns the Inputs of the packages' Compositions by kind of composite resource.
var shippedInputs = sync.OnceValue(func() map[schema.GroupVersionKind]*part {
	inputs := map[schema.GroupVersionKind]*part{}
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
			inputs[kind] = &part{Settings: p.Settings}
		}
		return nil
	})
	if err != nil {
		panic(err) // The Compositions are embedded.
	}
	return inputs
})

// compositionInput returns our Input in a Composition, and the Composition's kind of composite resource; nil if the object
// has none.
func compositionInput(o files.Object) (schema.GroupVersionKind, *part) {
	kind, _, _ := unstructured.NestedStringMap(o.Object, "spec", "compositeTypeRef")
	steps, _, _ := unstructured.NestedSlice(o.Object, "spec", "pipeline")
	for i := range steps {
		step, _ := steps[i].(map[string]any)
		in, _ := step["input"].(map[string]any)
		if hasKind(&unstructured.Unstructured{Object: in}, inputKind) {
			path := fmt.Sprintf("spec.pipeline[%d].input", i)
			return schema.FromAPIVersionAndKind(kind["apiVersion"], kind["kind"]), partOf(o, path, in)
		}
	}
	return schema.GroupVersionKind{}, nil
}

// hasKind reports whether an object has the group and kind, in any version.
func hasKind(o schema.ObjectKind, kind schema.GroupVersionKind) bool {
	return o.GroupVersionKind().GroupKind() == kind.GroupKind()
}

// settingsFields returns the names of the fields of settings.
var settingsFields = sync.OnceValue(func() []string {
	var names []string
	t := reflect.TypeFor[v1beta1.Settings]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
})

// isSettings reports whether the data of an EnvironmentConfig are settings of this project, and nothing else.
func isSettings(o *unstructured.Unstructured) bool {
	data, _ := o.Object["data"].(map[string]any)
	for name := range data {
		if !slices.Contains(settingsFields(), name) {
			return false
		}
	}
	return len(data) > 0
}

// SettingsIn returns the settings in an EnvironmentConfig, an Input, or a Composition with an Input; nil if the object
// has none.
func SettingsIn(o *unstructured.Unstructured) map[string]any {
	settings := any(o.Object)
	switch _, p := compositionInput(files.Object{Unstructured: o}); {
	case hasKind(o, environmentKind) && (o.GetName() == configName || isSettings(o)):
		settings = o.Object["data"]
	case p != nil:
		settings = p.Settings
	case !hasKind(o, inputKind):
		return nil
	}
	m, _ := settings.(map[string]any)
	return m
}
