// Package aws knows how AWS names things: partitions, regions, ARNs, and the names of repositories, accounts and tags.
package aws

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AccountRootARN returns the ARN of an account's root, which stands for the whole account.
func AccountRootARN(partition, account string) string {
	return "arn:" + partition + ":iam::" + account + ":root"
}

// RepositoryARN returns the ARN of a repository, or of all that match a pattern. The region may be `*`.
func RepositoryARN(partition, region, account, name string) string {
	return "arn:" + partition + ":ecr:" + region + ":" + account + ":repository/" + name
}

// An ARN is an Amazon Resource Name, by its parts.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// ParseARN splits an ARN, and reports whether s is one.
func ParseARN(s string) (ARN, bool) {
	p := strings.SplitN(s, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[1] == "" || p[2] == "" || p[5] == "" {
		return ARN{}, false
	}
	return ARN{Partition: p[1], Service: p[2], Region: p[3], Account: p[4], Resource: p[5]}, true
}

var (
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	kmsKeyID       = regexp.MustCompile(`^key/[a-zA-Z0-9-]+$`)
	principal      = regexp.MustCompile(`^(root|(user|role)/([!#-)+-.0->@-\[\]-~]+/)*[A-Za-z0-9_+=,.@-]{1,64})$`)
)

// IsOrganizationID reports whether s has the form of the id of an organisation in AWS Organizations.
func IsOrganizationID(s string) bool { return organizationID.MatchString(s) }

// IsAccountID reports whether s is 12 digits.
func IsAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// MaxARN is the maximum length of an ARN, in bytes.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
const MaxARN = 2048

// IsKMSKeyARN reports whether s is the full ARN of a KMS key, and returns its parts.
func IsKMSKeyARN(s string) (ARN, bool) {
	a, ok := ParseARN(s)
	if !ok || len(s) > MaxARN || a.Service != "kms" || !IsRegion(a.Region) || !IsAccountID(a.Account) || !kmsKeyID.MatchString(a.Resource) {
		return ARN{}, false
	}
	return a, true
}

// IsPrincipalARN reports whether s is the ARN of an IAM role, an IAM user or the root of an account, without wildcards,
// and returns its parts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func IsPrincipalARN(s string) (ARN, bool) {
	a, ok := ParseARN(s)
	if !ok || len(s) > MaxARN || a.Service != "iam" || a.Region != "" || !IsAccountID(a.Account) || !principal.MatchString(a.Resource) {
		return ARN{}, false
	}
	return a, true
}

// Bounds of the length of a repository's name, in bytes.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const (
	MinRepositoryName = 2
	MaxRepositoryName = 256
)

var repositoryPath = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)

// IsRepositoryPath reports whether s follows ECR's grammar for repository names, whatever its length.
func IsRepositoryPath(s string) bool { return repositoryPath.MatchString(s) }

var project = regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)

// IsProject reports whether s can be the first component of repository names: it starts with a letter and has at most
// 63 characters.
func IsProject(s string) bool { return len(s) <= 63 && project.MatchString(s) }

// MaxTags is the maximum number of tags in a spec: AWS allows 50, and the provider adds three.
const MaxTags = 47

// TagKeyFault returns the rule of AWS that a tag's key breaks, or "".
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
func TagKeyFault(key string) string {
	switch {
	case key == "":
		return "a tag's key may not be empty"
	case utf8.RuneCountInString(key) > 128:
		return "a tag's key has at most 128 characters"
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return "a tag's key may not start with aws:"
	case strings.ContainsFunc(key, notInTag):
		return "a tag's key holds letters, digits, spaces and _ . : / = + - @ only"
	}
	return ""
}

// TagValueFault returns the rule of AWS that a tag's value breaks, or "".
func TagValueFault(value string) string {
	switch {
	case utf8.RuneCountInString(value) > 256:
		return "a tag's value has at most 256 characters"
	case strings.ContainsFunc(value, notInTag):
		return "a tag's value holds letters, digits, spaces and _ . : / = + - @ only"
	}
	return ""
}

func notInTag(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
}
