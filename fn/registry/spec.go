package registry

import (
	"cmp"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A Spec is what a project team wrote, in either generation.
type Spec struct {
	v1alpha1.ProjectRegistryParameters

	// OrgAccess and ProviderConfig are those that the spec names, or nil. The org access of a claim has no namespace.
	OrgAccess      *types.NamespacedName
	ProviderConfig *managed.ProviderConfig
}

// Paths of fields.
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

// maxImages is the maximum number of images in one project registry.
const maxImages = 100

// readSpec decodes the spec of the composite resource's generation. It refuses images in excess of maxImages, and drops
// them, so that the later stages have a bound.
func readSpec(x *composite.XR) (*Spec, fault.List) {
	var s struct {
		mv1alpha1.ProjectRegistrySpec
		composite.Crossplane
	}
	var l fault.List
	if x.Generation.Namespaced {
		l = x.DecodeSpec(&s)
	} else {
		s.ProjectRegistrySpec, l = readClaimed(x)
	}
	spec := &Spec{ProjectRegistryParameters: s.ProjectRegistryParameters}
	if r := s.OrgAccessRef; r != nil {
		l.Add(settings.ValidateNamespace(r.Namespace, orgPath.Child("namespace"))...)
		spec.OrgAccess = &types.NamespacedName{Name: r.Name, Namespace: *cmp.Or(r.Namespace, new(x.ComposedNamespace()))}
	}
	if r := s.ProviderConfigRef; r != nil {
		named, faults := settings.NamedProviderConfig(x, r.Kind, r.Name, configPath)
		spec.ProviderConfig, l = named, append(l, faults...)
	}
	if n := len(spec.Images); n > maxImages {
		l.Invalid(imagesPath, n, "a project registry holds at most %d images: split the project's images over several", maxImages)
		spec.Images = spec.Images[:maxImages]
	}
	return spec, l
}

// readClaimed decodes the spec of a claim. Its references have no namespace and no kind.
func readClaimed(x *composite.XR) (spec mv1alpha1.ProjectRegistrySpec, l fault.List) {
	var s struct {
		v1alpha1.ProjectRegistrySpec
		composite.Crossplane
	}
	l = x.DecodeSpec(&s)
	spec.ProjectRegistryParameters = s.ProjectRegistryParameters
	if r := s.OrgAccessRef; r != nil {
		spec.OrgAccessRef = &mv1alpha1.OrgAccessReference{Reference: *r}
	}
	if r := s.ProviderConfigRef; r != nil {
		spec.ProviderConfigRef = &mv1alpha1.ProviderConfigReference{Reference: *r}
	}
	return spec, l
}
