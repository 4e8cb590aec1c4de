package v1alpha1

// RepositorySettings are the settings of a repository. Three layers can have them:
// Input.defaults (the platform team), spec.defaults (the project) and spec.images[].
// A later layer wins over an earlier one, and all of them win over the built-in values.
//
// Fields are merged one by one, and tags key by key. encryption, pull, lifecycle.rules,
// and imageTagMutability with its filters are taken whole from the last layer that has
// them, even if they are empty there.
//
// +kubebuilder:validation:XValidation:rule="has(self.imageTagMutability) ? self.imageTagMutability.endsWith('_WITH_EXCLUSION') == (has(self.imageTagMutabilityExclusionFilters) && size(self.imageTagMutabilityExclusionFilters) > 0) : !has(self.imageTagMutabilityExclusionFilters)",message="imageTagMutabilityExclusionFilters goes with IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION beside it, and these need at least one filter",fieldPath=".imageTagMutabilityExclusionFilters"
type RepositorySettings struct {
	// ImageTagMutability says whether a pushed tag can be moved to another image.
	// The _WITH_EXCLUSION modes do the opposite for tags that match a filter.
	// Built in: IMMUTABLE.
	// +optional
	ImageTagMutability *ImageTagMutability `json:"imageTagMutability,omitempty"`

	// ImageTagMutabilityExclusionFilters are wildcard patterns of the tags that the
	// mode excludes, e.g. `latest` or `cache-*`. At most two `*` in each.
	// +optional
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[0-9a-zA-Z._-]*([*][0-9a-zA-Z._-]*){0,2}$')",message="must be 1 to 128 letters, digits and . _ - *, with at most 2 wildcards (*)"
	ImageTagMutabilityExclusionFilters []string `json:"imageTagMutabilityExclusionFilters,omitempty"`

	// ScanOnPush scans every image when it is pushed. Built in: true.
	// +optional
	ScanOnPush *bool `json:"scanOnPush,omitempty"`

	// Encryption at rest. It cannot change once the repository exists. Built in:
	// AES256.
	// +optional
	Encryption *Encryption `json:"encryption,omitempty"`

	// Lifecycle says which images expire. Built in: untagged images after 14 days, and
	// all tagged images except the newest 30.
	// +optional
	Lifecycle *Lifecycle `json:"lifecycle,omitempty"`

	// Pull says who else may pull, through the repository's policy. `{}` means nobody.
	// Built in: nobody.
	// +optional
	Pull *Pull `json:"pull,omitempty"`

	// DeletionPolicy says what happens to the repository in AWS when the image leaves
	// the spec or the claim is deleted. Built in: Orphan, which keeps it.
	// +optional
	DeletionPolicy *DeletionPolicy `json:"deletionPolicy,omitempty"`

	// ForceDelete deletes a repository even if it holds images. It matters only with
	// deletionPolicy Delete. Built in: false.
	// +optional
	ForceDelete *bool `json:"forceDelete,omitempty"`

	// Tags of the repository in AWS. `project`, `image` and `managed-by` are set for
	// you. Together with them, a repository can have 47 tags.
	// +optional
	// +kubebuilder:validation:MaxProperties=44
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 128 && size(self[k]) <= 256)",message="a tag's key has at most 128 characters and its value at most 256"
	// +kubebuilder:validation:XValidation:rule="!('project' in self) && !('image' in self) && !('managed-by' in self)",message="the tags project, image and managed-by are set by the function"
	// +kubebuilder:validation:XValidation:rule="self.all(k, k != '' && !k.lowerAscii().startsWith('aws:'))",message="a tag's key may not be empty or start with aws:"
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches(r'^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]+$') && self[k].matches(r'^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$'))",message="a tag's key and value hold letters, digits, spaces and _ . : / = + @ -"
	// +kubebuilder:validation:XValidation:rule="!('crossplane-kind' in self) && !('crossplane-name' in self) && !('crossplane-providerconfig' in self)",message="the tags crossplane-kind, crossplane-name and crossplane-providerconfig are set by the provider"
	Tags map[string]TagValue `json:"tags,omitempty"`
}

// TagValue is the value of an AWS tag, at most 256 characters.
// +kubebuilder:validation:MaxLength=256
type TagValue = string

// ImageTagMutability is ECR's tag mutability mode.
// +kubebuilder:validation:Enum=IMMUTABLE;MUTABLE;IMMUTABLE_WITH_EXCLUSION;MUTABLE_WITH_EXCLUSION
type ImageTagMutability string

// ECR's tag mutability modes.
const (
	Immutable              ImageTagMutability = "IMMUTABLE"
	Mutable                ImageTagMutability = "MUTABLE"
	ImmutableWithExclusion ImageTagMutability = "IMMUTABLE_WITH_EXCLUSION"
	MutableWithExclusion   ImageTagMutability = "MUTABLE_WITH_EXCLUSION"
)

// DeletionPolicy says what happens to something in AWS when its object is deleted.
// +kubebuilder:validation:Enum=Orphan;Delete
type DeletionPolicy string

// Deletion policies.
const (
	DeletionOrphan DeletionPolicy = "Orphan"
	DeletionDelete DeletionPolicy = "Delete"
)

// EncryptionType is how ECR encrypts images at rest.
// +kubebuilder:validation:Enum=AES256;KMS
type EncryptionType string

// Encryption types.
const (
	EncryptionAES256 EncryptionType = "AES256"
	EncryptionKMS    EncryptionType = "KMS"
)

// Encryption of a repository at rest.
// +kubebuilder:validation:XValidation:rule="!has(self.kmsKey) || (has(self.type) && self.type == 'KMS')",message="kmsKey needs type KMS",fieldPath=".kmsKey"
// +kubebuilder:validation:XValidation:rule="!has(self.kmsKey) || self.kmsKey.matches('^arn:(aws-cn:kms:cn-|aws-us-gov:kms:us-gov-|aws-eusc:kms:eusc-|aws-iso:kms:us-iso-|aws-iso-b:kms:us-isob-|aws-iso-e:kms:eu-isoe-|aws-iso-f:kms:us-isof-|aws:kms:(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-[0-9]+:)')",message="the partition of the key's ARN is not that of its region",fieldPath=".kmsKey"
type Encryption struct {
	// Type of the encryption: AES256, or KMS. Without it: AES256.
	// +optional
	Type *EncryptionType `json:"type,omitempty"`

	// KMSKey is the full ARN of the key, never an alias or a bare id: ECR reports the
	// ARN, and the difference would be refused for ever. Without it, KMS uses the AWS
	// managed key `aws/ecr`.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$')",message="must be the full ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>, never an alias or a bare id"
	KMSKey *string `json:"kmsKey,omitempty"`
}

// Pull says who else may pull from a repository.
// +kubebuilder:validation:XValidation:rule="!has(self.lambda) || !self.lambda || (has(self.accounts) && size(self.accounts) > 0)",message="lambda needs at least one account: the service is let in only for functions of the accounts",fieldPath=".lambda"
type Pull struct {
	// Accounts that may let their own principals pull, through IAM.
	// +optional
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=12
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[0-9]{12}$')",message="must be an account id: 12 digits"
	Accounts []string `json:"accounts,omitempty"`

	// OrganizationIDs of AWS Organizations, any principal of which may pull.
	// +optional
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=34
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^o-[a-z0-9]{10,32}$')",message="must be an organization id: o- and 10 to 32 lower case letters or digits"
	OrganizationIDs []string `json:"organizationIds,omitempty"`

	// Principals are ARNs of IAM roles, users or account roots. No wildcards.
	// +optional
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=2048
	// +kubebuilder:validation:items:Pattern=`^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/([!-)+->@-~]+/)*[A-Za-z0-9_+=,.@-]{1,64})$`
	Principals []string `json:"principals,omitempty"`

	// Lambda lets the Lambda service pull for functions of the accounts.
	// +optional
	Lambda *bool `json:"lambda,omitempty"`
}
