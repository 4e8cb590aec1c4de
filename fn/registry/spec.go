package registry

import (
	"cmp"

	"k8s.io/apimachinery/pkg/util/validation/field"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A Spec is what a project team wrote, in whichever generation.
type Spec struct {
	v1alpha1.ProjectRegistryParameters

	// OrgAccess and ProviderConfig that are named; nil if none is.
	OrgAccess      *Ref
	ProviderConfig *managed.ProviderConfig
}

// A Ref names an object; one of the claimed generation has no namespace.
type Ref struct {
	Namespace, Name string
}

// Paths of what a spec holds.
var (
	statusPath  = field.NewPath("status")
	specPath    = field.NewPath("spec")
	imagesPath  = specPath.Child("images")
	projectPath = specPath.Child("project")
	regionPath  = specPath.Child("region")
	configPath  = specPath.Child("providerConfigRef")
	orgPath     = specPath.Child("orgAccessRef")
	githubPath  = specPath.Child("github")
	managePath  = specPath.Child("managementPolicies")
)

// maxImages is how many images one project registry holds.
const maxImages = 100

// readSpec decodes the spec of the generation that the composite resource is of. It refuses more images than there can
// be, and cuts them off: what there is no end to is not looked at one by one.
func readSpec(x *composite.XR) (*Spec, fault.List) {
	read := readClaimed
	if x.Generation.Namespaced {
		read = readNamespaced
	}
	spec, l := read(x)
	if n := len(spec.Images); n > maxImages {
		l.Invalid(imagesPath, n, "a project registry holds at most %d images: split the project's images over several", maxImages)
		spec.Images = spec.Images[:maxImages]
	}
	return spec, l
}

func readClaimed(x *composite.XR) (*Spec, fault.List) {
	var s struct {
		v1alpha1.ProjectRegistrySpec
		composite.Crossplane
	}
	l := x.DecodeSpec(&s)
	spec := &Spec{ProjectRegistryParameters: s.ProjectRegistryParameters}
	if r := s.OrgAccessRef; r != nil {
		spec.OrgAccess = &Ref{Name: r.Name}
	}
	if r := s.ProviderConfigRef; r != nil {
		named, faults := settings.NamedProviderConfig(x, nil, r.Name, configPath)
		spec.ProviderConfig, l = named, append(l, faults...)
	}
	return spec, l
}

func readNamespaced(x *composite.XR) (*Spec, fault.List) {
	var s struct {
		mv1alpha1.ProjectRegistrySpec
		composite.Crossplane
	}
	l := x.DecodeSpec(&s)
	spec := &Spec{ProjectRegistryParameters: s.ProjectRegistryParameters}
	if r := s.OrgAccessRef; r != nil {
		l.Add(settings.ValidateNamespace(r.Namespace, orgPath.Child("namespace"))...)
		spec.OrgAccess = &Ref{Name: r.Name, Namespace: *cmp.Or(r.Namespace, &x.Namespace)}
	}
	if r := s.ProviderConfigRef; r != nil {
		named, faults := settings.NamedProviderConfig(x, r.Kind, r.Name, configPath)
		spec.ProviderConfig, l = named, append(l, faults...)
	}
	return spec, l
}
