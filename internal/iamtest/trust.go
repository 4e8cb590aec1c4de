package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// AssumeRoleWithWebIdentity is the action that a trust policy has to allow for
// a token of an OIDC provider.
const AssumeRoleWithWebIdentity = "sts:AssumeRoleWithWebIdentity"

// A Token is a verified OIDC token: its issuer signed it. Make that of a
// GitHub job with GitHubJob.Token.
type Token struct {
	// Issuer is the claim iss, an https URL.
	Issuer string

	// Audience is the claim aud.
	Audience string

	// Subject is the claim sub.
	Subject string

	// Claims are the other claims, as text. An empty claim counts as absent.
	Claims map[string]string
}

// EvaluateTrust decides whether the trust policy of a role lets a token in. The
// caller is the provider of the token's issuer in the role's own account: STS
// knows no other. It is a decision of the policy alone; what the provider's
// list of audiences adds, AuthenticateToken tells.
func EvaluateTrust(d *Document, roleARN string, t Token) (Result, error) {
	if d == nil || d.Kind != TrustPolicy {
		return Result{}, errors.New("not a trust policy")
	}
	a, ok := parseARN(roleARN)
	if !ok || a.service != "iam" || !strings.HasPrefix(a.resource, "role/") {
		return Result{}, fmt.Errorf("%q is not the ARN of a role", roleARN)
	}
	keys, err := t.context()
	if err != nil {
		return Result{}, err
	}
	return Evaluate(d, Request{
		Action:    AssumeRoleWithWebIdentity,
		Resource:  roleARN,
		Principal: OIDCProvider(ProviderARN(a.partition, a.account, t.Issuer)),
		Context:   keys,
	})
}

// A Provider is an OIDC provider of an account, as IAM keeps it.
type Provider struct {
	// URL is the issuer, an https URL.
	URL string

	// ClientIDs are the audiences that the provider takes.
	ClientIDs []string
}

// AuthenticateToken tells whether STS takes a token before it looks at any
// policy: its issuer must be a provider of the account, and its audience one of
// that provider's client ids (id_roles_providers_create_oidc).
func AuthenticateToken(providers []Provider, t Token) error {
	for _, p := range providers {
		if p.URL != t.Issuer {
			continue
		}
		if !slices.Contains(p.ClientIDs, t.audience()) {
			return fmt.Errorf("the provider %s does not take the audience %q", p.URL, t.audience())
		}
		return nil
	}
	return fmt.Errorf("the account has no provider for the issuer %s", t.Issuer)
}

// ProviderARN is the ARN of the OIDC provider of an issuer in an account.
func ProviderARN(partition, account, issuer string) string {
	return "arn:" + partition + ":iam::" + account + ":oidc-provider/" + ConditionPrefix(issuer)
}

// ConditionPrefix is what the condition keys of an issuer start with, before
// the colon: the issuer without its scheme.
func ConditionPrefix(issuer string) string {
	return strings.TrimPrefix(issuer, "https://")
}

// audience is what STS takes for the audience: azp if the token has it, else
// aud ("Available keys for AWS OIDC federation", reference_policies_iam-condition-keys).
func (t Token) audience() string {
	if azp := t.Claims["azp"]; azp != "" {
		return azp
	}
	return t.Audience
}

// context is the request context that STS makes of a token: the standard keys
// for every provider, GitHub's own for GitHub's. STS has no key for any other
// claim, so a condition on it finds the key absent.
func (t Token) context() (Context, error) {
	prefix, ok := strings.CutPrefix(t.Issuer, "https://")
	if !ok || prefix == "" {
		return nil, fmt.Errorf("%q is not the URL of an issuer", t.Issuer)
	}
	values := map[string]string{
		"aud":   t.audience(),
		"oaud":  t.Audience,
		"sub":   t.Subject,
		"email": t.Claims["email"],
	}
	if hasGitHubKeys(prefix) {
		for _, c := range gitHubClaims {
			values[c] = t.Claims[c]
		}
	}
	keys := Context{}
	for name, v := range values {
		if v != "" {
			keys[prefix+":"+name] = []string{v}
		}
	}
	return keys, nil
}
