package orgaccess

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/issuer"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

var (
	roleName          = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)
	rolePath          = regexp.MustCompile(`^/([!-.0-~]+/)*$`)
	boundaryPolicy    = regexp.MustCompile(`^policy/.+$`)
	duration          = regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
	repositoryPattern = regexp.MustCompile(`^[a-z0-9*]([a-z0-9._/*-]*[a-z0-9*])?$`)
)

// Bounds of IAM.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxRolePath = 512

	minSession = time.Hour
	maxSession = 12 * time.Hour
)

// Bounds of the API. They keep a spec readable; what really bounds it is the size of
// a policy.
const (
	maxPatterns      = 100
	maxAccounts      = 200
	maxOrganizations = 20
)

// ownTags are the tags that the function sets and nobody else may.
var ownTags = []string{"managed-by"}

// validate returns what is wrong with a spec in itself, in the order of its fields.
func (s *Spec) validate(owner issuer.Owner) fault.List {
	var l fault.List
	if s.AccountID == "" {
		l.Required(accountPath, "the AWS account that holds the registry")
	} else if !aws.IsAccountID(s.AccountID) {
		l.AWS("account", accountPath, s.AccountID, "must be 12 digits")
	}
	if p := s.Partition; p != nil && !slices.Contains(aws.Partitions(), *p) {
		l.AWS("partition", partitionPath, *p, "must be one of %s", strings.Join(aws.Partitions(), ", "))
	}
	if p := s.OIDCProvider; p != nil && p.Mode != nil && *p.Mode != v1alpha1.OIDCProviderCreate && *p.Mode != v1alpha1.OIDCProviderExisting {
		l.Invalid(providerPath.Child("mode"), string(*p.Mode), "must be %s or %s", v1alpha1.OIDCProviderCreate, v1alpha1.OIDCProviderExisting)
	}
	l = append(l, s.validateRole(owner, s.Push, pushPath)...)
	l = append(l, s.validateRole(owner, s.Pull, pullPath)...)
	l = append(l, validateCrossAccountPull(s.CrossAccountPull, crossPath)...)
	l = append(l, validateScanning(s.scanning(), scanningPath)...)
	l = append(l, validateReplication(s.replication(), replicationPath)...)
	if d := s.DeletionPolicy; d != nil && *d != v1alpha1.DeletionOrphan && *d != v1alpha1.DeletionDelete {
		l.Invalid(deletionPath, string(*d), "must be Orphan or Delete")
	}
	s.validateTags(&l)
	return l
}

// partition is the one that ARNs are in.
func (s *Spec) partition() string {
	if s.Partition == nil {
		return aws.PartitionStandard
	}
	return *s.Partition
}

func (s *Spec) validateRole(owner issuer.Owner, r *v1alpha1.OrgRole, path *field.Path) fault.List {
	var l fault.List
	if r == nil {
		return l
	}
	if r.RoleName != nil && !roleName.MatchString(*r.RoleName) {
		l.AWS("iam.role-name", path.Child("roleName"), *r.RoleName, "must be 1 to 64 letters, digits and _ + = , . @ -")
	}
	if p := r.Path; p != nil && (len(*p) > maxRolePath || !rolePath.MatchString(*p)) {
		l.AWS("iam.role-path", path.Child("path"), *p, "must be / or /…/, at most %d characters, with no white space and no empty part", maxRolePath)
	}
	if r.MaxSessionDuration != nil {
		if _, ok := session(*r.MaxSessionDuration); !ok {
			l.AWS("iam.session", path.Child("maxSessionDuration"), *r.MaxSessionDuration, "must be a duration of 1h to 12h, e.g. 1h30m")
		}
	}
	if r.PermissionsBoundary != nil {
		s.validateBoundary(&l, *r.PermissionsBoundary, path.Child("permissionsBoundary"))
	}
	validatePatterns(&l, r.Repositories, path.Child("repositories"))
	if owner != nil {
		l = append(l, owner.ValidateAllow(r.Allow, path.Child("allow"))...)
	}
	return l
}

func (s *Spec) validateBoundary(l *fault.List, arn string, path *field.Path) {
	a, ok := aws.ParseARN(arn)
	switch {
	case !ok || len(arn) > aws.MaxARN || a.Service != "iam" || a.Region != "" || a.Account != "aws" && !aws.IsAccountID(a.Account) || !boundaryPolicy.MatchString(a.Resource):
		l.AWS("iam.boundary", path, arn, "must be the ARN of a managed policy, arn:<partition>:iam::<account>:policy/<name>")
	case a.Partition != s.partition():
		l.AWS("iam.boundary", path, arn, "must be of partition %s", s.partition())
	case a.Account != "aws" && a.Account != s.AccountID:
		l.AWS("iam.boundary", path, arn, "must be a policy of AWS or of account %s, as the role is", s.AccountID)
	}
}

// session reads the duration of a session.
func session(s string) (time.Duration, bool) {
	if !duration.MatchString(s) {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= minSession && d <= maxSession
}

// validatePatterns checks names of repositories with wildcards.
func validatePatterns(l *fault.List, patterns []string, path *field.Path) {
	validateList(l, path, len(patterns), patterns != nil, maxPatterns, "names no repository: leave it out for all of them")
	for i, p := range patterns {
		if len(p) > aws.MaxRepositoryName || !repositoryPattern.MatchString(p) {
			l.AWS("repository.pattern", path.Index(i), p, "must be 1 to %d lower case letters, digits and . _ - / *, beginning and ending with none of . _ - /; * is a wildcard", aws.MaxRepositoryName)
		}
	}
}

// validateList checks the length of a list. One that is there has at least one item,
// unless empty is "".
func validateList(l *fault.List, path *field.Path, n int, present bool, most int, empty string) {
	switch {
	case present && n == 0 && empty != "":
		l.Invalid(path, nil, "%s", empty)
	case n > most:
		l.Invalid(path, nil, "has %d items, at most %d are allowed", n, most)
	}
}

func validateCrossAccountPull(p *v1alpha1.CrossAccountPull, path *field.Path) fault.List {
	var l fault.List
	if p == nil {
		return l
	}
	if len(p.Accounts) == 0 && len(p.OrganizationIDs) == 0 {
		l.Required(path, "at least one account or organisation that may pull")
	}
	validateList(&l, path.Child("accounts"), len(p.Accounts), false, maxAccounts, "")
	for i, a := range p.Accounts {
		validateAccount(&l, a, path.Child("accounts").Index(i))
	}
	validateList(&l, path.Child("organizationIds"), len(p.OrganizationIDs), false, maxOrganizations, "")
	for i, o := range p.OrganizationIDs {
		if !aws.IsOrganizationID(o) {
			l.AWS("organization-id", path.Child("organizationIds").Index(i), o, "must be the id of an organisation of AWS Organizations, e.g. o-a1b2c3d4e5")
		}
	}
	validatePatterns(&l, p.Repositories, path.Child("repositories"))
	return l
}

func validateAccount(l *fault.List, account string, path *field.Path) {
	if !aws.IsAccountID(account) {
		l.AWS("account", path, account, "must be 12 digits")
	}
}

func (s *Spec) validateTags(l *fault.List) {
	if n := len(s.Tags) + len(ownTags); n > aws.MaxTags {
		l.AWS("tags", tagsPath, nil, "%d tags, with the function's own; at most %d are allowed, since the provider adds three to them", n, aws.MaxTags)
	}
	*l = append(*l, settings.ValidateTags(s.Tags, ownTags, tagsPath)...)
}
