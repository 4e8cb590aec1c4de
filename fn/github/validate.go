package github

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

var (
	enterpriseSlug    = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*$`)
	organizationName  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	repositoryName    = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	repositoryPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{0,99}\*$`)
	number            = regexp.MustCompile(`^[1-9][0-9]{0,19}$`)
	hostName          = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
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

// Validate returns what is wrong with the organisation, below the field that names it.
func (o Organization) Validate(path *field.Path) fault.List {
	var l fault.List
	if p := path.Child("organization"); o.Name() == "" {
		l.Required(p, "the name of the GitHub organisation")
	} else if len(o.Name()) > maxOrganization || !organizationName.MatchString(o.Name()) {
		l.GitHub("github.organization", p, o.Name(), "must be at most %d letters, digits, hyphens and underscores", maxOrganization)
	}
	l.Add(o.validateIssuer(path.Child("issuer"))...)
	if p := path.Child("organizationId"); o.spec.OrganizationID != nil {
		l.Add(validateNumber("the organisation's", p, o.id())...)
	} else if o.public() {
		l.Required(p,
			"on github.com a name can be registered again by strangers, and the newer form of a token's subject "+
				"holds the number; see https://api.github.com/orgs/<organization>")
	}
	return l
}

func (o Organization) validateIssuer(path *field.Path) fault.List {
	var l fault.List
	if o.issuer().Host != nil {
		l.Add(o.validateHost(path.Child("host"))...)
	}
	if o.issuer().Enterprise == nil {
		return l
	}
	p := path.Child("enterprise")
	if s := o.enterprise(); len(s) > maxEnterprise || !enterpriseSlug.MatchString(s) {
		l.GitHub("github.issuer", p, s,
			"must be an enterprise's slug: at most %d letters and digits, with single hyphens between them", maxEnterprise)
	}
	if o.server() {
		l.GitHub("github.issuer", p, o.enterprise(),
			"must be left out with a GitHub Enterprise Server: only on %s and ghe.com an enterprise can have its "+
				"slug in the issuer", publicHost)
	}
	return l
}

func (o Organization) validateHost(p *field.Path) fault.List {
	var l fault.List
	host := o.host()
	tenant, isTenant := strings.CutSuffix(host, tenantSuffix)
	switch {
	case o.public():
	case len(host) > maxHost || !hostName.MatchString(host):
		l.Invalid(p, host, "must be the name of a host in lower case, without https:// and without a path")
	case strings.HasSuffix(host, "."+publicHost) || strings.HasSuffix(host, ".githubusercontent.com"):
		l.GitHub("github.issuer", p, host, "is a host of github.com: write %s, or leave it out", publicHost)
	case host == strings.TrimPrefix(tenantSuffix, ".") || isTenant && strings.Contains(tenant, "."):
		l.GitHub("github.issuer", p, host, "must be <subdomain>%s, the host that people sign in to", tenantSuffix)
	case len(o.issuerURL()) > maxIssuerURL:
		l.AWS("iam.issuer-url", p, host, "the issuer's URL has %d characters, at most %d are allowed", len(o.issuerURL()), maxIssuerURL)
	}
	return l
}

func validateNumber(of string, p *field.Path, s string) fault.List {
	var l fault.List
	if !number.MatchString(s) {
		l.GitHub("github.id", p, s, "must be %s number, in digits, as GitHub's API has it in the field id", of)
	}
	return l
}
