package github

import (
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

var (
	organizationName = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*$`)
	repositoryName   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	number           = regexp.MustCompile(`^[1-9][0-9]{0,19}$`)
	hostName         = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// Bounds of GitHub and of IAM.
const (
	maxOrganization = 39
	maxEnterprise   = 60
	maxHost         = 253

	// maxIssuerURL is that of Url in
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
	maxIssuerURL = 255
)

// ValidateOrganization returns all that is wrong with the organisation of an org
// access.
func ValidateOrganization(spec *v1alpha1.OrgGitHub, path *field.Path) fault.List {
	var l fault.List
	if p := path.Child("organization"); spec.Organization == "" {
		l.Required(p, "the name of the GitHub organisation")
	} else if len(spec.Organization) > maxOrganization || !organizationName.MatchString(spec.Organization) {
		github(&l, "github.organization", p, spec.Organization, "must be at most %d letters and digits, with single hyphens between them", maxOrganization)
	}
	l = append(l, validateIssuer(spec.Issuer, path.Child("issuer"))...)

	p := path.Child("organizationId")
	switch {
	case spec.OrganizationID != nil:
		validateNumber(&l, "the organisation's", p, *spec.OrganizationID)
	case IssuerOf(spec.Issuer).Public():
		l.Required(p, "on github.com a name can be registered again by strangers, and the newer form of a token's subject holds the number; see https://api.github.com/orgs/<organization>")
	}
	return l
}

// validateIssuer returns all that is wrong with an issuer.
func validateIssuer(spec *v1alpha1.GitHubIssuer, path *field.Path) fault.List {
	var l fault.List
	if spec == nil {
		return l
	}
	if spec.Host != nil {
		validateHost(&l, *spec.Host, path.Child("host"))
	}
	if spec.Enterprise == nil {
		return l
	}
	p := path.Child("enterprise")
	if s := *spec.Enterprise; len(s) > maxEnterprise || !organizationName.MatchString(s) {
		github(&l, "github.issuer", p, s, "must be an enterprise's slug: at most %d letters and digits, with single hyphens between them", maxEnterprise)
	}
	if !IssuerOf(spec).Public() {
		github(&l, "github.issuer", p, *spec.Enterprise, "must be left out with another host than %s: only there an enterprise can have its slug in the issuer", publicHost)
	}
	return l
}

func validateHost(l *fault.List, host string, p *field.Path) {
	tenant, isTenant := strings.CutSuffix(host, tenantSuffix)
	switch {
	case host == publicHost:
	case len(host) > maxHost || !hostName.MatchString(host):
		l.Invalid(p, host, "must be the name of a host in lower case, without https:// and without a path")
	case strings.HasSuffix(host, "."+publicHost) || strings.HasSuffix(host, ".githubusercontent.com"):
		github(l, "github.issuer", p, host, "is a host of github.com: write %s, or leave it out", publicHost)
	case host == strings.TrimPrefix(tenantSuffix, ".") || isTenant && strings.Contains(tenant, "."):
		github(l, "github.issuer", p, host, "must be <subdomain>%s, the host that people sign in to", tenantSuffix)
	case len(Issuer{Host: host}.URL()) > maxIssuerURL:
		l.AWS("iam.issuer-url", p, host, "the issuer's URL has %d characters, at most %d are allowed", len(Issuer{Host: host}.URL()), maxIssuerURL)
	}
}

func validateNumber(l *fault.List, whose string, p *field.Path, s string) {
	if !number.MatchString(s) {
		github(l, "github.id", p, s, "must be %s number, in digits, as GitHub's API tells it in the field id", whose)
	}
}

// github adds a value that breaks the named rule of GitHub.
func github(l *fault.List, id string, p *field.Path, value any, format string, args ...any) {
	l.Add(fault.Fault{Path: p, Value: value, Rule: fmt.Sprintf(format, args...), Owner: fault.GitHub, ID: id})
}
