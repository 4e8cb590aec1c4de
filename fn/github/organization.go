// Package github knows the tokens of GitHub's workflow runs: their issuers and their subjects.
//
// https://docs.github.com/en/actions/reference/security/oidc
package github

import (
	"cmp"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// An Organization owns repositories and their workflows.
type Organization struct {
	spec *v1alpha1.OrgGitHub
}

// Hosts of GitHub, and the issuer of github.com.
const (
	publicHost   = "github.com"
	publicIssuer = "https://token.actions.githubusercontent.com"
	tenantSuffix = ".ghe.com"
)

// OrganizationOf returns the organisation that a spec names.
func OrganizationOf(spec *v1alpha1.OrgGitHub) Organization { return Organization{spec: spec} }

// Name returns the name of the organisation, as GitHub spells it: IAM compares case.
func (o Organization) Name() string { return o.spec.Organization }

// id returns the number of the organisation. It may be empty if the organisation is not on github.com.
func (o Organization) id() string { return *cmp.Or(o.spec.OrganizationID, new("")) }

// issuer returns the spec of the issuer, never nil.
func (o Organization) issuer() *v1alpha1.GitHubIssuer {
	return cmp.Or(o.spec.Issuer, &v1alpha1.GitHubIssuer{})
}

// host returns the host of the GitHub that the organisation is on.
func (o Organization) host() string {
	return *cmp.Or(o.issuer().Host, new(publicHost))
}

// enterprise returns the slug of the organisation's enterprise in the issuer; empty for most.
func (o Organization) enterprise() string {
	return *cmp.Or(o.issuer().Enterprise, new(""))
}

// public reports whether the organisation is on github.com, where anyone can register a name that was given up.
func (o Organization) public() bool { return o.host() == publicHost }

// tenant reports whether the organisation is on ghe.com.
func (o Organization) tenant() bool { return strings.HasSuffix(o.host(), tenantSuffix) }

// server reports whether the organisation is on a GitHub Enterprise Server. STS reads only the audience and the subject
// of its tokens, and the subject has the older form only.
func (o Organization) server() bool { return !o.public() && !o.tenant() }

// idUnread reports whether the organisation is on ghe.com, but STS does not read its number from its tokens: STS does
// not know the issuers there that have an enterprise's slug.
func (o Organization) idUnread() bool { return o.tenant() && o.enterprise() != "" }

// Issuer returns the issuer of the organisation's tokens. A token must be for AWS, and have the number of the
// organisation: its name could be registered again by somebody else.
func (o Organization) Issuer(partition string) oidc.Issuer {
	i := oidc.Issuer{URL: o.issuerURL(), Audience: audience(partition)}
	if o.id() != "" && !o.idUnread() {
		i.Conditions = []oidc.Condition{{Operator: oidc.StringEquals, Claim: "repository_owner_id", Values: []string{o.id()}}}
	}
	return i
}

func (o Organization) issuerURL() string {
	switch {
	case o.public() && o.enterprise() == "":
		return publicIssuer
	case o.public():
		return publicIssuer + "/" + o.enterprise()
	case o.tenant():
		return "https://token.actions." + strings.TrimSuffix(o.host()+"/"+o.enterprise(), "/")
	}
	return "https://" + o.host() + "/_services/token"
}

// audience returns the audience that the action aws-actions/configure-aws-credentials asks for.
func audience(partition string) string {
	if partition == aws.PartitionChina {
		return "sts.amazonaws.com.cn"
	}
	return "sts.amazonaws.com"
}
