package orgaccess

import (
	"cmp"

	"k8s.io/apimachinery/pkg/util/validation/field"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// A Spec is what the platform team wrote, in whichever generation.
type Spec struct {
	v1alpha1.EcrOrgAccessParameters

	// ProviderConfig that is named; nil if none is.
	ProviderConfig *managed.ProviderConfig
}

// Paths of what a spec holds.
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

// readSpec decodes the spec of the generation that the composite resource is of.
func readSpec(x *composite.XR) (*Spec, fault.List) {
	if x.Generation.Namespaced {
		var s struct {
			mv1alpha1.EcrOrgAccessSpec
			composite.Crossplane
		}
		l := x.DecodeSpec(&s)
		spec := &Spec{EcrOrgAccessParameters: s.EcrOrgAccessParameters}
		if r := s.ProviderConfigRef; r != nil {
			named, faults := settings.NamedProviderConfig(x, r.Kind, r.Name, configPath)
			spec.ProviderConfig, l = named, append(l, faults...)
		}
		return spec, l
	}
	var s struct {
		v1alpha1.EcrOrgAccessSpec
		composite.Crossplane
	}
	l := x.DecodeSpec(&s)
	spec := &Spec{EcrOrgAccessParameters: s.EcrOrgAccessParameters}
	if r := s.ProviderConfigRef; r != nil {
		named, faults := settings.NamedProviderConfig(x, nil, r.Name, configPath)
		spec.ProviderConfig, l = named, append(l, faults...)
	}
	return spec, l
}

// scanning is the registry's scanning that is asked for; nil if none is.
func (s *Spec) scanning() *v1alpha1.RegistryScanning {
	if s.Registry == nil {
		return nil
	}
	return s.Registry.Scanning
}

// replication is the registry's replication that is asked for, never nil.
func (s *Spec) replication() *v1alpha1.Replication {
	if s.Registry == nil || s.Registry.Replication == nil {
		return &v1alpha1.Replication{}
	}
	return s.Registry.Replication
}

// orphan reports whether what is in AWS stays when its object goes.
func (s *Spec) orphan() bool {
	return s.DeletionPolicy != nil && *s.DeletionPolicy == v1alpha1.DeletionOrphan
}

// creates reports whether the identity provider is made where it is missing.
func (s *Spec) creates() bool {
	return s.OIDCProvider == nil || s.OIDCProvider.Mode == nil || *s.OIDCProvider.Mode == v1alpha1.OIDCProviderCreate
}

// partition is the one that ARNs are in.
func (s *Spec) partition() string {
	return *cmp.Or(s.Partition, new(aws.PartitionStandard))
}
