package orgaccess

import (
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

// A roleKind is one of the two roles of an org access.
type roleKind struct {
	name       string // as its label has it
	field      *field.Path
	spec       func(*Spec) *v1alpha1.OrgRole
	status     func(*v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus
	permission func(partition, account string, patterns []string) string
}

var (
	pushRole = &roleKind{
		name: "push", field: pushPath, permission: policy.Push,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return s.Push },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PushRole },
	}
	pullRole = &roleKind{
		name: "pull", field: pullPath, permission: policy.Pull,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return s.Pull },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PullRole },
	}
)

func (k *roleKind) key() string { return k.name + "-role" }

// class is the role of the kind.
func (k *roleKind) class() class {
	return class{
		key:      k.key(),
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind},
		grant:    true,
		external: k.external,
		parts:    k.parts,
		validate: k.validate,
		advise:   k.advise,
	}
}

// policyClass is the policy of the role.
func (k *roleKind) policyClass() class {
	return class{
		key:      k.name + "-policy",
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind},
		grant:    true,
		external: k.external,
		parts:    k.policyParts,
	}
}

// external returns the name of the role, as it is written or by default.
func (k *roleKind) external(p *Plan, _ string) string {
	if w := k.spec(p.written); w != nil && w.RoleName != nil {
		return *w.RoleName
	}
	return "ecr-org-" + k.name + "-" + p.owner.Name()
}

// A role is one that workflows assume.
type role struct {
	*roleKind
	written v1alpha1.OrgRole

	path string // in force

	observed *observed.Resource // nil while there is no object
}

// parts returns the role of a kind, unless it is disabled. Its name and its path are those that it has in AWS, where they
// cannot change. What was written otherwise is a fault, what follows from defaults is not.
func (k *roleKind) parts(p *Plan) ([]part, fault.Advice, fault.List) {
	r := &role{roleKind: k, path: defaultPath, observed: p.observed[k.key()]}
	if w := k.spec(p.written); w != nil {
		r.written = *w
	}
	if e := r.written.Enabled; e != nil && !*e {
		return nil, nil, nil
	}
	if r.written.Path != nil {
		r.path = *r.written.Path
	}
	name, advice, faults := r.keep(p, k.external(p, k.key()))
	t := part{what: "role " + name, path: k.field, role: r, forProvider: r.parameters}
	t.External, t.Identity = name, []string{name}
	if r.foreign() {
		// It must not go with an object that was refused it.
		t.policies = managed.Keep
	}
	return []part{t}, advice, faults
}

// keep returns the name in force of a role, given the one that is wanted, and settles its path.
func (r *role) keep(p *Plan, name string) (string, fault.Advice, fault.List) {
	var advice fault.Advice
	var faults fault.List
	if r.observed == nil {
		return name, nil, nil
	}
	const fix = "set enabled to false, and once the role is gone enable it anew"
	made := madeAsAsked(r.observed)
	had, path := r.observed.Metadata.Annotations.ExternalName, pathOf(r.observed.Status.AtProvider.ARN)
	switch {
	case had == name:
	case !made && r.observed.MayDelete() && r.observed.Exists():
		name = had // somebody else's role, which would go with the object if that was released as it is
	case !made, !r.had(p.before, had):
		// It has to go first.
	case r.written.RoleName != nil:
		faults.AWS("iam.role-name", r.field.Child("roleName"), name, "the role is %s, and its name cannot change: %s", had, fix)
	default:
		advice.Add(r.field, "the role keeps its name, %s, since AWS cannot change it", had)
		name = had
	}
	switch {
	case !made || path == r.path:
	case r.written.Path != nil:
		faults.AWS("iam.role-path", r.field.Child("path"), r.path, "the role has the path %s, which cannot change: %s", path, fix)
	default:
		advice.Add(r.field, "the role keeps its path, %s, since AWS cannot change it", path)
		r.path = path
	}
	return name, advice, faults
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
	return r.permission(p.partition, p.written.AccountID, r.written.Repositories)
}

func (r *role) parameters(p *Plan) any {
	params := iamv1beta1.RoleParameters{
		AssumeRolePolicy:    new(p.trust(r)),
		Path:                &r.path,
		PermissionsBoundary: r.written.PermissionsBoundary,
		Tags:                map[string]*string{"managed-by": new("crossplane")},
	}
	for k, v := range p.written.Tags {
		params.Tags[k] = &v
	}
	if s := r.written.MaxSessionDuration; s != nil {
		d, _ := sessionOf(*s)
		params.MaxSessionDuration = new(d.Seconds())
	}
	return params
}

// policyParts returns the policy of the role, if there is the role.
func (k *roleKind) policyParts(p *Plan) ([]part, fault.Advice, fault.List) {
	of := p.part(k.key())
	if of == nil {
		return nil, nil, nil
	}
	t := part{path: k.field, of: of.Key}
	t.External, t.Identity = of.External, of.Identity
	t.forProvider = func(p *Plan) any {
		return iamv1beta1.RolePolicyParameters{Policy: new(p.permissions(of.role)), Role: &t.External}
	}
	return []part{t}, nil, nil
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

func (k *roleKind) validate(p *Plan) fault.List {
	var l fault.List
	r, path := k.spec(p.written), k.field
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

func (k *roleKind) advise(p *Plan) fault.Advice {
	t := p.part(k.key())
	if t == nil {
		return nil
	}
	advice := p.owner.AdviseAllow(t.role.written.Allow, k.field.Child("allow"))
	advice = append(advice, adviseOnPatterns(t.role.written.Repositories, k.field.Child("repositories"))...)
	if t.role.foreign() {
		advice.Add(k.field.Child("path"), "AWS has a role %s already, at the path %s, and it is left alone: write that path to take "+
			"the role over, or give another roleName", t.External, pathOf(t.role.arn()))
	}
	return advice
}
