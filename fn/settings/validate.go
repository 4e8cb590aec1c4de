package settings

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// ProviderTags are the tags that the provider sets on every resource.
var ProviderTags = []string{"crossplane-kind", "crossplane-name", "crossplane-providerconfig"}

// FunctionTags are the tags that only the function may set. It sets them on every repository.
var FunctionTags = []string{"project", "image", "managed-by"}

// exclusionFilter is the grammar of a filter, except for its number of wildcards.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html
var exclusionFilter = regexp.MustCompile(`^[0-9a-zA-Z._*-]{1,128}$`)

// Bounds of the exclusion filters.
const (
	maxExclusionFilters = 5
	maxFilterWildcards  = 2
)

// Validate validates the settings of a layer, regardless of the other layers.
func (l *Layer) Validate() fault.List {
	if l == nil {
		return nil
	}
	p := l.Path()
	f := l.validateMutability(p)
	f.Add(validateEncryption(l.Encryption, p.Child("encryption"))...)
	f.Add(validateLifecycle(l.Lifecycle, p.Child("lifecycle"))...)
	f.Add(validatePull(l.Pull, p.Child("pull"))...)
	f.Add(fault.OneOf(l.DeletionPolicy, p.Child("deletionPolicy"), v1alpha1.DeletionOrphan, v1alpha1.DeletionDelete)...)
	return append(f, ValidateTags(l.Tags, FunctionTags, p.Child("tags"))...)
}

func (l *Layer) validateMutability(p *field.Path) fault.List {
	const id = "repository.exclusion-filters"
	filters, path := l.ImageTagMutabilityExclusionFilters, p.Child("imageTagMutabilityExclusionFilters")
	var f fault.List
	switch mode := l.ImageTagMutability; {
	case mode == nil && filters != nil:
		f.Invalid(path, filters, "needs imageTagMutability beside it: the filters and the mode are taken from one layer together")
	case mode == nil:
	case *mode == v1alpha1.Immutable || *mode == v1alpha1.Mutable:
		if len(filters) > 0 {
			f.AWS(id, path, filters,
				"must be left out with %s: only IMMUTABLE_WITH_EXCLUSION and MUTABLE_WITH_EXCLUSION have exclusion "+
					"filters", *mode)
		}
	case *mode == v1alpha1.ImmutableWithExclusion || *mode == v1alpha1.MutableWithExclusion:
		if len(filters) == 0 {
			f.AWS(id, path, nil, "%s needs at least one exclusion filter", *mode)
		}
	default:
		f.Add(ValidateMutabilityMode(*mode, p.Child("imageTagMutability"))...)
	}
	if len(filters) > maxExclusionFilters {
		f.AWS(id, path, len(filters), "at most %d exclusion filters", maxExclusionFilters)
	}
	return append(f, fault.Each(filters, path, ValidateExclusionFilter)...)
}

// ValidateMutabilityMode validates a tag mutability mode.
func ValidateMutabilityMode(m v1alpha1.ImageTagMutability, p *field.Path) fault.List {
	var f fault.List
	switch m {
	case v1alpha1.Immutable, v1alpha1.Mutable, v1alpha1.ImmutableWithExclusion, v1alpha1.MutableWithExclusion:
	default:
		f.AWS("repository.tag-mutability", p, string(m), "must be IMMUTABLE, MUTABLE, IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION")
	}
	return f
}

// ValidateExclusionFilter validates a filter of tags that are excluded from a tag mutability mode.
func ValidateExclusionFilter(s string, p *field.Path) fault.List {
	var f fault.List
	switch {
	case !exclusionFilter.MatchString(s):
		f.AWS("repository.exclusion-filters", p, s, "must be 1 to 128 letters, digits and . _ - *")
	case strings.Count(s, "*") > maxFilterWildcards:
		f.AWS("repository.exclusion-filters", p, s, "may hold at most %d wildcards (*)", maxFilterWildcards)
	}
	return f
}

func validateEncryption(e *v1alpha1.Encryption, p *field.Path) fault.List {
	if e == nil {
		return nil
	}
	f := fault.OneOf(e.Type, p.Child("type"), v1alpha1.EncryptionAES256, v1alpha1.EncryptionKMS)
	if e.KMSKey == nil {
		return f
	}
	if e.Type == nil || *e.Type == v1alpha1.EncryptionAES256 {
		f.AWS("repository.encryption", p.Child("kmsKey"), *e.KMSKey, "must be left out unless type is KMS")
	}
	return append(f, KMSKeyForm.Check(*e.KMSKey, p.Child("kmsKey"))...)
}

func validateLifecycle(l *v1alpha1.Lifecycle, p *field.Path) fault.List {
	var f fault.List
	if l == nil {
		return f
	}
	for _, s := range []struct {
		name  string
		value *int64
	}{{"untaggedExpiryDays", l.UntaggedExpiryDays}, {"keepImages", l.KeepImages}} {
		if s.value == nil {
			continue
		}
		if *s.value < 1 {
			f.AWS("lifecycle.count-number", p.Child(s.name), *s.value, "must be at least 1")
		}
		if *s.value > v1alpha1.MaxCount {
			f.Invalid(p.Child(s.name), *s.value, "must be at most %d", v1alpha1.MaxCount)
		}
		if l.Rules != nil {
			f.Invalid(p.Child(s.name), *s.value, "must be left out beside rules: write either rules or the shorthands in one layer")
		}
	}
	return append(f, lifecycle.Validate(l.Rules, p.Child("rules"))...)
}

// Bounds of the lists of whom pull is granted to. The policy may be too long even within them.
const (
	maxPullAccounts      = 100
	maxPullOrganizations = 20
	maxPullPrincipals    = 100
)

func validatePull(g *v1alpha1.Pull, p *field.Path) fault.List {
	var f fault.List
	if g == nil {
		return f
	}
	for _, list := range []struct {
		name     string
		items    []string
		most     int
		validate func(string, *field.Path) fault.List
	}{
		{"accounts", g.Accounts, maxPullAccounts, AccountForm.Check},
		{"organizationIds", g.OrganizationIDs, maxPullOrganizations, OrganizationForm.Check},
		{"principals", g.Principals, maxPullPrincipals, validatePrincipal},
	} {
		p := p.Child(list.name)
		if len(list.items) > list.most {
			f.Invalid(p, len(list.items), "at most %d", list.most)
		}
		f.Add(fault.Each(list.items, p, list.validate)...)
	}
	if g.Lambda != nil && *g.Lambda && len(g.Accounts) == 0 {
		f.Invalid(p.Child("lambda"), true,
			"needs at least one account in accounts: the Lambda service is let in only for functions of these "+
				"accounts")
	}
	return f
}

func validatePrincipal(arn string, p *field.Path) fault.List {
	var f fault.List
	if strings.ContainsAny(arn, "*?") {
		f.Invalid(p, arn, "may hold no wildcard (* or ?): name each principal, an account or an organization")
	} else if _, ok := aws.IsPrincipalARN(arn); !ok {
		f.AWS("policy.principal", p, arn, "must be the ARN of an IAM role, an IAM user or an account's root: write an account in accounts")
	}
	return f
}

// Forms of what AWS takes.
var (
	// KMSKeyForm is the form of the ARN of a KMS key.
	KMSKeyForm = fault.Form{
		Owner: fault.AWS, ID: "repository.encryption", Holds: isKMSKey,
		Rule: "must be the full ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>, never an alias or a bare id",
	}

	// AccountForm is the form of the ID of an AWS account.
	AccountForm = fault.Form{Owner: fault.AWS, ID: "policy.principal", Holds: aws.IsAccountID, Rule: "must be an account id: 12 digits"}

	// OrganizationForm is the form of the ID of an organization in AWS Organizations.
	OrganizationForm = fault.Form{
		Owner: fault.AWS, ID: "policy.organization", Holds: aws.IsOrganizationID,
		Rule: "must be an organization id: o- and 10 to 32 lower case letters or digits",
	}
)

func isKMSKey(arn string) bool {
	_, ok := aws.IsKMSKeyARN(arn)
	return ok
}

// awsFault returns the fault of a value that breaks a rule of AWS; none if the rule is "".
func awsFault(id string, p *field.Path, value any, rule string) fault.List {
	var f fault.List
	if rule != "" {
		f.AWS(id, p, value, "%s", rule)
	}
	return f
}

// ValidateTags validates tags, which may have neither a reserved key nor one that the provider sets.
func ValidateTags(tags map[string]string, reserved []string, p *field.Path) fault.List {
	var f fault.List
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		if slices.Contains(reserved, k) {
			f.Invalid(p.Key(k), tags[k], "is set by the function and cannot be given")
		}
		if slices.Contains(ProviderTags, k) {
			f.Invalid(p.Key(k), tags[k], "is set by the provider and cannot be given")
		}
		f.Add(awsFault("tags", p.Key(k), nil, aws.TagKeyFault(k))...)
		f.Add(awsFault("tags", p.Key(k), tags[k], aws.TagValueFault(tags[k]))...)
	}
	return f
}

// ProjectGrammar describes the form of a project's name.
const ProjectGrammar = "must be at most 63 lower case letters and digits, beginning with a letter, in parts joined by one of . _ -"

// ValidateName validates the name of an object in a reference. Messages name the object by the text what.
func ValidateName(name string, p *field.Path, what string) fault.List {
	var f fault.List
	if name == "" {
		f.Required(p, "the name of %s", what)
		return f
	}
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		f.Invalid(p, name, "must be at most 253 lower case letters and digits in parts joined by . or -")
	}
	return f
}

// ValidateRegion validates the name of a region.
func ValidateRegion(name string, p *field.Path) fault.List {
	return awsFault("region", p, name, aws.RegionFault(name))
}

// NamedProviderConfig returns the provider config that a spec names, and the faults of its kind and name. The kind is
// nil for the default kind, and in the generation that has no kinds.
func NamedProviderConfig(x *composite.XR, kind *string, name string, p *field.Path) (*managed.ProviderConfig, fault.List) {
	f := validateProviderConfigKind(kind, p.Child("kind"))
	f.Add(ValidateName(name, p.Child("name"), "a provider config")...)
	c := providerConfig(x, kind, name)
	return &c, f
}

// validateProviderConfigKind validates the kind of a provider config.
func validateProviderConfigKind(kind *string, p *field.Path) fault.List {
	return fault.OneOf(kind, p, managed.ClusterProviderConfigKind, managed.ProviderConfigKind)
}

// ValidateNamespace validates the namespace of an object in a reference. It is nil for the namespace of the reference.
func ValidateNamespace(namespace *string, p *field.Path) fault.List {
	var f fault.List
	if namespace == nil {
		return f
	}
	if len(validation.IsDNS1123Label(*namespace)) > 0 {
		f.Invalid(p, *namespace, "must be at most 63 lower case letters and digits in parts joined by -")
	}
	return f
}
