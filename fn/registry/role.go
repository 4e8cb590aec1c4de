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

// A role is the one that a project's workflows push with.
type role struct {
	name string

	// orgAccess that lets the workflows in; nil if no role is wanted.
	orgAccess *orgAccess

	// trust is who may assume the role, and permissions what it may do.
	trust, permissions string
}

// rolePath is the path of every project's role. A path cannot change, so the provider refuses a stranger's role that has
// the name, instead of taking it over.
const rolePath = "/ecr/project/"

// Bounds of a role's name, and of its parts around the project.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxRoleName    = 64
	rolePrefix     = "ecr-push-"
	roleHashDigits = 8

	// cutHashDigits is how long the hash is where the project does not fit into the name. Whoever has a project that
	// begins alike must not find a name that gives the same.
	cutHashDigits = 20
)

// roleNames returns the names that the push role of a project may have, the one of a new role first. A name is never
// typed, and it survives the re-creation of the claim. Roles of long projects that an earlier version made have a
// shorter hash, without the project.
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

// resolveRole finds out which push role the project has, or is to have, of the names that it may have.
func resolveRole(req composite.Request, p *Plan, names []string) (role, composite.Lookups, fault.Advice, fault.List) {
	var advice fault.Advice
	r := role{name: roleName(p, names)}
	if o := p.observed.elsewhere[keyPushRole]; o != nil {
		advice.Add(githubPath, "the object %s is about role %s in AWS and is removed; the one for %s is made once it is gone",
			o.Metadata.Name, o.Metadata.Annotations.ExternalName, r.name)
	}
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

// roleName is the name of the push role: the one that it has, or that the status tells, if it is one that it may have.
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

// roleThing is the push role as its ownership is decided. A claim and a namespaced composite resource of one namespace
// and name have one role in AWS, so that a team can move; but whoever manages it deletes it when it goes.
func (p *Plan) roleThing() ownership.Thing {
	return ownership.Thing{
		Key: keyPushRole, TypeMeta: typeRole,
		ProviderConfig: p.config, Identity: []string{p.role.name},
		External: p.role.name,
		Served:   true,
		Ours:     p.observed.role(),
	}
}
