package managed

import "strings"

// A Generation is one of Crossplane's two kinds of composite resources: cluster-scoped ones, usually claimed, or
// namespaced ones. Both use the parameters of the provider's cluster-scoped types: the namespaced types have the same
// fields.
type Generation struct {
	// Group of the composite resources.
	Group string

	// Namespaced is true if composite and managed resources are namespaced.
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

// APIVersion returns the generation's API version of a provider's kind, given that of the cluster-scoped type.
func (g Generation) APIVersion(cluster string) string {
	if !g.Namespaced {
		return cluster
	}
	// The namespaced groups have one version, with the fields of the newest cluster-scoped one.
	service, _, _ := strings.Cut(cluster, ".")
	return service + ".aws.m.upbound.io/v1beta1"
}

// A ProviderConfig is what resources are managed with, and so stands for their account. Kind and Namespace are empty in
// the cluster-scoped generation.
type ProviderConfig struct {
	Kind, Namespace, Name string
}

// Kinds of namespaced provider configs.
const (
	ClusterProviderConfigKind = "ClusterProviderConfig"
	ProviderConfigKind        = "ProviderConfig"
)

// String returns the provider config as guardrails and messages name it.
func (p ProviderConfig) String() string {
	if p.Kind == ProviderConfigKind {
		return p.Kind + "/" + p.Name
	}
	return p.Name
}

// ObjectName returns the name of the object that manages a thing in AWS. The provider config stands for the account, and
// parts identify the thing in it.
func (p ProviderConfig) ObjectName(parts ...string) string {
	if p.Kind == "" {
		return Name(append([]string{p.Name}, parts...)...)
	}
	return Name(append([]string{p.Kind, p.Namespace, p.Name}, parts...)...)
}

// Account returns the provider config in the form in which those of both generations are compared. A cluster-scoped one
// counts as the ClusterProviderConfig of its name: both must be for one account, or a team could not move.
func (p ProviderConfig) Account() ProviderConfig {
	if p.Kind == "" {
		p.Kind = ClusterProviderConfigKind
	}
	return p
}
