// Package iamtest has what tests of policies share: whether AWS would take a policy, whether its text is the one
// that a renderer always gives, and jobs that are easy to let in by mistake.
package iamtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// MaxSize is how many characters AWS takes in a policy of a kind by default (reference_iam-quotas of the IAM User
// Guide; of ECR, SetRepositoryPolicy and PutRegistryPolicy in the API Reference). IAM does not count white space
// in identity policies, and takes that many in all inline policies of a role together.
var MaxSize = map[iam.Kind]int{
	iam.TrustPolicy:      2048,
	iam.IdentityPolicy:   10240,
	iam.RepositoryPolicy: 10240,
	iam.RegistryPolicy:   10240,
}

// CheckSize returns an error if AWS takes no policy of this length by default.
func CheckSize(kind iam.Kind, text string) error {
	if size := utf8.RuneCountInString(text); size > MaxSize[kind] {
		return fmt.Errorf("the %s has %d characters: AWS takes %d", kind, size, MaxSize[kind])
	}
	return nil
}

// Canonical returns an error unless a policy text is compact and without needless escapes, has the elements in the
// order of AWS's documentation and all other names sorted. A renderer of such texts causes no perpetual diff by its
// formatting.
func Canonical(text string) error {
	// Go writes the fields of a struct in their order, and the keys of a map sorted.
	var doc struct {
		Version   string `json:",omitempty"`
		ID        string `json:"Id,omitempty"`
		Statement []struct {
			Sid          string `json:",omitempty"`
			Effect       string
			Principal    any `json:",omitempty"`
			NotPrincipal any `json:",omitempty"`
			Action       any `json:",omitempty"`
			NotAction    any `json:",omitempty"`
			Resource     any `json:",omitempty"`
			NotResource  any `json:",omitempty"`
			Condition    any `json:",omitempty"`
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return err
	}
	if want := strings.TrimSuffix(b.String(), "\n"); text != want {
		return fmt.Errorf("the text is not canonical: is\n%s\ncanonical is\n%s", text, want)
	}
	return nil
}

// CheckGitHubTrust makes the check that IAM makes when the trust policy of a role for GitHub is created or changed,
// and returns what IAM reports as MalformedPolicyDocument: every Allow of a GitHub provider must test the subject
// (or job_workflow_ref) with StringEquals, StringLike or StringEqualsIgnoreCase, against something other than a
// bare wildcard (id_roles_create_for-idp_oidc, "Configuring a role for GitHub OIDC identity provider").
//
// The check is textual: it admits repo:* and does not say who gets in. It is stricter than IAM's in two ways. IAM
// has been seen to look at the first value only; here no value may be a bare wildcard. And IAM checks providers
// that customers share; here those of ghe.com and of GitHub Enterprise Server must follow the same rule.
func CheckGitHubTrust(d *iam.Document) error {
	if d == nil || d.Kind != iam.TrustPolicy {
		return errors.New("there must be a trust policy")
	}
	for i, s := range d.Statements {
		if s.Effect != iam.Allow {
			continue
		}
		for _, p := range s.Principal.Federated {
			_, issuer, ok := strings.Cut(p, ":oidc-provider/")
			isGitHub := iam.HasGitHubKeys(issuer) || strings.HasSuffix(issuer, "/_services/token")
			if ok && isGitHub && !testsSubject(s.Condition, issuer) {
				return fmt.Errorf("statement %d must test %[2]s:sub or %[2]s:job_workflow_ref with StringEquals, "+
					"StringLike or StringEqualsIgnoreCase, and not against a bare wildcard", i, issuer)
			}
		}
	}
	return nil
}

func testsSubject(conditions iam.Conditions, issuer string) bool {
	return slices.ContainsFunc(conditions, func(c iam.Condition) bool {
		if !slices.Contains([]string{"StringEquals", "StringLike", "StringEqualsIgnoreCase"}, c.Name()) {
			return false
		}
		subject := strings.EqualFold(c.Key, issuer+":sub")
		workflow := strings.EqualFold(c.Key, issuer+":job_workflow_ref") && iam.HasGitHubKeys(issuer)
		return (subject || workflow) && !slices.ContainsFunc(c.Values, func(v string) bool { return strings.Trim(v, "*?") == "" })
	})
}

// GitHubContexts are contexts of every form that a subject takes, with names that are easy to get wrong: a
// separator in the name, a name of one form that looks like another.
func GitHubContexts() []iam.GitHubContext {
	return []iam.GitHubContext{
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

// GitHubJobs is the job once in every context and in both forms of the subject, or only in the old one for a
// GitHub Enterprise Server.
func GitHubJobs(j iam.GitHubJob) []iam.GitHubJob {
	forms := []bool{false, true}
	if strings.HasSuffix(j.Issuer, "/_services/token") {
		forms = forms[:1]
	}
	var out []iam.GitHubJob
	for _, immutable := range forms {
		for _, c := range GitHubContexts() {
			j.Immutable, j.Context = immutable, c
			out = append(out, j)
		}
	}
	return out
}
