package iamtest

import (
	"fmt"
	"unicode/utf8"
)

// What AWS lets a policy measure, in characters (reference_iam-quotas; for the
// two ECR policies the ECR API Reference, SetRepositoryPolicy and
// PutRegistryPolicy).
const (
	// MaxTrustPolicySize is the default quota "Role trust policy length". AWS
	// raises it on request, to 4096 at most.
	MaxTrustPolicySize = 2048

	// MaxRoleInlinePolicySize is the limit for all inline policies of one role
	// together.
	MaxRoleInlinePolicySize = 10240

	// MaxManagedPolicySize is the limit for one managed policy.
	MaxManagedPolicySize = 6144

	// MaxRepositoryPolicySize is the limit for an ECR repository policy.
	MaxRepositoryPolicySize = 10240

	// MaxRegistryPolicySize is the limit for an ECR registry policy.
	MaxRegistryPolicySize = 10240
)

// TrustPolicySize counts a trust policy: the characters of the text as it is.
// The quota page excepts only inline and managed policies from counting white
// space.
func TrustPolicySize(text string) int {
	return utf8.RuneCountInString(text)
}

// ResourcePolicySize counts an ECR repository or registry policy: the
// characters of the text as it is, which is what the API's length constraint
// on policyText measures.
func ResourcePolicySize(text string) int {
	return utf8.RuneCountInString(text)
}

// InlinePolicySize counts the inline policies of one role: all characters but
// white space. White space inside strings is counted: the quota page does not
// except it from the exception, and counting it errs on the safe side.
func InlinePolicySize(texts ...string) int {
	n := 0
	for _, t := range texts {
		n += significant(t)
	}
	return n
}

// ManagedPolicySize counts one managed policy, as InlinePolicySize does.
func ManagedPolicySize(text string) int {
	return significant(text)
}

// CheckSize tells whether a policy text of this kind is within AWS's default
// limit. Of inline policies it knows this one only: a role with several needs
// InlinePolicySize over all.
func CheckSize(kind Kind, text string) error {
	size, limit := 0, 0
	switch kind {
	case TrustPolicy:
		size, limit = TrustPolicySize(text), MaxTrustPolicySize
	case IdentityPolicy:
		size, limit = InlinePolicySize(text), MaxRoleInlinePolicySize
	case RepositoryPolicy:
		size, limit = ResourcePolicySize(text), MaxRepositoryPolicySize
	case RegistryPolicy:
		size, limit = ResourcePolicySize(text), MaxRegistryPolicySize
	default:
		return fmt.Errorf("no size limit is known for a %s", kind)
	}
	if size > limit {
		return fmt.Errorf("%s has %d characters, AWS's limit is %d", kind, size, limit)
	}
	return nil
}

// significant counts the characters of a JSON text that are not white space
// between tokens.
func significant(text string) int {
	n, inString, escaped := 0, false, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case inString && r == '\\':
			escaped = true
		case r == '"':
			inString = !inString
		case !inString && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			continue
		}
		n++
	}
	return n
}
