package policy

import (
	"fmt"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// A Limit is the maximum length of a policy in characters, and advice on what to do about a longer one.
type Limit struct {
	most      int
	what, fix string
}

// Limits of policies in AWS.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html
var (
	// InlineLimit limits the sum of the inline policies of a role. Roles of this project have one.
	InlineLimit     = Limit{10240, "the role's policy", "name fewer repositories, or use wildcards"}
	RepositoryLimit = Limit{10240, "the repository's policy", "name fewer principals, or let their accounts or organisation pull"}
	RegistryLimit   = Limit{10240, "the registry's policy", "name fewer accounts and repositories, or use an organisation and wildcards"}
)

// MinTrust is the default quota for the length of a trust policy, and MaxTrust the highest that AWS grants on request.
const (
	MinTrust = 2048
	MaxTrust = 8192
)

// TrustLimit returns the limit of trust policies in an account with the quotas, which may be nil.
func TrustLimit(q *v1alpha1.Quotas) Limit {
	l := Limit{MinTrust, "the role's trust policy", "name fewer repositories and contexts, or use wildcards"}
	if q != nil && q.TrustPolicyLength != nil {
		l.most = int(min(max(*q.TrustPolicyLength, MinTrust), MaxTrust))
	}
	if l.most < MaxTrust {
		l.fix += fmt.Sprintf("; the bound is the account's quota \"Role trust policy length\", which AWS raises to %d on request: "+
			"write the new one into quotas.trustPolicyLength of the org access", MaxTrust)
	}
	return l
}

// Check refuses a policy that is too long. It counts characters, not bytes. Unlike IAM it also counts white space,
// which documents of this package have inside strings only, so it errs on the safe side.
func (l Limit) Check(text string, path *field.Path) fault.List {
	var faults fault.List
	if n := utf8.RuneCountInString(text); n > l.most {
		faults.AWS("policy.size", path, nil, "%s would have %d characters, at most %d are allowed: %s", l.what, n, l.most, l.fix)
	}
	return faults
}
