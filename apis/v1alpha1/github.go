package v1alpha1

// GitHubContexts are the kinds of workflow run that may assume a role. An entry
// without any admits every run; with some, exactly those. In branches, tags and
// environments `*` is a wildcard.
type GitHubContexts struct {
	// Branches whose runs are admitted, without `refs/heads/`.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:Pattern=`^[^?$\x00-\x1f\x7f]+$`
	Branches []string `json:"branches,omitempty"`

	// Tags whose runs are admitted, without `refs/tags/`.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:Pattern=`^[^?$\x00-\x1f\x7f]+$`
	Tags []string `json:"tags,omitempty"`

	// Environments whose jobs are admitted. A job that names an environment has
	// it as its only context: its branch or tag does not count then.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:Pattern=`^[^?$\x00-\x1f\x7f]+$`
	Environments []string `json:"environments,omitempty"`

	// PullRequests admits runs of the event pull_request, those from forks too
	// where the repository hands tokens to them.
	// +optional
	PullRequests *bool `json:"pullRequests,omitempty"`
}
