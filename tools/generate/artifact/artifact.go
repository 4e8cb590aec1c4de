// Package artifact knows every file of the repository that is generated from the
// Go types of the API.
package artifact

import (
	"encoding/json"
	"fmt"
	"maps"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
)

// Group and kind of the function's input; the Go types' markers hold the rest.
const (
	inputGroup = "ecr.fn.ontopix.io"
	inputKind  = "Input"
)

// header tells a reader where a generated YAML file comes from.
const header = "# Generated from the Go types by `make generate`. Do not edit.\n"

// All returns the content of every file of the repository at root that is generated, or
// generated in part, by its path relative to root.
func All(root string) (map[string][]byte, error) {
	types, err := api.Load(root)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, c := range composites {
		crd, err := types.CRD(c.group, c.kind)
		if err != nil {
			return nil, err
		}
		definition, err := c.define(crd)
		if err != nil {
			return nil, err
		}
		if files[c.path], err = manifest(definition); err != nil {
			return nil, fmt.Errorf("cannot write %s: %w", c.path, err)
		}
		schemas, err := schemasOf(definition)
		if err != nil {
			return nil, err
		}
		maps.Copy(files, schemas)
	}

	input, err := types.CRD(inputGroup, inputKind)
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("package/input/%s_%s.yaml", input.Spec.Group, input.Spec.Names.Plural)
	if files[path], err = manifest(input); err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	schemas, err := settingsSchemas(input)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, schemas)
	for path, page := range pages {
		if files[path], err = page.Write(types); err != nil {
			return nil, err
		}
	}
	if files[guidePath], err = guide(root, types); err != nil {
		return nil, err
	}
	return files, nil
}

// manifest is the object in YAML, without the fields that only a cluster fills.
func manifest(object any) ([]byte, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	delete(m, "status")
	if meta, ok := m["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
	out, err := yaml.Marshal(m)
	if err != nil {
		return nil, err
	}
	return append([]byte(header), out...), nil
}
