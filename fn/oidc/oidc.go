// Package oidc describes the tokens that a role in AWS accepts. It knows no particular issuer: the package of an
// issuer, such as fn/github, makes these values, and fn/policy writes a trust policy from them.
package oidc

import "strings"

// A Trust describes the tokens that a role accepts: those of the issuer that at least one admission admits.
type Trust struct {
	Issuer
	Admissions []Admission
}

// An Issuer issues tokens that AWS exchanges for credentials of a role.
type Issuer struct {
	// URL of the issuer, as tokens have it in the claim iss.
	URL string

	// Audience that a token must have in the claim aud.
	Audience string

	// Conditions that every token must meet, besides those on its audience and its subject.
	Conditions []Condition
}

// An Admission admits the tokens that have one of the subjects and meet all conditions.
type Admission struct {
	// Subjects are patterns for the claim sub, in which `*` is a wildcard. There is at least one.
	Subjects []string

	Conditions []Condition
}

// A Condition compares a claim of a token with values.
type Condition struct {
	Operator Operator
	Claim    string
	Values   []string
}

// An Operator is a condition operator of IAM. For a token without the claim, only StringNotLike holds.
type Operator string

// Operators of conditions.
const (
	StringEquals  Operator = "StringEquals"
	StringLike    Operator = "StringLike"
	StringNotLike Operator = "StringNotLike"
)

// Name returns the issuer's name in condition keys and in the ARN of the identity provider: its URL without https://.
func (i Issuer) Name() string { return strings.TrimPrefix(i.URL, "https://") }

// Key returns the condition key of a claim.
func (i Issuer) Key(claim string) string { return i.Name() + ":" + claim }

// ProviderARN returns the ARN of an account's identity provider for the issuer, which need not exist yet.
func (i Issuer) ProviderARN(partition, account string) string {
	return "arn:" + partition + ":iam::" + account + ":oidc-provider/" + i.Name()
}
