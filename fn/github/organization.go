// Package github knows who GitHub says a workflow run is: its issuers, and the
// subjects of its tokens.
//
// https://docs.github.com/en/actions/reference/security/oidc
package github

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// An Organization is whose workflows are let in.
type Organization struct {
	// Name as GitHub spells it: IAM compares case.
	Name string

	// ID is its number. It may be "" where the issuer is not github.com.
	ID string

	Issuer Issuer
}

// OrganizationOf returns the organisation that a valid spec names.
func OrganizationOf(spec *v1alpha1.OrgGitHub) Organization {
	return Organization{Name: spec.Organization, ID: value(spec.OrganizationID), Issuer: IssuerOf(spec.Issuer)}
}

// An Issuer is a GitHub that issues tokens. Zero is github.com.
type Issuer struct {
	// Host of a GitHub that is not github.com.
	Host string

	// Enterprise slug, where an enterprise of github.com has it in its issuer.
	Enterprise string
}

// Hosts of GitHub, and of the issuer of github.com.
const (
	publicHost   = "github.com"
	publicIssuer = "token.actions.githubusercontent.com"
	tenantSuffix = ".ghe.com"
)

// IssuerOf returns the issuer that a valid spec names; github.com if it names none.
func IssuerOf(spec *v1alpha1.GitHubIssuer) Issuer {
	if spec == nil {
		return Issuer{}
	}
	i := Issuer{Host: value(spec.Host), Enterprise: value(spec.Enterprise)}
	if i.Host == publicHost {
		i.Host = ""
	}
	return i
}

// Public tells whether the issuer is that of github.com, where every name of an
// organisation is in one space with everybody else's.
func (i Issuer) Public() bool { return i.Host == "" }

// Server tells whether the issuer is a GitHub Enterprise Server. AWS reads nothing from
// its tokens but the audience and the subject, which it sends in the older form only.
func (i Issuer) Server() bool { return !i.Public() && !i.tenant() }

// tenant tells whether the issuer is that of an enterprise on ghe.com.
func (i Issuer) tenant() bool { return strings.HasSuffix(i.Host, tenantSuffix) }

// String returns the issuer without `https://`, as IAM has it in condition keys and
// at the end of the provider's ARN.
func (i Issuer) String() string {
	switch {
	case i.Public() && i.Enterprise == "":
		return publicIssuer
	case i.Public():
		return publicIssuer + "/" + i.Enterprise
	case i.tenant():
		return "token.actions." + i.Host
	}
	return i.Host + "/_services/token"
}

// URL returns the issuer as tokens name it.
func (i Issuer) URL() string { return "https://" + i.String() }

// ProviderARN returns the ARN of the identity provider that an account has for the
// issuer. It is known before the provider exists.
func (i Issuer) ProviderARN(partition, account string) string {
	return "arn:" + partition + ":iam::" + account + ":oidc-provider/" + i.String()
}

// Audience returns whom a token that is shown to AWS must be for.
func Audience(partition string) string {
	if partition == aws.PartitionChina {
		return "sts.amazonaws.com.cn"
	}
	return "sts.amazonaws.com"
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
