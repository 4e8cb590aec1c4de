package xr

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	crd "github.com/ontopix/crossplane-ecr/internal/schema"
)

// A Kind of object that this project defines: a claim or a composite resource.
type Kind struct {
	schema.GroupVersionKind

	// Claims is the kind of composite resource that it claims; empty if it is one itself.
	Claims string

	// Namespaced objects have a namespace.
	Namespaced bool

	// Schema of its objects.
	Schema *crd.Schema
}

// Kinds of the claims.
const (
	ProjectRegistryClaim = "ProjectRegistry"
	EcrOrgAccessClaim    = "EcrOrgAccess"
)

// The generations of the API.
var (
	claimed    = schema.GroupVersion{Group: v1alpha1.Group, Version: v1alpha1.Version}
	namespaced = schema.GroupVersion{Group: mv1alpha1.Group, Version: mv1alpha1.Version}
)

// Kinds are all that there are.
var Kinds = []Kind{
	{claimed.WithKind(ProjectRegistryClaim), v1alpha1.XProjectRegistryKind, true, crd.New("projectregistry.json", true)},
	{claimed.WithKind(EcrOrgAccessClaim), v1alpha1.XEcrOrgAccessKind, true, crd.New("ecrorgaccess.json", true)},
	{claimed.WithKind(v1alpha1.XProjectRegistryKind), "", false, crd.New("xprojectregistry.json", false)},
	{claimed.WithKind(v1alpha1.XEcrOrgAccessKind), "", false, crd.New("xecrorgaccess.json", false)},
	{namespaced.WithKind(mv1alpha1.ProjectRegistryKind), "", true, crd.New("namespaced-projectregistry.json", true)},
	{namespaced.WithKind(mv1alpha1.EcrOrgAccessKind), "", true, crd.New("namespaced-ecrorgaccess.json", true)},
}

// KindOf returns the kind of an object; false if it is not one of this project's.
func KindOf(kind schema.GroupVersionKind) (Kind, bool) {
	at := slices.IndexFunc(Kinds, func(k Kind) bool { return k.GroupVersionKind == kind })
	if at < 0 {
		return Kind{}, false
	}
	return Kinds[at], true
}
