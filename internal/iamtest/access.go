package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A RegistryScope is the scope of an ECR registry's policy
// (registry-permissions, ECR User Guide).
type RegistryScope string

const (
	// RegistryScopeV1 enforces the registry policy for replication, for
	// pull-through cache and for creating repositories only.
	RegistryScopeV1 RegistryScope = "V1"

	// RegistryScopeV2 enforces it for every ECR action. It is the default of
	// new registries.
	RegistryScopeV2 RegistryScope = "V2"
)

// registryScopeV1Actions are the actions that a registry policy of scope V1
// speaks about.
var registryScopeV1Actions = []string{"ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}

// ResourcePolicies are the resource-based policies that apply to a resource.
// Either may be absent.
type ResourcePolicies struct {
	// Resource is the policy of the resource itself: of ECR the repository's.
	Resource *Document

	// Registry is the policy of the ECR registry that the repository is in.
	Registry *Document

	// RegistryScope must be set if Registry is.
	RegistryScope RegistryScope
}

// Allowed decides a request by all policies that concern it: those of the
// caller's identity, and those of the resource.
//
// Any Deny wins. Within one account an Allow of either side is enough; an Allow
// that names only the account leaves the decision to the identity's policies.
// Between accounts both sides must allow
// (reference_policies_evaluation-logic-cross-account), and between partitions
// nothing is allowed. The root user of an account needs no policy of its own. A
// service or an anonymous caller has none, and needs the resource's.
func Allowed(identity []*Document, resource ResourcePolicies, r Request) (Result, error) {
	e, err := newEvaluation(r)
	if err != nil {
		return Result{}, err
	}
	if e.Principal.kind == federatedProvider {
		return Result{}, errors.New("a provider is a principal of trust policies only: use EvaluateTrust")
	}
	own, err := e.identityVerdict(identity)
	if err != nil {
		return Result{}, err
	}
	theirs, err := e.resourceVerdict(resource)
	if err != nil {
		return Result{}, err
	}
	res := Result{Decision: DecisionImplicitDeny, Reasons: slices.Concat(own.reasons, theirs.reasons)}
	switch {
	case own.deny || theirs.deny:
		res.Decision = DecisionExplicitDeny
	case e.allows(own, theirs):
		res.Decision = DecisionAllow
	}
	return res, nil
}

// allows combines the Allows of both sides.
func (e *evaluation) allows(own, theirs verdict) bool {
	if !e.Principal.isAWS() {
		return theirs.allow != grantNone
	}
	ownAllows := own.allow != grantNone || e.Principal.kind == accountRoot
	if e.sameAccount() {
		return ownAllows || theirs.allow == grantDirect
	}
	samePartition := e.partition == "" || e.partition == e.Principal.partition
	return ownAllows && theirs.allow != grantNone && samePartition
}

func (e *evaluation) identityVerdict(policies []*Document) (verdict, error) {
	var v verdict
	if len(policies) > 0 && e.Principal.kind != iamUser && e.Principal.kind != iamRole {
		return v, errors.New("only users and roles have identity-based policies")
	}
	for _, d := range policies {
		if d == nil || d.Kind != IdentityPolicy {
			return v, errors.New("not an identity-based policy")
		}
		o, err := e.evaluate(d)
		if err != nil {
			return v, err
		}
		v.merge(o)
	}
	return v, nil
}

func (e *evaluation) resourceVerdict(p ResourcePolicies) (verdict, error) {
	var v verdict
	if e.account == "" {
		return v, fmt.Errorf("request: the account of %q is unknown: set ResourceAccount", e.Resource)
	}
	if d := p.Resource; d != nil {
		if d.Kind != RepositoryPolicy && d.Kind != ResourcePolicy {
			return v, fmt.Errorf("a %s is not the policy of a resource", d.Kind)
		}
		o, err := e.evaluate(d)
		if err != nil {
			return v, err
		}
		v.merge(o)
	}
	d := p.Registry
	if d == nil {
		return v, nil
	}
	switch {
	case d.Kind != RegistryPolicy:
		return v, fmt.Errorf("a %s is not the policy of a registry", d.Kind)
	case p.RegistryScope == RegistryScopeV1:
		if !slices.ContainsFunc(registryScopeV1Actions, func(a string) bool { return strings.EqualFold(a, e.Action) }) {
			return v, nil
		}
	case p.RegistryScope != RegistryScopeV2:
		return v, errors.New("a registry policy needs a scope")
	}
	o, err := e.evaluate(d)
	if err != nil {
		return v, err
	}
	v.merge(o)
	return v, nil
}
