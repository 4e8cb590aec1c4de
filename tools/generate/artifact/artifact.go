// Package artifact generates the files of the repository that are derived from the Go types of the API.
package artifact

import (
	"encoding/json"
	"fmt"
	"maps"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
	"github.com/ontopix/crossplane-ecr/tools/generate/xrd"
)

// header tells a reader where a generated YAML file comes from.
const header = "# Generated from the Go types by `make generate`. Do not edit.\n"

// Groups of the two generations of composite resources, and of the function's input.
const (
	claimedGroup    = "ecr.ontopix.io"
	namespacedGroup = "ecr.m.ontopix.io"
	inputGroup      = "ecr.fn.ontopix.io"
)

// composites are the composite resources, each with the path of its definition. The markers of the Go types have the
// rest.
var composites = []struct {
	group, kind, path string
	claim             xrd.Claim
}{
	{claimedGroup, "XProjectRegistry", "apis/xprojectregistry/definition.yaml", xrd.Claim{
		ShortNames:           []string{"epr"},
		ConnectionSecretKeys: []string{"registry", "region", "pushRoleArn"},
	}},
	{claimedGroup, "XEcrOrgAccess", "apis/xecrorgaccess/definition.yaml", xrd.Claim{ShortNames: []string{"eoa"}}},
	{namespacedGroup, "ProjectRegistry", "apis/m/projectregistry/definition.yaml", xrd.Claim{}},
	{namespacedGroup, "EcrOrgAccess", "apis/m/ecrorgaccess/definition.yaml", xrd.Claim{}},
}

// All returns the content of every file of the repository at root that is generated wholly or in part, by its path
// relative to root.
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
		definition, err := xrd.From(crd, c.claim)
		if err != nil {
			return nil, err
		}
		if files[c.path], err = manifest(definition); err != nil {
			return nil, fmt.Errorf("cannot write %s: %w", c.path, err)
		}
		if err := addSchemas(files, definition); err != nil {
			return nil, err
		}
	}

	input, err := types.CRD(inputGroup, "Input")
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("package/input/%s_%s.yaml", input.Spec.Group, input.Spec.Names.Plural)
	if files[path], err = manifest(input); err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	if err := addSettingsSchemas(files, input); err != nil {
		return nil, err
	}
	pages, err := allPages(root, types)
	maps.Copy(files, pages)
	return files, err
}

// manifest returns the object in YAML, without the fields that only a cluster sets.
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
	return append([]byte(header), out...), err
}
