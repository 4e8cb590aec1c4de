package registry

import (
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/fn/policy"
)

// A role is the push role of a project, which its workflows assume.
type role struct {
	name string

	// orgAccess that lets the workflows in; nil if no role is wanted.
	orgAccess *orgAccess

	// trust is the trust policy of the role, and permissions its inline policy.
	trust, permissions string
}

// rolePath is the path of all push roles. AWS cannot change a path, so the provider refuses to take over a role of the
// same name at another path.
const rolePath = "/ecr/project/"

// Bounds of a role's name, and of its parts, in characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxRoleName    = 64
	rolePrefix     = "ecr-push-"
	roleHashDigits = 8

	// cutHashDigits is the length of the hash if the project does not fit into the name. It is longer so that nobody
	// with a project of the same beginning can find another one with the same role name.
	cutHashDigits = 20
)

// roleNames returns the names that the push role of a project may have, first that of a new role. People never type
// these names. A name survives the re-creation of the claim. An earlier version gave the roles of long projects a
// shorter hash, which leaves the project out.
func roleNames(project, region string, x *composite.XR) []string {
	namespace, name := x.Author()
	hash := managed.Hash(roleHashDigits, region, namespace, name)
	most := maxRoleName - len(rolePrefix) - len("-") - len(hash)
	if len(project) <= most {
		return []string{rolePrefix + project + "-" + hash}
	}
	long := managed.Hash(cutHashDigits, project, region, namespace, name)
	return []string{
		rolePrefix + project[:maxRoleName-len(rolePrefix)-len("-")-len(long)] + "-" + long,
		rolePrefix + project[:most] + "-" + hash,
	}
}

// resolveRole returns the push role that the project has, or wants. names are those that it may have.
func resolveRole(req composite.Request, p *Plan, names []string) (role, composite.Lookups, fault.Advice, fault.List) {
	r := role{name: roleName(p, names)}
	advice := p.observed.adviseOnMisplaced(keyPushRole, githubPath, "role ", r.name)
	org, lookups, faults := resolveOrgAccess(req, p)
	if org != nil {
		r.orgAccess = org
		admissions := org.organization.Admissions(github.AllowProject(p.written.GitHub))
		trust := oidc.Trust{Issuer: org.organization.Issuer(org.partition), Admissions: admissions}
		r.trust = policy.Trust(trust, org.partition, org.AccountID)
		r.permissions = policy.Push(org.partition, org.AccountID, []string{p.project + "/*"})
	}
	return r, lookups, advice, faults
}

// roleName returns the name of the push role: that of the observed role, else that of the status if the role may have
// it, else that of a new role.
func roleName(p *Plan, names []string) string {
	if r := p.observed.role(); r != nil {
		return r.Metadata.Annotations.ExternalName
	}
	arn, _ := aws.ParseARN(p.before.PushRoleARN)
	if had := strings.TrimPrefix(arn.Resource, "role"+rolePath); slices.Contains(names, had) {
		return had
	}
	return names[0]
}

// roleThing returns the push role as ownership sees it. A claim and a namespaced composite resource with the same
// namespace and name share a role in AWS, so that a team can move from one to the other. But if the one that manages
// the role is deleted, the role is deleted with it.
func (p *Plan) roleThing() ownership.Thing {
	return ownership.Thing{
		Key: keyPushRole, TypeMeta: typeRole,
		ProviderConfig: p.config, Identity: []string{p.role.name},
		External: p.role.name,
		Served:   true,
		Ours:     p.observed.role(),
	}
}
