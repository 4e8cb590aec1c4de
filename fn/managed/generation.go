package managed

import "strings"

// A Generation is one of Crossplane's two kinds of composite resources: cluster-scoped ones, usually claimed, or
// namespaced ones. Once a request is read, nothing else tells the two apart: what resources ask for is built from the
// parameters of the provider's cluster-scoped types, and their namespaced twins have the same fields.
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

// APIVersion returns the generation's API version of a kind of the provider, given that of its cluster-scoped type.
func (g Generation) APIVersion(cluster string) string {
	if !g.Namespaced {
		return cluster
	}
	// The namespaced groups have one version, with the newest shape.
	service, _, _ := strings.Cut(cluster, ".")
	return service + ".aws.m.upbound.io/v1beta1"
}

// A ProviderConfig is what resources are managed with, and so the account they are in. Kind and Namespace are those of the
// namespaced generation.
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

// ObjectName returns the name of an object that is managed with the provider config and about one thing in its account,
// which the parts tell.
func (p ProviderConfig) ObjectName(parts ...string) string {
	if p.Kind == "" {
		return Name(append([]string{p.Name}, parts...)...)
	}
	return Name(append([]string{p.Kind, p.Namespace, p.Name}, parts...)...)
}

// Account returns the provider config in the form in which those of both generations are compared. A cluster-scoped one is
// taken for the ClusterProviderConfig of its name: the two are made for one account, or a team could not move.
func (p ProviderConfig) Account() ProviderConfig {
	if p.Kind == "" {
		p.Kind = ClusterProviderConfigKind
	}
	return p
}
