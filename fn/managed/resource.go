package managed

import (
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// A Resource is a desired managed resource of either generation.
type Resource struct {
	// TypeMeta is that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// Name of the object; empty to keep the name that it has.
	Name        string
	Labels      map[string]string
	Annotations map[string]string

	// Policies are the management policies.
	Policies       xpv1.ManagementPolicies
	ProviderConfig ProviderConfig

	// ForProvider has the parameters of the provider's type, or is Bare.
	ForProvider any

	// Ready is true if AWS has what is desired, or if nothing waits for it.
	Ready bool
}

// Bare asks for nothing: it only locates the thing in AWS.
type Bare struct {
	Region *string `json:"region,omitempty"`
	Role   *string `json:"role,omitempty"`
}

// ExternalName returns the annotation that names the thing in AWS.
func ExternalName(name string) map[string]string {
	return map[string]string{"crossplane.io/external-name": name}
}

// Desired has the desired resources by composition resource name.
type Desired map[string]Resource

// Set sets the resource of a key, and whether it is ready.
func (d Desired) Set(key string, r Resource, ready bool) {
	r.Ready = ready
	d[key] = r
}

// An object is a managed resource as the API server takes it.
type object struct {
	metav1.TypeMeta
	Metadata struct {
		Name        string            `json:"name,omitempty"`
		Labels      map[string]string `json:"labels,omitempty"`
		Annotations map[string]string `json:"annotations,omitempty"`
	} `json:"metadata,omitzero"`
	Spec struct {
		ForProvider        any                     `json:"forProvider"`
		ManagementPolicies xpv1.ManagementPolicies `json:"managementPolicies"`
		ProviderConfigRef  struct {
			Kind string `json:"kind,omitempty"`
			Name string `json:"name"`
		} `json:"providerConfigRef"`
	} `json:"spec"`
}

// Encode returns a desired resource as an object of the generation.
func (g Generation) Encode(r Resource) *structpb.Struct {
	var o object
	o.APIVersion, o.Kind = g.APIVersion(r.APIVersion), r.Kind
	o.Metadata.Name, o.Metadata.Labels, o.Metadata.Annotations = r.Name, r.Labels, r.Annotations
	o.Spec.ForProvider, o.Spec.ManagementPolicies = r.ForProvider, r.Policies
	o.Spec.ProviderConfigRef.Kind, o.Spec.ProviderConfigRef.Name = r.ProviderConfig.Kind, r.ProviderConfig.Name
	return protostruct.Encode(&o)
}
