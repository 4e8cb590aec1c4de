package iam_test

import (
	"cmp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// The pages of AWS's documentation that the cases come from, of the IAM User Guide unless the constant says
// otherwise.
const (
	operators  = "reference_policies_elements_condition_operators: "
	sets       = "reference_policies_condition-single-vs-multi-valued-context-keys: "
	logic      = "reference_policies_condition-logic-multiple-context-keys-or-values: "
	actions    = "reference_policies_elements_action: "
	principals = "reference_policies_elements_principal: "
	denyAllow  = "reference_policies_evaluation-logic_policy-eval-denyallow: "
	delegation = "access_policies-cross-account-resource-access: "
	oidcKeys   = "reference_policies_iam-condition-keys: "
	gitHubRole = "id_roles_create_for-idp_oidc: "
	stsKeys    = "Service Authorization Reference, condition keys of STS: "
	gitHub     = "GitHub Docs, OpenID Connect reference: "
)

const role = "arn:aws:iam::111122223333:role/ecr-push"

// trust returns a trust policy for the tokens of an issuer. $ in the condition is the prefix of the issuer's keys.
func trust(issuer, condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` +
		iam.ProviderARN("aws", "111122223333", issuer) + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":` +
		strings.ReplaceAll(condition, "$", strings.TrimPrefix(issuer, "https://")) + `}]}`
}

var octoJob = iam.GitHubJob{Owner: "octo-org", OwnerID: "9919", Repository: "octo-repo", RepositoryID: "74"}

func TestEvaluateTrust(t *testing.T) {
	const (
		orgWide = `{"StringEquals":{"$:aud":"sts.amazonaws.com","$:repository_owner_id":"9919"},` +
			`"StringLike":{"$:sub":["repo:octo-org/*","repo:octo-org@9919/*"]}}`
		branch     = `{"StringEquals":{"$:aud":"sts.amazonaws.com","$:sub":"repo:octo-org/octo-repo:ref:refs/heads/demo"}}`
		named      = `{"StringEquals":{"$:aud":"sts.amazonaws.com"},"StringLike":{"$:sub":"repo:octo-org/octo-repo:*"}}`
		production = `{"StringEquals":{"$:environment":"production"}}`
		ghes       = "github.example.com"
	)
	for _, tc := range []struct {
		name, reason string
		issuer       string // GitHubIssuer if empty
		condition    string
		change       func(*iam.GitHubJob)
		want         bool
	}{
		{
			"Branch", oidcKeys + "sub limits the role to the branch named demo", "", branch,
			func(j *iam.GitHubJob) { j.Context.Branch = "demo" }, true,
		},
		{
			"OtherBranch", oidcKeys + "sub limits the role to the branch named demo", "", branch,
			func(j *iam.GitHubJob) { j.Context.Branch = "demo2" }, false,
		},
		{
			"AnyBranch", gitHubRole + "repo:GitHubOrg/GitHubRepo:* grants access to any branch", "", named,
			func(j *iam.GitHubJob) { j.Context.Branch = "x/y" }, true,
		},
		{
			"OtherRepository", gitHubRole + "repo:GitHubOrg/GitHubRepo:* is for one repository", "", named,
			func(j *iam.GitHubJob) { j.Repository = "octo-repo-2" }, false,
		},
		{"Organization", gitHubRole + "repo:GitHubOrg/* is for the organisation", "", orgWide, nil, true},
		{
			"Immutable", gitHub + "immutable subjects have the ids", "", orgWide,
			func(j *iam.GitHubJob) { j.Immutable = true }, true,
		},
		{
			"ImmutableOldPattern", gitHub + "immutable subjects do not match a pattern of names", "", `{"StringLike":{"$:sub":"repo:octo-org/*"}}`,
			func(j *iam.GitHubJob) { j.Immutable = true }, false,
		},
		{
			"LookAlike", gitHubRole + "organisations outside of your control", "", orgWide,
			func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "octo-org-evil", "666" }, false,
		},
		{
			"LookAlikeID", gitHub + "another owner has another id", "", orgWide,
			func(j *iam.GitHubJob) { j.OwnerID, j.Immutable = "99190", true }, false,
		},
		{
			"Case", operators + "StringLike is case-sensitive", "", orgWide,
			func(j *iam.GitHubJob) { j.Owner = "Octo-Org" }, false,
		},
		{
			"ReRegistered", oidcKeys + "a name that was registered again has another repository_owner_id", "",
			orgWide, func(j *iam.GitHubJob) { j.OwnerID = "100200" }, false,
		},
		{
			"Audience", oidcKeys + "aud verifies that the token is for AWS", "", orgWide,
			func(j *iam.GitHubJob) { j.Audience = "https://github.com/octo-org" }, false,
		},
		{
			"AZP", oidcKeys + "aud maps to azp if the token has it", "", orgWide,
			func(j *iam.GitHubJob) { j.Claims = map[string]string{"azp": "other"} }, false,
		},
		{
			"OtherIssuer", principals + "the Principal is the provider of the issuer", "",
			`{"StringLike":{"$:sub":"*"}}`, func(j *iam.GitHubJob) { j.Issuer = "https://evil.example.com" }, false,
		},
		{"NoKeyOwner", stsKeys + "none for repository_owner: the condition never matches", "",
			`{"StringEquals":{"$:repository_owner":"octo-org"}}`, nil, false},
		{"NoKeyEvent", stsKeys + "none for event_name", "", `{"StringEquals":{"$:event_name":"push"}}`, nil, false},
		{"Keys", stsKeys + "repository, repository_id, ref", "",
			`{"StringEquals":{"$:repository":"octo-org/octo-repo","$:repository_id":"74","$:ref":"refs/heads/main"}}`,
			nil, true},
		{
			"Workflow", stsKeys + "job_workflow_ref, workflow, actor", "",
			`{"StringLike":{"$:job_workflow_ref":"octo-org/ci/*@refs/heads/main"},"StringEquals":{"$:workflow":"build","$:actor":"octocat"}}`,
			func(j *iam.GitHubJob) {
				j.Claims = map[string]string{"job_workflow_ref": "octo-org/ci/b.yml@refs/heads/main", "workflow": "build", "actor": "octocat"}
			}, true,
		},
		{
			"Environment", stsKeys + "environment, as it is", "", `{"StringEquals":{"$:environment":"prod:eu"}}`,
			func(j *iam.GitHubJob) { j.Context.Environment = "prod:eu" }, true,
		},
		{"EnvironmentAbsent", oidcKeys + "a job without an environment has no such claim", "", production, nil, false},
		{"ForAllValues", sets + "ForAllValues with Allow is overly permissive if a key is missing", "",
			`{"ForAllValues:StringEquals":{"$:environment":"production"}}`, nil, true},
		{"IfExists", operators + "IfExists is true if the key is not present", "",
			`{"StringEqualsIfExists":{"$:environment":"production"}}`, nil, true},
		{"EqualsStar", operators + "StringEquals with a star never matches a subject", "",
			`{"StringEquals":{"$:sub":"repo:octo-org/*"}}`, nil, false},
		{"LooseValue", logic + "values are ORed: the loosest one decides", "",
			`{"StringLike":{"$:sub":["repo:other/x:*","*"]}}`, nil, true},
		{
			"PullRequest", gitHub + "the subject of a pull request names no branch", "",
			`{"StringLike":{"$:sub":"repo:octo-org/octo-repo:ref:*"}}`,
			func(j *iam.GitHubJob) { j.Context.PullRequest = "7" }, false,
		},
		{
			"EnterpriseIssuer", stsKeys + "token.actions.githubusercontent.com/${SubPath}", iam.GitHubEnterpriseIssuer("octo"), orgWide,
			func(j *iam.GitHubJob) { j.Issuer = iam.GitHubEnterpriseIssuer("octo") }, true,
		},
		{
			"EnterpriseOtherKeys", oidcKeys + "keys start with the name of the provider", iam.GitHubEnterpriseIssuer("octo"),
			strings.ReplaceAll(orgWide, "$", "token.actions.githubusercontent.com"),
			func(j *iam.GitHubJob) { j.Issuer = iam.GitHubEnterpriseIssuer("octo") }, false,
		},
		{
			"GHE", stsKeys + "token.actions.${Domain}.ghe.com", iam.GHEIssuer("octo"), orgWide,
			func(j *iam.GitHubJob) { j.Issuer = iam.GHEIssuer("octo") }, true,
		},
		{
			"GHES", oidcKeys + "the default keys of any provider: aud and sub", iam.GHESIssuer(ghes),
			`{"StringEquals":{"$:aud":"sts.amazonaws.com"},"StringLike":{"$:sub":"repo:octo-org/*"}}`,
			func(j *iam.GitHubJob) { j.Issuer = iam.GHESIssuer(ghes) }, true,
		},
		{
			"GHESKeys", stsKeys + "none for the host of a GitHub Enterprise Server", iam.GHESIssuer(ghes), orgWide,
			func(j *iam.GitHubJob) { j.Issuer = iam.GHESIssuer(ghes) }, false,
		},
		{
			"GHEPath", stsKeys + "none for a path on ghe.com", iam.GHEIssuer("octo") + "/x", orgWide,
			func(j *iam.GitHubJob) { j.Issuer = iam.GHEIssuer("octo") + "/x" }, false,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			job := octoJob
			if tc.change != nil {
				tc.change(&job)
			}
			d := parse(t, iam.TrustPolicy, trust(cmp.Or(tc.issuer, iam.GitHubIssuer), tc.condition))
			got, err := iam.EvaluateTrust(d, role, job.Token())
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\n%s: want %t", tc.reason, job.Subject(), tc.want)
			}
		})
	}
}

// Trust policies of another form than usual, or of another role.
func TestEvaluateOtherTrust(t *testing.T) {
	const gitHub = `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	statement := func(effect, principal, action string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `"}`
	}
	anyone := statement("Allow", gitHub, "sts:AssumeRoleWithWebIdentity")
	for _, tc := range []struct {
		name, reason, statements, role string
		want                           iam.Decision
	}{
		{"NoCondition", gitHubRole + "without a condition, everyone on GitHub", anyone, role, iam.DecisionAllow},
		{"OtherAction", actions + "sts:AssumeRole is another action",
			statement("Allow", gitHub, "sts:AssumeRole"), role, iam.DecisionImplicitDeny},
		{"ActionStar", actions + "wildcards in the name", statement("Allow", gitHub, "sts:AssumeRole*"), role,
			iam.DecisionAllow},
		{"Denied", denyAllow + "an explicit deny overrides an allow",
			anyone + "," + statement("Deny", `"*"`, "sts:*"), role, iam.DecisionExplicitDeny},
		{"Everyone", principals + "* allows everyone to assume the role", statement("Allow", `"*"`, "sts:*"),
			role, iam.DecisionAllow},
		{"Account", principals + "an account is not its providers",
			statement("Allow", `{"AWS":"111122223333"}`, "sts:*"), role, iam.DecisionImplicitDeny},
		{"OtherAccount", principals + "the provider must be in the role's account", anyone,
			"arn:aws:iam::444455556666:role/ecr-push", iam.DecisionImplicitDeny},
		{"OtherPartition", delegation + "nothing crosses partitions", anyone,
			"arn:aws-cn:iam::111122223333:role/ecr-push", iam.DecisionImplicitDeny},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := iam.EvaluateTrust(parse(t, iam.TrustPolicy, head+tc.statements+tail), tc.role, octoJob.Token())
			if err != nil {
				t.Fatal(err)
			}
			if got.Decision != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got.Decision)
			}
		})
	}
}

func TestRefusedTrust(t *testing.T) {
	policy := parse(t, iam.TrustPolicy, trust(iam.GitHubIssuer, `{"StringLike":{"$:sub":"repo:octo-org/*"}}`))
	noScheme := octoJob
	noScheme.Issuer = "token.actions.githubusercontent.com"
	for _, tc := range []struct {
		name, reason string
		policy       *iam.Document
		role         string
		job          iam.GitHubJob
	}{
		{"Kind", "an identity policy does not say who may assume a role", parse(t, iam.IdentityPolicy, allECR),
			role, octoJob},
		{"NoPolicy", "a role has a trust policy", nil, role, octoJob},
		{"NotARole", "only a role is assumed", policy, "arn:aws:iam::111122223333:user/ana", octoJob},
		{"NotIAM", "a role is IAM's", policy, "arn:aws:ecr:eu-west-1:111122223333:role/x", octoJob},
		{"Issuer", "an issuer is an https URL", policy, role, noScheme},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := iam.EvaluateTrust(tc.policy, tc.role, tc.job.Token()); err == nil {
				t.Errorf("%s\nwant an error, got %v", tc.reason, got.Decision)
			}
		})
	}
}

func TestGitHubSubject(t *testing.T) {
	for _, tc := range []struct {
		name, reason string
		immutable    bool
		context      iam.GitHubContext
		want, ref    string
	}{
		{"Branch", gitHub + "filtering for a branch", false, iam.GitHubContext{Branch: "octo-branch"},
			"repo:octo-org/octo-repo:ref:refs/heads/octo-branch", "refs/heads/octo-branch"},
		{"Tag", gitHub + "filtering for a tag", false, iam.GitHubContext{Tag: "demo-tag"},
			"repo:octo-org/octo-repo:ref:refs/tags/demo-tag", "refs/tags/demo-tag"},
		{"PullRequest", gitHub + "filtering for pull_request events", false, iam.GitHubContext{PullRequest: "7"},
			"repo:octo-org/octo-repo:pull_request", "refs/pull/7/merge"},
		{"Environment", gitHub + "filtering for an environment", false,
			iam.GitHubContext{Environment: "Production"}, "repo:octo-org/octo-repo:environment:Production",
			"refs/heads/main"},
		{"Colon", gitHub + "any : within a value is replaced by %3A", false,
			iam.GitHubContext{Environment: "Production:V1"}, "repo:octo-org/octo-repo:environment:Production%3AV1",
			"refs/heads/main"},
		{"Percent", "a percent sign was seen to arrive as it is", false,
			iam.GitHubContext{Environment: "Production%3AV1"},
			"repo:octo-org/octo-repo:environment:Production%3AV1", "refs/heads/main"},
		{"Both", gitHub + "pull_request only if the job names no environment", false,
			iam.GitHubContext{Environment: "e", PullRequest: "7"}, "repo:octo-org/octo-repo:environment:e",
			"refs/pull/7/merge"},
		{"Default", "a job that says nothing runs for main", false, iam.GitHubContext{},
			"repo:octo-org/octo-repo:ref:refs/heads/main", "refs/heads/main"},
		{"Immutable", gitHub + "immutable subject claims", true, iam.GitHubContext{},
			"repo:octo-org@9919/octo-repo@74:ref:refs/heads/main", "refs/heads/main"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			job := octoJob
			job.Immutable, job.Context = tc.immutable, tc.context
			token := job.Token()
			if diff := gocmp.Diff([]string{tc.want, tc.ref}, []string{token.Subject, token.Claims["ref"]}); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
