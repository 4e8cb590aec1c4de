package iam

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// A RegistryScope is the scope of an ECR registry policy
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html).
type RegistryScope string

// The scopes of registry policies.
const (
	// RegistryScopeV1 enforces the policy for replication, for pull through caches and for creating repositories.
	RegistryScopeV1 RegistryScope = "V1"

	// RegistryScopeV2 enforces the policy for every ECR action. It is the default of new registries.
	RegistryScopeV2 RegistryScope = "V2"
)

// registryScopeV1Actions are the actions for which a registry with scope V1 evaluates its policy.
var registryScopeV1Actions = []string{"ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}

// ResourcePolicies are the resource policies that apply to a repository. Either may be nil.
type ResourcePolicies struct {
	Repository *Document
	Registry   *Document

	// RegistryScope defaults to V2.
	RegistryScope RegistryScope
}

// Evaluate decides a request by the policies of the caller's identity and those of the resource.
//
// A Deny wins. Within an account, an Allow of either side is enough, but a resource policy that names only the account
// leaves the decision to the identity's policies. Between accounts, both sides must allow
// (reference_policies_evaluation-logic-cross-account). Between partitions, nothing is allowed. The root user of an
// account needs no identity policy. Services and anonymous callers have none: the resource's policies must allow them.
func Evaluate(identity []*Document, resource ResourcePolicies, r Request) (Result, error) {
	e, err := newEvaluation(r)
	switch {
	case err != nil:
		return Result{}, err
	case e.Principal.kind == federatedProvider:
		return Result{}, errors.New("a provider is a principal of trust policies only: use EvaluateTrust")
	case len(identity) > 0 && e.Principal.kind != iamUser && e.Principal.kind != iamRole:
		return Result{}, errors.New("only users and roles have identity policies")
	}
	own, err := e.findings(IdentityPolicy, identity...)
	if err != nil {
		return Result{}, err
	}
	repository, err := e.findings(RepositoryPolicy, resource.Repository)
	if err != nil {
		return Result{}, err
	}
	registry := resource.Registry
	if resource.RegistryScope == RegistryScopeV1 && !inRegistryScopeV1(e.Action) {
		registry = nil
	}
	theirs, err := e.findings(RegistryPolicy, registry)
	if err != nil {
		return Result{}, err
	}
	theirs = slices.Concat(repository, theirs)
	return decide(slices.Concat(own, theirs), e.allows(closest(own), closest(theirs))), nil
}

// EvaluateOne decides a request by a single policy. In a resource policy, an Allow for the caller's account counts like
// one for the caller.
func EvaluateOne(d *Document, r Request) (Result, error) {
	e, err := newEvaluation(r)
	if err != nil {
		return Result{}, err
	}
	findings, err := e.findings(d.Kind, d)
	if err != nil {
		return Result{}, err
	}
	return decide(findings, closest(findings) != grantNone), nil
}

// allows combines the closest grants of the caller's identity and of the resource.
func (e *evaluation) allows(identity, resource grant) bool {
	p := e.Principal
	identityAllows := identity != grantNone || p.kind == accountRoot
	switch {
	case !p.isAWS():
		return resource != grantNone
	case e.partition != "" && e.partition != p.partition:
		return false
	case e.account == p.account:
		return identityAllows || resource == grantDirect
	}
	return identityAllows && resource != grantNone
}

// inRegistryScopeV1 reports whether a registry with scope V1 evaluates its policy for an action.
func inRegistryScopeV1(action string) bool {
	return slices.ContainsFunc(registryScopeV1Actions, func(a string) bool { return strings.EqualFold(a, action) })
}

// Allowed returns the actions that Evaluate allows on the request's resource, a repository, or on * for actions that
// take no repository. It evaluates actions that no statement tells apart only once.
func Allowed(identity []*Document, resource ResourcePolicies, r Request, actions []Action) ([]string, error) {
	repository, answers := r.Resource, map[string]bool{}
	all := slices.Concat(identity, []*Document{resource.Repository, resource.Registry})
	var out []string
	for _, a := range actions {
		class := classOf(a, all)
		allowed, ok := answers[class]
		if !ok {
			policies := resource
			if r.Action, r.Resource = a.Name, a.ResourceFor(repository); !a.OnRepository {
				policies = ResourcePolicies{}
			}
			result, err := Evaluate(identity, policies, r)
			if err != nil {
				return nil, err
			}
			allowed = result.Allowed()
			answers[class] = allowed
		}
		if allowed {
			out = append(out, a.Name)
		}
	}
	return out, nil
}

// classOf returns the same text for actions of ECR that no policy tells apart. It skips nil policies.
func classOf(a Action, policies []*Document) string {
	class := strconv.AppendBool(nil, a.OnRepository)
	class = strconv.AppendBool(class, inRegistryScopeV1(a.Name))
	i := ecrIndex[strings.ToLower(a.Name)]
	for _, d := range policies {
		if d == nil {
			continue
		}
		for j := range d.Statements {
			class = strconv.AppendBool(class, d.Statements[j].ecr[i])
		}
	}
	return string(class)
}
