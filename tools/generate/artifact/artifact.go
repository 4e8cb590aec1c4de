// Package artifact knows every file of the repository that is generated from the
// Go types of the API.
package artifact

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
	"github.com/ontopix/crossplane-ecr/tools/generate/reference"
	"github.com/ontopix/crossplane-ecr/tools/generate/xrd"
)

// Groups and kinds that are generated; the Go types' markers hold the rest.
const (
	compositeGroup = "ecr.ontopix.io"
	inputGroup     = "ecr.fn.ontopix.io"
	inputKind      = "Input"
)

// composites are the composite resources, with what their definition needs beside
// the Go type.
var composites = []struct {
	kind       string
	path       string
	definition xrd.Definition
}{
	{
		kind: "XProjectRegistry",
		path: "apis/xprojectregistry/definition.yaml",
		definition: xrd.Definition{
			ClaimShortNames:      []string{"pr"},
			ConnectionSecretKeys: []string{"registry", "region", "pushRoleArn"},
		},
	},
	{
		kind:       "XEcrOrgAccess",
		path:       "apis/xecrorgaccess/definition.yaml",
		definition: xrd.Definition{ClaimShortNames: []string{"eoa"}},
	},
}

// pages of the API reference, by their path.
var pages = map[string]reference.Page{
	"docs/reference/projectregistry.md": {
		Title: "ProjectRegistry",
		Root:  "XProjectRegistry",
		Intro: `
A project's repositories. A project team writes the claim, in its own namespace:

| | apiVersion | kind | scope | short name |
|---|---|---|---|---|
| claim | ` + "`ecr.ontopix.io/v1alpha1` | `ProjectRegistry` | Namespaced | `pr`" + ` |
| composite resource | ` + "`ecr.ontopix.io/v1alpha1` | `XProjectRegistry` | Cluster | `xpr`" + ` |

Claim and composite resource have the same spec and the same status. Crossplane adds
fields of its own to both, such as ` + "`writeConnectionSecretToRef`" + `; a claim's
connection secret has the keys ` + "`registry`, `region` and `pushRoleArn`" + `.`,
	},
	"docs/reference/ecrorgaccess.md": {
		Title: "EcrOrgAccess",
		Root:  "XEcrOrgAccess",
		Intro: `
Who of a GitHub organisation may push to and pull from the registry of an AWS account.
The platform team writes the composite resource, or the claim in a namespace that its
settings allow:

| | apiVersion | kind | scope | short name |
|---|---|---|---|---|
| claim | ` + "`ecr.ontopix.io/v1alpha1` | `EcrOrgAccess` | Namespaced | `eoa`" + ` |
| composite resource | ` + "`ecr.ontopix.io/v1alpha1` | `XEcrOrgAccess` | Cluster | `xeoa`" + ` |

Claim and composite resource have the same spec and the same status. Crossplane adds
fields of its own to both.`,
	},
	"docs/reference/input.md": {
		Title: "The platform team's settings",
		Root:  "Input",
		Intro: `
` + "The settings are an `Input` (`ecr.fn.ontopix.io/v1beta1`)" + ` in the Composition's step, and the
` + "data of the EnvironmentConfig that its `platformConfig`" + ` names. What the EnvironmentConfig
says goes over what the Input says: objects merge at every depth, lists and scalars are
` + "replaced, and `defaults` are layered as RepositorySettings are everywhere." + `

` + "```yaml" + `
apiVersion: apiextensions.crossplane.io/v1beta1
kind: EnvironmentConfig
metadata:
  name: ecr-platform
data:
  region: eu-central-1
  defaults:
    tags:
      owner: platform
  guardrails:
    requireScanOnPush: true
` + "```",
	},
}

// header tells a reader where a generated YAML file comes from.
const header = "# Generated from the Go types by `make generate`. Do not edit.\n"

// All returns the content of every generated file of the repository at root, by
// its path relative to it.
func All(root string) (map[string][]byte, error) {
	types, err := api.Load(root)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, c := range composites {
		crd, err := types.CRD(compositeGroup, c.kind)
		if err != nil {
			return nil, err
		}
		definition, err := xrd.From(crd, c.definition)
		if err != nil {
			return nil, err
		}
		if files[c.path], err = manifest(definition); err != nil {
			return nil, fmt.Errorf("cannot write %s: %w", c.path, err)
		}
	}

	input, err := types.CRD(inputGroup, inputKind)
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("package/input/%s_%s.yaml", input.Spec.Group, input.Spec.Names.Plural)
	if files[path], err = manifest(input); err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	for path, page := range pages {
		if files[path], err = page.Write(types); err != nil {
			return nil, err
		}
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
