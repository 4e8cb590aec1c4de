package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// gitHubClaims are the claims of a GitHub token for which STS has condition
// keys besides the standard ones (Service Authorization Reference, "Condition
// keys for AWS Security Token Service", September 2026). All single-valued.
var gitHubClaims = []string{
	"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id",
	"repository_owner_id", "workflow",
}

// hasGitHubKeys tells whether STS has GitHub's condition keys for an issuer,
// given without its scheme. The Service Authorization Reference lists them
// for github.com, with or without an enterprise's path, and for ghe.com. It
// does not for GitHub Enterprise Server, whose hosts nobody can tell from
// those of any other provider: there aud and sub are all one can test.
func hasGitHubKeys(prefix string) bool {
	host, path, _ := strings.Cut(prefix, "/")
	switch {
	case host == "token.actions.githubusercontent.com":
		return true
	case host == "github.com":
		return strings.HasPrefix(path, "enterprises/")
	case path == "" && strings.HasPrefix(host, "token.actions.") && strings.HasSuffix(host, ".ghe.com"):
		return true
	}
	return false
}

// isGitHub tells whether an issuer, given without its scheme, is GitHub's in
// any edition.
func isGitHub(prefix string) bool {
	return hasGitHubKeys(prefix) || strings.HasSuffix(prefix, "/_services/token")
}

// CheckGitHubTrust makes the check that IAM makes when the trust policy of a
// role for GitHub is created or changed, and returns what IAM reports as
// MalformedPolicyDocument: every Allow of a GitHub provider must test the
// subject (or job_workflow_ref) with StringEquals, StringLike or
// StringEqualsIgnoreCase, against something other than a bare wildcard
// (id_roles_create_for-idp_oidc, "Configuring a role for GitHub OIDC identity
// provider").
//
// The check is textual: it admits repo:* and says nothing of who gets in. It is
// stricter than IAM's in two ways. IAM has been seen to look at the first value
// only; here no value may be a bare wildcard. And IAM checks providers that
// customers share; here those of ghe.com and of GitHub Enterprise Server are
// held to the same rule.
func CheckGitHubTrust(d *Document) error {
	if d == nil || d.Kind != TrustPolicy {
		return errors.New("not a trust policy")
	}
	for i, s := range d.Statements {
		if s.Effect != Allow || !(&evaluation{Request: Request{Action: AssumeRoleWithWebIdentity}}).matchesAction(s) {
			continue
		}
		for _, p := range s.Principal.Federated {
			_, issuer, ok := strings.Cut(p, ":oidc-provider/")
			if ok && isGitHub(issuer) && !testsSubject(s.Condition, issuer) {
				return fmt.Errorf("Statement[%d]: must test %[2]s:sub or %[2]s:job_workflow_ref with StringEquals, "+
					"StringLike or StringEqualsIgnoreCase, and not against a bare wildcard", i, issuer)
			}
		}
	}
	return nil
}

func testsSubject(conditions []Condition, issuer string) bool {
	return slices.ContainsFunc(conditions, func(c Condition) bool {
		switch c.name() {
		case "StringEquals", "StringLike", "StringEqualsIgnoreCase":
		default:
			return false
		}
		subject := strings.EqualFold(c.Key, issuer+":sub")
		workflow := strings.EqualFold(c.Key, issuer+":job_workflow_ref") && hasGitHubKeys(issuer)
		return (subject || workflow) && !slices.ContainsFunc(c.Values, func(v string) bool { return strings.Trim(v, "*?") == "" })
	})
}
