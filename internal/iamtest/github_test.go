package iamtest

import (
	"slices"
	"strings"
	"testing"
)

func TestGitHubSubject(t *testing.T) {
	cases := map[string]struct {
		reason string
		job    GitHubJob
		want   string
	}{
		"Branch":            {reason: pageGitHub + "filtering for a specific branch", job: GitHubJob{Context: GitHubContext{Branch: "octo-branch"}}, want: "repo:octo-org/octo-repo:ref:refs/heads/octo-branch"},
		"Tag":               {reason: pageGitHub + "filtering for a specific tag", job: GitHubJob{Context: GitHubContext{Tag: "demo-tag"}}, want: "repo:octo-org/octo-repo:ref:refs/tags/demo-tag"},
		"PullRequest":       {reason: pageGitHub + "filtering for pull_request events", job: GitHubJob{Context: GitHubContext{PullRequest: "7"}}, want: "repo:octo-org/octo-repo:pull_request"},
		"Environment":       {reason: pageGitHub + "filtering for a specific environment", job: GitHubJob{Context: GitHubContext{Environment: "Production"}}, want: "repo:octo-org/octo-repo:environment:Production"},
		"EnvironmentColon":  {reason: pageGitHub + "any : within a value is replaced by %3A", job: GitHubJob{Context: GitHubContext{Environment: "Production:V1"}}, want: "repo:octo-org/octo-repo:environment:Production%3AV1"},
		"EnvironmentOfAPR":  {reason: pageGitHub + "pull_request only if the job doesn't reference an environment", job: GitHubJob{Context: GitHubContext{Environment: "e", PullRequest: "7"}}, want: "repo:octo-org/octo-repo:environment:e"},
		"Default":           {reason: "a job that says nothing runs for main", job: GitHubJob{}, want: "repo:octo-org/octo-repo:ref:refs/heads/main"},
		"Immutable":         {reason: pageGitHub + "immutable subject claims", job: GitHubJob{Immutable: true}, want: "repo:octo-org@9919/octo-repo@74:ref:refs/heads/main"},
		"ImmutablePR":       {reason: pageGitHub + "immutable subject claims", job: GitHubJob{Immutable: true, Context: GitHubContext{PullRequest: "7"}}, want: "repo:octo-org@9919/octo-repo@74:pull_request"},
		"ImmutableEnv":      {reason: "as a job in the environment Production:V1 was seen to send it", job: GitHubJob{Immutable: true, Context: GitHubContext{Environment: "Production:V1"}}, want: "repo:octo-org@9919/octo-repo@74:environment:Production%3AV1"},
		"PercentIsNoEscape": {reason: "a percent sign was seen to arrive as it is", job: GitHubJob{Context: GitHubContext{Environment: "Production%3AV1"}}, want: "repo:octo-org/octo-repo:environment:Production%3AV1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.job.Owner, tc.job.OwnerID, tc.job.Repository, tc.job.RepositoryID = "octo-org", "9919", "octo-repo", "74"
			if d := diff(tc.want, tc.job.Token().Subject); d != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

func TestGitHubToken(t *testing.T) {
	got := GitHubJob{
		Owner: "octo-org", OwnerID: "9919", Repository: "octo-repo", RepositoryID: "74", EnterpriseID: "5",
		Context: GitHubContext{Environment: "prod:eu", PullRequest: "7"},
	}.Token()
	const workflow = "octo-org/octo-repo/.github/workflows/build.yml@refs/pull/7/merge"
	want := Token{
		Issuer:   "https://token.actions.githubusercontent.com",
		Audience: "sts.amazonaws.com",
		Subject:  "repo:octo-org/octo-repo:environment:prod%3Aeu",
		Claims: map[string]string{
			"actor": "octocat", "actor_id": "583231", "enterprise_id": "5", "environment": "prod:eu", "event_name": "pull_request",
			"job_workflow_ref": workflow, "ref": "refs/pull/7/merge", "ref_type": "branch", "repository": "octo-org/octo-repo",
			"repository_id": "74", "repository_owner": "octo-org", "repository_owner_id": "9919", "repository_visibility": "private",
			"runner_environment": "github-hosted", "workflow": "build", "workflow_ref": workflow,
		},
	}
	if d := diff(want, got); d != "" {
		t.Errorf("Token(): -want, +got:\n%s", d)
	}
}

func TestGitHubRefType(t *testing.T) {
	cases := map[string]struct {
		context GitHubContext
		want    []string // ref, ref_type, event_name
	}{
		"Branch":      {context: GitHubContext{Branch: "b"}, want: []string{"refs/heads/b", "branch", "push"}},
		"Tag":         {context: GitHubContext{Tag: "t"}, want: []string{"refs/tags/t", "tag", "push"}},
		"PullRequest": {context: GitHubContext{PullRequest: "7", Tag: "t"}, want: []string{"refs/pull/7/merge", "branch", "pull_request"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			claims := GitHubJob{Context: tc.context}.Token().Claims
			if d := diff(tc.want, []string{claims["ref"], claims["ref_type"], claims["event_name"]}); d != "" {
				t.Errorf("-want, +got:\n%s", d)
			}
		})
	}
}

func TestGitHubIssuers(t *testing.T) {
	type issuer struct{ URL, Prefix, ARN string }
	describe := func(url string) issuer {
		return issuer{URL: url, Prefix: ConditionPrefix(url), ARN: ProviderARN("aws-us-gov", "111122223333", url)}
	}
	got := []issuer{describe(GitHubIssuer), describe(GitHubEnterpriseIssuer("octo")), describe(GHEIssuer("octo")), describe(GHESIssuer("gh.example.com"))}
	const arn = "arn:aws-us-gov:iam::111122223333:oidc-provider/"
	want := []issuer{
		{"https://token.actions.githubusercontent.com", "token.actions.githubusercontent.com", arn + "token.actions.githubusercontent.com"},
		{"https://token.actions.githubusercontent.com/octo", "token.actions.githubusercontent.com/octo", arn + "token.actions.githubusercontent.com/octo"},
		{"https://token.actions.octo.ghe.com", "token.actions.octo.ghe.com", arn + "token.actions.octo.ghe.com"},
		{"https://gh.example.com/_services/token", "gh.example.com/_services/token", arn + "gh.example.com/_services/token"},
	}
	if d := diff(want, got); d != "" {
		t.Errorf("issuers: -want, +got:\n%s", d)
	}
}

// Every form that a subject takes must be among the generated jobs, or the
// tests that sweep over them miss one.
func TestGitHubJobsCoverEveryForm(t *testing.T) {
	job := GitHubJob{Owner: "octo-org", OwnerID: "9919", Repository: "octo-repo", RepositoryID: "74"}
	var subjects []string
	for _, j := range GitHubJobs(job) {
		subjects = append(subjects, j.Subject())
	}
	for _, prefix := range []string{"repo:octo-org/octo-repo:", "repo:octo-org@9919/octo-repo@74:"} {
		for _, form := range []string{"ref:refs/heads/", "ref:refs/tags/", "pull_request", "environment:"} {
			if !slices.ContainsFunc(subjects, func(s string) bool { return strings.HasPrefix(s, prefix+form) }) {
				t.Errorf("no job has a subject that starts with %s", prefix+form)
			}
		}
		if want := prefix + "environment:prod%3Aeu"; !slices.Contains(subjects, want) {
			t.Errorf("no job has the subject %s", want)
		}
	}
	job.Issuer = GHESIssuer("github.example.com")
	for _, j := range GitHubJobs(job) {
		if j.Immutable {
			t.Errorf("a GitHub Enterprise Server never sends %s", j.Subject())
		}
	}
}
