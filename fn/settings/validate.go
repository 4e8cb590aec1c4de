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

// provider are the tags that the provider sets: it would fight over them.
var provider = []string{"crossplane-kind", "crossplane-name", "crossplane-providerconfig"}

// Own are the tags that the function sets and nobody else may.
var Own = []string{"project", "image", "managed-by"}

// exclusionFilter is the grammar of a filter, but for the number of its wildcards.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html
var exclusionFilter = regexp.MustCompile(`^[0-9a-zA-Z._*-]{1,128}$`)

// Bounds of the exclusion filters.
const (
	maxExclusionFilters = 5
	maxFilterWildcards  = 2
)

// Validate returns what is wrong with a layer in itself, in the order of its fields.
func (l *Layer) Validate() fault.List {
	if l == nil {
		return nil
	}
	var f fault.List
	p := l.Path()
	if l.ImageTagMutability != nil || l.ImageTagMutabilityExclusionFilters != nil {
		l.validateMutability(&f, p)
	}
	if l.Encryption != nil {
		validateEncryption(&f, l.Encryption, p.Child("encryption"))
	}
	if l.Lifecycle != nil {
		f = append(f, validateLifecycle(l.Lifecycle, p.Child("lifecycle"))...)
	}
	if l.Pull != nil {
		validatePull(&f, l.Pull, p.Child("pull"))
	}
	if d := l.DeletionPolicy; d != nil && *d != v1alpha1.DeletionOrphan && *d != v1alpha1.DeletionDelete {
		f.Invalid(p.Child("deletionPolicy"), string(*d), "must be Orphan or Delete")
	}
	if l.Tags != nil {
		ValidateTags(&f, l.Tags, Own, p.Child("tags"))
	}
	return f
}

func (l *Layer) validateMutability(f *fault.List, p *field.Path) {
	filters, path := l.ImageTagMutabilityExclusionFilters, p.Child("imageTagMutabilityExclusionFilters")
	mode := l.ImageTagMutability
	if mode == nil {
		if filters != nil {
			f.Invalid(path, filters, "needs imageTagMutability beside it: the filters and the mode are taken from one layer together")
		}
	} else {
		switch *mode {
		case v1alpha1.Immutable, v1alpha1.Mutable:
			if len(filters) > 0 {
				f.AWS("repository.exclusion-filters", path, filters, "must be left out with %s: only IMMUTABLE_WITH_EXCLUSION and MUTABLE_WITH_EXCLUSION have exclusion filters", *mode)
			}
		case v1alpha1.ImmutableWithExclusion, v1alpha1.MutableWithExclusion:
			if len(filters) == 0 {
				f.AWS("repository.exclusion-filters", path, nil, "%s needs at least one exclusion filter", *mode)
			}
		default:
			f.AWS("repository.tag-mutability", p.Child("imageTagMutability"), string(*mode), "must be IMMUTABLE, MUTABLE, IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION")
		}
	}
	if len(filters) > maxExclusionFilters {
		f.AWS("repository.exclusion-filters", path, len(filters), "at most %d exclusion filters", maxExclusionFilters)
	}
	for i, s := range filters {
		switch {
		case !exclusionFilter.MatchString(s):
			f.AWS("repository.exclusion-filters", path.Index(i), s, "must be 1 to 128 letters, digits and . _ - *")
		case strings.Count(s, "*") > maxFilterWildcards:
			f.AWS("repository.exclusion-filters", path.Index(i), s, "may hold at most %d wildcards (*)", maxFilterWildcards)
		}
	}
}

func validateEncryption(f *fault.List, e *v1alpha1.Encryption, p *field.Path) {
	if e.Type != nil && *e.Type != v1alpha1.EncryptionAES256 && *e.Type != v1alpha1.EncryptionKMS {
		f.Invalid(p.Child("type"), string(*e.Type), "must be AES256 or KMS")
	}
	if e.KMSKey == nil {
		return
	}
	if e.Type == nil || *e.Type == v1alpha1.EncryptionAES256 {
		f.AWS("repository.encryption", p.Child("kmsKey"), *e.KMSKey, "must be left out unless type is KMS")
	}
	if _, ok := aws.IsKMSKeyARN(*e.KMSKey); !ok {
		f.AWS("repository.encryption", p.Child("kmsKey"), *e.KMSKey, "must be the full ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>, never an alias or a bare id")
	}
}

func validateLifecycle(l *v1alpha1.Lifecycle, p *field.Path) fault.List {
	var f fault.List
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

// Bounds of whom pull is granted to; a policy of more would hardly fit.
const (
	maxPullAccounts      = 100
	maxPullOrganizations = 20
	maxPullPrincipals    = 100
)

func validatePull(f *fault.List, g *v1alpha1.Pull, p *field.Path) {
	atMost(f, len(g.Accounts), maxPullAccounts, p.Child("accounts"))
	atMost(f, len(g.OrganizationIDs), maxPullOrganizations, p.Child("organizationIds"))
	atMost(f, len(g.Principals), maxPullPrincipals, p.Child("principals"))
	accounts(f, g.Accounts, p.Child("accounts"))
	organizations(f, g.OrganizationIDs, p.Child("organizationIds"))
	for i, s := range g.Principals {
		p := p.Child("principals").Index(i)
		if strings.ContainsAny(s, "*?") {
			f.Invalid(p, s, "may hold no wildcard (* or ?): name each principal, an account or an organization")
		} else if _, ok := aws.IsPrincipalARN(s); !ok {
			f.AWS("policy.principal", p, s, "must be the ARN of an IAM role, an IAM user or an account's root")
		}
	}
	if g.Lambda != nil && *g.Lambda && len(g.Accounts) == 0 {
		f.Invalid(p.Child("lambda"), true, "needs at least one account in accounts: the Lambda service is let in only for functions of these accounts")
	}
}

func atMost(f *fault.List, n, most int, p *field.Path) {
	if n > most {
		f.Invalid(p, n, "at most %d", most)
	}
}

func accounts(f *fault.List, ids []string, p *field.Path) {
	for i, id := range ids {
		if !aws.IsAccountID(id) {
			f.AWS("policy.principal", p.Index(i), id, "must be an account id: 12 digits")
		}
	}
}

func organizations(f *fault.List, ids []string, p *field.Path) {
	for i, id := range ids {
		if !aws.IsOrganizationID(id) {
			f.AWS("policy.organization", p.Index(i), id, "must be an organization id: o- and 10 to 32 lower case letters or digits")
		}
	}
}

// ValidateTags returns what is wrong with tags; the function's own cannot be given.
func ValidateTags(f *fault.List, tags map[string]string, own []string, p *field.Path) {
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		if slices.Contains(own, k) {
			f.Invalid(p.Key(k), tags[k], "is set by the function and cannot be given")
		}
		if slices.Contains(provider, k) {
			f.Invalid(p.Key(k), tags[k], "is set by the provider and cannot be given")
		}
		if rule := aws.TagKeyFault(k); rule != "" {
			f.AWS("tags", p.Key(k), nil, "%s", rule)
		}
		if rule := aws.TagValueFault(tags[k]); rule != "" {
			f.AWS("tags", p.Key(k), tags[k], "%s", rule)
		}
	}
}

// ValidateName returns what is wrong with the name of an object that is referred to.
func ValidateName(name string, p *field.Path, what string) fault.List {
	var f fault.List
	if name == "" {
		f.Required(p, "the name of %s", what)
		return f
	}
	for _, rule := range validation.IsDNS1123Subdomain(name) {
		f.Invalid(p, name, "%s", rule)
	}
	return f
}

// ValidateRegion returns what is wrong with the name of a region.
func ValidateRegion(region string, p *field.Path) fault.List {
	var f fault.List
	if rule := aws.RegionFault(region); rule != "" {
		f.AWS("region", p, region, "%s", rule)
	}
	return f
}

// NamedProviderConfig returns the provider config that a spec names, and adds what is
// wrong with its name, or its kind: nil is the default one, or that of a generation which
// has no kinds.
func NamedProviderConfig(l *fault.List, x *composite.XR, kind *string, name string, p *field.Path) *managed.ProviderConfig {
	*l = append(*l, validateProviderConfigKind(kind, p.Child("kind"))...)
	*l = append(*l, ValidateName(name, p.Child("name"), "a provider config")...)
	c := providerConfig(x, kind, name)
	return &c
}

// validateProviderConfigKind returns what is wrong with the kind of a provider config
// that is referred to.
func validateProviderConfigKind(kind *string, p *field.Path) fault.List {
	var f fault.List
	if kind != nil && *kind != managed.ClusterProviderConfigKind && *kind != managed.ProviderConfigKind {
		f.Invalid(p, *kind, "must be %s or %s", managed.ClusterProviderConfigKind, managed.ProviderConfigKind)
	}
	return f
}

// ValidateNamespace returns what is wrong with the namespace of an object that is
// referred to; nil is the own one.
func ValidateNamespace(namespace *string, p *field.Path) fault.List {
	var f fault.List
	if namespace == nil {
		return f
	}
	for _, rule := range validation.IsDNS1123Label(*namespace) {
		f.Invalid(p, *namespace, "%s", rule)
	}
	return f
}
