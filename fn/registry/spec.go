package registry

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// A Spec is what a project team wrote, in whichever generation.
type Spec struct {
	v1alpha1.ProjectRegistryParameters

	// OrgAccess and ProviderConfig that are named; nil if none is.
	OrgAccess      *Ref
	ProviderConfig *Ref
}

// A Ref names an object. Kind and Namespace are those of the namespaced generation.
type Ref struct {
	Kind, Namespace, Name string
}

// Paths of what a spec holds.
var (
	specPath    = field.NewPath("spec")
	imagesPath  = specPath.Child("images")
	projectPath = specPath.Child("project")
	regionPath  = specPath.Child("region")
	configPath  = specPath.Child("providerConfigRef")
	orgPath     = specPath.Child("orgAccessRef")
	githubPath  = specPath.Child("github")
	managePath  = specPath.Child("managementPolicies")
)

// readSpec decodes a claimed spec.
func readSpec(x *composite.XR) (*Spec, fault.List) {
	var s struct {
		v1alpha1.ProjectRegistrySpec
		composite.Crossplane
	}
	l := x.DecodeSpec(&s)
	return &Spec{
		ProjectRegistryParameters: s.ProjectRegistryParameters,
		OrgAccess:                 refOf(s.OrgAccessRef),
		ProviderConfig:            refOf(s.ProviderConfigRef),
	}, l
}

func refOf(r *v1alpha1.Reference) *Ref {
	if r == nil {
		return nil
	}
	return &Ref{Name: r.Name}
}
