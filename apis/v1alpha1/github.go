package v1alpha1

// GitHubContexts say which workflow runs may assume a role. An entry without any
// admits every run, one with some admits exactly those. In branches, tags and
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

	// Environments whose jobs are admitted. A job that names an environment has no
	// other context: its branch or tag does not count.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:Pattern=`^[^?$\x00-\x1f\x7f]+$`
	Environments []string `json:"environments,omitempty"`

	// PullRequests admits runs of the event pull_request. They include runs from forks
	// if the repository gives them tokens.
	// +optional
	PullRequests *bool `json:"pullRequests,omitempty"`
}
