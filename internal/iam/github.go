package iam

import (
	"cmp"
	"maps"
	"strings"
)

// Issuers and audiences of GitHub's tokens (https://docs.github.com/en/actions/reference/security/oidc).
const (
	// GitHubIssuer issues the tokens of github.com.
	GitHubIssuer = "https://token.actions.githubusercontent.com"

	// AWSAudience is the audience that the action configure-aws-credentials asks for.
	AWSAudience = "sts.amazonaws.com"

	// AWSChinaAudience is the one that it asks for in the partition aws-cn.
	AWSChinaAudience = "sts.amazonaws.com.cn"
)

// GitHubEnterpriseIssuer issues the tokens of an enterprise on github.com that has an issuer of its own.
func GitHubEnterpriseIssuer(slug string) string { return GitHubIssuer + "/" + slug }

// GHEIssuer issues the tokens of an enterprise on ghe.com.
func GHEIssuer(subdomain string) string { return "https://token.actions." + subdomain + ".ghe.com" }

// GHESIssuer issues the tokens of a GitHub Enterprise Server.
func GHESIssuer(host string) string { return "https://" + host + "/_services/token" }

// A GitHubJob is a job of a GitHub Actions workflow, as its token describes it.
type GitHubJob struct {
	// Issuer defaults to GitHubIssuer.
	Issuer string

	// Audience defaults to AWSAudience.
	Audience string

	// Owner and Repository are names as GitHub spells them. The ids are decimal numbers.
	Owner, OwnerID           string
	Repository, RepositoryID string

	// Immutable says that the subject holds the ids. It does for repositories that were created, renamed or
	// transferred after 15 July 2026, but never on GitHub Enterprise Server.
	Immutable bool

	Context GitHubContext

	// Claims are further claims, such as job_workflow_ref.
	Claims map[string]string
}

// Subject is the claim sub of a repository that has not customised it.
func (j GitHubJob) Subject() string {
	if j.Immutable {
		return "repo:" + j.Owner + "@" + j.OwnerID + "/" + j.Repository + "@" + j.RepositoryID + ":" + j.Context.String()
	}
	return "repo:" + j.Owner + "/" + j.Repository + ":" + j.Context.String()
}

// Token is the token of the job.
func (j GitHubJob) Token() Token {
	claims := map[string]string{
		"environment":         j.Context.Environment,
		"event_name":          j.Context.event(),
		"ref":                 j.Context.Ref(),
		"repository":          j.Owner + "/" + j.Repository,
		"repository_id":       j.RepositoryID,
		"repository_owner":    j.Owner,
		"repository_owner_id": j.OwnerID,
	}
	maps.Copy(claims, j.Claims)
	return Token{
		Issuer:   cmp.Or(j.Issuer, GitHubIssuer),
		Audience: cmp.Or(j.Audience, AWSAudience),
		Subject:  j.Subject(),
		Claims:   claims,
	}
}

// A GitHubContext is what a job runs for: an event, and perhaps an environment.
type GitHubContext struct {
	// Environment is the name of the environment that the job names.
	Environment string

	// PullRequest is the number of the pull request that triggered the run.
	PullRequest string

	// Branch or Tag is what the run is for, unless it is for a pull request. Without either it is the branch main.
	Branch, Tag string
}

// String is the last part of the subject. The environment goes before the event. A colon in a name arrives as
// %3A but a percent sign as it is, so that the environments "a:b" and "a%3Ab" have one subject.
func (c GitHubContext) String() string {
	switch {
	case c.Environment != "":
		return "environment:" + strings.ReplaceAll(c.Environment, ":", "%3A")
	case c.PullRequest != "":
		return "pull_request"
	default:
		return "ref:" + strings.ReplaceAll(c.Ref(), ":", "%3A")
	}
}

// Ref is the claim ref.
func (c GitHubContext) Ref() string {
	switch {
	case c.PullRequest != "":
		return "refs/pull/" + c.PullRequest + "/merge"
	case c.Tag != "":
		return "refs/tags/" + c.Tag
	default:
		return "refs/heads/" + cmp.Or(c.Branch, "main")
	}
}

func (c GitHubContext) event() string {
	if c.PullRequest != "" {
		return "pull_request"
	}
	return "push"
}
