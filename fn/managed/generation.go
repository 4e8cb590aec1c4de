package managed

import (
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// A Generation is one of Crossplane's two kinds of composite resources: cluster
// scoped ones, usually claimed, or namespaced ones. It is all that tells the two
// apart once a request is read: resources are built from the provider's
// cluster-scoped types, whose namespaced twins have the same fields.
type Generation struct {
	// Group of the composite resources.
	Group string

	// Namespaced composite resources compose namespaced managed ones.
	Namespaced bool
}

// The generations.
var (
	Claimed    = Generation{Group: "ecr.ontopix.io"}
	Namespaced = Generation{Group: "ecr.m.ontopix.io", Namespaced: true}
)

// Twin returns the other generation.
func (g Generation) Twin() Generation {
	if g.Namespaced {
		return Claimed
	}
	return Namespaced
}

// APIVersion returns the generation's API version of a kind of the provider, given
// that of its cluster-scoped type.
func (g Generation) APIVersion(cluster string) string {
	if !g.Namespaced {
		return cluster
	}
	// The namespaced groups have one version, with the newest shape.
	service, _, _ := strings.Cut(cluster, ".")
	return service + ".aws.m.upbound.io/v1beta1"
}

// A ProviderConfig is what resources are managed with, and so the account they are
// in. Kind and Namespace are those of the namespaced generation.
type ProviderConfig struct {
	Kind, Namespace, Name string
}

// Kinds of namespaced provider configs.
const (
	ClusterProviderConfigKind = "ClusterProviderConfig"
	ProviderConfigKind        = "ProviderConfig"
)

// String returns the provider config as guardrails and people name it.
func (p ProviderConfig) String() string {
	if p.Kind == ProviderConfigKind {
		return p.Kind + "/" + p.Name
	}
	return p.Name
}

// ObjectName returns the name of an object that is managed with the provider config
// and about one thing in its account, which the parts tell.
func (p ProviderConfig) ObjectName(parts ...string) string {
	if p.Kind == "" {
		return Name(append([]string{p.Name}, parts...)...)
	}
	return Name(append([]string{p.Kind, p.Namespace, p.Name}, parts...)...)
}

// Account returns the provider config in the form in which those of both generations
// are compared. A cluster-scoped one is taken for the ClusterProviderConfig of its name:
// the two are made for one account, or a team could not move.
func (p ProviderConfig) Account() ProviderConfig {
	if p.Kind == "" {
		p.Kind = ClusterProviderConfigKind
	}
	return p
}

// Spec returns what all managed resources have in common.
func (p ProviderConfig) Spec(policies xpv1.ManagementPolicies) xpv1.ResourceSpec {
	return xpv1.ResourceSpec{
		ManagementPolicies:      policies,
		ProviderConfigReference: &xpv1.Reference{Name: p.Name},
	}
}

// A Resource that is desired.
type Resource struct {
	// Object is a pointer to one of the provider's cluster-scoped types.
	Object any

	// ProviderConfig that it is managed with.
	ProviderConfig ProviderConfig

	// Ready is true if AWS has it as it is desired, or if nothing waits for it.
	Ready bool
}

// Desired resources by composition resource name.
type Desired map[string]Resource

// Set adds a managed resource, or replaces the one of its key.
func (d Desired) Set(key string, object any, p ProviderConfig, ready bool) {
	d[key] = Resource{Object: object, ProviderConfig: p, Ready: ready}
}

// Encode writes a desired resource as the generation has it.
func (g Generation) Encode(r Resource) *structpb.Struct {
	s := protostruct.Encode(r.Object)
	if !g.Namespaced {
		return s
	}
	f := s.GetFields()
	f["apiVersion"] = structpb.NewStringValue(g.APIVersion(f["apiVersion"].GetStringValue()))
	ref := f["spec"].GetStructValue().GetFields()["providerConfigRef"].GetStructValue()
	ref.GetFields()["kind"] = structpb.NewStringValue(r.ProviderConfig.Kind)
	return s
}
