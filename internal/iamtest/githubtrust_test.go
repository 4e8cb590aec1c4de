package iamtest

import "testing"

func TestCheckGitHubTrust(t *testing.T) {
	cases := map[string]struct {
		reason    string
		issuer    string
		condition string
		want      bool
	}{
		"Subject":            {reason: pageGitHubRole + "sub is present", condition: `{"StringEquals":{"$:sub":"repo:octo-org/octo-repo:ref:refs/heads/main"}}`, want: true},
		"SubjectPattern":     {reason: pageGitHubRole + "repo:GitHubOrg/*", condition: `{"StringLike":{"$:sub":"repo:octo-org/*"}}`, want: true},
		"SubjectIgnoreCase":  {reason: "IAM's message names StringEqualsIgnoreCase", condition: `{"StringEqualsIgnoreCase":{"$:sub":"repo:octo-org/x:pull_request"}}`, want: true},
		"Workflow":           {reason: "IAM's message names job_workflow_ref", condition: `{"StringLike":{"$:job_workflow_ref":"octo-org/x/.github/workflows/*"}}`, want: true},
		"TextualOnly":        {reason: "the check is textual: repo:* is accepted, and so is repo:*/*", condition: `{"StringLike":{"$:sub":"repo:*"}}`, want: true},
		"OtherCaseOfTheKey":  {reason: pageCondition + "key names are not case-sensitive", condition: `{"StringLike":{"$:SUB":"repo:octo-org/*"}}`, want: true},
		"AudienceOnly":       {reason: pageGitHubRole + "sub is not present", condition: `{"StringEquals":{"$:aud":"sts.amazonaws.com"}}`},
		"OtherClaimOnly":     {reason: "IAM refuses a policy that tests only repository", condition: `{"StringEquals":{"$:repository":"octo-org/x"}}`},
		"Star":               {reason: pageGitHubRole + "the value is not solely a wildcard character", condition: `{"StringLike":{"$:sub":"*"}}`},
		"Stars":              {reason: pageGitHubRole + "the value is not solely wildcard characters", condition: `{"StringLike":{"$:sub":"*?*"}}`},
		"Empty":              {reason: pageGitHubRole + "the value is not null", condition: `{"StringLike":{"$:sub":""}}`},
		"StarAmongOthers":    {reason: "IAM was seen to look at the first value only; this check looks at all", condition: `{"StringLike":{"$:sub":["repo:octo-org/*","*"]}}`},
		"StarFirst":          {reason: "IAM refuses a bare wildcard in the first place", condition: `{"StringLike":{"$:sub":["*","repo:octo-org/*"]}}`},
		"Negated":            {reason: "a negated operator does not limit who gets in", condition: `{"StringNotLike":{"$:sub":"repo:evil/*"}}`},
		"ForAllValues":       {reason: pageSets + "a set operator is true if the key is missing", condition: `{"ForAllValues:StringLike":{"$:sub":"repo:octo-org/*"}}`},
		"IfExists":           {reason: pageOperators + "IfExists is true if the key is missing", condition: `{"StringLikeIfExists":{"$:sub":"repo:octo-org/*"}}`},
		"KeyOfAnotherIssuer": {reason: pageOIDC + "keys start with the name of the provider", issuer: GitHubEnterpriseIssuer("octo"), condition: `{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:octo-org/*"}}`},
		"Enterprise":         {reason: "IAM makes the check for an enterprise's issuer too", issuer: GitHubEnterpriseIssuer("octo"), condition: `{"StringLike":{"$:sub":"repo:octo-org/*"}}`, want: true},
		"GHES":               {reason: "held to the same rule here", issuer: GHESIssuer("github.example.com"), condition: `{"StringEquals":{"$:aud":"sts.amazonaws.com"}}`},
		"GHESWorkflow":       {reason: "STS has no key job_workflow_ref for a GitHub Enterprise Server", issuer: GHESIssuer("github.example.com"), condition: `{"StringLike":{"$:job_workflow_ref":"octo-org/x/*"}}`},
		"NotGitHub":          {reason: "id_roles_providers_oidc_secure-by-default: a private provider needs no claim", issuer: "https://gitlab.example.com", condition: `{"StringEquals":{"$:aud":"x"}}`, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			issuer := orDefault(tc.issuer, GitHubIssuer)
			d := mustParse(t, TrustPolicy, trustPolicy(issuer, gitHubCondition(issuer, tc.condition)))
			err := CheckGitHubTrust(d)
			if d := diff(tc.want, err == nil); d != "" {
				t.Errorf("%s\nCheckGitHubTrust(...): %v: -want, +got:\n%s", tc.reason, err, d)
			}
		})
	}
}

// What is no Allow of a GitHub provider's tokens need not test a subject.
func TestCheckGitHubTrustLooksAtAllowsOnly(t *testing.T) {
	const gitHub = `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	const safe = `"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:octo-org/*"}}`
	cases := map[string]struct {
		reason     string
		statements string
		want       bool
	}{
		"Deny":          {reason: "a Deny lets nobody in", statements: `{"Effect":"Deny","Principal":` + gitHub + `,"Action":"sts:AssumeRoleWithWebIdentity"}`, want: true},
		"OtherAction":   {reason: "tokens come with AssumeRoleWithWebIdentity", statements: `{"Effect":"Allow","Principal":` + gitHub + `,"Action":"sts:TagSession"}`, want: true},
		"ActionPattern": {reason: "a pattern that covers AssumeRoleWithWebIdentity lets tokens in", statements: `{"Effect":"Allow","Principal":` + gitHub + `,"Action":"sts:*"}`},
		"Service":       {reason: "a service has no token", statements: `{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:*"}`, want: true},
		"SAML":          {reason: "a SAML provider is not GitHub's", statements: `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/x"},"Action":"sts:*"}`, want: true},
		"SecondOne":     {reason: "every Allow must test it", statements: `{"Effect":"Allow","Principal":` + gitHub + `,"Action":"sts:*",` + safe + `},{"Effect":"Allow","Principal":` + gitHub + `,"Action":"sts:*"}`},
		"BothSafe":      {reason: "every Allow tests it", statements: `{"Effect":"Allow","Principal":` + gitHub + `,"Action":"sts:*",` + safe + `},{"Effect":"Allow","Principal":` + gitHub + `,"Action":"sts:*",` + safe + `}`, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := CheckGitHubTrust(mustParse(t, TrustPolicy, `{"Version":"2012-10-17","Statement":[`+tc.statements+`]}`))
			if d := diff(tc.want, err == nil); d != "" {
				t.Errorf("%s\nCheckGitHubTrust(...): %v: -want, +got:\n%s", tc.reason, err, d)
			}
		})
	}
}

func TestHasGitHubKeys(t *testing.T) {
	cases := map[string]bool{
		"token.actions.githubusercontent.com":          true,
		"token.actions.githubusercontent.com/octo":     true,
		"token.actions.githubusercontent.com.evil.com": false,
		"xtoken.actions.githubusercontent.com":         false,
		"token.actions.octo.ghe.com":                   true,
		"token.actions.octo.ghe.com/x":                 false,
		"octo.ghe.com":                                 false,
		"token.actions.octo.example.com":               false,
		"github.com/enterprises/octo":                  true,
		"github.com/octo":                              false,
		"github.example.com/_services/token":           false,
	}
	for issuer, want := range cases {
		if got := hasGitHubKeys(issuer); got != want {
			t.Errorf("hasGitHubKeys(%q): want %v, got %v", issuer, want, got)
		}
	}
}
