package policy

import (
	"fmt"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// How many characters AWS lets a policy have.
const (
	// MinTrust is the default quota of a role's trust policy, and MaxTrust what AWS raises it to on request.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	MinTrust = 2048
	MaxTrust = 8192

	// MaxInline is that of all inline policies of one role together, white space not
	// counted. A role has one here.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	MaxInline = 10240

	// MaxRepository is that of a repository's policy.
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
	MaxRepository = 10240

	// MaxRegistry is that of a registry's policy.
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html
	MaxRegistry = 10240
)

// CheckTrust refuses a trust policy that is too long for an account's quotas, which may be nil.
func CheckTrust(text string, q *v1alpha1.Quotas, path *field.Path) fault.List {
	most := int64(MinTrust)
	if q != nil && q.TrustPolicyLength != nil {
		most = min(max(*q.TrustPolicyLength, MinTrust), MaxTrust)
	}
	fix := "name fewer repositories and contexts, or use wildcards"
	if most < MaxTrust {
		fix += fmt.Sprintf("; the bound is the account's quota \"Role trust policy length\", which AWS raises to %d on request: write the new one into quotas.trustPolicyLength of the org access", MaxTrust)
	}
	return check(text, path, int(most), "the role's trust policy", fix)
}

// CheckInline refuses a role's policy that is too long.
func CheckInline(text string, path *field.Path) fault.List {
	return check(text, path, MaxInline, "the role's policy", "name fewer repositories, or use wildcards")
}

// CheckRepository refuses a repository's policy that is too long.
func CheckRepository(text string, path *field.Path) fault.List {
	return check(text, path, MaxRepository, "the repository's policy", "name fewer principals, or let their accounts or organisation pull")
}

// CheckRegistry refuses a registry's policy that is too long.
func CheckRegistry(text string, path *field.Path) fault.List {
	return check(text, path, MaxRegistry, "the registry's policy",
		"name fewer accounts and repositories, or use an organisation and wildcards")
}

// check counts characters, not bytes. A document of this package holds white space
// only inside its strings, and counting that errs on the safe side.
func check(text string, path *field.Path, most int, what, fix string) fault.List {
	var l fault.List
	if n := utf8.RuneCountInString(text); n > most {
		l.AWS("policy.size", path, nil, "%s would have %d characters, at most %d are allowed: %s", what, n, most, fix)
	}
	return l
}
