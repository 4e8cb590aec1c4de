// Package v1beta1 holds the Input of the function: the platform team's settings.
// Its schema in package/ is generated from these types; run `make generate`.
//
// +kubebuilder:object:generate=false
// +groupName=ecr.fn.ontopix.io
// +versionName=v1beta1
package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// The API group, version and kind of the Input.
const (
	Group   = "ecr.fn.ontopix.io"
	Version = "v1beta1"
	Kind    = "Input"
)

// Input is what a Composition gives to the function: the platform team's settings,
// and where more of them are.
//
// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:resource:categories=crossplane
type Input struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Settings `json:",inline"`

	// PlatformConfig names an EnvironmentConfig (apiextensions.crossplane.io/v1beta1)
	// whose data has the fields of this Input but platformConfig. What it says goes
	// over what the Input says, field by field; lists are replaced.
	// +optional
	PlatformConfig *PlatformConfig `json:"platformConfig,omitempty"`
}

// PlatformConfig names an EnvironmentConfig.
type PlatformConfig struct {
	// Name of the EnvironmentConfig.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Optional lets a run go on where the object does not exist. Once a run has read
	// it, it is optional no longer. Default: false.
	// +optional
	Optional *bool `json:"optional,omitempty"`
}

// Settings are the platform team's settings, in the Input or in the
// EnvironmentConfig that it names.
type Settings struct {
	// Region that is used where a spec names none.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`
	Region *string `json:"region,omitempty"`

	// OrgAccess is the name of the XEcrOrgAccess that projects take their account and
	// GitHub organisation from. Where it is set, a project can name no other.
	// +optional
	// +kubebuilder:validation:MinLength=1
	OrgAccess *string `json:"orgAccess,omitempty"`

	// OrgAccessNamespace is where a namespaced EcrOrgAccess of that name is.
	// +optional
	// +kubebuilder:validation:MinLength=1
	OrgAccessNamespace *string `json:"orgAccessNamespace,omitempty"`

	// PollInterval is how long an answer holds while everything is as it was asked for, from
	// `1m` to `24h`: the function is called again after it, besides changes. An hour is safe
	// where Crossplane watches what the function asked for, which 2.4 does; before, it is also
	// how long a change of these settings may take. Default: `10m`.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	PollInterval *string `json:"pollInterval,omitempty"`

	// ProviderConfigRef that is used where a spec names none. Default: `default`.
	// +optional
	ProviderConfigRef *ProviderConfigReference `json:"providerConfigRef,omitempty"`

	// Defaults for the repositories of all projects. forceDelete cannot be one.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.forceDelete)",message="forceDelete cannot be a default of all projects"
	Defaults *v1alpha1.RepositorySettings `json:"defaults,omitempty"`

	// TagsFromLabels are keys of labels of the composite resource, which are its
	// claim's, that become tags. They go over defaults.tags and under spec.defaults. A claim's
	// labels of kubernetes.io and k8s.io are not copied to the composite resource.
	// +optional
	// +kubebuilder:validation:MaxItems=47
	TagsFromLabels []string `json:"tagsFromLabels,omitempty"`

	// Guardrails hold for every project.
	// +optional
	Guardrails *Guardrails `json:"guardrails,omitempty"`
}

// ProviderConfigReference names a provider config.
type ProviderConfigReference struct {
	// Kind of the provider config, for namespaced composite resources only:
	// ClusterProviderConfig (the default) or ProviderConfig.
	// +optional
	// +kubebuilder:validation:Enum=ClusterProviderConfig;ProviderConfig
	Kind *string `json:"kind,omitempty"`

	// Name of the provider config.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
}
