package artifact

import (
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/ontopix/crossplane-ecr/tools/generate/xrd"
)

// Groups of the two generations of composite resources.
const (
	claimedGroup    = "ecr.ontopix.io"
	namespacedGroup = "ecr.m.ontopix.io"
)

// composites are the composite resources, each with its definition's path and how that
// is made of what the Go type's markers say.
var composites = []struct {
	group, kind string
	path        string
	define      func(*extv1.CustomResourceDefinition) (any, error)
}{
	{claimedGroup, "XProjectRegistry", "apis/xprojectregistry/definition.yaml", claimed(xrd.Definition{
		ClaimShortNames:      []string{"epr"},
		ConnectionSecretKeys: []string{"registry", "region", "pushRoleArn"},
	})},
	{claimedGroup, "XEcrOrgAccess", "apis/xecrorgaccess/definition.yaml", claimed(xrd.Definition{
		ClaimShortNames: []string{"eoa"},
	})},
	{namespacedGroup, "ProjectRegistry", "apis/m/projectregistry/definition.yaml", namespaced},
	{namespacedGroup, "EcrOrgAccess", "apis/m/ecrorgaccess/definition.yaml", namespaced},
}

func claimed(d xrd.Definition) func(*extv1.CustomResourceDefinition) (any, error) {
	return func(crd *extv1.CustomResourceDefinition) (any, error) { return xrd.From(crd, d) }
}

func namespaced(crd *extv1.CustomResourceDefinition) (any, error) { return xrd.Namespaced(crd) }
