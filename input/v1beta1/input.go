// Package v1beta1 holds the Input of the function: the platform team's settings. Its schema in package/ is generated
// from these types. Run `make generate` after a change.
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

// Input is the function's input in a Composition: the platform team's settings, and
// the name of an object with more of them.
//
// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:resource:categories=crossplane
type Input struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Settings `json:",inline"`

	// PlatformConfig names an EnvironmentConfig (apiextensions.crossplane.io/v1beta1)
	// whose data has the fields of this Input, except platformConfig. Its fields
	// override those of the Input one by one. Lists are replaced.
	// +optional
	PlatformConfig *PlatformConfig `json:"platformConfig,omitempty"`
}

// PlatformConfig names an EnvironmentConfig.
type PlatformConfig struct {
	// Name of the EnvironmentConfig.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Optional lets the function run while the object does not exist. Once a run has
	// read it, it is optional no longer. Default: false.
	// +optional
	Optional *bool `json:"optional,omitempty"`
}

// Settings are the platform team's settings, in the Input or in the EnvironmentConfig
// that it names.
type Settings struct {
	// Region for specs that name none.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`
	Region *string `json:"region,omitempty"`

	// OrgAccess is the name of the XEcrOrgAccess with the account and the GitHub
	// organisation of projects. If it is set, a project cannot name another.
	// +optional
	// +kubebuilder:validation:MinLength=1
	OrgAccess *string `json:"orgAccess,omitempty"`

	// OrgAccessNamespace is the namespace of a namespaced EcrOrgAccess of that name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	OrgAccessNamespace *string `json:"orgAccessNamespace,omitempty"`

	// PollInterval is the time after which Crossplane calls the function again although
	// nothing changed, once everything is as the spec says: from `1m` to `24h`. An hour is
	// safe with Crossplane 2.4, which watches the objects that the function asks for. With
	// earlier versions, a change of these settings may take this long. Default: `10m`.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	PollInterval *string `json:"pollInterval,omitempty"`

	// ProviderConfigRef for specs that name none. Default: `default`.
	// +optional
	ProviderConfigRef *ProviderConfigReference `json:"providerConfigRef,omitempty"`

	// Defaults for the repositories of all projects. forceDelete cannot be one.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.forceDelete)",message="forceDelete cannot be a default of all projects"
	Defaults *v1alpha1.RepositorySettings `json:"defaults,omitempty"`

	// TagsFromLabels are the keys of labels of the composite resource that become tags.
	// Crossplane copies a claim's labels to it, except those of kubernetes.io and k8s.io.
	// These tags win over defaults.tags, and spec.defaults wins over them.
	// +optional
	// +kubebuilder:validation:MaxItems=47
	TagsFromLabels []string `json:"tagsFromLabels,omitempty"`

	// Guardrails apply to every project.
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
