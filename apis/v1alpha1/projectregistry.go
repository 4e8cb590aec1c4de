package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// XProjectRegistry manages the repositories of a project in Amazon ECR.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,path=xprojectregistries,shortName=xepr,categories={crossplane,ecr}
// +kubebuilder:printcolumn:name="Project",type=string,JSONPath=`.status.project`
// +kubebuilder:printcolumn:name="Repositories",type=integer,JSONPath=`.status.repositoryCount`
// +kubebuilder:printcolumn:name="Valid",type=string,JSONPath=`.status.conditions[?(@.type=='Valid')].status`
// +kubebuilder:printcolumn:name="Compliant",type=string,JSONPath=`.status.conditions[?(@.type=='Compliant')].status`
type XProjectRegistry struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ProjectRegistrySpec   `json:"spec"`
	Status ProjectRegistryStatus `json:"status,omitempty"`
}

// ProjectRegistrySpec is what a project team writes.
type ProjectRegistrySpec struct {
	ProjectRegistryParameters `json:",inline"`

	// OrgAccessRef names the XEcrOrgAccess that has the account, the GitHub organisation
	// and the OIDC provider. It is used only with github. Default: the one in the
	// platform team's settings. If they name one, no other is allowed.
	// +optional
	OrgAccessRef *Reference `json:"orgAccessRef,omitempty"`

	// ProviderConfigRef names the provider config, and so the AWS account. Default: the
	// one in the platform team's settings, else `default`. It cannot change once AWS has
	// a repository.
	// +optional
	ProviderConfigRef *Reference `json:"providerConfigRef,omitempty"`
}

// ProjectRegistryParameters are the fields that project registries of both generations have, and the rules on them.
// +kubebuilder:validation:XValidation:rule="!has(self.project) || self.images.all(i, size(self.project) + 1 + size(i.name) <= 256)",message="a repository's name, <project>/<image>, has at most 256 characters",fieldPath=".images"
// +kubebuilder:validation:XValidation:rule="!has(self.region) || (!has(self.defaults) || !has(self.defaults.encryption) && !has(self.defaults.pull)) && self.images.all(i, !has(i.encryption) && !has(i.pull)) || ['arn:' + (self.region.startsWith('cn-') ? 'aws-cn' : self.region.startsWith('us-gov-') ? 'aws-us-gov' : self.region.startsWith('eusc-') ? 'aws-eusc' : self.region.startsWith('us-iso-') ? 'aws-iso' : self.region.startsWith('us-isob-') ? 'aws-iso-b' : self.region.startsWith('eu-isoe-') ? 'aws-iso-e' : self.region.startsWith('us-isof-') ? 'aws-iso-f' : 'aws') + ':'].all(arn, (!has(self.defaults) || (!has(self.defaults.encryption) || !has(self.defaults.encryption.kmsKey) || self.defaults.encryption.kmsKey.contains(':kms:' + self.region + ':')) && (!has(self.defaults.pull) || !has(self.defaults.pull.principals) || self.defaults.pull.principals.all(p, p.startsWith(arn)))) && self.images.all(i, (!has(i.encryption) || !has(i.encryption.kmsKey) || i.encryption.kmsKey.contains(':kms:' + self.region + ':')) && (!has(i.pull) || !has(i.pull.principals) || i.pull.principals.all(p, p.startsWith(arn)))))",message="encryption.kmsKey must be a key of the repositories' region, and pull.principals must be of its partition"
type ProjectRegistryParameters struct {
	// Project is the first part of every repository's name. Default: the namespace. It
	// cannot change once AWS has a repository.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z][a-z0-9]*([._-][a-z0-9]+)*$')",message="must be at most 63 lower case letters and digits, beginning with a letter, in parts joined by one of . _ -"
	Project *string `json:"project,omitempty"`

	// Region of AWS that the repositories are in. Default: the platform team's. It
	// cannot change once AWS has a repository.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]{2,4}(-[a-z]+)+-[0-9]+$')",message="must be the name of a region, e.g. eu-west-1"
	Region *string `json:"region,omitempty"`

	// Images of the project. Each has a repository.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	Images []Image `json:"images"`

	// Defaults are settings for all images of the project.
	// +optional
	Defaults *RepositorySettings `json:"defaults,omitempty"`

	// GitHub gives the project a role for its workflows, which can push to the
	// project's own repositories only.
	// +optional
	GitHub *ProjectGitHub `json:"github,omitempty"`

	// ManagementPolicies limit what may be done to the repositories: observe only,
	// manage without deleting, or manage. Default: as deletionPolicy says.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:XValidation:rule="self.all(p, self.filter(q, q == p).size() == 1) && 'Observe' in self && ('Create' in self) == ('Update' in self) && (!('Delete' in self) || 'Update' in self)",message="must be [Observe], [Observe, Create, Update] or [Observe, Create, Update, Delete]"
	ManagementPolicies []ManagementAction `json:"managementPolicies,omitempty"`
}

// ManagementAction is what Crossplane may do to an external resource.
// +kubebuilder:validation:Enum=Observe;Create;Update;Delete
type ManagementAction string

// Management actions that a project may name.
const (
	ManagementObserve ManagementAction = "Observe"
	ManagementCreate  ManagementAction = "Create"
	ManagementUpdate  ManagementAction = "Update"
	ManagementDelete  ManagementAction = "Delete"
)

// Reference names an object.
type Reference struct {
	// Name of the object.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",message="must be the name of an object: lower case letters, digits, - and ., beginning and ending with a letter or digit"
	Name string `json:"name"`
}

// Image is one repository of the project.
type Image struct {
	// Name of the image: the rest of the repository's name. It may contain `/`.
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$')",message="must be lower case letters and digits in parts joined by one of . _ - /"
	Name string `json:"name"`

	RepositorySettings `json:",inline"`
}

// ProjectGitHub says which workflows may assume the project's push role.
type ProjectGitHub struct {
	// Repositories of the organisation, by their names without the owner.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=100
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="must be the name of one repository, without its owner and without wildcards"
	// +kubebuilder:validation:XValidation:rule="self.all(r, r != '.' && r != '..')",message="`.` and `..` are not names of repositories on GitHub"
	Repositories []string `json:"repositories"`

	GitHubContexts `json:",inline"`
}

// ProjectRegistryStatus is the observed state of a project registry.
type ProjectRegistryStatus struct {
	// Project that the repositories belong to.
	// +optional
	Project string `json:"project,omitempty"`

	// Namespace of the claim, or of the namespaced composite resource.
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// Region of the repositories.
	// +optional
	Region string `json:"region,omitempty"`

	// ProviderConfig that the resources use.
	// +optional
	ProviderConfig string `json:"providerConfig,omitempty"`

	// PlatformConfig is the EnvironmentConfig that the settings were read from.
	// +optional
	PlatformConfig string `json:"platformConfig,omitempty"`

	// Registry is the host that images are pushed to and pulled from.
	// +optional
	Registry string `json:"registry,omitempty"`

	// RepositoryCount is the number of repositories in the spec.
	// +optional
	RepositoryCount int64 `json:"repositoryCount,omitempty"`

	// Repositories of the project.
	// +optional
	// +listType=atomic
	Repositories []RepositoryStatus `json:"repositories,omitempty"`

	// PushRoleARN is the role that the project's workflows assume.
	// +optional
	PushRoleARN string `json:"pushRoleArn,omitempty"`

	// Retained repositories have left the spec and stay in AWS.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	Retained []RetainedRepository `json:"retained,omitempty"`

	// Advice on what is allowed, but probably a mistake.
	// +optional
	// +listType=atomic
	Advice []Advice `json:"advice,omitempty"`
}

// RepositoryStatus is the observed state of one repository.
type RepositoryStatus struct {
	// Image is the name of the image in the spec.
	Image string `json:"image"`

	// Name of the repository in AWS.
	Name string `json:"name"`

	// URI to push to and pull from, once it exists.
	// +optional
	URI string `json:"uri,omitempty"`

	// ARN of the repository, once it exists.
	// +optional
	ARN string `json:"arn,omitempty"`

	// Ready is true once the repository and its policies are as the spec says.
	Ready bool `json:"ready"`

	// Settings in force, from all layers.
	// +optional
	Settings *EffectiveSettings `json:"settings,omitempty"`
}

// EffectiveSettings are the settings in force for one repository.
type EffectiveSettings struct {
	// ImageTagMutability in force.
	ImageTagMutability ImageTagMutability `json:"imageTagMutability"`

	// ScanOnPush in force.
	ScanOnPush bool `json:"scanOnPush"`

	// EncryptionType in force, as AWS names it. A repository that was taken over may
	// have a type that the spec cannot ask for.
	EncryptionType string `json:"encryptionType"`

	// KMSKey in force.
	// +optional
	KMSKey string `json:"kmsKey,omitempty"`

	// DeletionPolicy in force.
	DeletionPolicy DeletionPolicy `json:"deletionPolicy"`

	// Lifecycle in force.
	Lifecycle EffectiveLifecycle `json:"lifecycle"`
}

// EffectiveLifecycle says which lifecycle policy is in force, without its rules.
type EffectiveLifecycle struct {
	// UntaggedExpiryDays, if the shorthands are in force.
	// +optional
	UntaggedExpiryDays *int64 `json:"untaggedExpiryDays,omitempty"`

	// KeepImages, if the shorthands are in force.
	// +optional
	KeepImages *int64 `json:"keepImages,omitempty"`

	// Rules is the number of rules, if rules are in force. 0 means no policy.
	// +optional
	Rules *int64 `json:"rules,omitempty"`

	// Layer that the shorthands or rules in force come from, e.g. `spec.defaults`.
	Layer string `json:"layer"`
}

// RetainedRepository is a repository that has left the spec and stays in AWS.
type RetainedRepository struct {
	// Image is the name that the image had in the spec.
	Image string `json:"image"`

	// Name of the repository in AWS.
	Name string `json:"name"`

	// ARN of the repository.
	// +optional
	ARN string `json:"arn,omitempty"`
}

// Advice is about something that is allowed, but probably a mistake.
type Advice struct {
	// Path of the field that it is about.
	Path string `json:"path"`

	// Message says what happens and what to write instead.
	Message string `json:"message"`
}
