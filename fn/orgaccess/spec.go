package orgaccess

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A Spec is the spec of an org access, of either generation.
type Spec struct {
	v1alpha1.EcrOrgAccessParameters

	// ProviderConfig is the one that the spec names; nil if it names none.
	ProviderConfig *managed.ProviderConfig
}

// Paths of the fields of a spec.
var (
	specPath        = field.NewPath("spec")
	accountPath     = specPath.Child("accountId")
	partitionPath   = specPath.Child("partition")
	regionPath      = specPath.Child("region")
	providerPath    = specPath.Child("oidcProvider")
	pushPath        = specPath.Child("push")
	pullPath        = specPath.Child("pull")
	crossPath       = specPath.Child("crossAccountPull")
	scanningPath    = specPath.Child("registry", "scanning")
	replicationPath = specPath.Child("registry", "replication")
	deletionPath    = specPath.Child("deletionPolicy")
	quotasPath      = specPath.Child("quotas")
	tagsPath        = specPath.Child("tags")
	configPath      = specPath.Child("providerConfigRef")
)

// readSpec decodes a spec of either generation. The fields of a cluster-scoped one are among those of a namespaced one.
func readSpec(x *composite.XR) (*Spec, fault.List) {
	var s struct {
		mv1alpha1.EcrOrgAccessSpec
		composite.Crossplane
	}
	var l fault.List
	if x.Generation.Namespaced {
		l = x.DecodeSpec(&s)
	} else {
		var cluster struct {
			v1alpha1.EcrOrgAccessSpec
			composite.Crossplane
		}
		l = x.DecodeSpec(&cluster)
		s.EcrOrgAccessParameters = cluster.EcrOrgAccessParameters
		if r := cluster.ProviderConfigRef; r != nil {
			s.ProviderConfigRef = &mv1alpha1.ProviderConfigReference{Reference: *r}
		}
	}
	spec := &Spec{EcrOrgAccessParameters: s.EcrOrgAccessParameters}
	if r := s.ProviderConfigRef; r != nil {
		named, faults := settings.NamedProviderConfig(x, r.Kind, r.Name, configPath)
		spec.ProviderConfig, l = named, append(l, faults...)
	}
	return spec, l
}

// scanning returns the scanning configuration of the registry; nil if the spec has none.
func (s *Spec) scanning() *v1alpha1.RegistryScanning {
	if s.Registry == nil {
		return nil
	}
	return s.Registry.Scanning
}

// replication returns the replication of the registry, never nil.
func (s *Spec) replication() *v1alpha1.Replication {
	if s.Registry == nil || s.Registry.Replication == nil {
		return &v1alpha1.Replication{}
	}
	return s.Registry.Replication
}

// orphan reports whether AWS keeps what an object manages when the object is deleted.
func (s *Spec) orphan() bool {
	return s.DeletionPolicy != nil && *s.DeletionPolicy == v1alpha1.DeletionOrphan
}

// createsProvider reports whether the identity provider is created if it is missing.
func (s *Spec) createsProvider() bool {
	return s.OIDCProvider == nil || s.OIDCProvider.Mode == nil || *s.OIDCProvider.Mode == v1alpha1.OIDCProviderCreate
}
