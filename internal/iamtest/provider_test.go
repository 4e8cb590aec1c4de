package iamtest

import (
	"strings"
	"testing"
)

func TestEvaluateTrustOfOtherPolicies(t *testing.T) {
	job := GitHubJob{Owner: "octo-org", OwnerID: "9919", Repository: "octo-repo", RepositoryID: "74"}
	provider := ProviderARN("aws", "111122223333", GitHubIssuer)
	statement := func(effect, principal, action string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `"}`
	}
	gitHub := `{"Federated":"` + provider + `"}`
	cases := map[string]struct {
		reason     string
		statements []string
		role       string
		want       Decision
	}{
		"NoCondition":  {reason: pageGitHubRole + "without a condition, everyone on GitHub", statements: []string{statement("Allow", gitHub, "sts:AssumeRoleWithWebIdentity")}, want: DecisionAllow},
		"OtherAction":  {reason: pageAction + "sts:AssumeRole is another action", statements: []string{statement("Allow", gitHub, "sts:AssumeRole")}, want: DecisionImplicitDeny},
		"ActionStar":   {reason: pageAction + "wildcards in the name", statements: []string{statement("Allow", gitHub, "sts:AssumeRole*")}, want: DecisionAllow},
		"Denied":       {reason: pageDenyAllow + "an explicit deny overrides an allow", statements: []string{statement("Allow", gitHub, "sts:AssumeRoleWithWebIdentity"), statement("Deny", `"*"`, "sts:*")}, want: DecisionExplicitDeny},
		"Everyone":     {reason: pagePrincipal + "* allows everyone to assume the role", statements: []string{statement("Allow", `"*"`, "sts:*")}, want: DecisionAllow},
		"OtherAccount": {reason: pagePrincipal + "the provider must exist in the role's account", statements: []string{statement("Allow", gitHub, "sts:AssumeRoleWithWebIdentity")}, role: "arn:aws:iam::444455556666:role/ecr-push", want: DecisionImplicitDeny},
		"OtherPartition": {reason: pageDelegation + "nothing crosses partitions", statements: []string{statement("Allow", gitHub, "sts:AssumeRoleWithWebIdentity")},
			role: "arn:aws-cn:iam::111122223333:role/ecr-push", want: DecisionImplicitDeny},
		"Account": {reason: pagePrincipal + "an account is not its providers", statements: []string{statement("Allow", `{"AWS":"111122223333"}`, "sts:*")}, want: DecisionImplicitDeny},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, TrustPolicy, `{"Version":"2012-10-17","Statement":[`+strings.Join(tc.statements, ",")+`]}`)
			got, err := EvaluateTrust(d, orDefault(tc.role, testRole), job.Token())
			if err != nil {
				t.Fatalf("%s\nEvaluateTrust(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Decision); d != "" {
				t.Errorf("%s\nEvaluateTrust(...): -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

func TestAuthenticateToken(t *testing.T) {
	providers := []Provider{
		{URL: GitHubIssuer, ClientIDs: []string{"sts.amazonaws.com", "other"}},
		{URL: GHEIssuer("octo"), ClientIDs: []string{"octo"}},
	}
	cases := map[string]struct {
		reason string
		token  Token
		want   bool
	}{
		"Known":         {reason: "the provider takes this audience", token: Token{Issuer: GitHubIssuer, Audience: "other"}, want: true},
		"OtherAudience": {reason: "id_roles_providers_create_oidc: the audience must be one of the provider's client ids", token: Token{Issuer: GitHubIssuer, Audience: "octo"}},
		"OtherIssuer":   {reason: pagePrincipal + "an OIDC IDP that exists in your account", token: Token{Issuer: GitHubEnterpriseIssuer("x"), Audience: "sts.amazonaws.com"}},
		"AZP":           {reason: pageOIDC + "aud maps to azp if it is set", token: Token{Issuer: GHEIssuer("octo"), Audience: "x", Claims: map[string]string{"azp": "octo"}}, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := AuthenticateToken(providers, tc.token)
			if d := diff(tc.want, err == nil); d != "" {
				t.Errorf("%s\nAuthenticateToken(...): %v: -want, +got:\n%s", tc.reason, err, d)
			}
		})
	}
}

func TestRefusedTrusts(t *testing.T) {
	token := GitHubJob{Owner: "octo-org", OwnerID: "9919", Repository: "octo-repo", RepositoryID: "74"}.Token()
	trust := mustParse(t, TrustPolicy, trustPolicy(GitHubIssuer, `{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:octo-org/*"}}`))
	identity := mustParse(t, IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	noScheme := token
	noScheme.Issuer = "token.actions.githubusercontent.com"
	cases := map[string]struct {
		reason string
		policy *Document
		role   string
		token  Token
	}{
		"KindOfPolicy": {reason: "an identity policy says nothing of who may assume a role", policy: identity, role: testRole, token: token},
		"NoPolicy":     {reason: "a role has a trust policy", role: testRole, token: token},
		"NotARole":     {reason: "only a role is assumed", policy: trust, role: "arn:aws:iam::111122223333:user/ana", token: token},
		"NotOfIAM":     {reason: "a role is IAM's", policy: trust, role: "arn:aws:ecr:eu-west-1:111122223333:role/x", token: token},
		"Issuer":       {reason: "an issuer is an https URL", policy: trust, role: testRole, token: noScheme},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := EvaluateTrust(tc.policy, tc.role, tc.token); err == nil {
				t.Errorf("%s\nEvaluateTrust(...): want an error, got %v", tc.reason, got.Decision)
			}
		})
	}
	if err := CheckGitHubTrust(identity); err == nil {
		t.Error("CheckGitHubTrust(an identity policy): want an error")
	}
	if err := CheckGitHubTrust(nil); err == nil {
		t.Error("CheckGitHubTrust(nil): want an error")
	}
}
