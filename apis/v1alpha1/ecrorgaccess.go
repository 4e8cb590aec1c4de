package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// XEcrOrgAccess lets workflows of a GitHub organisation push to and pull from the
// registry of one AWS account, and holds the settings of that registry as a whole.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,path=xecrorgaccesses,shortName=xeoa,categories={crossplane,ecr}
// +kubebuilder:printcolumn:name="Push-Role",type=string,JSONPath=`.status.pushRole.name`
// +kubebuilder:printcolumn:name="Pull-Role",type=string,JSONPath=`.status.pullRole.name`
// +kubebuilder:printcolumn:name="Valid",type=string,JSONPath=`.status.conditions[?(@.type=='Valid')].status`
// +kubebuilder:printcolumn:name="Compliant",type=string,JSONPath=`.status.conditions[?(@.type=='Compliant')].status`
type XEcrOrgAccess struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   EcrOrgAccessSpec   `json:"spec"`
	Status EcrOrgAccessStatus `json:"status,omitempty"`
}

// EcrOrgAccessSpec is what the platform team writes.
type EcrOrgAccessSpec struct {
	EcrOrgAccessParameters `json:",inline"`

	// ProviderConfigRef names the provider config, and so the AWS account. Default: the
	// one in the platform team's settings, else `default`.
	// +optional
	ProviderConfigRef *Reference `json:"providerConfigRef,omitempty"`
}

// EcrOrgAccessParameters are the fields that org accesses of both generations have.
// +kubebuilder:validation:XValidation:rule="!has(self.region) || (self.region.startsWith('cn-') ? 'aws-cn' : self.region.startsWith('us-gov-') ? 'aws-us-gov' : self.region.startsWith('eusc-') ? 'aws-eusc' : self.region.startsWith('us-iso-') ? 'aws-iso' : self.region.startsWith('us-isob-') ? 'aws-iso-b' : self.region.startsWith('eu-isoe-') ? 'aws-iso-e' : self.region.startsWith('us-isof-') ? 'aws-iso-f' : 'aws') == (has(self.partition) ? self.partition : 'aws')",message="the region must be one of the partition, which is aws unless partition says so",fieldPath=".region"
// +kubebuilder:validation:XValidation:rule="!has(self.push) || !has(self.push.permissionsBoundary) || self.push.permissionsBoundary.startsWith('arn:' + (has(self.partition) ? self.partition : 'aws') + ':iam::' + self.accountId + ':policy/') || self.push.permissionsBoundary.startsWith('arn:' + (has(self.partition) ? self.partition : 'aws') + ':iam::aws:policy/')",message="permissionsBoundary must be a policy of the account, or of AWS, in the partition",fieldPath=".push.permissionsBoundary"
// +kubebuilder:validation:XValidation:rule="!has(self.pull) || !has(self.pull.permissionsBoundary) || self.pull.permissionsBoundary.startsWith('arn:' + (has(self.partition) ? self.partition : 'aws') + ':iam::' + self.accountId + ':policy/') || self.pull.permissionsBoundary.startsWith('arn:' + (has(self.partition) ? self.partition : 'aws') + ':iam::aws:policy/')",message="permissionsBoundary must be a policy of the account, or of AWS, in the partition",fieldPath=".pull.permissionsBoundary"
// +kubebuilder:validation:XValidation:rule="(has(self.push) && has(self.push.enabled) && !self.push.enabled) || (has(self.pull) && has(self.pull.enabled) && !self.pull.enabled) || (has(self.push) && has(self.push.roleName) ? self.push.roleName : 'ecr-org-push-' + (has(self.github) ? self.github.organization : 'none')).lowerAscii() != (has(self.pull) && has(self.pull.roleName) ? self.pull.roleName : 'ecr-org-pull-' + (has(self.github) ? self.github.organization : 'none')).lowerAscii()",message="push and pull need two roles: their names differ in more than case",fieldPath=".pull.roleName"
// +kubebuilder:validation:XValidation:rule="!has(self.region) || !has(self.registry) || !has(self.registry.replication) || !has(self.registry.replication.rules) || self.registry.replication.rules.all(r, r.destinations.all(d, d.region != self.region || (has(d.accountId) && d.accountId != self.accountId)))",message="a registry cannot replicate to itself",fieldPath=".registry.replication.rules"
type EcrOrgAccessParameters struct {
	// AccountID of the AWS account that holds the registry.
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{12}$')",message="must be 12 digits"
	AccountID string `json:"accountId"`

	// Partition of AWS. Default: aws.
	// +optional
	// +kubebuilder:validation:Enum=aws;aws-cn;aws-us-gov;aws-eusc;aws-iso;aws-iso-b;aws-iso-e;aws-iso-f
	Partition *string `json:"partition,omitempty"`

	// Region of the registry-level resources. Default: the platform team's.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]{2,4}(-[a-z]+)+-[0-9]+$')",message="must be the name of a region, e.g. eu-west-1"
	Region *string `json:"region,omitempty"`

	OrgIssuers `json:",inline"`

	// OIDCProvider is the account's identity provider for GitHub.
	// +optional
	OIDCProvider *OIDCProvider `json:"oidcProvider,omitempty"`

	// Push is the role that may push.
	// +optional
	Push *OrgRole `json:"push,omitempty"`

	// Pull is the role that may pull.
	// +optional
	Pull *OrgRole `json:"pull,omitempty"`

	// CrossAccountPull lets other accounts pull, through the registry's policy.
	// +optional
	CrossAccountPull *CrossAccountPull `json:"crossAccountPull,omitempty"`

	// Registry holds the settings of the registry as a whole.
	// +optional
	Registry *Registry `json:"registry,omitempty"`

	// Quotas of the account that AWS has raised.
	// +optional
	Quotas *Quotas `json:"quotas,omitempty"`

	// DeletionPolicy says what happens in AWS to the roles and the registry's settings
	// when this object is deleted. The OIDC provider always stays. Default: Delete, so
	// that access ends with the object that grants it.
	// +optional
	DeletionPolicy *DeletionPolicy `json:"deletionPolicy,omitempty"`

	// Tags of the roles.
	// +optional
	// +kubebuilder:validation:MaxProperties=46
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 128 && size(self[k]) <= 256)",message="a tag's key has at most 128 characters and its value at most 256"
	// +kubebuilder:validation:XValidation:rule="!('managed-by' in self)",message="the tag managed-by is set by the function"
	// +kubebuilder:validation:XValidation:rule="self.all(k, k != '' && !k.lowerAscii().startsWith('aws:'))",message="a tag's key may not be empty or start with aws:"
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches(r'^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]+$') && self[k].matches(r'^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$'))",message="a tag's key and value hold letters, digits, spaces and _ . : / = + @ -"
	// +kubebuilder:validation:XValidation:rule="!('crossplane-kind' in self) && !('crossplane-name' in self) && !('crossplane-providerconfig' in self)",message="the tags crossplane-kind, crossplane-name and crossplane-providerconfig are set by the provider"
	Tags map[string]TagValue `json:"tags,omitempty"`
}

// Quotas of an AWS account.
type Quotas struct {
	// TrustPolicyLength is the quota "Role trust policy length" of IAM, in characters.
	// It also bounds the trust policies of projects' roles. Default: 2048, as in AWS.
	// +optional
	// +kubebuilder:validation:Minimum=2048
	// +kubebuilder:validation:Maximum=8192
	TrustPolicyLength *int64 `json:"trustPolicyLength,omitempty"`
}

// OIDCProvider says where the account's identity provider comes from.
type OIDCProvider struct {
	// Mode Create creates the identity provider, or uses it unchanged if it exists.
	// Existing only observes it. Neither ever deletes it. Default: Create.
	// +optional
	// +kubebuilder:validation:Enum=Create;Existing
	Mode *OIDCProviderMode `json:"mode,omitempty"`
}

// OIDCProviderMode says where the identity provider comes from.
type OIDCProviderMode string

// Modes of the OIDC provider.
const (
	OIDCProviderCreate   OIDCProviderMode = "Create"
	OIDCProviderExisting OIDCProviderMode = "Existing"
)

// OrgRole is a role that workflows of the organisation may assume.
type OrgRole struct {
	// Enabled says whether there is such a role. Default: true.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// RoleName in AWS. Default: ecr-org-push-<organization> or
	// ecr-org-pull-<organization>.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_+=,.@-]+$')",message="must be 1 to 64 letters, digits and _ + = , . @ -"
	RoleName *string `json:"roleName,omitempty"`

	// Path of the role in AWS. It cannot change. Default: /ecr/.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^/([!-.0-~]+/)*$')",message="must be / or /…/, at most 512 characters, with no white space and no empty part"
	Path *string `json:"path,omitempty"`

	// MaxSessionDuration of the role, 1h to 12h.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$')",message="must be a duration of 1h to 12h, e.g. 1h30m"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h') && duration(self) <= duration('12h')",message="must be 1h to 12h"
	MaxSessionDuration *string `json:"maxSessionDuration,omitempty"`

	// PermissionsBoundary is the ARN of the policy that bounds the role. The one of push
	// also bounds the push roles of projects.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$')",message="must be the ARN of a managed policy, arn:<partition>:iam::<account>:policy/<name>"
	PermissionsBoundary *string `json:"permissionsBoundary,omitempty"`

	// Repositories of ECR that the role can access; `*` is a wildcard. Default: all.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9*]([a-z0-9._/*-]*[a-z0-9*])?$')",message="must be lower case letters, digits and . _ - / *, beginning and ending with none of . _ - /; * is a wildcard"
	Repositories []string `json:"repositories,omitempty"`

	// Allow says which workflows may assume the role. Default: those of any
	// repository of the organisation.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	Allow []Allow `json:"allow,omitempty"`
}

// CrossAccountPull lets other accounts pull.
// +kubebuilder:validation:XValidation:rule="(has(self.accounts) && size(self.accounts) > 0) || (has(self.organizationIds) && size(self.organizationIds) > 0)",message="name at least one account or organisation"
type CrossAccountPull struct {
	// Accounts that may pull.
	// +optional
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=12
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[0-9]{12}$')",message="must be 12 digits"
	Accounts []string `json:"accounts,omitempty"`

	// OrganizationIDs of AWS Organizations, any principal of which may pull.
	// +optional
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=34
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^o-[a-z0-9]{10,32}$')",message="must be an organization id: o- and 10 to 32 lower case letters or digits"
	OrganizationIDs []string `json:"organizationIds,omitempty"`

	// Repositories of ECR that they may pull from; `*` is a wildcard. Default: all.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9*]([a-z0-9._/*-]*[a-z0-9*])?$')",message="must be lower case letters, digits and . _ - / *, beginning and ending with none of . _ - /; * is a wildcard"
	Repositories []string `json:"repositories,omitempty"`
}

// Registry holds the settings of the registry as a whole.
type Registry struct {
	// Scanning of images.
	// +optional
	Scanning *RegistryScanning `json:"scanning,omitempty"`

	// Replication to and from other registries.
	// +optional
	Replication *Replication `json:"replication,omitempty"`
}

// ScanType is ECR's kind of image scanning.
// +kubebuilder:validation:Enum=BASIC;ENHANCED
type ScanType string

// Scan types.
const (
	ScanBasic    ScanType = "BASIC"
	ScanEnhanced ScanType = "ENHANCED"
)

// ScanFrequency is when ECR scans.
// +kubebuilder:validation:Enum=SCAN_ON_PUSH;CONTINUOUS_SCAN;MANUAL
type ScanFrequency string

// Scan frequencies.
const (
	ScanOnPush     ScanFrequency = "SCAN_ON_PUSH"
	ContinuousScan ScanFrequency = "CONTINUOUS_SCAN"
	ScanManual     ScanFrequency = "MANUAL"
)

// RegistryScanning is the registry's scanning configuration.
// +kubebuilder:validation:XValidation:rule="self.type != 'BASIC' || !has(self.rules) || self.rules.all(r, r.frequency != 'CONTINUOUS_SCAN')",message="CONTINUOUS_SCAN needs type ENHANCED",fieldPath=".rules"
// +kubebuilder:validation:XValidation:rule="self.type != 'ENHANCED' || !has(self.rules) || self.rules.all(r, r.frequency != 'MANUAL')",message="MANUAL needs type BASIC",fieldPath=".rules"
type RegistryScanning struct {
	// Type of scanning: BASIC or ENHANCED.
	Type ScanType `json:"type"`

	// Rules, one for each frequency.
	// +optional
	// +listType=map
	// +listMapKey=frequency
	// +kubebuilder:validation:MaxItems=2
	Rules []ScanningRule `json:"rules,omitempty"`
}

// ScanningRule says when repositories are scanned, by their names.
type ScanningRule struct {
	// Frequency of the scans.
	Frequency ScanFrequency `json:"frequency"`

	// Filters on repository names. `*` is a wildcard. A filter without one matches all
	// names that contain it.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$`
	Filters []string `json:"filters"`
}

// Replication to and from other registries.
type Replication struct {
	// Rules of what is replicated where.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	Rules []ReplicationRule `json:"rules,omitempty"`

	// From names the registries that may replicate into this one, through the
	// registry's policy.
	// +optional
	// +listType=map
	// +listMapKey=accountId
	// +kubebuilder:validation:MaxItems=50
	From []ReplicationSource `json:"from,omitempty"`
}

// ReplicationRule says what is replicated where.
type ReplicationRule struct {
	// Destinations of the images.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=25
	Destinations []ReplicationDestination `json:"destinations"`

	// Prefixes of the names of repositories that are replicated. Default: all.
	// +optional
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=2
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]+([._/-][a-z0-9]+)*[._/-]?$`
	Prefixes []string `json:"prefixes,omitempty"`
}

// ReplicationDestination is a registry.
type ReplicationDestination struct {
	// Region of the registry.
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]{2,4}(-[a-z]+)+-[0-9]+$')",message="must be the name of a region, e.g. eu-west-1"
	Region string `json:"region"`

	// AccountID of the registry. Default: the account of this org access.
	// +optional
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{12}$')",message="must be 12 digits"
	AccountID *string `json:"accountId,omitempty"`
}

// ReplicationSource is a registry that may replicate into this one.
type ReplicationSource struct {
	// AccountID of the source.
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{12}$')",message="must be 12 digits"
	AccountID string `json:"accountId"`

	// Repositories that it may replicate; `*` is a wildcard. Default: all.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9*]([a-z0-9._/*-]*[a-z0-9*])?$')",message="must be lower case letters, digits and . _ - / *, beginning and ending with none of . _ - /; * is a wildcard"
	Repositories []string `json:"repositories,omitempty"`
}

// EcrOrgAccessStatus is the observed state of an org access.
type EcrOrgAccessStatus struct {
	// OIDCProviderARN is the ARN of the account's identity provider.
	// +optional
	OIDCProviderARN string `json:"oidcProviderArn,omitempty"`

	// PushRole that workflows assume to push.
	// +optional
	PushRole *RoleStatus `json:"pushRole,omitempty"`

	// PullRole that workflows assume to pull.
	// +optional
	PullRole *RoleStatus `json:"pullRole,omitempty"`

	// Registry is the host that images are pushed to and pulled from.
	// +optional
	Registry string `json:"registry,omitempty"`

	// PlatformConfig is the EnvironmentConfig that the settings were read from.
	// +optional
	PlatformConfig string `json:"platformConfig,omitempty"`

	// Advice on what is allowed, but probably a mistake.
	// +optional
	// +listType=atomic
	Advice []Advice `json:"advice,omitempty"`
}

// RoleStatus is a role in AWS.
type RoleStatus struct {
	// Name of the role.
	Name string `json:"name"`

	// ARN of the role, once it exists.
	// +optional
	ARN string `json:"arn,omitempty"`
}
