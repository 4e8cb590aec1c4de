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

	// AWSAudience is the audience that the action configure-aws-credentials requests.
	AWSAudience = "sts.amazonaws.com"

	// AWSChinaAudience is the audience that the action requests in the partition aws-cn.
	AWSChinaAudience = "sts.amazonaws.com.cn"
)

// GitHubEnterpriseIssuer returns the issuer of an enterprise on github.com that has its own.
func GitHubEnterpriseIssuer(slug string) string { return GitHubIssuer + "/" + slug }

// GHEIssuer returns the issuer of an enterprise on ghe.com.
func GHEIssuer(subdomain string) string { return "https://token.actions." + subdomain + ".ghe.com" }

// GHESIssuer returns the issuer of a GitHub Enterprise Server.
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

	// Immutable reports whether the subject contains the ids. It does for repositories that were created, renamed or
	// transferred after 15 July 2026, but never on GitHub Enterprise Server.
	Immutable bool

	Context GitHubContext

	// Claims are further claims, such as job_workflow_ref.
	Claims map[string]string
}

// Subject returns the claim sub of a repository that has not customised it.
func (j GitHubJob) Subject() string {
	if j.Immutable {
		return "repo:" + j.Owner + "@" + j.OwnerID + "/" + j.Repository + "@" + j.RepositoryID + ":" + j.Context.String()
	}
	return "repo:" + j.Owner + "/" + j.Repository + ":" + j.Context.String()
}

// Token returns the token of the job.
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

// A GitHubContext is the event that a job runs for, with its environment, if any.
type GitHubContext struct {
	// Environment is the name of the job's environment.
	Environment string

	// PullRequest is the number of the pull request that triggered the run.
	PullRequest string

	// Branch or Tag is the ref of the run, unless it is for a pull request. The default is the branch main.
	Branch, Tag string
}

// String returns the last part of the subject: the environment or, without one, the event. GitHub escapes a colon in a
// name as %3A but does not escape a percent sign, so that the environments "a:b" and "a%3Ab" have the same subject.
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

// Ref returns the claim ref.
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
