package xr

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	crd "github.com/ontopix/crossplane-ecr/internal/schema"
)

// A Kind is a kind of claim or of composite resource that this project defines.
type Kind struct {
	schema.GroupVersionKind

	// Claims is the kind of composite resource that a claim is for. It is empty for a composite resource.
	Claims string

	*crd.Schema
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

// Kinds lists all kinds of this project.
var Kinds = []Kind{
	{claimed.WithKind(ProjectRegistryClaim), v1alpha1.XProjectRegistryKind, crd.New("projectregistry.json", true)},
	{claimed.WithKind(EcrOrgAccessClaim), v1alpha1.XEcrOrgAccessKind, crd.New("ecrorgaccess.json", true)},
	{claimed.WithKind(v1alpha1.XProjectRegistryKind), "", crd.New("xprojectregistry.json", false)},
	{claimed.WithKind(v1alpha1.XEcrOrgAccessKind), "", crd.New("xecrorgaccess.json", false)},
	{namespaced.WithKind(mv1alpha1.ProjectRegistryKind), "", crd.New("namespaced-projectregistry.json", true)},
	{namespaced.WithKind(mv1alpha1.EcrOrgAccessKind), "", crd.New("namespaced-ecrorgaccess.json", true)},
}

// KindOf returns this project's kind for an object, or false if it has none.
func KindOf(kind schema.GroupVersionKind) (Kind, bool) {
	at := slices.IndexFunc(Kinds, func(k Kind) bool { return k.GroupVersionKind == kind })
	if at < 0 {
		return Kind{}, false
	}
	return Kinds[at], true
}
