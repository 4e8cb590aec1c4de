package registry

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/aws"
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
)

// roleName is the name of the project's push role. It is never typed, and it survives
// the re-creation of the claim.
func (p *project) roleName() string {
	namespace, name := p.xr.Author()
	hash := managed.Hash(roleHashDigits, p.region, namespace, name)
	project := p.name
	if most := maxRoleName - len(rolePrefix) - len("-") - len(hash); len(project) > most {
		project = project[:most]
	}
	return rolePrefix + project + "-" + hash
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
	d.Set(keyPushPolicy, p.rolePolicy(name, p.orgAccess.permissions, managed.Own), p.config, rolePolicy.Ready())
}

// ownsRole tells whether AWS has the role at a project role's path. One at another path
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
	if o := p.observed.role; o.Outlives() && p.ownsRole() {
		name := o.Metadata.Annotations.ExternalName
		p.pass(d, keyPushRole, p.role(name, managed.End, iamv1beta1.RoleParameters{}), p.config)
	}
	if o := p.observed.rolePolicy; o.Outlives() {
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
