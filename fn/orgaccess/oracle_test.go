package orgaccess_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// The oracle decides who may do what by the text of the design and the fields of a spec. It shares no code with the
// function, and sees no policy document.

// The actions that the design lists.
var (
	pushMay = []string{
		"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart",
		"ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:DescribeImages", "ecr:ListImages", "ecr:DescribeImageScanFindings",
	}
	pullMay      = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages", "ecr:ListImages"}
	replicateMay = []string{"ecr:ReplicateImage", "ecr:CreateRepository"}
)

// login is an action without a resource.
const login = "ecr:GetAuthorizationToken"

// admits reports whether a role's `allow` lets a job in.
func admits(spec *v1alpha1.EcrOrgAccessSpec, role v1alpha1.OrgRole, j iam.GitHubJob) bool {
	g := spec.GitHub
	id := ptr.Deref(g.OrganizationID, "")
	switch {
	case !ptr.Deref(role.Enabled, true):
		return false
	case cmp.Or(j.Issuer, iam.GitHubIssuer) != issuerOf(g.Issuer):
		return false
	case cmp.Or(j.Audience, iam.AWSAudience) != audienceOf(spec):
		return false
	case j.Owner != g.Organization:
		return false
	case id != "" && j.OwnerID != id && (j.Immutable || !unread(g)):
		return false
	case id != "" && strings.HasSuffix(j.Issuer, "/_services/token"):
		return false // AWS reads no number from a server's tokens
	case id == "" && j.Immutable:
		return false // the second form is admitted with the organisation's number only
	}
	allow := role.Allow
	if allow == nil {
		return true
	}
	return slices.ContainsFunc(allow, func(a v1alpha1.Allow) bool { return admitsEntry(a, j) })
}

// unread reports whether AWS reads no number from an organisation's tokens, but lets them in: its issuer is on ghe.com,
// with an enterprise's slug.
func unread(g *v1alpha1.OrgGitHub) bool {
	return g.Issuer != nil && strings.HasSuffix(ptr.Deref(g.Issuer.Host, ""), ".ghe.com") && g.Issuer.Enterprise != nil
}

func admitsEntry(a v1alpha1.Allow, j iam.GitHubJob) bool {
	if !anyLike([]string{a.Repository}, j.Repository) {
		return false
	}
	if a.RepositoryID != nil && j.Immutable && *a.RepositoryID != j.RepositoryID {
		return false
	}
	if a.Branches == nil && a.Tags == nil && a.Environments == nil && a.PullRequests == nil {
		return true
	}
	switch c := j.Context; {
	case c.Environment != "":
		return anyLike(a.Environments, c.Environment)
	case c.PullRequest != "":
		return ptr.Deref(a.PullRequests, false)
	case c.Tag != "":
		return anyLike(a.Tags, c.Tag)
	default:
		return anyLike(a.Branches, cmp.Or(c.Branch, "main"))
	}
}

// permits reports whether a role may use an action on a resource.
func permits(spec *v1alpha1.EcrOrgAccessSpec, role v1alpha1.OrgRole, may []string, action, arn string) bool {
	if action == login {
		return true
	}
	r, ok := repositoryOf(arn)
	return ok && slices.Contains(may, action) && r.partition == partitionOf(spec) && r.account == spec.AccountID && reaches(role.Repositories, r.name)
}

// A repository is an ARN by its parts.
type repository struct{ partition, region, account, name string }

var repositoryARN = regexp.MustCompile(`^arn:([^:]+):ecr:([^:]+):([0-9]{12}):repository/(.+)$`)

func repositoryOf(arn string) (repository, bool) {
	m := repositoryARN.FindStringSubmatch(arn)
	if m == nil {
		return repository{}, false
	}
	return repository{m[1], m[2], m[3], m[4]}, true
}

// reaches reports whether a repository matches one of the patterns; nil matches all.
func reaches(patterns []string, name string) bool { return patterns == nil || anyLike(patterns, name) }

func issuerOf(i *v1alpha1.GitHubIssuer) string {
	if i == nil {
		return iam.GitHubIssuer
	}
	host, slug := ptr.Deref(i.Host, "github.com"), ptr.Deref(i.Enterprise, "")
	if slug != "" {
		slug = "/" + slug
	}
	switch {
	case host == "github.com":
		return "https://token.actions.githubusercontent.com" + slug
	case strings.HasSuffix(host, ".ghe.com"):
		return "https://token.actions." + host + slug
	}
	return "https://" + host + "/_services/token"
}

func audienceOf(spec *v1alpha1.EcrOrgAccessSpec) string {
	if partitionOf(spec) == "aws-cn" {
		return "sts.amazonaws.com.cn"
	}
	return "sts.amazonaws.com"
}

func partitionOf(spec *v1alpha1.EcrOrgAccessSpec) string { return ptr.Deref(spec.Partition, "aws") }

// anyLike reports whether a value is like one of the patterns, in which `*` matches any characters. GitHub writes a `:`
// as `%3A`, so both are equal.
func anyLike(patterns []string, value string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return like(colon(p), colon(value)) })
}

func colon(s string) string { return strings.ReplaceAll(s, ":", "%3A") }

func like(pattern, value string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == value
	}
	if !strings.HasPrefix(value, head) {
		return false
	}
	for value = value[len(head):]; ; value = value[1:] {
		if like(rest, value) {
			return true
		}
		if value == "" {
			return false
		}
	}
}
