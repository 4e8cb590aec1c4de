package iam

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// A PrincipalElement is the value of Principal (reference_policies_elements_principal).
type PrincipalElement struct {
	// Any reports whether the element is "*" or {"AWS": "*"}: everyone. AWS calls the two equivalent for anonymous callers
	// and does not say so for others. This package treats them alike for all.
	Any bool `json:"-"`

	AWS           Values
	Federated     Values
	Service       Values
	CanonicalUser Values
}

// The forms of each kind of principal. "You cannot use a wildcard to match part of a principal name or ARN."
var (
	// awsPattern matches everyone, an account, the unique id that replaces the ARN of a deleted role or user, and the ARNs
	// of accounts, roles, users and sessions.
	awsPattern = regexp.MustCompile(`^(\*|\d{12}|A(ROA|IDA)[A-Z0-9]+|arn:[a-z0-9-]+:` +
		`(iam::\d{12}:(root|(role|user)/[^*?$]+)|sts::\d{12}:(assumed-role/[^/*?$]+/[^/*?$]+|federated-user/[^*?$]+)))$`)

	federatedPattern = regexp.MustCompile(`^(arn:[a-z0-9-]+:iam::\d{12}:(oidc|saml)-provider/[^*?$]+|` +
		`cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com)$`)

	// servicePattern matches a service principal in any partition.
	servicePattern = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$`)

	canonicalPattern = regexp.MustCompile(`^[^*?]+$`)
)

// UnmarshalJSON implements json.Unmarshaler.
func (e *PrincipalElement) UnmarshalJSON(data []byte) error {
	if string(data) == `"*"` {
		e.Any = true
		return nil
	}
	type kinds PrincipalElement // without UnmarshalJSON
	if err := unmarshal(data, (*kinds)(e)); err != nil {
		return fmt.Errorf("the Principal must be * or an object of the kinds of principals: %w", err)
	}
	e.Any = slices.Contains(e.AWS, "*")
	if len(e.Names()) == 0 {
		return errors.New("the Principal must not be empty")
	}
	for _, k := range []struct {
		names Values
		valid *regexp.Regexp
	}{
		{e.AWS, awsPattern}, {e.Federated, federatedPattern}, {e.Service, servicePattern}, {e.CanonicalUser, canonicalPattern},
	} {
		for _, n := range k.names {
			if !k.valid.MatchString(n) {
				return fmt.Errorf("%q is not a principal", n)
			}
		}
	}
	return nil
}

// Names returns all principals of the element.
func (e *PrincipalElement) Names() []string {
	if e.Any && e.AWS == nil {
		return []string{"*"}
	}
	return slices.Concat(e.AWS, e.Federated, e.Service, e.CanonicalUser)
}

// A grant says how closely a policy names a caller. A closer grant is greater.
type grant int

const (
	// grantNone does not name the caller.
	grantNone grant = iota

	// grantAccount names the account of the caller. It leaves the decision to the account's own policies
	// (reference_policies_elements_principal, "AWS account principals").
	grantAccount

	// grantDirect names the caller, or everyone.
	grantDirect
)

// grant returns how closely the element names a caller. Names are compared exactly.
func (e *PrincipalElement) grant(p Principal) grant {
	switch {
	case e.Any,
		p.kind == awsService && slices.Contains(e.Service, p.name),
		p.kind == federatedProvider && slices.Contains(e.Federated, p.name),
		p.isAWS() && slices.Contains(e.AWS, p.name),
		p.session != "" && slices.Contains(e.AWS, p.sessionARN()):
		return grantDirect
	case p.isAWS() && (slices.Contains(e.AWS, p.account) || slices.Contains(e.AWS, aws.AccountRootARN(p.partition, p.account))):
		return grantAccount
	}
	return grantNone
}
