package iamtest

import "strings"

const (
	// GitHubIssuer issues the tokens of github.com.
	GitHubIssuer = "https://token.actions.githubusercontent.com"

	// AWSAudience is the audience that the official action asks for.
	AWSAudience = "sts.amazonaws.com"

	// AWSChinaAudience is the one it asks for in the partition aws-cn.
	AWSChinaAudience = "sts.amazonaws.com.cn"
)

// GitHubEnterpriseIssuer issues the tokens of an enterprise on github.com that
// has switched on an issuer of its own.
func GitHubEnterpriseIssuer(slug string) string { return GitHubIssuer + "/" + slug }

// GHEIssuer issues the tokens of an enterprise on ghe.com.
func GHEIssuer(subdomain string) string { return "https://token.actions." + subdomain + ".ghe.com" }

// GHESIssuer issues the tokens of a GitHub Enterprise Server.
func GHESIssuer(host string) string { return "https://" + host + "/_services/token" }

// A GitHubJob is one job of a GitHub Actions workflow, as its token tells it.
type GitHubJob struct {
	// Issuer defaults to GitHubIssuer.
	Issuer string

	// Audience defaults to AWSAudience.
	Audience string

	// Owner and Repository are names as GitHub spells them, the ids are
	// decimal numbers.
	Owner, OwnerID           string
	Repository, RepositoryID string

	// Immutable says that the repository sends the subject with the ids:
	// those made, renamed or transferred after 15 July 2026 do, but never
	// those of GitHub Enterprise Server.
	Immutable bool

	Context GitHubContext

	// Actor started the run. Default: octocat, 583231.
	Actor, ActorID string

	// Workflow is the name of the workflow, and WorkflowFile its path in the
	// repository. Default: build, .github/workflows/build.yml.
	Workflow, WorkflowFile string

	// EnterpriseID is empty outside an enterprise.
	EnterpriseID string
}

// Subject is the claim sub of a repository that has not customised it.
func (j GitHubJob) Subject() string {
	if j.Immutable {
		return "repo:" + j.Owner + "@" + j.OwnerID + "/" + j.Repository + "@" + j.RepositoryID + ":" + j.Context.String()
	}
	return "repo:" + j.Owner + "/" + j.Repository + ":" + j.Context.String()
}

// Token is the job's token, with the claims that GitHub documents ("OpenID
// Connect reference"), those too that STS does not read.
func (j GitHubJob) Token() Token {
	repository := j.Owner + "/" + j.Repository
	workflow := repository + "/" + orDefault(j.WorkflowFile, ".github/workflows/build.yml") + "@" + j.Context.ref()
	return Token{
		Issuer:   orDefault(j.Issuer, GitHubIssuer),
		Audience: orDefault(j.Audience, AWSAudience),
		Subject:  j.Subject(),
		Claims: map[string]string{
			"actor":                 orDefault(j.Actor, "octocat"),
			"actor_id":              orDefault(j.ActorID, "583231"),
			"enterprise_id":         j.EnterpriseID,
			"environment":           j.Context.Environment,
			"event_name":            j.Context.event(),
			"job_workflow_ref":      workflow,
			"ref":                   j.Context.ref(),
			"ref_type":              j.Context.refType(),
			"repository":            repository,
			"repository_id":         j.RepositoryID,
			"repository_owner":      j.Owner,
			"repository_owner_id":   j.OwnerID,
			"repository_visibility": "private",
			"runner_environment":    "github-hosted",
			"workflow":              orDefault(j.Workflow, "build"),
			"workflow_ref":          workflow,
		},
	}
}

// A GitHubContext is what a job runs for: an event, and perhaps an environment.
type GitHubContext struct {
	// Environment is the name of the environment that the job names.
	Environment string

	// PullRequest is the number of the pull request that triggered the run.
	PullRequest string

	// Branch or Tag is what the run is for, unless it is for a pull request.
	// Neither is the branch main.
	Branch, Tag string
}

// String is the last part of the subject. The environment goes before the
// event; a colon in a name arrives as %3A, and a percent sign as it is, so that
// the environments "a:b" and "a%3Ab" have one subject.
func (c GitHubContext) String() string {
	switch {
	case c.Environment != "":
		return "environment:" + strings.ReplaceAll(c.Environment, ":", "%3A")
	case c.PullRequest != "":
		return "pull_request"
	default:
		return "ref:" + strings.ReplaceAll(c.ref(), ":", "%3A")
	}
}

func (c GitHubContext) ref() string {
	switch {
	case c.PullRequest != "":
		return "refs/pull/" + c.PullRequest + "/merge"
	case c.Tag != "":
		return "refs/tags/" + c.Tag
	default:
		return "refs/heads/" + orDefault(c.Branch, "main")
	}
}

func (c GitHubContext) refType() string {
	if c.Tag != "" && c.PullRequest == "" {
		return "tag"
	}
	return "branch"
}

func (c GitHubContext) event() string {
	if c.PullRequest != "" {
		return "pull_request"
	}
	return "push"
}

// GitHubContexts are contexts of every form that a subject takes, with names
// that are easy to get wrong: a separator in the name, a name of one form that
// looks like another.
func GitHubContexts() []GitHubContext {
	return []GitHubContext{
		{Branch: "main"},
		{Branch: "mainline"},
		{Branch: "release/1.x"},
		{Branch: "feature/main"},
		{Branch: "refs/tags/v1.0.0"},
		{Branch: "environment/production"},
		{Branch: "pull_request"},
		{Branch: "dependabot/npm_and_yarn/lodash-4.17.21"},
		{Branch: "gh-readonly-queue/main/pr-7-5b0d1c2"},
		{Branch: "user@corp"},
		{Tag: "v1.0.0"},
		{Tag: "v10"},
		{Tag: "main"},
		{Tag: "release/2026-11"},
		{PullRequest: "7"},
		{Environment: "production"},
		{Environment: "Production"},
		{Environment: "production-eu"},
		{Environment: "prod:eu"},
		{Environment: "prod%3Aeu"},
		{Environment: "ref:refs/heads/main"},
		{Environment: "Staging Area"},
		{Environment: "production", Tag: "v1.0.0"},
		{Environment: "production", PullRequest: "7"},
		{Environment: "pull_request"},
	}
}

// GitHubJobs is the job once in every context and in both forms of the
// subject, or only in the old one for a GitHub Enterprise Server.
func GitHubJobs(j GitHubJob) []GitHubJob {
	forms := []bool{false, true}
	if strings.HasSuffix(j.Issuer, "/_services/token") {
		forms = forms[:1]
	}
	var out []GitHubJob
	for _, immutable := range forms {
		for _, c := range GitHubContexts() {
			j.Immutable, j.Context = immutable, c
			out = append(out, j)
		}
	}
	return out
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
