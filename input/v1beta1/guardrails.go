package v1beta1

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// Guardrails refuse what the platform team forbids. One that is absent refuses nothing,
// unless its field says otherwise.
type Guardrails struct {
	// ImageTagMutability lists the modes that are allowed. IMMUTABLE_WITH_EXCLUSION counts as
	// MUTABLE where a filter matches every tag, and MUTABLE_WITH_EXCLUSION where no filter
	// can match a tag.
	// +optional
	ImageTagMutability []v1alpha1.ImageTagMutability `json:"imageTagMutability,omitempty"`

	// ImageTagMutabilityExclusionFilters lists the filters that may be used. Absent: any.
	// +optional
	// +kubebuilder:validation:items:Pattern=`^[0-9a-zA-Z._*-]{1,128}$`
	ImageTagMutabilityExclusionFilters []string `json:"imageTagMutabilityExclusionFilters,omitempty"`

	// RequireScanOnPush refuses repositories that do not scan on push.
	// +optional
	RequireScanOnPush *bool `json:"requireScanOnPush,omitempty"`

	// RequireKMS refuses repositories that are not encrypted with KMS. One that exists is
	// only not compliant, since its encryption cannot change.
	// +optional
	RequireKMS *bool `json:"requireKMS,omitempty"`

	// KMSKeys lists the ARNs of the keys that are allowed. A repository without one of them,
	// with AES256 included, is refused, or not compliant if it exists. Where requireKMS is
	// set too, warn of both, or except both.
	// +optional
	// +kubebuilder:validation:items:MaxLength=2048
	// +kubebuilder:validation:items:Pattern=`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$`
	KMSKeys []string `json:"kmsKeys,omitempty"`

	// Lifecycle refuses repositories that keep too much.
	// +optional
	Lifecycle *LifecycleGuardrails `json:"lifecycle,omitempty"`

	// Regions lists the regions that are allowed.
	// +optional
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`
	Regions []string `json:"regions,omitempty"`

	// MaxRepositories is the number of repositories that one project registry may have. A
	// project may be claimed by several, and each is counted by itself.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MaxRepositories *int64 `json:"maxRepositories,omitempty"`

	// RequiredTags lists the keys of tags that every repository must have. An empty value
	// is a value.
	// +optional
	RequiredTags []string `json:"requiredTags,omitempty"`

	// Pull lists to whom projects may grant pull, a principal by its account; anyone else
	// is refused. It does not hold for an org access's crossAccountPull, which is the
	// platform team's own. The shipped settings allow nobody.
	// +optional
	Pull *PullGuardrail `json:"pull,omitempty"`

	// AllowDelete allows repositories that are deleted with their image. Absent:
	// they are refused.
	// +optional
	AllowDelete *bool `json:"allowDelete,omitempty"`

	// AllowForceDelete allows repositories that are deleted with images in them.
	// Absent: they are refused.
	// +optional
	AllowForceDelete *bool `json:"allowForceDelete,omitempty"`

	// ProviderConfigs lists the provider configs that a claim may name besides the
	// settings' own; a namespaced one as ProviderConfig/<name>. Absent: none.
	// +optional
	ProviderConfigs []string `json:"providerConfigs,omitempty"`

	// Tenancy Namespace refuses a project that is claimed from a namespace that is
	// not its own; Any does not. Absent: Namespace.
	// +optional
	// +kubebuilder:validation:Enum=Namespace;Any
	Tenancy *Tenancy `json:"tenancy,omitempty"`

	// Projects lists which namespaces a project belongs to: a listed project to its
	// namespaces alone, an unlisted one to the namespace of its name.
	// +optional
	Projects []ProjectNamespaces `json:"projects,omitempty"`

	// OrgAccessNamespaces lists the namespaces that may claim an org access, and that a
	// project's org access may come from. Absent: every claimed one is refused.
	// +optional
	OrgAccessNamespaces []string `json:"orgAccessNamespaces,omitempty"`

	// AllowPinnedRevisions allows claims that pin a revision of the Composition, and
	// with it older settings. Absent: they are refused.
	// +optional
	AllowPinnedRevisions *bool `json:"allowPinnedRevisions,omitempty"`

	// Warn lists guardrails, by their path below guardrails, that do not refuse yet:
	// they make the composite resource not compliant.
	// +optional
	// +kubebuilder:validation:items:Enum=imageTagMutability;imageTagMutabilityExclusionFilters;requireScanOnPush;requireKMS;kmsKeys;lifecycle.required;lifecycle.maxImages;lifecycle.maxUntaggedDays;regions;maxRepositories;requiredTags;pull
	Warn []string `json:"warn,omitempty"`

	// Exceptions lift one guardrail for one project, for a time.
	// +optional
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// LifecycleGuardrails refuse repositories that keep too much.
type LifecycleGuardrails struct {
	// Required refuses repositories without a lifecycle policy that expires images.
	// +optional
	Required *bool `json:"required,omitempty"`

	// MaxImages refuses a policy that may keep more than this number of tagged images: one
	// without an expire rule by count, of at most that many, over any or all tagged
	// images; and one with a rule before it that keeps more, or that expires by age.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxImages *int64 `json:"maxImages,omitempty"`

	// MaxUntaggedDays refuses a policy that keeps untagged images longer than this
	// number of days: one without an expire rule by age over untagged or any images.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxUntaggedDays *int64 `json:"maxUntaggedDays,omitempty"`
}

// PullGuardrail lists to whom projects may grant pull.
type PullGuardrail struct {
	// Accounts that pull may be granted to, by themselves or by a principal of
	// theirs. Empty or absent: none.
	// +optional
	// +kubebuilder:validation:items:Pattern=`^[0-9]{12}$`
	Accounts []string `json:"accounts,omitempty"`

	// OrganizationIDs that pull may be granted to. Empty or absent: none.
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
	// Project that is listed.
	Project string `json:"project"`

	// Namespaces that it belongs to. Empty: nobody may claim it.
	// +optional
	Namespaces []string `json:"namespaces,omitempty"`
}

// Exception lifts one guardrail for one project or one of its images.
type Exception struct {
	// Project that the guardrail is lifted for.
	Project string `json:"project"`

	// Image of the project; absent: all of them.
	// +optional
	Image *string `json:"image,omitempty"`

	// Guardrail by its path below guardrails, e.g. `lifecycle.maxImages`.
	// +kubebuilder:validation:Enum=imageTagMutability;imageTagMutabilityExclusionFilters;requireScanOnPush;requireKMS;kmsKeys;lifecycle.required;lifecycle.maxImages;lifecycle.maxUntaggedDays;regions;maxRepositories;requiredTags;pull;allowDelete;allowForceDelete;allowPinnedRevisions
	Guardrail string `json:"guardrail"`

	// Until is the day through which the guardrail is lifted, in UTC.
	// +kubebuilder:validation:Pattern=`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
	Until string `json:"until"`

	// Reason why it is lifted.
	// +kubebuilder:validation:MinLength=1
	Reason string `json:"reason"`
}
