package iamtest

import (
	"strings"
	"testing"
)

const testRole = "arn:aws:iam::111122223333:role/ecr-push"

// trustPolicy is a trust policy for one provider with one Condition element.
func trustPolicy(issuer, condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` +
		ProviderARN("aws", "111122223333", issuer) + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":` + condition + `}]}`
}

// gitHubCondition writes conditions with the keys of an issuer: $ stands for
// the prefix of the keys.
func gitHubCondition(issuer, condition string) string {
	return strings.ReplaceAll(condition, "$", ConditionPrefix(issuer))
}

func TestEvaluateTrust(t *testing.T) {
	const orgWide = `{"StringEquals":{"$:aud":"sts.amazonaws.com","$:repository_owner_id":"9919"},` +
		`"StringLike":{"$:sub":["repo:octo-org/*","repo:octo-org@9919/*"]}}`
	const branch = `{"StringEquals":{"$:aud":"sts.amazonaws.com","$:sub":"repo:octo-org/octo-repo:ref:refs/heads/demo"}}`
	job := GitHubJob{Owner: "octo-org", OwnerID: "9919", Repository: "octo-repo", RepositoryID: "74"}
	with := func(change func(*GitHubJob)) GitHubJob {
		j := job
		change(&j)
		return j
	}
	const ghes = "github.example.com"
	cases := map[string]struct {
		reason    string
		issuer    string
		condition string
		job       GitHubJob
		want      bool
	}{
		"Branch": {
			reason:    pageOIDC + "the sub condition key limits the role to the branch named demo",
			condition: branch,
			job:       with(func(j *GitHubJob) { j.Context.Branch = "demo" }),
			want:      true,
		},
		"OtherBranch": {
			reason:    pageOIDC + "the sub condition key limits the role to the branch named demo",
			condition: branch,
			job:       with(func(j *GitHubJob) { j.Context.Branch = "demo2" }),
		},
		"AnyBranchOfTheRepository": {
			reason:    pageGitHubRole + "repo:GitHubOrg/GitHubRepo:* grants access to any branch",
			condition: `{"StringEquals":{"$:aud":"sts.amazonaws.com"},"StringLike":{"$:sub":"repo:octo-org/octo-repo:*"}}`,
			job:       with(func(j *GitHubJob) { j.Context.Branch = "x/y" }),
			want:      true,
		},
		"AnyBranchOfAnother": {
			reason:    pageGitHubRole + "repo:GitHubOrg/GitHubRepo:* limits access to the repository",
			condition: `{"StringEquals":{"$:aud":"sts.amazonaws.com"},"StringLike":{"$:sub":"repo:octo-org/octo-repo:*"}}`,
			job:       with(func(j *GitHubJob) { j.Repository = "octo-repo-2" }),
		},
		"Organisation": {
			reason:    pageGitHubRole + "repo:GitHubOrg/* limits access to any repository or branch of the organisation",
			condition: orgWide,
			job:       job,
			want:      true,
		},
		"OrganisationImmutable": {
			reason:    pageGitHub + "immutable subject claims carry the ids",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Immutable = true }),
			want:      true,
		},
		"OrganisationImmutableOldPattern": {
			reason:    pageGitHub + "immutable subject claims do not match a pattern of names",
			condition: `{"StringLike":{"$:sub":"repo:octo-org/*"}}`,
			job:       with(func(j *GitHubJob) { j.Immutable = true }),
		},
		"LookAlikeOrganisation": {
			reason:    pageGitHubRole + "organisations outside of your control",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Owner, j.OwnerID = "octo-org-evil", "666" }),
		},
		"LookAlikeImmutable": {
			reason:    pageGitHub + "another owner has another id",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Owner, j.OwnerID, j.Immutable = "octo-org", "99190", true }),
		},
		"OtherCaseOfTheName": {
			reason:    pageOperators + "StringLike is case-sensitive",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Owner = "Octo-Org" }),
		},
		"ReRegisteredName": {
			reason:    pageOIDC + "repository_owner_id tells a name that was registered again from the one that was",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.OwnerID = "100200" }),
		},
		"OtherAudience": {
			reason:    pageOIDC + "use the aud condition key to verify that the audience matches",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Audience = "https://github.com/octo-org" }),
		},
		"OtherIssuer": {
			reason:    pagePrincipal + "the provider's ARN in the Principal is that of the issuer",
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Issuer = GitHubEnterpriseIssuer("evil") }),
		},
		"OtherIssuerSameKeys": {
			reason:    pagePrincipal + "a provider is another principal even if no condition tells it apart",
			condition: `{"StringLike":{"$:sub":"*"}}`,
			job:       with(func(j *GitHubJob) { j.Issuer = "https://evil.example.com" }),
		},
		"NoKeyForTheOwnersName": {
			reason:    "Service Authorization Reference, keys of STS: there is none for repository_owner, so the condition never matches",
			condition: `{"StringEquals":{"$:repository_owner":"octo-org"},"StringLike":{"$:sub":"repo:octo-org/*"}}`,
			job:       job,
		},
		"NoKeyForTheEvent": {
			reason:    "Service Authorization Reference, keys of STS: there is none for event_name",
			condition: `{"StringEquals":{"$:event_name":"push"}}`,
			job:       job,
		},
		"KeyForTheRepository": {
			reason:    "Service Authorization Reference, keys of STS: repository",
			condition: `{"StringEquals":{"$:repository":"octo-org/octo-repo","$:repository_id":"74"}}`,
			job:       job,
			want:      true,
		},
		"KeyForTheWorkflow": {
			reason:    "Service Authorization Reference, keys of STS: job_workflow_ref, workflow, ref, actor, actor_id",
			condition: `{"StringLike":{"$:job_workflow_ref":"octo-org/octo-repo/.github/workflows/*@refs/heads/main"},"StringEquals":{"$:workflow":"build","$:ref":"refs/heads/main","$:actor":"octocat","$:actor_id":"583231"}}`,
			job:       job,
			want:      true,
		},
		"KeyForTheEnvironment": {
			reason:    "Service Authorization Reference, keys of STS: environment, with the name as it is",
			condition: `{"StringEquals":{"$:environment":"prod:eu"}}`,
			job:       with(func(j *GitHubJob) { j.Context.Environment = "prod:eu" }),
			want:      true,
		},
		"KeyForTheEnvironmentAbsent": {
			reason:    pageOIDC + "a job without an environment has no such claim",
			condition: `{"StringEquals":{"$:environment":"production"}}`,
			job:       job,
		},
		"ForAllValuesAbsent": {
			reason:    pageSets + "ForAllValues with Allow is overly permissive if a context key is missing",
			condition: `{"ForAllValues:StringEquals":{"$:environment":"production"}}`,
			job:       job,
			want:      true,
		},
		"IfExistsAbsent": {
			reason:    pageOperators + "IfExists is true if the key is not present",
			condition: `{"StringEqualsIfExists":{"$:environment":"production"}}`,
			job:       job,
			want:      true,
		},
		"StringEqualsStar": {
			reason:    pageOperators + "StringEquals with a star never matches a subject",
			condition: `{"StringEquals":{"$:sub":"repo:octo-org/*"}}`,
			job:       job,
		},
		"OneLooseValue": {
			reason:    pageLogic + "values are evaluated with OR: the loosest one decides",
			condition: `{"StringLike":{"$:sub":["repo:other/x:ref:refs/heads/main","*"]}}`,
			job:       job,
			want:      true,
		},
		"PullRequest": {
			reason:    pageGitHub + "the subject of a pull request names no branch",
			condition: `{"StringLike":{"$:sub":"repo:octo-org/octo-repo:ref:*"}}`,
			job:       with(func(j *GitHubJob) { j.Context.PullRequest = "7" }),
		},
		"EnvironmentOfAPullRequest": {
			reason:    pageGitHub + "the environment goes before the event",
			condition: `{"StringEquals":{"$:sub":"repo:octo-org/octo-repo:environment:production"}}`,
			job:       with(func(j *GitHubJob) { j.Context = GitHubContext{PullRequest: "7", Environment: "production"} }),
			want:      true,
		},
		"EnterpriseIssuer": {
			reason:    "Service Authorization Reference, keys of STS: token.actions.githubusercontent.com/${SubPath}",
			issuer:    GitHubEnterpriseIssuer("octo-enterprise"),
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Issuer = GitHubEnterpriseIssuer("octo-enterprise") }),
			want:      true,
		},
		"EnterpriseIssuerKeysOfTheShared": {
			reason:    pageOIDC + "keys start with the name of the provider",
			issuer:    GitHubEnterpriseIssuer("octo-enterprise"),
			condition: strings.ReplaceAll(orgWide, "$", "token.actions.githubusercontent.com"),
			job:       with(func(j *GitHubJob) { j.Issuer = GitHubEnterpriseIssuer("octo-enterprise") }),
		},
		"GHE": {
			reason:    "Service Authorization Reference, keys of STS: token.actions.${Domain}.ghe.com",
			issuer:    GHEIssuer("octo"),
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Issuer = GHEIssuer("octo") }),
			want:      true,
		},
		"GHES": {
			reason:    pageOIDC + "the default keys of any provider: aud and sub",
			issuer:    GHESIssuer(ghes),
			condition: `{"StringEquals":{"$:aud":"sts.amazonaws.com"},"StringLike":{"$:sub":"repo:octo-org/*"}}`,
			job:       with(func(j *GitHubJob) { j.Issuer = GHESIssuer(ghes) }),
			want:      true,
		},
		"GHESHasNoOtherKeys": {
			reason:    "Service Authorization Reference, keys of STS: none for the host of a GitHub Enterprise Server",
			issuer:    GHESIssuer(ghes),
			condition: orgWide,
			job:       with(func(j *GitHubJob) { j.Issuer = GHESIssuer(ghes) }),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			issuer := orDefault(tc.issuer, GitHubIssuer)
			d := mustParse(t, TrustPolicy, trustPolicy(issuer, gitHubCondition(issuer, tc.condition)))
			got, err := EvaluateTrust(d, testRole, tc.job.Token())
			if err != nil {
				t.Fatalf("%s\nEvaluateTrust(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Allowed()); d != "" {
				t.Errorf("%s\nEvaluateTrust(%s): -want, +got:\n%s", tc.reason, tc.job.Subject(), d)
			}
		})
	}
}
