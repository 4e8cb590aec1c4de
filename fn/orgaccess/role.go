package orgaccess

import (
	"maps"
	"regexp"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/fn/policy"
)

// defaultPath is the path of the organisation's roles. A path cannot change, so the provider refuses a role of the name
// at another path, instead of taking it over.
const defaultPath = "/ecr/"

// labelRole says what the role of an object is for.
const labelRole = v1alpha1.Group + "/role"

// A roleKind is one of the two roles of an org access.
type roleKind struct {
	name       string // as its label has it
	path       *field.Path
	spec       func(*Spec) *v1alpha1.OrgRole
	status     func(*v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus
	permission func(partition, account string, patterns []string) string
}

var (
	pushRole = &roleKind{
		name: "push", path: pushPath, permission: policy.Push,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return s.Push },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PushRole },
	}
	pullRole = &roleKind{
		name: "pull", path: pullPath, permission: policy.Pull,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return s.Pull },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PullRole },
	}
)

func (k *roleKind) key() string       { return k.name + "-role" }
func (k *roleKind) policyKey() string { return k.name + "-policy" }

func roleClass(k *roleKind) class {
	return class{
		key:      k.key(),
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind},
		grant:    true,
		external: func(p *Plan, _ string) string { return roleNameOf(p, k) },
		validate: func(p *Plan) fault.List { return validateRole(p, k) },
		parts:    func(p *Plan) ([]part, fault.Advice, fault.List) { return roleParts(p, k) },
		advise:   func(p *Plan) fault.Advice { return adviseOnRole(p, k) },
	}
}

func rolePolicyClass(k *roleKind) class {
	return class{
		key:      k.policyKey(),
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind},
		grant:    true,
		external: func(p *Plan, _ string) string { return roleNameOf(p, k) },
		parts:    func(p *Plan) ([]part, fault.Advice, fault.List) { return rolePolicyParts(p, k), nil, nil },
	}
}

// A role is one that workflows assume.
type role struct {
	of      *roleKind
	written v1alpha1.OrgRole

	name, path string // in force

	observed *observed.Resource // nil while there is no object
}

// roleParts returns the role of a kind, unless it is disabled.
func roleParts(p *Plan, k *roleKind) ([]part, fault.Advice, fault.List) {
	r, advice, faults := resolveRole(p, k)
	if r == nil {
		return nil, nil, nil
	}
	c := classOf(k.key())
	t := part{
		class: c, key: c.key,
		what: "role " + r.name, path: k.path,
		identity:    []string{r.name},
		external:    r.name,
		observed:    r.observed,
		role:        r,
		policies:    p.managementPolicies(),
		forProvider: func() any { return p.roleParameters(r) },
	}
	t.objectName = p.config.ObjectName(t.identity...)
	t.labels = map[string]string{labelRole: k.name}
	maps.Copy(t.labels, p.labels(&t))
	if r.foreign() {
		// It must not go with an object that was refused it.
		t.policies = managed.Keep
	}
	return []part{t}, advice, faults
}

// roleNameOf returns the name of a role, as it is written or by default.
func roleNameOf(p *Plan, k *roleKind) string {
	if w := k.spec(p.written); w != nil && w.RoleName != nil {
		return *w.RoleName
	}
	return "ecr-org-" + k.name + "-" + p.owner.Name()
}

// resolveRole decides the name and the path of a role: those that it has in AWS, where they cannot change. What was
// written otherwise is a fault, what follows from defaults is not. A role that is disabled is nil.
func resolveRole(p *Plan, k *roleKind) (*role, fault.Advice, fault.List) {
	var advice fault.Advice
	var faults fault.List
	r := &role{of: k, name: roleNameOf(p, k), path: defaultPath, observed: p.observed[k.key()]}
	if w := k.spec(p.written); w != nil {
		r.written = *w
	}
	if e := r.written.Enabled; e != nil && !*e {
		return nil, nil, nil
	}
	if r.written.Path != nil {
		r.path = *r.written.Path
	}
	if r.observed == nil {
		return r, nil, nil
	}
	const fix = "set enabled to false, and once the role is gone enable it anew"
	made := madeAsAsked(r.observed)
	if name := r.observed.Metadata.Annotations.ExternalName; name != r.name {
		switch {
		case !made && r.observed.MayDelete() && r.observed.Exists():
			// The role is somebody else's, and would go with the object if that was released as it is.
			r.name = name
			return r, nil, nil
		case !made, !k.had(p.before, name):
			// It has to go first.
		case r.written.RoleName != nil:
			faults.AWS("iam.role-name", k.path.Child("roleName"), r.name, "the role is %s, and its name cannot change: %s", name, fix)
		default:
			advice.Add(k.path, "the role keeps its name, %s, since AWS cannot change it", name)
			r.name = name
		}
	}
	path := pathOf(r.observed.Status.AtProvider.ARN)
	switch {
	case !made || path == r.path:
	case r.written.Path != nil:
		faults.AWS("iam.role-path", k.path.Child("path"), r.path, "the role has the path %s, which cannot change: %s", path, fix)
	default:
		advice.Add(k.path, "the role keeps its path, %s, since AWS cannot change it", path)
		r.path = path
	}
	return r, advice, faults
}

// had reports whether the org access had a role of a name before, by its own account.
func (k *roleKind) had(before *v1alpha1.EcrOrgAccessStatus, name string) bool {
	s := k.status(before)
	return s == nil || s.Name == name
}

// madeAsAsked reports whether AWS has a role at the path that its object asks for. One that has another path was there
// before and is somebody else's: the provider refuses to touch it.
func madeAsAsked(o *observed.Resource) bool {
	path := pathOf(o.Status.AtProvider.ARN)
	return path != "" && path == o.Spec.ForProvider.Path
}

// arn of the role, once AWS has one of the name.
func (r *role) arn() string {
	if r.observed == nil {
		return ""
	}
	return r.observed.Status.AtProvider.ARN
}

// exists reports whether AWS has the role as it is wanted.
func (r *role) exists() bool {
	path := pathOf(r.arn())
	return path != "" && path == r.path
}

// foreign reports whether AWS has a role of the name that is at another path, and so not this one.
func (r *role) foreign() bool { return r.arn() != "" && !r.exists() }

// pathOf returns the path of the role that an ARN is of.
func pathOf(s string) string {
	arn, _ := aws.ParseARN(s)
	resource, _ := strings.CutPrefix(arn.Resource, "role")
	return resource[:strings.LastIndexByte(resource, '/')+1]
}

// trust returns the trust policy of a role whose spec is valid.
func (p *Plan) trust(r *role) string {
	allow := r.written.Allow
	if allow == nil {
		allow = p.owner.Everyone()
	}
	return policy.Trust(oidc.Trust{Issuer: p.issuer, Admissions: p.owner.Admissions(allow)}, p.partition, p.written.AccountID)
}

// permissions returns what a role may do.
func (p *Plan) permissions(r *role) string {
	return r.of.permission(p.partition, p.written.AccountID, r.written.Repositories)
}

func (p *Plan) roleParameters(r *role) iamv1beta1.RoleParameters {
	params := iamv1beta1.RoleParameters{
		AssumeRolePolicy:    new(p.trust(r)),
		Path:                &r.path,
		PermissionsBoundary: r.written.PermissionsBoundary,
		Tags:                map[string]*string{},
	}
	for k, v := range p.written.Tags {
		params.Tags[k] = &v
	}
	params.Tags["managed-by"] = new("crossplane")
	if s := r.written.MaxSessionDuration; s != nil {
		d, _ := sessionOf(*s)
		seconds := d.Seconds()
		params.MaxSessionDuration = &seconds
	}
	return params
}

// rolePolicyParts returns the policy of a role, if there is the role.
func rolePolicyParts(p *Plan, k *roleKind) []part {
	t := p.part(k.key())
	if t == nil {
		return nil
	}
	c := classOf(k.policyKey())
	return []part{{
		class: c, key: c.key,
		path: k.path, of: k.key(),
		objectName: t.objectName, external: t.external,
		observed: p.observed[c.key],
		policies: p.managementPolicies(),
		forProvider: func() any {
			return iamv1beta1.RolePolicyParameters{Policy: new(p.permissions(t.role)), Role: &t.external}
		},
	}}
}

var (
	roleName       = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)
	rolePath       = regexp.MustCompile(`^/([!-.0-~]+/)*$`)
	boundaryPolicy = regexp.MustCompile(`^policy/.+$`)
	duration       = regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
)

// Bounds of IAM.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxRolePath = 512

	minSession = time.Hour
	maxSession = 12 * time.Hour
)

func validateRole(p *Plan, k *roleKind) fault.List {
	var l fault.List
	r, path := k.spec(p.written), k.path
	if r == nil {
		return nil
	}
	if r.RoleName != nil && !roleName.MatchString(*r.RoleName) {
		l.AWS("iam.role-name", path.Child("roleName"), *r.RoleName, "must be 1 to 64 letters, digits and _ + = , . @ -")
	}
	if s := r.Path; s != nil && (len(*s) > maxRolePath || !rolePath.MatchString(*s)) {
		l.AWS("iam.role-path", path.Child("path"), *s,
			"must be / or /…/, at most %d characters, with no white space and no empty part", maxRolePath)
	}
	if r.MaxSessionDuration != nil {
		if _, ok := sessionOf(*r.MaxSessionDuration); !ok {
			l.AWS("iam.session", path.Child("maxSessionDuration"), *r.MaxSessionDuration, "must be a duration of 1h to 12h, e.g. 1h30m")
		}
	}
	if r.PermissionsBoundary != nil {
		l.Add(validateBoundary(p, *r.PermissionsBoundary, path.Child("permissionsBoundary"))...)
	}
	l.Add(validatePatterns(r.Repositories, path.Child("repositories"))...)
	if p.owner != nil {
		l.Add(p.owner.ValidateAllow(r.Allow, path.Child("allow"))...)
	}
	return l
}

func validateBoundary(p *Plan, arn string, path *field.Path) fault.List {
	var l fault.List
	a, ok := aws.ParseARN(arn)
	switch {
	case !ok || len(arn) > aws.MaxARN || a.Service != "iam" || a.Region != "" || a.Account != "aws" && !aws.IsAccountID(a.Account) || !boundaryPolicy.MatchString(a.Resource):
		l.AWS("iam.boundary", path, arn, "must be the ARN of a managed policy, arn:<partition>:iam::<account>:policy/<name>")
	case a.Partition != p.partition:
		l.AWS("iam.boundary", path, arn, "must be of partition %s", p.partition)
	case a.Account != "aws" && a.Account != p.written.AccountID:
		l.AWS("iam.boundary", path, arn, "must be a policy of AWS or of account %s, as the role is", p.written.AccountID)
	}
	return l
}

// sessionOf reads the duration of a session, and reports whether it is one.
func sessionOf(s string) (time.Duration, bool) {
	if !duration.MatchString(s) {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= minSession && d <= maxSession
}

func adviseOnRole(p *Plan, k *roleKind) fault.Advice {
	var advice fault.Advice
	t := p.part(k.key())
	if t == nil {
		return nil
	}
	advice = append(advice, p.owner.AdviseAllow(t.role.written.Allow, k.path.Child("allow"))...)
	advice = append(advice, adviseOnPatterns(t.role.written.Repositories, k.path.Child("repositories"))...)
	if t.role.foreign() {
		advice.Add(k.path.Child("path"),
			"AWS has a role %s already, at the path %s, and it is left alone: write that path to take the role "+
				"over, or give another roleName", t.external, pathOf(t.role.arn()))
	}
	return advice
}
