// Package github knows who GitHub says a workflow run is: its issuers, and the subjects of its tokens.
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

// An Organization owns the repositories whose workflows are let in.
type Organization struct {
	spec *v1alpha1.OrgGitHub
}

// Hosts of GitHub, and of the issuer of github.com.
const (
	publicHost   = "github.com"
	publicIssuer = "https://token.actions.githubusercontent.com"
	tenantSuffix = ".ghe.com"
)

// OrganizationOf returns the organisation that a spec names.
func OrganizationOf(spec *v1alpha1.OrgGitHub) Organization { return Organization{spec: spec} }

// Name returns the name of the organisation, as GitHub spells it: IAM compares case.
func (o Organization) Name() string { return o.spec.Organization }

// id returns the number of the organisation. It may be empty where the organisation is not on github.com.
func (o Organization) id() string { return *cmp.Or(o.spec.OrganizationID, new("")) }

// issuer returns what the spec says of the issuer, never nil.
func (o Organization) issuer() *v1alpha1.GitHubIssuer {
	return cmp.Or(o.spec.Issuer, &v1alpha1.GitHubIssuer{})
}

// host returns the host of the GitHub that the organisation is on.
func (o Organization) host() string {
	return *cmp.Or(o.issuer().Host, new(publicHost))
}

// enterprise returns the slug that the enterprise of the organisation has in its issuer; empty for most.
func (o Organization) enterprise() string {
	return *cmp.Or(o.issuer().Enterprise, new(""))
}

// public reports whether the organisation is on github.com, where anyone can register a name that was given up.
func (o Organization) public() bool { return o.host() == publicHost }

// tenant reports whether the organisation is on ghe.com.
func (o Organization) tenant() bool { return strings.HasSuffix(o.host(), tenantSuffix) }

// server reports whether the organisation is on a GitHub Enterprise Server. STS reads nothing from its tokens
// but audience and subject, and the subject has the older form only.
func (o Organization) server() bool { return !o.public() && !o.tenant() }

// unread reports whether STS reads no number from the organisation's tokens although it does from those of other
// organisations on ghe.com: it does not know the issuers there that hold an enterprise's slug.
func (o Organization) unread() bool { return o.tenant() && o.enterprise() != "" }

// Issuer returns the issuer of the organisation's tokens. A token must be for AWS, and of the organisation that
// has the number: a name alone can be registered again.
func (o Organization) Issuer(partition string) oidc.Issuer {
	i := oidc.Issuer{URL: o.issuerURL(), Audience: audience(partition)}
	if o.id() != "" && !o.unread() {
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

// audience returns the one that the action aws-actions/configure-aws-credentials asks for.
func audience(partition string) string {
	if partition == aws.PartitionChina {
		return "sts.amazonaws.com.cn"
	}
	return "sts.amazonaws.com"
}
