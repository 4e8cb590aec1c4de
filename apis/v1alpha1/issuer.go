package v1alpha1

// OrgIssuers name the owner of the workflows that get access, by the issuer of their tokens. There must be exactly one.
type OrgIssuers struct {
	// GitHub organisation whose workflows get access.
	// +required
	GitHub *OrgGitHub `json:"github"`
}

// OrgGitHub is a GitHub organisation.
// +kubebuilder:validation:XValidation:rule="has(self.organizationId) || (has(self.issuer) && has(self.issuer.host) && self.issuer.host != 'github.com')",message="organizationId is required on github.com",fieldPath=".organizationId"
type OrgGitHub struct {
	// Organization by its name, as GitHub spells it: IAM is case-sensitive.
	// +kubebuilder:validation:MaxLength=39
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_-]+$')",message="must be at most 39 letters, digits, hyphens and underscores"
	Organization string `json:"organization"`

	// OrganizationID is the organisation's number. It keeps out whoever registers a name
	// that was given up, and the newer form of the subject claim contains it. Required
	// on github.com.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]*$')",message="must be a number, in digits, as GitHub's API has it in the field id"
	OrganizationID *string `json:"organizationId,omitempty"`

	// Issuer of the tokens. Default: github.com.
	// +optional
	Issuer *GitHubIssuer `json:"issuer,omitempty"`
}

// GitHubIssuer is an instance of GitHub that issues tokens.
// +kubebuilder:validation:XValidation:rule="!has(self.enterprise) || !has(self.host) || self.host == 'github.com' || self.host.endsWith('.ghe.com')",message="enterprise goes with github.com and <subdomain>.ghe.com only",fieldPath=".enterprise"
// +kubebuilder:validation:XValidation:rule="!has(self.host) || (self.host != 'ghe.com' && (!self.host.endsWith('.ghe.com') || self.host.matches('^[a-z0-9-]+[.]ghe[.]com$')))",message="a host of ghe.com is <subdomain>.ghe.com",fieldPath=".host"
type GitHubIssuer struct {
	// Host: github.com, <subdomain>.ghe.com, or the host of a GitHub Enterprise
	// Server. Default: github.com.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)+$')",message="must be the name of a host in lower case, without https:// and without a path"
	Host *string `json:"host,omitempty"`

	// Enterprise is the enterprise's slug, if the enterprise includes it in the issuer.
	// +optional
	// +kubebuilder:validation:MaxLength=60
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9](-?[A-Za-z0-9])*$')",message="must be an enterprise's slug: at most 60 letters and digits, with single hyphens between them"
	Enterprise *string `json:"enterprise,omitempty"`
}

// Allow admits workflows of one, several or all repositories of the organisation.
// +kubebuilder:validation:XValidation:rule="!has(self.repositoryId) || !self.repository.endsWith('*')",message="repositoryId needs the name of one repository",fieldPath=".repositoryId"
// +kubebuilder:validation:XValidation:rule="self.repository != '.' && self.repository != '..'",message="`.` and `..` are not names of repositories on GitHub",fieldPath=".repository"
type Allow struct {
	// Repository is the name of a repository without its owner, the beginning of names
	// followed by `*`, or `*` for all repositories.
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^([*]|[A-Za-z0-9._-]+[*]?)$')",message="must be *, the name of one repository, or the beginning of names and *, without the owner"
	Repository string `json:"repository"`

	// RepositoryID is the repository's number. It keeps out a later one of the same name.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]*$')",message="must be a number, in digits, as GitHub's API has it in the field id"
	RepositoryID *string `json:"repositoryId,omitempty"`

	GitHubContexts `json:",inline"`
}
