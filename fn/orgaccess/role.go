package orgaccess

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/fn/policy"
)

// defaultPath is the path of the organisation's roles. A path cannot change, so the
// provider refuses a stranger's role that has the name, instead of taking it over.
const defaultPath = "/ecr/"

// Labels of rendered roles. The policy of a role finds it by both, and only once AWS
// has it: a create that fails for want of it would cost a minute.
const (
	labelRole   = v1alpha1.Group + "/role"
	labelExists = v1alpha1.Group + "/exists"
)

// labelResource marks all objects of one thing in AWS, in whichever namespace.
const labelResource = v1alpha1.Group + "/resource"

// A roleKind is one of the two roles of an org access.
type roleKind struct {
	name       string // as its label has it
	key        string
	policyKey  string
	path       *field.Path
	prefix     string // of its name in AWS
	permission func(partition, account string, patterns []string) string
}

var (
	pushRole = &roleKind{name: "push", key: keyPushRole, policyKey: keyPushPolicy, path: pushPath, prefix: "ecr-org-push-", permission: policy.Push}
	pullRole = &roleKind{name: "pull", key: keyPullRole, policyKey: keyPullPolicy, path: pullPath, prefix: "ecr-org-pull-", permission: policy.Pull}
)

// A role is one that workflows assume, with its policy.
type role struct {
	part

	of    *roleKind
	spec  *v1alpha1.OrgRole // never nil
	inAWS string            // its path

	trust       string
	permissions string

	policy *observed.Resource // observed; nil if there is none yet
}

// newRole returns a role as it is wanted; nil if it is not.
func (a *access) newRole(l *fault.List, k *roleKind, spec *v1alpha1.OrgRole) *role {
	if spec == nil {
		spec = &v1alpha1.OrgRole{}
	}
	if spec.Enabled != nil && !*spec.Enabled {
		return nil
	}
	r := &role{of: k, spec: spec, inAWS: defaultPath, policy: a.seen[k.policyKey]}
	if spec.Path != nil {
		r.inAWS = *spec.Path
	}
	r.part = part{key: k.key, kind: kindRole, path: k.path, external: k.prefix + a.owner.Name(), observed: a.seen[k.key], free: true}
	if spec.RoleName != nil {
		r.external = *spec.RoleName
	}
	a.keepIdentity(l, r)
	a.identify(&r.part, r.external)
	r.what = "role " + r.external
	return r
}

// write writes the policies of a role whose spec is valid.
func (a *access) write(r *role) {
	allow := r.spec.Allow
	if allow == nil {
		allow = a.owner.Everyone()
	}
	patterns := r.spec.Repositories
	if patterns == nil {
		patterns = []string{"*"}
	}
	r.trust = policy.Trust(oidc.Trust{Issuer: a.issuer, Admissions: a.owner.Admissions(allow)}, a.partition, a.spec.AccountID)
	r.permissions = r.of.permission(a.partition, a.spec.AccountID, patterns)
}

// keepIdentity keeps the name and the path that a role has in AWS, where they cannot
// change. What was written otherwise is an error, what follows from defaults is not.
func (a *access) keepIdentity(l *fault.List, r *role) {
	if r.observed == nil {
		return
	}
	const fix = "set enabled to false, and once the role is gone enable it anew"
	name, path := r.observedExternal(), r.inAWS
	if r.taken() {
		path = pathOf(r.arn())
	}
	switch {
	case name == r.external:
	case !r.taken():
		// It never came to be, or is a stranger's.
		if r.observed.MayDelete() && r.observed.Exists() {
			// Released as it is, the stranger's role would go with the object.
			r.external = name
			return
		}
		a.letGo(&r.part)
	case r.spec.RoleName != nil:
		l.AWS("iam.role-name", r.path.Child("roleName"), r.external, "the role is %s, and its name cannot change: %s", name, fix)
	default:
		a.advise(r.path, "the role keeps its name, %s, since AWS cannot change it", name)
		r.external = name
	}
	switch {
	case path == r.inAWS:
	case r.spec.Path != nil:
		l.AWS("iam.role-path", r.path.Child("path"), r.inAWS, "the role has the path %s, which cannot change: %s", path, fix)
	default:
		a.advise(r.path, "the role keeps its path, %s, since AWS cannot change it", path)
		r.inAWS = path
	}
}

// arn of the role, once it exists.
func (r *role) arn() string {
	if r.observed == nil {
		return ""
	}
	return r.observed.Status.AtProvider.ARN
}

// taken tells whether AWS has the role, at the path that was asked for. One that has
// another path was there before and is somebody's: the provider refuses to touch it.
func (r *role) taken() bool {
	path := pathOf(r.arn())
	return path != "" && path == r.observed.Spec.ForProvider.Path
}

// own tells whether AWS has the role as it is wanted.
func (r *role) own() bool {
	path := pathOf(r.arn())
	return path != "" && path == r.inAWS
}

// strange tells whether AWS has a role of the name that is at another path.
func (r *role) strange() bool { return r.arn() != "" && !r.own() }

// checkRoleNames refuses two roles of one name.
func (a *access) checkRoleNames(l *fault.List) {
	if a.push == nil || a.pull == nil || !strings.EqualFold(a.push.external, a.pull.external) {
		return
	}
	path := pullPath.Child("roleName")
	if a.pull.spec.RoleName == nil {
		path = pushPath.Child("roleName")
	}
	l.AWS("iam.role-name", path, a.pull.external, "the push role has the same name: an account's roles differ in more than case")
}

// checkSizes writes the policies and returns which do not fit.
func (a *access) checkSizes() fault.List {
	var l fault.List
	for _, r := range a.roles() {
		a.write(r)
		l = append(l, policy.CheckTrust(r.trust, r.path.Child("allow"))...)
		l = append(l, policy.CheckInline(r.permissions, r.path.Child("repositories"))...)
	}
	if a.registry != nil {
		l = append(l, policy.CheckRegistry(a.registryPolicy, a.registry.path)...)
	}
	return l
}

// policies are what may be done to what is in AWS.
func (a *access) policies() xpv1.ManagementPolicies {
	if a.spec.orphan() {
		return managed.Keep
	}
	return managed.Own
}

// tags of the roles: the spec's, under the function's own.
func (a *access) tags() map[string]*string {
	tags := make(map[string]*string, len(a.spec.Tags)+len(ownTags))
	for k, v := range a.spec.Tags {
		tags[k] = &v
	}
	tags["managed-by"] = ptr("crossplane")
	return tags
}

func (a *access) role(r *role) *iamv1beta1.Role {
	m := &iamv1beta1.Role{
		TypeMeta: metav1.TypeMeta{APIVersion: kindRole.apiVersion, Kind: kindRole.kind},
		ObjectMeta: metav1.ObjectMeta{
			Name:        r.objectName,
			Annotations: map[string]string{annotationExternalName: r.external},
			Labels:      a.labels(&r.part),
		},
		Spec: iamv1beta1.RoleSpec{
			ResourceSpec: a.config.Spec(a.policies()),
			ForProvider: iamv1beta1.RoleParameters{
				AssumeRolePolicy:    &r.trust,
				Path:                &r.inAWS,
				PermissionsBoundary: r.spec.PermissionsBoundary,
				Tags:                a.tags(),
			},
		},
	}
	if s := r.spec.MaxSessionDuration; s != nil {
		d, _ := session(*s)
		m.Spec.ForProvider.MaxSessionDuration = ptr(d.Seconds())
	}
	m.Labels[labelRole] = r.of.name
	switch {
	case r.own():
		m.Labels[labelExists] = "true"
	case r.strange():
		// It must not go with an object that was refused it.
		m.Spec.ManagementPolicies = managed.Keep
	}
	return m
}

func (a *access) rolePolicy(r *role) *iamv1beta1.RolePolicy {
	return &iamv1beta1.RolePolicy{
		TypeMeta: metav1.TypeMeta{APIVersion: kindRolePolicy.apiVersion, Kind: kindRolePolicy.kind},
		ObjectMeta: metav1.ObjectMeta{
			Name:        r.objectName,
			Annotations: map[string]string{annotationExternalName: r.external},
		},
		Spec: iamv1beta1.RolePolicySpec{
			ResourceSpec: a.config.Spec(a.policies()),
			ForProvider: iamv1beta1.RolePolicyParameters{
				Policy: &r.permissions,
				RoleSelector: &xpv1.Selector{
					MatchControllerRef: ptr(true),
					MatchLabels:        map[string]string{labelRole: r.of.name, labelExists: "true"},
				},
			},
		},
	}
}

func (a *access) oidcProvider() *iamv1beta1.OpenIDConnectProvider {
	m := &iamv1beta1.OpenIDConnectProvider{
		TypeMeta: metav1.TypeMeta{APIVersion: kindProvider.apiVersion, Kind: kindProvider.kind},
		ObjectMeta: metav1.ObjectMeta{
			Name:        a.provider.objectName,
			Annotations: map[string]string{annotationExternalName: a.provider.external},
		},
		Spec: iamv1beta1.OpenIDConnectProviderSpec{ResourceSpec: a.config.Spec(managed.Observe)},
	}
	if a.spec.creates() {
		m.Spec.ManagementPolicies = managed.Make
		m.Spec.ForProvider = iamv1beta1.OpenIDConnectProviderParameters{
			URL:          &a.issuer.URL,
			ClientIDList: []*string{&a.issuer.Audience},
		}
	}
	return m
}

// adviseOnRoles looks at what is legal in a role and hardly meant.
func (a *access) adviseOnRoles() {
	for _, r := range a.roles() {
		a.advice = append(a.advice, a.owner.AdviseAllow(r.spec.Allow, r.path.Child("allow"))...)
		a.adviseOnPatterns(r.spec.Repositories, r.path.Child("repositories"))
		if r.strange() {
			path := pathOf(r.arn())
			a.advise(r.path.Child("path"), "AWS has a role %s already, at the path %s, and it is left alone: write that path to take the role over, or give another roleName", r.external, path)
		}
	}
}

// adviseOnPatterns finds patterns that reach into names that only begin alike.
func (a *access) adviseOnPatterns(patterns []string, path *field.Path) {
	for i, p := range patterns {
		if head, ok := strings.CutSuffix(p, "*"); ok && head != "" && !strings.ContainsAny(head[len(head)-1:], "/*._-") {
			a.advise(path.Index(i), "also matches repositories of other projects whose names begin alike, such as %sx/api: write %s/* for those of one project", head, head)
		}
	}
}

func ptr[T any](v T) *T { return &v }
