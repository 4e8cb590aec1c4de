package orgaccess

import (
	"cmp"
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
		spec:   func(s *Spec) *v1alpha1.OrgRole { return cmp.Or(s.Push, &v1alpha1.OrgRole{}) },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PushRole },
	}
	pullRole = &roleKind{
		name: "pull", field: pullPath, permission: policy.Pull,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return cmp.Or(s.Pull, &v1alpha1.OrgRole{}) },
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
	return *cmp.Or(k.spec(p.written).RoleName, new("ecr-org-"+k.name+"-"+p.owner.Name()))
}

// A role is one that workflows assume.
type role struct {
	*roleKind
	written *v1alpha1.OrgRole

	path string // in force
	arn  string // of the role of the name that AWS has; empty if there is none
}

// parts returns the role of a kind, unless it is disabled.
func (k *roleKind) parts(p *Plan) ([]part, fault.Advice, fault.List) {
	r := &role{roleKind: k, written: k.spec(p.written)}
	if e := r.written.Enabled; e != nil && !*e {
		return nil, nil, nil
	}
	r.path = *cmp.Or(r.written.Path, new(defaultPath))
	name, advice, faults := r.keep(p, k.external(p, k.key()))
	t := part{what: "role " + name, path: k.field, role: r, forProvider: r.parameters}
	t.External, t.Identity = name, []string{name}
	if r.foreign() {
		// It must not go with an object that was refused it.
		t.object.Policies = managed.Keep
	}
	return []part{t}, advice, faults
}

// keep decides the name of a role, given the one that is wanted, and its path: those that it has in AWS, where they cannot
// change. What was written otherwise is a fault, what follows from defaults is not.
func (r *role) keep(p *Plan, name string) (string, fault.Advice, fault.List) {
	var advice fault.Advice
	var faults fault.List
	o := p.observed[r.key()]
	if o == nil {
		return name, nil, nil
	}
	const fix = "set enabled to false, and once the role is gone enable it anew"
	r.arn = o.Status.AtProvider.ARN
	made, had, path := madeAsAsked(o), o.Metadata.Annotations.ExternalName, pathOf(r.arn)
	before := r.status(p.before)
	switch {
	case had == name:
	case !made && o.MayDelete() && o.Exists():
		name = had // somebody else's role, which would go with the object if that was released as it is
	case !made, before != nil && before.Name != had:
		// It has to go first. By its own account, this org access never had a role of that name.
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

// madeAsAsked reports whether AWS has a role at the path that its object asks for. One that has another path was there
// before and is somebody else's: the provider refuses to touch it.
func madeAsAsked(o *observed.Resource) bool {
	path := pathOf(o.Status.AtProvider.ARN)
	return path != "" && path == o.Spec.ForProvider.Path
}

// exists reports whether AWS has the role as it is wanted.
func (r *role) exists() bool { return r.arn != "" && pathOf(r.arn) == r.path }

// foreign reports whether AWS has a role of the name that is at another path, and so not this one.
func (r *role) foreign() bool { return r.arn != "" && !r.exists() }

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
		d, _ := time.ParseDuration(*s)
		seconds := d.Seconds()
		params.MaxSessionDuration = &seconds
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

// Forms of what IAM takes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	roleNameForm = fault.Form{
		Owner: fault.AWS, ID: "iam.role-name", Holds: regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`).MatchString,
		Rule: "must be 1 to 64 letters, digits and _ + = , . @ -",
	}
	rolePathForm = fault.Form{
		Owner: fault.AWS, ID: "iam.role-path", Most: 512, Holds: regexp.MustCompile(`^/([!-.0-~]+/)*$`).MatchString,
		Rule: "must be / or /…/, at most 512 characters, with no white space and no empty part",
	}
	sessionForm = fault.Form{
		Owner: fault.AWS, ID: "iam.session", Holds: func(s string) bool {
			d, err := time.ParseDuration(s)
			return duration.MatchString(s) && err == nil && d >= time.Hour && d <= 12*time.Hour
		},
		Rule: "must be a duration of 1h to 12h, e.g. 1h30m",
	}
	duration       = regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
	boundaryPolicy = regexp.MustCompile(`^policy/.+$`)
)

func (k *roleKind) validate(p *Plan) fault.List {
	var l fault.List
	r, path := k.spec(p.written), k.field
	for _, text := range []struct {
		name  string
		value *string
		form  fault.Form
	}{
		{"roleName", r.RoleName, roleNameForm},
		{"path", r.Path, rolePathForm},
		{"maxSessionDuration", r.MaxSessionDuration, sessionForm},
	} {
		if text.value != nil {
			l.Add(text.form.Check(*text.value, path.Child(text.name))...)
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

func (k *roleKind) advise(p *Plan) fault.Advice {
	t := p.part(k.key())
	if t == nil {
		return nil
	}
	advice := p.owner.AdviseAllow(t.role.written.Allow, k.field.Child("allow"))
	advice = append(advice, adviseOnPatterns(t.role.written.Repositories, k.field.Child("repositories"))...)
	if t.role.foreign() {
		advice.Add(k.field.Child("path"), "AWS has a role %s already, at the path %s, and it is left alone: write that path to take "+
			"the role over, or give another roleName", t.External, pathOf(t.role.arn))
	}
	return advice
}
