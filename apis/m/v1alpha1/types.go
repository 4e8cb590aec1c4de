// Package v1alpha1 holds the API of the namespaced generation: composite resources of
// Crossplane 2 that need no claims. It shares all types with the claimed generation,
// except the references, which also name a kind or a namespace.
//
// +kubebuilder:object:generate=false
// +groupName=ecr.m.ontopix.io
// +versionName=v1alpha1
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// The API group and version of the namespaced composite resources.
const (
	Group   = "ecr.m.ontopix.io"
	Version = "v1alpha1"
)

// Kinds of the namespaced composite resources.
const (
	ProjectRegistryKind = "ProjectRegistry"
	EcrOrgAccessKind    = "EcrOrgAccess"
)

// ProjectRegistry manages the repositories of a project in Amazon ECR.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,path=projectregistries,shortName=mepr,categories={crossplane,ecr}
// +kubebuilder:printcolumn:name="Project",type=string,JSONPath=`.status.project`
// +kubebuilder:printcolumn:name="Repositories",type=integer,JSONPath=`.status.repositoryCount`
// +kubebuilder:printcolumn:name="Valid",type=string,JSONPath=`.status.conditions[?(@.type=='Valid')].status`
// +kubebuilder:printcolumn:name="Compliant",type=string,JSONPath=`.status.conditions[?(@.type=='Compliant')].status`
type ProjectRegistry struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ProjectRegistrySpec            `json:"spec"`
	Status v1alpha1.ProjectRegistryStatus `json:"status,omitempty"`
}

// ProjectRegistrySpec is what a project team writes.
type ProjectRegistrySpec struct {
	v1alpha1.ProjectRegistryParameters `json:",inline"`

	// OrgAccessRef names the EcrOrgAccess that has the account, the GitHub organisation
	// and the OIDC provider. It is used only with github. Default: the one in the
	// platform team's settings. If they name one, no other is allowed.
	// +optional
	OrgAccessRef *OrgAccessReference `json:"orgAccessRef,omitempty"`

	// ProviderConfigRef names the provider config, and so the AWS account. Default: the
	// one in the platform team's settings, else the ClusterProviderConfig `default`.
	// It cannot change once AWS has a repository.
	// +optional
	ProviderConfigRef *ProviderConfigReference `json:"providerConfigRef,omitempty"`
}

// OrgAccessReference names an EcrOrgAccess.
type OrgAccessReference struct {
	v1alpha1.Reference `json:",inline"`

	// Namespace of the EcrOrgAccess. Default: that of the ProjectRegistry.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="must be the name of a namespace: lower case letters, digits and -, beginning and ending with a letter or digit"
	Namespace *string `json:"namespace,omitempty"`
}

// ProviderConfigReference names a provider config.
type ProviderConfigReference struct {
	v1alpha1.Reference `json:",inline"`

	// Kind of the provider config: ClusterProviderConfig, or ProviderConfig for one in
	// the same namespace. Default: ClusterProviderConfig.
	// +optional
	// +kubebuilder:validation:Enum=ClusterProviderConfig;ProviderConfig
	Kind *string `json:"kind,omitempty"`
}

// EcrOrgAccess lets workflows of a GitHub organisation push to and pull from the
// registry of one AWS account, and holds the settings of that registry as a whole.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,path=ecrorgaccesses,shortName=meoa,categories={crossplane,ecr}
// +kubebuilder:printcolumn:name="Push-Role",type=string,JSONPath=`.status.pushRole.name`
// +kubebuilder:printcolumn:name="Pull-Role",type=string,JSONPath=`.status.pullRole.name`
// +kubebuilder:printcolumn:name="Valid",type=string,JSONPath=`.status.conditions[?(@.type=='Valid')].status`
// +kubebuilder:printcolumn:name="Compliant",type=string,JSONPath=`.status.conditions[?(@.type=='Compliant')].status`
type EcrOrgAccess struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   EcrOrgAccessSpec            `json:"spec"`
	Status v1alpha1.EcrOrgAccessStatus `json:"status,omitempty"`
}

// EcrOrgAccessSpec is what the platform team writes.
type EcrOrgAccessSpec struct {
	v1alpha1.EcrOrgAccessParameters `json:",inline"`

	// ProviderConfigRef names the provider config, and so the AWS account. Default: the
	// one in the platform team's settings, else the ClusterProviderConfig `default`.
	// +optional
	ProviderConfigRef *ProviderConfigReference `json:"providerConfigRef,omitempty"`
}
