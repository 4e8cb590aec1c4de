package iam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A RegistryScope is the scope of an ECR registry policy
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html).
type RegistryScope string

// The scopes of registry policies.
const (
	// RegistryScopeV1 enforces the policy for replication, for pull-through cache and for creating repositories.
	RegistryScopeV1 RegistryScope = "V1"

	// RegistryScopeV2 enforces it for every ECR action. It is the default of new registries.
	RegistryScopeV2 RegistryScope = "V2"
)

// registryScopeV1Actions are the actions for which a registry of scope V1 reads its policy.
var registryScopeV1Actions = []string{"ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}

// ResourcePolicies are the resource policies that apply to a repository. Either may be nil.
type ResourcePolicies struct {
	Repository *Document
	Registry   *Document

	// RegistryScope must be set if Registry is.
	RegistryScope RegistryScope
}

// Evaluate decides a request by all policies that apply to it: those of the caller's identity, and those of the
// resource.
//
// A Deny wins. Within one account an Allow of either side is enough; one that names only the account leaves the
// decision to the identity's policies. Between accounts both sides must allow
// (reference_policies_evaluation-logic-cross-account), and between partitions nothing is allowed. The root user of
// an account needs no policy of its own. A service or an anonymous caller has none, and needs the resource's.
func Evaluate(identity []*Document, resource ResourcePolicies, r Request) (Result, error) {
	e, err := newEvaluation(r)
	if err != nil {
		return Result{}, err
	}
	if e.Principal.kind == federatedProvider {
		return Result{}, errors.New("a provider is a principal of trust policies only: use EvaluateTrust")
	}
	own, err := e.identitySide(identity)
	if err != nil {
		return Result{}, err
	}
	theirs, err := e.resourceSide(resource)
	if err != nil {
		return Result{}, err
	}
	return result(own.deny || theirs.deny, e.allows(own, theirs), slices.Concat(own.findings, theirs.findings)), nil
}

// Allowed returns those of the actions that Evaluate allows: each on the resource of the request, a repository, or on *
// if it takes no repository. Actions of which every statement says the same are evaluated once.
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

// classOf is the same for actions of ECR that policies cannot tell apart. Nil policies do not count.
func classOf(a Action, policies []*Document) string {
	class := []byte{bit(a.OnRepository), bit(slices.Contains(registryScopeV1Actions, a.Name))}
	i := ecrIndex[strings.ToLower(a.Name)]
	for _, d := range policies {
		if d == nil {
			continue
		}
		for j := range d.Statements {
			class = append(class, bit(d.Statements[j].ecr[i]))
		}
	}
	return string(class)
}

func bit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

// allows combines the Allow statements of both sides.
func (e *evaluation) allows(own, theirs side) bool {
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

func (e *evaluation) identitySide(policies []*Document) (side, error) {
	var s side
	if len(policies) > 0 && e.Principal.kind != iamUser && e.Principal.kind != iamRole {
		return s, errors.New("only users and roles have identity policies")
	}
	for _, d := range policies {
		if err := e.look(&s, d, IdentityPolicy); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (e *evaluation) resourceSide(p ResourcePolicies) (side, error) {
	var s side
	if p.Repository != nil {
		if err := e.look(&s, p.Repository, RepositoryPolicy); err != nil {
			return s, err
		}
	}
	if p.Registry == nil {
		return s, nil
	}
	switch p.RegistryScope {
	case RegistryScopeV1:
		if !slices.ContainsFunc(registryScopeV1Actions, func(a string) bool { return strings.EqualFold(a, e.Action) }) {
			return s, nil
		}
	case RegistryScopeV2:
	default:
		return s, fmt.Errorf("the scope %q of the registry policy must be V1 or V2", p.RegistryScope)
	}
	return s, e.look(&s, p.Registry, RegistryPolicy)
}

// look adds what a policy says to a side.
func (e *evaluation) look(s *side, d *Document, want Kind) error {
	if d == nil || d.Kind != want {
		return fmt.Errorf("there must be an %s", want)
	}
	findings, err := e.evaluate(d)
	if err != nil {
		return err
	}
	s.add(findings)
	return nil
}
