// Package iamtest has checks for tests of policies: whether AWS would accept a policy, and whether its text is
// canonical. It also has GitHub jobs that a policy may admit by mistake.
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

// MaxSize is the maximum number of characters in a policy of each kind, by default (reference_iam-quotas of the IAM
// User Guide; SetRepositoryPolicy and PutRegistryPolicy in the API Reference of ECR). For identity policies, IAM does
// not count white space, and the maximum is for all inline policies of a role together.
var MaxSize = map[iam.Kind]int{
	iam.TrustPolicy:      2048,
	iam.IdentityPolicy:   10240,
	iam.RepositoryPolicy: 10240,
	iam.RegistryPolicy:   10240,
}

// CheckSize returns an error if a policy is longer than AWS accepts by default.
func CheckSize(kind iam.Kind, text string) error {
	if size := utf8.RuneCountInString(text); size > MaxSize[kind] {
		return fmt.Errorf("the %s has %d characters: AWS accepts %d", kind, size, MaxSize[kind])
	}
	return nil
}

// Canonical returns an error unless a policy text is compact, has no needless escapes, its elements are in the order of
// AWS's documentation, and all other names are sorted. The formatting of canonical texts causes no perpetual diff.
func Canonical(text string) error {
	// Go writes the fields of a struct in order, and the keys of a map sorted.
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
		return fmt.Errorf("the text is not canonical: got\n%s\nwant\n%s", text, want)
	}
	return nil
}

// CheckGitHubTrust checks a trust policy as IAM does when a role for GitHub is created or changed, and returns an error
// where IAM reports MalformedPolicyDocument: every Allow of a GitHub provider must test the subject (or
// job_workflow_ref) with StringEquals, StringLike or StringEqualsIgnoreCase, and not against a bare wildcard
// (id_roles_create_for-idp_oidc, "Configuring a role for GitHub OIDC identity provider").
//
// The check is textual: it accepts repo:* and does not decide who is admitted. It is stricter than IAM's in two ways.
// IAM has been seen to check the first value only; here no value may be a bare wildcard. IAM checks providers that
// customers share; here those of ghe.com and of GitHub Enterprise Server must follow the same rule.
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

// GitHubContexts returns contexts of every form of subject, with names that are easy to mistake: names with a
// separator, and names of one form that look like another.
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

// GitHubJobs returns the job in every context, with both forms of subject or, for a GitHub Enterprise Server, only the
// old one.
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
