package v1beta1

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// Guardrails refuse what the platform team forbids. An absent guardrail refuses nothing,
// unless its field says otherwise.
type Guardrails struct {
	// ImageTagMutability lists the allowed modes. IMMUTABLE_WITH_EXCLUSION counts as MUTABLE
	// if a filter matches every tag, and MUTABLE_WITH_EXCLUSION does if no filter can match
	// a tag.
	// +optional
	ImageTagMutability []v1alpha1.ImageTagMutability `json:"imageTagMutability,omitempty"`

	// ImageTagMutabilityExclusionFilters lists the allowed filters. Absent: any.
	// +optional
	// +kubebuilder:validation:items:Pattern=`^[0-9a-zA-Z._*-]{1,128}$`
	ImageTagMutabilityExclusionFilters []string `json:"imageTagMutabilityExclusionFilters,omitempty"`

	// RequireScanOnPush refuses repositories that do not scan on push.
	// +optional
	RequireScanOnPush *bool `json:"requireScanOnPush,omitempty"`

	// RequireKMS refuses repositories that are not encrypted with KMS. An existing one is
	// only reported as not compliant, since its encryption cannot change.
	// +optional
	RequireKMS *bool `json:"requireKMS,omitempty"`

	// KMSKeys lists the ARNs of the allowed keys. A repository without one of them, and so
	// one with AES256, is refused, or reported as not compliant if it exists. If requireKMS
	// is set too, warn about both, or except both.
	// +optional
	// +kubebuilder:validation:items:MaxLength=2048
	// +kubebuilder:validation:items:Pattern=`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$`
	KMSKeys []string `json:"kmsKeys,omitempty"`

	// Lifecycle refuses repositories that keep too many images, or keep them too long.
	// +optional
	Lifecycle *LifecycleGuardrails `json:"lifecycle,omitempty"`

	// Regions lists the allowed regions.
	// +optional
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`
	Regions []string `json:"regions,omitempty"`

	// MaxRepositories is the maximum number of repositories of one project registry. If
	// several registries claim a project, each is counted by itself.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MaxRepositories *int64 `json:"maxRepositories,omitempty"`

	// RequiredTags lists the keys of tags that every repository must have. The value of
	// a tag may be empty.
	// +optional
	RequiredTags []string `json:"requiredTags,omitempty"`

	// Pull lists to whom projects may grant pull. A principal counts by its account, and
	// anyone else is refused. It does not apply to crossAccountPull of an org access, which
	// is the platform team's own. The shipped settings allow nobody.
	// +optional
	Pull *PullGuardrail `json:"pull,omitempty"`

	// AllowDelete allows repositories that are deleted with their image. Absent: they are
	// refused.
	// +optional
	AllowDelete *bool `json:"allowDelete,omitempty"`

	// AllowForceDelete allows repositories that are deleted even if they hold images.
	// Absent: they are refused.
	// +optional
	AllowForceDelete *bool `json:"allowForceDelete,omitempty"`

	// ProviderConfigs lists the provider configs that a claim may name besides the one in
	// the settings. A namespaced one is written ProviderConfig/<name>. Absent: none.
	// +optional
	ProviderConfigs []string `json:"providerConfigs,omitempty"`

	// Tenancy Namespace refuses a project that is claimed in a namespace that is not the
	// project's. Any does not. Absent: Namespace.
	// +optional
	// +kubebuilder:validation:Enum=Namespace;Any
	Tenancy *Tenancy `json:"tenancy,omitempty"`

	// Projects lists the namespaces that projects belong to. A listed project belongs to
	// its namespaces only, any other project to the namespace of its name.
	// +optional
	Projects []ProjectNamespaces `json:"projects,omitempty"`

	// OrgAccessNamespaces lists the namespaces that may claim an org access, and that a
	// project's org access may be in. Absent: every claimed org access is refused.
	// +optional
	OrgAccessNamespaces []string `json:"orgAccessNamespaces,omitempty"`

	// AllowPinnedRevisions allows claims that pin a revision of the Composition, and so
	// older settings. Absent: they are refused.
	// +optional
	AllowPinnedRevisions *bool `json:"allowPinnedRevisions,omitempty"`

	// Warn lists guardrails that do not refuse yet, by their path below guardrails. They
	// only make the composite resource not compliant.
	// +optional
	// +kubebuilder:validation:items:Enum=imageTagMutability;imageTagMutabilityExclusionFilters;requireScanOnPush;requireKMS;kmsKeys;lifecycle.required;lifecycle.maxImages;lifecycle.maxUntaggedDays;regions;maxRepositories;requiredTags;pull
	Warn []string `json:"warn,omitempty"`

	// Exceptions lift one guardrail for one project, for a time.
	// +optional
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// LifecycleGuardrails refuse repositories that keep too many images, or keep them too long.
type LifecycleGuardrails struct {
	// Required refuses repositories without a lifecycle policy that expires images.
	// +optional
	Required *bool `json:"required,omitempty"`

	// MaxImages refuses a policy that may keep more than this number of tagged images. The
	// policy must have an expire rule by count, of at most this number, over any or all
	// tagged images. Each rule over some tagged images before it must be one as well.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxImages *int64 `json:"maxImages,omitempty"`

	// MaxUntaggedDays refuses a policy that may keep untagged images longer than this
	// number of days: it needs an expire rule by age over untagged or any images.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxUntaggedDays *int64 `json:"maxUntaggedDays,omitempty"`
}

// PullGuardrail lists to whom projects may grant pull.
type PullGuardrail struct {
	// Accounts to which pull may be granted: to the account itself, or to its principals.
	// Empty or absent: none.
	// +optional
	// +kubebuilder:validation:items:Pattern=`^[0-9]{12}$`
	Accounts []string `json:"accounts,omitempty"`

	// OrganizationIDs of AWS Organizations to which pull may be granted. Empty or absent: none.
	// +optional
	// +kubebuilder:validation:items:Pattern=`^o-[a-z0-9]{10,32}$`
	OrganizationIDs []string `json:"organizationIds,omitempty"`
}

// Tenancy says whether a project belongs to a namespace.
type Tenancy string

// Tenancies.
const (
	TenancyNamespace Tenancy = "Namespace"
	TenancyAny       Tenancy = "Any"
)

// ProjectNamespaces says which namespaces may claim a project.
type ProjectNamespaces struct {
	// Project is the name of the project.
	Project string `json:"project"`

	// Namespaces that the project belongs to. Empty: nobody may claim it.
	// +optional
	Namespaces []string `json:"namespaces,omitempty"`
}

// Exception lifts one guardrail for one project or one of its images.
type Exception struct {
	// Project that the guardrail is lifted for.
	Project string `json:"project"`

	// Image of the project. Absent: all of them.
	// +optional
	Image *string `json:"image,omitempty"`

	// Guardrail by its path below guardrails, e.g. `lifecycle.maxImages`.
	// +kubebuilder:validation:Enum=imageTagMutability;imageTagMutabilityExclusionFilters;requireScanOnPush;requireKMS;kmsKeys;lifecycle.required;lifecycle.maxImages;lifecycle.maxUntaggedDays;regions;maxRepositories;requiredTags;pull;allowDelete;allowForceDelete;allowPinnedRevisions
	Guardrail string `json:"guardrail"`

	// Until is the last day on which the guardrail is lifted, in UTC.
	// +kubebuilder:validation:Pattern=`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
	Until string `json:"until"`

	// Reason why it is lifted.
	// +kubebuilder:validation:MinLength=1
	Reason string `json:"reason"`
}
