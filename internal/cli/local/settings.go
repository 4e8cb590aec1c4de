package local

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/apis"
	"github.com/ontopix/crossplane-ecr/input/v1beta1"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// Kinds that settings are in.
const (
	inputGroup       = "ecr.fn.ontopix.io"
	inputKind        = "Input"
	environmentGroup = "apiextensions.crossplane.io"
	environmentKind  = "EnvironmentConfig"
	compositionKind  = "Composition"

	// environmentVersion is the version by which the function asks for an EnvironmentConfig.
	environmentVersion = environmentGroup + "/v1beta1"
)

// SettingsKinds are the kinds of a cluster's objects that settings are in.
var SettingsKinds = []schema.GroupVersionKind{
	{Group: environmentGroup, Version: "v1", Kind: compositionKind},
	{Group: environmentGroup, Version: "v1beta1", Kind: environmentKind},
}

// A Part of the settings: an object, and where in it the settings are.
type Part struct {
	File   string
	Node   *files.Node
	Object *unstructured.Unstructured

	// Path of the settings in the object; empty if the object itself is the settings.
	Path string
}

// Position returns where the settings say something.
func (p *Part) Position(path string) files.Position {
	if p.Path == "" || path == "" {
		return p.Node.Position(p.Path + path)
	}
	return p.Node.Position(p.Path + "." + path)
}

// settings of the platform team, as they are in force for the files of a folder.
type settings struct {
	// config is the EnvironmentConfig; nil if there is none.
	config *Part

	// inputs by the kind of composite resource; that of the empty kind is for all others.
	inputs map[string]*Part
}

// input returns the Input for a kind of composite resource: the one that was given, or
// that of the Composition that the package ships.
func (s *settings) input(apiVersion, kind string) (map[string]any, *Part, error) {
	for _, k := range []string{apiVersion + "/" + kind, ""} {
		if p := s.inputs[k]; p != nil {
			return inputAt(p.Object.Object, p.Path), p, nil
		}
	}
	shipped, err := shippedInputs()
	if err != nil {
		return nil, nil, err
	}
	return shipped[apiVersion+"/"+kind], nil, nil
}

// withoutGuardrails returns the settings as they are where the platform team refuses nothing.
func (s *settings) withoutGuardrails(namespace string) (*settings, error) {
	open := &settings{inputs: map[string]*Part{}}
	if c := s.config; c != nil {
		open.config = &Part{File: c.File, Node: c.Node, Object: c.Object.DeepCopy(), Path: c.Path}
		unstructured.RemoveNestedField(open.config.Object.Object, c.Path, "guardrails")
	}
	for _, k := range xr.Kinds {
		in, given, err := s.input(k.APIVersion(), k.Kind)
		switch {
		case err != nil:
			return nil, err
		case in == nil:
			continue
		}
		u := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(in)}
		// Without any a project belongs to the namespace of its name, and no namespace may have an org access.
		u.Object["guardrails"] = map[string]any{"tenancy": string(v1beta1.TenancyAny), "orgAccessNamespaces": []any{namespace}}
		part := &Part{Node: &files.Node{}, Object: u}
		if given != nil {
			part.File, part.Node = given.File, given.Node
		}
		open.inputs[k.APIVersion()+"/"+k.Kind] = part
	}
	return open, nil
}

// inputAt returns the Input of a Composition's step, or the Input itself.
func inputAt(object map[string]any, path string) map[string]any {
	if path == "" {
		return object
	}
	var n int
	if _, err := fmt.Sscanf(path, stepInput, &n); err != nil {
		return nil
	}
	steps, _, _ := unstructured.NestedSlice(object, "spec", "pipeline")
	step, _ := steps[n].(map[string]any)
	in, _ := step["input"].(map[string]any)
	return in
}

// stepInput is the path of the Input of a Composition's step.
const stepInput = "spec.pipeline[%d].input"

// shippedInputs are the Inputs of the Compositions in the packages, by API version and kind.
var shippedInputs = sync.OnceValues(func() (map[string]map[string]any, error) {
	inputs := map[string]map[string]any{}
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
			key, at := compositionInput(o.Unstructured)
			inputs[key] = inputAt(o.Object, at)
		}
		return nil
	})
	return inputs, err
})

// compositionInput returns the kind that a Composition is for, and the path of our Input in
// it; empty if it has none.
func compositionInput(o *unstructured.Unstructured) (kind, path string) {
	of, _, _ := unstructured.NestedStringMap(o.Object, "spec", "compositeTypeRef")
	steps, _, _ := unstructured.NestedSlice(o.Object, "spec", "pipeline")
	for i := range steps {
		step, _ := steps[i].(map[string]any)
		in, _ := step["input"].(map[string]any)
		if input := (&unstructured.Unstructured{Object: in}); isInput(input.GetAPIVersion(), input.GetKind()) {
			return of["apiVersion"] + "/" + of["kind"], fmt.Sprintf(stepInput, i)
		}
	}
	return "", ""
}

func isInput(apiVersion, kind string) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	return group == inputGroup && kind == inputKind
}

func isEnvironment(apiVersion, kind string) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	return group == environmentGroup && kind == environmentKind
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
	switch apiVersion, kind := o.GetAPIVersion(), o.GetKind(); {
	case isEnvironment(apiVersion, kind) && (o.GetName() == configName || ours(o)):
		data, _ := o.Object["data"].(map[string]any)
		return data
	case isInput(apiVersion, kind):
		return o.Object
	}
	if _, path := compositionInput(o); path != "" {
		return inputAt(o.Object, path)
	}
	return nil
}
