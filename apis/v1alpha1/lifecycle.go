package v1alpha1

// Lifecycle says which images of a repository expire: either by two shorthands, or
// by AWS's own rules.
// +kubebuilder:validation:XValidation:rule="!has(self.rules) || (!has(self.untaggedExpiryDays) && !has(self.keepImages))",message="rules and the shorthands untaggedExpiryDays and keepImages exclude each other",fieldPath=".rules"
type Lifecycle struct {
	// UntaggedExpiryDays is the number of days after which an untagged image expires,
	// counted from its push.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	UntaggedExpiryDays *int64 `json:"untaggedExpiryDays,omitempty"`

	// KeepImages is the number of tagged images that are kept: the newest ones.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	KeepImages *int64 `json:"keepImages,omitempty"`

	// Rules are AWS's lifecycle rules. A rule's priority is its position in the list,
	// from 1. An empty list means that there is no lifecycle policy.
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:XValidation:rule="['standard','archive'].all(c, self.filter(r, r.selection.tagStatus == 'untagged' && (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c).size() <= 1)",message="only one rule can select untagged images per storage class"
	// +kubebuilder:validation:XValidation:rule="['standard','archive'].all(c, self.filter(r, r.selection.tagStatus == 'any' && (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c).size() <= 1)",message="only one rule can select any images per storage class, since it must be the last"
	// +kubebuilder:validation:XValidation:rule="['standard','archive'].all(c, !self.exists(r, r.selection.tagStatus == 'any' && (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c) || self.filter(r, (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c).map(r, r.selection.tagStatus)[self.filter(r, (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c).size() - 1] == 'any')",message="a rule that selects any images must be the last of its storage class"
	// +kubebuilder:validation:XValidation:rule="['standard','archive'].all(c, [self.filter(r, has(r.selection.tagPatternList) && r.selection.tagPatternList.size() == 1 && (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c).map(r, r.selection.tagPatternList[0])].all(single, single.all(p, single.indexOf(p) == single.lastIndexOf(p))))",message="two rules of one storage class have the same tagPatternList"
	// +kubebuilder:validation:XValidation:rule="['standard','archive'].all(c, [self.filter(r, has(r.selection.tagPrefixList) && r.selection.tagPrefixList.size() == 1 && (has(r.selection.storageClass) ? r.selection.storageClass : 'standard') == c).map(r, r.selection.tagPrefixList[0])].all(single, single.all(p, single.indexOf(p) == single.lastIndexOf(p))))",message="two rules of one storage class have the same tagPrefixList"
	Rules []LifecycleRule `json:"rules,omitempty"`
}

// LifecycleRule is one rule of a lifecycle policy, with AWS's fields.
// +kubebuilder:validation:XValidation:rule="self.selection.countType != 'sinceImagePulled' || self.action.type == 'transition'",message="sinceImagePulled works only with action transition",fieldPath=".selection.countType"
// +kubebuilder:validation:XValidation:rule="self.selection.countType != 'sinceImageTransitioned' || self.action.type == 'expire'",message="sinceImageTransitioned works only with action expire",fieldPath=".selection.countType"
type LifecycleRule struct {
	// Description of the rule.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description *string `json:"description,omitempty"`

	// Selection of images that the rule acts on.
	Selection LifecycleSelection `json:"selection"`

	// Action on these images.
	Action LifecycleAction `json:"action"`
}

// LifecycleSelection selects images.
// +kubebuilder:validation:XValidation:rule="(self.tagStatus == 'tagged') == (has(self.tagPatternList) || has(self.tagPrefixList))",message="tagPatternList or tagPrefixList is needed with tagStatus tagged and only there"
// +kubebuilder:validation:XValidation:rule="!(has(self.tagPatternList) && has(self.tagPrefixList))",message="tagPatternList and tagPrefixList exclude each other",fieldPath=".tagPrefixList"
// +kubebuilder:validation:XValidation:rule="(self.countType == 'imageCountMoreThan') != has(self.countUnit)",message="countUnit is needed with the since… count types and only there",fieldPath=".countUnit"
// +kubebuilder:validation:XValidation:rule="(self.countType == 'sinceImageTransitioned') == (has(self.storageClass) && self.storageClass == 'archive')",message="storageClass archive is needed with sinceImageTransitioned and only there",fieldPath=".storageClass"
// +kubebuilder:validation:XValidation:rule="self.countType != 'sinceImageTransitioned' || self.countNumber >= 90",message="sinceImageTransitioned needs a countNumber of at least 90",fieldPath=".countNumber"
type LifecycleSelection struct {
	// TagStatus of the images: tagged, untagged or any.
	// +kubebuilder:validation:Enum=tagged;untagged;any
	TagStatus string `json:"tagStatus"`

	// TagPatternList are tag patterns with at most four `*`. An image must match
	// ALL of them; write one rule per pattern to mean "or".
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:items:Pattern=`^[^*]*(\*[^*]*){0,4}$`
	TagPatternList []string `json:"tagPatternList,omitempty"`

	// TagPrefixList are tag prefixes. An image must match ALL of them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	TagPrefixList []string `json:"tagPrefixList,omitempty"`

	// StorageClass of the images: standard (AWS's default) or archive.
	// +optional
	// +kubebuilder:validation:Enum=standard;archive
	StorageClass *string `json:"storageClass,omitempty"`

	// CountType is what is counted.
	// +kubebuilder:validation:Enum=imageCountMoreThan;sinceImagePushed;sinceImagePulled;sinceImageTransitioned
	CountType string `json:"countType"`

	// CountUnit of the since… count types: days.
	// +optional
	// +kubebuilder:validation:Enum=days
	CountUnit *string `json:"countUnit,omitempty"`

	// CountNumber is the number of images or of days.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	CountNumber int64 `json:"countNumber"`
}

// LifecycleAction is what happens to the selected images.
// +kubebuilder:validation:XValidation:rule="(self.type == 'transition') == has(self.targetStorageClass)",message="targetStorageClass is needed with type transition and only there",fieldPath=".targetStorageClass"
type LifecycleAction struct {
	// Type of the action: expire or transition.
	// +kubebuilder:validation:Enum=expire;transition
	Type string `json:"type"`

	// TargetStorageClass of a transition: archive.
	// +optional
	// +kubebuilder:validation:Enum=archive
	TargetStorageClass *string `json:"targetStorageClass,omitempty"`
}

// MaxCount is the largest number of images or days. AWS documents no maximum. This one is that of AWS's 32-bit integer,
// far below the numbers that lose digits in the provider's JSON.
const MaxCount = 1<<31 - 1
