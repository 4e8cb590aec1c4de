package v1alpha1

// OrgIssuers name the owner of the workflows that are let in, by the issuer of their tokens: exactly one.
type OrgIssuers struct {
	// GitHub organisation whose workflows are let in.
	// +required
	GitHub *OrgGitHub `json:"github"`
}

// OrgGitHub is a GitHub organisation.
// +kubebuilder:validation:XValidation:rule="has(self.organizationId) || (has(self.issuer) && has(self.issuer.host) && self.issuer.host != 'github.com')",message="organizationId is required on github.com",fieldPath=".organizationId"
type OrgGitHub struct {
	// Organization by its name, as GitHub spells it: IAM compares case.
	// +kubebuilder:validation:MaxLength=39
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_-]+$')",message="must be at most 39 letters, digits, hyphens and underscores"
	Organization string `json:"organization"`

	// OrganizationID is its number. It closes the re-registration of a name, and the
	// newer form of the subject claim holds it. Required on github.com.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]*$')",message="must be a number, in digits, as GitHub's API has it in the field id"
	OrganizationID *string `json:"organizationId,omitempty"`

	// Issuer of the tokens. Default: github.com.
	// +optional
	Issuer *GitHubIssuer `json:"issuer,omitempty"`
}

// GitHubIssuer is a GitHub that issues tokens.
// +kubebuilder:validation:XValidation:rule="!has(self.enterprise) || !has(self.host) || self.host == 'github.com' || self.host.endsWith('.ghe.com')",message="enterprise goes with github.com and <subdomain>.ghe.com only",fieldPath=".enterprise"
// +kubebuilder:validation:XValidation:rule="!has(self.host) || (self.host != 'ghe.com' && (!self.host.endsWith('.ghe.com') || self.host.matches('^[a-z0-9-]+[.]ghe[.]com$')))",message="a host of ghe.com is <subdomain>.ghe.com",fieldPath=".host"
type GitHubIssuer struct {
	// Host: github.com, <subdomain>.ghe.com, or the host of a GitHub Enterprise
	// Server. Default: github.com.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)+$')",message="must be the name of a host in lower case, without https:// and without a path"
	Host *string `json:"host,omitempty"`

	// Enterprise slug, where the enterprise includes it in the issuer.
	// +optional
	// +kubebuilder:validation:MaxLength=60
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9](-?[A-Za-z0-9])*$')",message="must be an enterprise's slug: at most 60 letters and digits, with single hyphens between them"
	Enterprise *string `json:"enterprise,omitempty"`
}

// Allow admits workflows of one repository of the organisation, or of all.
// +kubebuilder:validation:XValidation:rule="!has(self.repositoryId) || !self.repository.endsWith('*')",message="repositoryId needs the name of one repository",fieldPath=".repositoryId"
// +kubebuilder:validation:XValidation:rule="self.repository != '.' && self.repository != '..'",message="`.` and `..` are not names of repositories on GitHub",fieldPath=".repository"
type Allow struct {
	// Repository by its name, without its owner; the beginning of names and `*`, for all that begin so; or `*`
	// for any.
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^([*]|[A-Za-z0-9._-]+[*]?)$')",message="must be *, the name of one repository, or the beginning of names and *, without the owner"
	Repository string `json:"repository"`

	// RepositoryID is the repository's number; it closes the re-use of its name.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]*$')",message="must be a number, in digits, as GitHub's API has it in the field id"
	RepositoryID *string `json:"repositoryId,omitempty"`

	GitHubContexts `json:",inline"`
}
