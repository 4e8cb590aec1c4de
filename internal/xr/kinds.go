package xr

import (
	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/schema"
)

// A Kind of object that this project defines: a claim or a composite resource.
type Kind struct {
	Group, Version, Kind string

	// Claims is the kind of composite resource that it claims; empty if it is one itself.
	Claims string

	// Namespaced objects have a namespace.
	Namespaced bool

	// OrgAccess reports whether it is an org access, and no project registry.
	OrgAccess bool

	// Schema of its objects.
	Schema *schema.Schema
}

// APIVersion of the kind.
func (k Kind) APIVersion() string { return k.Group + "/" + k.Version }

// Kinds of the claims.
const (
	ProjectRegistryClaim = "ProjectRegistry"
	EcrOrgAccessClaim    = "EcrOrgAccess"
)

// Kinds are all that there are.
var Kinds = []Kind{
	claimed(Kind{Kind: ProjectRegistryClaim, Claims: v1alpha1.XProjectRegistryKind, Namespaced: true}, "projectregistry.json"),
	claimed(Kind{Kind: EcrOrgAccessClaim, Claims: v1alpha1.XEcrOrgAccessKind, Namespaced: true, OrgAccess: true}, "ecrorgaccess.json"),
	claimed(Kind{Kind: v1alpha1.XProjectRegistryKind}, "xprojectregistry.json"),
	claimed(Kind{Kind: v1alpha1.XEcrOrgAccessKind, OrgAccess: true}, "xecrorgaccess.json"),
	namespaced(Kind{Kind: mv1alpha1.ProjectRegistryKind}, "namespaced-projectregistry.json"),
	namespaced(Kind{Kind: mv1alpha1.EcrOrgAccessKind, OrgAccess: true}, "namespaced-ecrorgaccess.json"),
}

func claimed(k Kind, file string) Kind {
	k.Group, k.Version, k.Schema = v1alpha1.Group, v1alpha1.Version, schema.New(file, k.Namespaced)
	return k
}

func namespaced(k Kind, file string) Kind {
	k.Group, k.Version, k.Namespaced, k.Schema = mv1alpha1.Group, mv1alpha1.Version, true, schema.New(file, true)
	return k
}

// KindOf returns the kind of an object; false if it is not one of this project's.
func KindOf(apiVersion, kind string) (Kind, bool) {
	for _, k := range Kinds {
		if k.APIVersion() == apiVersion && k.Kind == kind {
			return k, true
		}
	}
	return Kind{}, false
}
