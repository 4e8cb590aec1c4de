// Package oidc describes whose tokens a role in AWS accepts. It knows no issuer by name: the package of an
// issuer, such as fn/github, makes these values, and fn/policy writes a trust policy from them.
package oidc

import "strings"

// A Trust says whose tokens a role accepts.
type Trust struct {
	Issuer

	// Admissions of which one is enough.
	Admissions []Admission
}

// An Issuer issues tokens that AWS exchanges for credentials of a role.
type Issuer struct {
	// URL of the issuer, as tokens have it in the claim iss.
	URL string

	// Audience that a token must have in the claim aud.
	Audience string

	// Conditions on every token, besides those on its audience and its subject.
	Conditions []Condition
}

// An Admission admits the tokens that have one of the subjects and meet all conditions.
type Admission struct {
	// Subjects are patterns of the claim sub, in which `*` is a wildcard. There is at least one.
	Subjects []string

	Conditions []Condition
}

// A Condition compares one claim of a token with values.
type Condition struct {
	Operator Operator
	Claim    string
	Values   []string
}

// An Operator is one of IAM's. None of these holds for a token that lacks the claim, but for StringNotLike.
type Operator string

// Operators.
const (
	StringEquals  Operator = "StringEquals"
	StringLike    Operator = "StringLike"
	StringNotLike Operator = "StringNotLike"
)

// Name returns the issuer as IAM names it, in condition keys and in the ARN of the identity provider: its URL
// without https://.
func (i Issuer) Name() string { return strings.TrimPrefix(i.URL, "https://") }

// Key returns the condition key of a claim.
func (i Issuer) Key(claim string) string { return i.Name() + ":" + claim }

// ProviderARN returns the ARN of the identity provider that an account has for the issuer. It is known before
// the provider exists.
func (i Issuer) ProviderARN(partition, account string) string {
	return "arn:" + partition + ":iam::" + account + ":oidc-provider/" + i.Name()
}
