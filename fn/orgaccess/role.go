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

// defaultPath is the path of the organisation's roles. A path cannot change, so the provider does not take over a role
// of the name at another path.
const defaultPath = "/ecr/"

// A role is one of the two roles of an org access.
type role struct {
	name       string // the value of its label
	field      *field.Path
	spec       func(*Spec) *v1alpha1.OrgRole
	status     func(*v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus
	permission func(partition, account string, patterns []string) string
}

var (
	pushRole = &role{
		name: "push", field: pushPath, permission: policy.Push,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return cmp.Or(s.Push, &v1alpha1.OrgRole{}) },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PushRole },
	}
	pullRole = &role{
		name: "pull", field: pullPath, permission: policy.Pull,
		spec:   func(s *Spec) *v1alpha1.OrgRole { return cmp.Or(s.Pull, &v1alpha1.OrgRole{}) },
		status: func(s *v1alpha1.EcrOrgAccessStatus) *v1alpha1.RoleStatus { return s.PullRole },
	}
)

func (r *role) key() string { return r.name + "-role" }

// class returns the class of the role.
func (r *role) class() *class {
	return &class{
		key:      r.key(),
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind},
		grant:    true,
		external: r.external,
		parts:    r.parts,
		validate: r.validate,
		advise:   r.advise,
	}
}

// policyClass returns the class of the role's policy.
func (r *role) policyClass() *class {
	return &class{
		key:      r.name + "-policy",
		TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind},
		grant:    true,
		external: r.external,
		parts:    r.policyParts,
	}
}

// external returns the name of the role that the spec names, or its default.
func (r *role) external(p *Plan, _ string) string {
	return *cmp.Or(r.spec(p.written).RoleName, new("ecr-org-"+r.name+"-"+p.owner.Name()))
}

// parts returns the role, unless it is disabled.
func (r *role) parts(p *Plan) ([]*part, fault.Advice, fault.List) {
	written := r.spec(p.written)
	if e := written.Enabled; e != nil && !*e {
		return nil, nil, nil
	}
	name, path, advice, faults := r.keep(p, r.external(p, r.key()), *cmp.Or(written.Path, new(defaultPath)))
	t := &part{what: "role " + name, path: r.field, role: r, rolePath: path}
	t.External, t.Identity, t.Ours = name, []string{name}, p.observed[r.key()]
	t.forProvider = func(p *Plan) any { return r.parameters(p, path) }
	if t.foreignRole() {
		// The provider refused the object this role. The role must not be deleted with the object.
		t.object.Policies = managed.Keep
	}
	return []*part{t}, advice, faults
}

// keep returns the name and the path of the role that are in force, given the wanted ones. AWS cannot change those of a
// role that exists: it is a fault if the spec asks for others, but not if the defaults have changed.
func (r *role) keep(p *Plan, name, path string) (_, _ string, advice fault.Advice, faults fault.List) {
	o := p.observed[r.key()]
	if o == nil {
		return name, path, nil, nil
	}
	const fix = "set enabled to false, and once the role is gone enable it anew"
	written, before := r.spec(p.written), r.status(p.before)
	owned, oldName, oldPath := ownsRole(o), o.Metadata.Annotations.ExternalName, pathOf(o.Status.AtProvider.ARN)
	switch {
	case oldName == name, oldName == "":
		// Without an external-name the object is released: nothing says which role it manages.
	case !owned && o.MayDelete() && o.Exists():
		name = oldName // Somebody else's role. If the object were released with Delete, the role would be deleted, too.
	case !owned, before != nil && before.Name != oldName:
		// The object is released first: in AWS it has no role of its own, or only one that the status does not name.
	case written.RoleName != nil:
		faults.AWS("iam.role-name", r.field.Child("roleName"), name, "the role is %s, and its name cannot change: %s", oldName, fix)
	default:
		advice.Add(r.field, "the role keeps its name, %s, since AWS cannot change it", oldName)
		name = oldName
	}
	switch {
	case !owned || oldPath == path:
	case written.Path != nil:
		faults.AWS("iam.role-path", r.field.Child("path"), path, "the role has the path %s, which cannot change: %s", oldPath, fix)
	default:
		advice.Add(r.field, "the role keeps its path, %s, since AWS cannot change it", oldPath)
		path = oldPath
	}
	return name, path, advice, faults
}

// ownsRole reports whether AWS has the role of an object at the path that the object asks for. A role at another path
// existed before the object and is somebody else's: the provider does not touch it.
func ownsRole(o *observed.Resource) bool {
	path := pathOf(o.Status.AtProvider.ARN)
	return path != "" && path == o.Spec.ForProvider.Path
}

// roleExists reports whether AWS has the role at the path that is in force.
func (t *part) roleExists() bool { return t.arn() != "" && pathOf(t.arn()) == t.rolePath }

// foreignRole reports whether AWS has a role of the name at another path. That role is somebody else's.
func (t *part) foreignRole() bool { return t.arn() != "" && !t.roleExists() }

// pathOf returns the path of a role, given its ARN.
func pathOf(s string) string {
	arn, _ := aws.ParseARN(s)
	resource, _ := strings.CutPrefix(arn.Resource, "role")
	return resource[:strings.LastIndexByte(resource, '/')+1]
}

// trust returns the trust policy of the role. The spec must be valid.
func (r *role) trust(p *Plan) string {
	allow := r.spec(p.written).Allow
	if allow == nil {
		allow = p.owner.Everyone()
	}
	return policy.Trust(oidc.Trust{Issuer: p.issuer, Admissions: p.owner.Admissions(allow)}, p.partition, p.written.AccountID)
}

// permissions returns the policy of the role.
func (r *role) permissions(p *Plan) string {
	return r.permission(p.partition, p.written.AccountID, r.spec(p.written).Repositories)
}

func (r *role) parameters(p *Plan, path string) any {
	written := r.spec(p.written)
	params := iamv1beta1.RoleParameters{
		AssumeRolePolicy:    new(r.trust(p)),
		Path:                &path,
		PermissionsBoundary: written.PermissionsBoundary,
		Tags:                map[string]*string{"managed-by": new("crossplane")},
	}
	for k, v := range p.written.Tags {
		params.Tags[k] = &v
	}
	if s := written.MaxSessionDuration; s != nil {
		d, _ := time.ParseDuration(*s)
		seconds := d.Seconds()
		params.MaxSessionDuration = &seconds
	}
	return params
}

// policyParts returns the policy of the role, if the role is wanted.
func (r *role) policyParts(p *Plan) ([]*part, fault.Advice, fault.List) {
	of := p.part(r.key())
	if of == nil {
		return nil, nil, nil
	}
	t := &part{path: r.field, of: of.Key}
	t.External, t.Identity = of.External, of.Identity
	t.forProvider = func(p *Plan) any {
		return iamv1beta1.RolePolicyParameters{Policy: new(r.permissions(p)), Role: &t.External}
	}
	return []*part{t}, nil, nil
}

// Forms of the texts that IAM takes.
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
	duration    = regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
	boundaryARN = regexp.MustCompile(`^arn:([^:]+):iam::(aws|[0-9]{12}):policy/.+$`)
)

func (r *role) validate(p *Plan) fault.List {
	var l fault.List
	written, path := r.spec(p.written), r.field
	for _, text := range []struct {
		name  string
		value *string
		form  fault.Form
	}{
		{"roleName", written.RoleName, roleNameForm},
		{"path", written.Path, rolePathForm},
		{"maxSessionDuration", written.MaxSessionDuration, sessionForm},
	} {
		if text.value != nil {
			l.Add(text.form.Check(*text.value, path.Child(text.name))...)
		}
	}
	if arn := written.PermissionsBoundary; arn != nil {
		l.Add(validateBoundary(p, *arn, path.Child("permissionsBoundary"))...)
	}
	l.Add(validatePatterns(written.Repositories, path.Child("repositories"))...)
	if p.owner != nil {
		l.Add(p.owner.ValidateAllow(written.Allow, path.Child("allow"))...)
	}
	return l
}

func validateBoundary(p *Plan, arn string, path *field.Path) fault.List {
	var l fault.List
	match := boundaryARN.FindStringSubmatch(arn)
	switch {
	case match == nil || len(arn) > aws.MaxARN:
		l.AWS("iam.boundary", path, arn, "must be the ARN of a managed policy, arn:<partition>:iam::<account>:policy/<name>")
	case match[1] != p.partition:
		l.AWS("iam.boundary", path, arn, "must be of partition %s", p.partition)
	case match[2] != "aws" && match[2] != p.written.AccountID:
		l.AWS("iam.boundary", path, arn, "must be a policy of AWS or of account %s, as the role is", p.written.AccountID)
	}
	return l
}

func (r *role) advise(p *Plan) fault.Advice {
	t := p.part(r.key())
	if t == nil {
		return nil
	}
	written := r.spec(p.written)
	advice := p.owner.AdviseAllow(written.Allow, r.field.Child("allow"))
	advice = append(advice, adviseOnPatterns(written.Repositories, r.field.Child("repositories"))...)
	if t.foreignRole() {
		advice.Add(r.field.Child("path"), "AWS has a role %s already, at the path %s, and it is left alone: write that path to take "+
			"the role over, or give another roleName", t.External, pathOf(t.arn()))
	}
	return advice
}
