package github

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Forms of the texts that GitHub takes.
var (
	organizationForm = form("github.organization", 39, `^[A-Za-z0-9_-]+$`, "must be at most 39 letters, digits, hyphens and underscores")
	enterpriseForm   = form("github.issuer", 60, `^[A-Za-z0-9](-?[A-Za-z0-9])*$`,
		"must be an enterprise's slug: at most 60 letters and digits, with single hyphens between them")
	organizationIDForm = numberForm("organisation")
	repositoryIDForm   = numberForm("repository")

	repositoryName    = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	repositoryPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{0,99}\*$`)
	hostName          = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

func form(id string, most int, pattern, rule string) fault.Form {
	return fault.Form{Owner: fault.GitHub, ID: id, Most: most, Holds: regexp.MustCompile(pattern).MatchString, Rule: rule}
}

func numberForm(of string) fault.Form {
	return form("github.id", 20, `^[1-9][0-9]*$`, "must be the "+of+"'s number, in digits, as GitHub's API has it in the field id")
}

// Bounds in bytes.
const (
	maxHost = 253

	// maxIssuerURL is the bound of IAM for Url in
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
	maxIssuerURL = 255
)

// Validate returns the faults of the organisation. The path is that of the field that names it.
func (o Organization) Validate(path *field.Path) fault.List {
	var l fault.List
	if p := path.Child("organization"); o.Name() == "" {
		l.Required(p, "the name of the GitHub organisation")
	} else {
		l.Add(organizationForm.Check(o.Name(), p)...)
	}
	l.Add(o.validateIssuer(path.Child("issuer"))...)
	if p := path.Child("organizationId"); o.spec.OrganizationID != nil {
		l.Add(organizationIDForm.Check(o.id(), p)...)
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
	l.Add(enterpriseForm.Check(o.enterprise(), p)...)
	if o.server() {
		l.GitHub("github.issuer", p, o.enterprise(),
			"must be left out with a GitHub Enterprise Server: only on %s and ghe.com can an enterprise have its "+
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
