package artifact

import (
	"github.com/ontopix/crossplane-ecr/tools/generate/api"
	"github.com/ontopix/crossplane-ecr/tools/generate/reference"
)

// pages of the API reference, by their path.
var pages = map[string]reference.Page{
	"docs/reference/projectregistry.md": {
		Title: "ProjectRegistry",
		Root:  "XProjectRegistry", Package: api.CompositesPackage,
		Intro: `
A project's repositories. A project team writes the claim, in its own namespace:

| | apiVersion | kind | scope | short name |
|---|---|---|---|---|
| claim | ` + "`ecr.ontopix.io/v1alpha1` | `ProjectRegistry` | Namespaced | `epr`" + ` |
| composite resource | ` + "`ecr.ontopix.io/v1alpha1` | `XProjectRegistry` | Cluster | `xepr`" + ` |

Claim and composite resource have the same spec and the same status. Crossplane adds
fields of its own to both, such as ` + "`writeConnectionSecretToRef`" + `; a claim's
connection secret has the keys ` + "`registry`, `region` and `pushRoleArn`" + `.`,
	},
	"docs/reference/ecrorgaccess.md": {
		Title: "EcrOrgAccess",
		Root:  "XEcrOrgAccess", Package: api.CompositesPackage,
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
	"docs/reference/namespaced-projectregistry.md": {
		Title: "ProjectRegistry, namespaced",
		Root:  "ProjectRegistry", Package: api.NamespacedPackage,
		Intro: `
A project's repositories, without a claim: a project team writes the composite resource
itself, in its own namespace. It needs Crossplane 2, and is of the package
` + "`configuration-ecr-namespaced`; see [the guide](../namespaced.md)." + `

| | apiVersion | kind | scope | short name |
|---|---|---|---|---|
| composite resource | ` + "`ecr.m.ontopix.io/v1alpha1` | `ProjectRegistry` | Namespaced | `mepr`" + ` |

Crossplane adds its own fields below ` + "`spec.crossplane` and `status.crossplane`" + `.`,
	},
	"docs/reference/namespaced-ecrorgaccess.md": {
		Title: "EcrOrgAccess, namespaced",
		Root:  "EcrOrgAccess", Package: api.NamespacedPackage,
		Intro: `
Who of a GitHub organisation may push to and pull from the registry of an AWS account,
without a claim. The platform team writes it in a namespace that its settings list in
` + "`guardrails.orgAccessNamespaces`" + `. It needs Crossplane 2, and is of the package
` + "`configuration-ecr-namespaced`; see [the guide](../namespaced.md)." + `

| | apiVersion | kind | scope | short name |
|---|---|---|---|---|
| composite resource | ` + "`ecr.m.ontopix.io/v1alpha1` | `EcrOrgAccess` | Namespaced | `meoa`" + ` |

Crossplane adds its own fields below ` + "`spec.crossplane` and `status.crossplane`" + `.`,
	},
	"docs/reference/input.md": {
		Title: "The platform team's settings",
		Root:  "Input", Package: api.InputPackage,
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
