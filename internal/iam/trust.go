package iam

import (
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// AssumeRoleWithWebIdentity is the action that a trust policy allows for the tokens of an OIDC provider.
const AssumeRoleWithWebIdentity = "sts:AssumeRoleWithWebIdentity"

// A Token is an OIDC token signed by its issuer. GitHubJob.Token returns the token of a GitHub job.
type Token struct {
	// Issuer is the claim iss, an https URL.
	Issuer string

	// Audience is the claim aud.
	Audience string

	// Subject is the claim sub.
	Subject string

	// Claims are the other claims as text. An empty claim is absent.
	Claims map[string]string
}

// EvaluateTrust decides whether a token may assume a role with this trust policy. The caller is the provider of the
// token's issuer in the role's own account: STS accepts no other. The provider's own audiences are not evaluated.
func EvaluateTrust(d *Document, roleARN string, t Token) (Result, error) {
	if d == nil || d.Kind != TrustPolicy {
		return Result{}, fmt.Errorf("there must be a %s", TrustPolicy)
	}
	a, ok := aws.ParseARN(roleARN)
	if !ok || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		return Result{}, fmt.Errorf("%q is not the ARN of a role", roleARN)
	}
	keys, err := t.context()
	if err != nil {
		return Result{}, err
	}
	return EvaluateOne(d, Request{
		Action:    AssumeRoleWithWebIdentity,
		Resource:  roleARN,
		Principal: OIDCProvider(ProviderARN(a.Partition, a.Account, t.Issuer)),
		Context:   keys,
	})
}

// ProviderARN returns the ARN of the OIDC provider of an issuer in an account.
func ProviderARN(partition, account, issuer string) string {
	return "arn:" + partition + ":iam::" + account + ":oidc-provider/" + strings.TrimPrefix(issuer, "https://")
}

// audience returns the audience that STS evaluates: azp if the token has it, else aud
// (reference_policies_iam-condition-keys, "Available keys for AWS OIDC federation").
func (t Token) audience() string {
	if azp := t.Claims["azp"]; azp != "" {
		return azp
	}
	return t.Audience
}

// gitHubClaims are the claims of a GitHub token for which STS has condition keys in addition to the standard ones
// (Service Authorization Reference, "Condition keys for AWS Security Token Service", September 2026).
var gitHubClaims = []string{
	"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id",
	"repository_owner_id", "workflow",
}

// HasGitHubKeys reports whether STS has GitHub's condition keys for an issuer, given without its scheme. The Service
// Authorization Reference lists them for github.com, with or without an enterprise's path, and for ghe.com. It does not
// list them for GitHub Enterprise Server: there STS reads aud and sub only.
func HasGitHubKeys(issuer string) bool {
	host, path, _ := strings.Cut(issuer, "/")
	switch host {
	case "token.actions.githubusercontent.com":
		return true
	case "github.com":
		return strings.HasPrefix(path, "enterprises/")
	}
	return path == "" && strings.HasPrefix(host, "token.actions.") && strings.HasSuffix(host, ".ghe.com")
}

// context returns the request context that STS derives from a token: the standard keys, and GitHub's own for its
// issuers. STS has no key for other claims: a condition on one finds the key absent.
func (t Token) context() (Context, error) {
	prefix, ok := strings.CutPrefix(t.Issuer, "https://")
	if !ok || prefix == "" {
		return nil, fmt.Errorf("the issuer %q must be an https URL", t.Issuer)
	}
	values := map[string]string{
		"aud":   t.audience(),
		"oaud":  t.Audience,
		"sub":   t.Subject,
		"email": t.Claims["email"],
	}
	if HasGitHubKeys(prefix) {
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
