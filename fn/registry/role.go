package registry

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/fn/policy"
)

// rolePath is the path of every project's role. A path cannot change, so the provider
// refuses a stranger's role that has the name, instead of taking it over.
const rolePath = "/ecr/project/"

// Bounds of a role's name, and of its parts around the project.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxRoleName    = 64
	rolePrefix     = "ecr-push-"
	roleHashDigits = 8

	// cutHashDigits is how long the hash is where the project does not fit into the name.
	// Whoever has a project that begins alike must not find a name that gives the same.
	cutHashDigits = 20
)

// roleNames returns the names that the push role of a project may have, the one of a new
// role first. A name is never typed, and it survives the re-creation of the claim. Roles of
// long projects that an earlier version made have a shorter hash, without the project.
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

// roleName is the name of the project's push role: the one that it has, or that the status
// tells, if it is one that it may have.
func (p *project) roleName() string {
	if r := p.observed.role; r != nil {
		return r.Metadata.Annotations.ExternalName
	}
	arn, _ := aws.ParseARN(p.before.PushRoleARN)
	if had := strings.TrimPrefix(arn.Resource, "role"+rolePath); slices.Contains(p.roleNames, had) {
		return had
	}
	return p.roleNames[0]
}

// trust is who may assume the project's role, and permissions what it may do.
func (p *project) trust() string {
	o := p.orgAccess
	trust := oidc.Trust{Issuer: o.organization.Issuer(o.partition), Admissions: o.organization.Admissions(github.AllowProject(p.spec.GitHub))}
	return policy.Trust(trust, o.partition, o.account)
}

func (p *project) permissions() string {
	return policy.Push(p.orgAccess.partition, p.orgAccess.account, []string{p.name + "/*"})
}

// validateRole writes the role's policies, and returns what of them does not fit.
func (p *project) validateRole() fault.List {
	if p.orgAccess == nil {
		return nil
	}
	p.orgAccess.trust, p.orgAccess.permissions = p.trust(), p.permissions()
	return append(policy.CheckTrust(p.orgAccess.trust, p.orgAccess.quotas, githubPath), policy.CheckInline(p.orgAccess.permissions, githubPath)...)
}

// renderRole renders the project's push role and its policy, if workflows are to push.
func (p *project) renderRole(d managed.Desired) {
	role, rolePolicy := p.observed.role, p.observed.rolePolicy
	if o := p.observed.elsewhere[keyPushRole]; o != nil {
		p.roleLeft = true
		p.advise(githubPath, "the object %s is about role %s in AWS and is removed; the one for %s is made once it is gone", o.Metadata.Name, o.Metadata.Annotations.ExternalName, p.roleName())
		return
	}
	if p.observeOnly() || p.roleLeft {
		// What is there is only looked at. What it was asked to be stays undecided.
		if role != nil {
			name := role.Metadata.Annotations.ExternalName
			d.Set(keyPushRole, p.role(name, managed.Observe, iamv1beta1.RoleParameters{}), p.config, role.Ready())
		}
		if rolePolicy != nil {
			name := rolePolicy.Metadata.Annotations.ExternalName
			d.Set(keyPushPolicy, p.rolePolicy(name, rolePolicy.Spec.ForProvider.Policy, managed.Observe), p.config, rolePolicy.Ready())
		}
		if role.Exists() && p.spec.GitHub == nil {
			p.advise(githubPath, "is not in the spec, and AWS still has the push role %s: it is deleted when [Observe] is taken out of managementPolicies", role.Metadata.Annotations.ExternalName)
		}
		return
	}
	if p.orgAccess == nil {
		p.endRole(d)
		return
	}
	name := p.roleName()
	d.Set(keyPushRole, p.role(name, managed.Own, iamv1beta1.RoleParameters{
		AssumeRolePolicy:    &p.orgAccess.trust,
		Path:                ptr(rolePath),
		PermissionsBoundary: p.orgAccess.boundary,
		Tags:                map[string]*string{"project": &p.name, "managed-by": ptr("crossplane")},
	}), p.config, role.Ready())
	if p.observed.elsewhere[keyPushPolicy] == nil {
		d.Set(keyPushPolicy, p.rolePolicy(name, p.orgAccess.permissions, managed.Own), p.config, rolePolicy.Ready())
	}
}

// ownsRole reports whether AWS has the role at a project role's path. One at another path
// was there before and is somebody's: the provider refuses to touch it.
func (p *project) ownsRole() bool {
	if !p.observed.role.Exists() {
		return false
	}
	arn, _ := aws.ParseARN(p.observed.role.Status.AtProvider.ARN)
	return strings.HasPrefix(arn.Resource, "role"+rolePath)
}

// endRole makes sure that a role which is no longer wanted goes from AWS with its
// object, as endPolicy does for a grant.
func (p *project) endRole(d managed.Desired) {
	if o := p.observed.role; (o.Outlives() || p.observed.hidden[keyPushRole]) && p.ownsRole() {
		name := o.Metadata.Annotations.ExternalName
		p.pass(d, keyPushRole, p.role(name, managed.End, iamv1beta1.RoleParameters{}), p.config)
	}
	if o := p.observed.rolePolicy; o.Outlives() || p.observed.hidden[keyPushPolicy] {
		name := o.Metadata.Annotations.ExternalName
		p.pass(d, keyPushPolicy, p.rolePolicy(name, o.Spec.ForProvider.Policy, managed.End), p.config)
	}
}

func (p *project) role(name string, policies xpv1.ManagementPolicies, params iamv1beta1.RoleParameters) *iamv1beta1.Role {
	labels := map[string]string{labelRole: "push"}
	switch {
	case p.ownsRole():
		labels[labelExists] = "true"
	case p.observed.role.Exists() && !p.observeOnly():
		// A stranger's: nothing is attached to it, and it must not go with the object.
		policies = managed.Keep
	}
	return &iamv1beta1.Role{
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind},
		ObjectMeta: metav1.ObjectMeta{
			Name:        p.config.ObjectName(name),
			Annotations: map[string]string{annotationExternalName: name},
			Labels:      labels,
		},
		Spec: iamv1beta1.RoleSpec{ResourceSpec: p.config.Spec(policies), ForProvider: params},
	}
}

func (p *project) rolePolicy(name, text string, policies xpv1.ManagementPolicies) *iamv1beta1.RolePolicy {
	return &iamv1beta1.RolePolicy{
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind},
		ObjectMeta: metav1.ObjectMeta{
			Name:        p.config.ObjectName(name),
			Annotations: map[string]string{annotationExternalName: name},
		},
		Spec: iamv1beta1.RolePolicySpec{
			ResourceSpec: p.config.Spec(policies),
			ForProvider: iamv1beta1.RolePolicyParameters{
				Policy: &text,
				RoleSelector: &xpv1.Selector{
					MatchControllerRef: ptr(true),
					MatchLabels:        map[string]string{labelRole: "push", labelExists: "true"},
				},
			},
		},
	}
}
