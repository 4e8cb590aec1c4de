package orgaccess

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// functionTags are the tags that the function sets on every role. Nobody else may.
var functionTags = []string{"managed-by"}

// validate returns the faults of a plan. Each class validates its own fields.
func validate(p *Plan) fault.List {
	var l fault.List
	s := p.written
	if s.AccountID == "" {
		l.Required(accountPath, "the AWS account that holds the registry")
	} else {
		l.Add(accountForm.Check(s.AccountID, accountPath)...)
	}
	if !slices.Contains(aws.Partitions(), p.partition) {
		l.AWS("partition", partitionPath, p.partition, "must be one of %s", strings.Join(aws.Partitions(), ", "))
	}
	l.Add(validateRegion(p)...)
	l.Add(validateQuotas(s.Quotas)...)
	for _, c := range classes {
		if c.validate != nil && c.applies(s) {
			l.Add(c.validate(p)...)
		}
	}
	l.Add(fault.OneOf(s.DeletionPolicy, deletionPath, v1alpha1.DeletionOrphan, v1alpha1.DeletionDelete)...)
	l.Add(validateTags(s)...)
	l.Add(validateAccount(p)...)
	return append(l, validateRoleNames(p)...)
}

// validateRegion validates the region of the spec.
func validateRegion(p *Plan) fault.List {
	if p.written.Region == nil {
		return nil
	}
	region := *p.written.Region
	l := settings.ValidateRegion(region, regionPath)
	if len(l) == 0 && aws.Partition(region) != p.partition {
		l.AWS("region", regionPath, region,
			"must be a region of partition %s: this one is in %s, so write that into spec.partition, or name "+
				"another region", p.partition, aws.Partition(region))
	}
	return l
}

// validateAccount refuses an account or a partition other than that of the roles in AWS.
func validateAccount(p *Plan) fault.List {
	var l fault.List
	for _, t := range p.roles() {
		arn, ok := aws.ParseARN(t.arn())
		switch {
		case !ok:
		case arn.Partition != p.partition:
			l.AWS("partition", partitionPath, p.partition, "the provider config %s manages an account of partition %s", p.config, arn.Partition)
			return l
		case arn.Account != p.written.AccountID:
			l.AWS("account", accountPath, p.written.AccountID, "the provider config %s manages account %s", p.config, arn.Account)
			return l
		}
	}
	return nil
}

// validateRoleNames refuses two roles of one name.
func validateRoleNames(p *Plan) fault.List {
	var l fault.List
	push, pull := p.part(pushRole.key()), p.part(pullRole.key())
	if push == nil || pull == nil || !strings.EqualFold(push.External, pull.External) {
		return nil
	}
	path := pullPath.Child("roleName")
	if pullRole.spec(p.written).RoleName == nil {
		path = pushPath.Child("roleName")
	}
	l.AWS("iam.role-name", path, pull.External, "the push role has the same name: the names of roles must differ in more than case")
	return l
}

// validateSizes validates the sizes of the policies of a plan that is valid otherwise.
func validateSizes(p *Plan) fault.List {
	var l fault.List
	for _, t := range p.roles() {
		l.Add(policy.TrustLimit(p.written.Quotas).Check(t.role.trust(p), t.path.Child("allow"))...)
		l.Add(policy.InlineLimit.Check(t.role.permissions(p), t.path.Child("repositories"))...)
	}
	if t := p.part(keyRegistryPolicy); t != nil {
		l.Add(policy.RegistryLimit.Check(p.registryPolicy(), t.path)...)
	}
	return l
}

func validateQuotas(q *v1alpha1.Quotas) fault.List {
	var l fault.List
	if q == nil || q.TrustPolicyLength == nil {
		return nil
	}
	if n := *q.TrustPolicyLength; n < policy.MinTrust || n > policy.MaxTrust {
		l.AWS("iam.quota", quotasPath.Child("trustPolicyLength"), n,
			"must be %d to %d: between the default quota and what AWS raises it to", policy.MinTrust, policy.MaxTrust)
	}
	return l
}

func validateTags(s *Spec) fault.List {
	var l fault.List
	if n := len(s.Tags) + len(functionTags); n > aws.MaxTags {
		l.AWS("tags", tagsPath, nil,
			"%d tags, with the function's own; at most %d are allowed, since the provider adds three to them", n, aws.MaxTags)
	}
	l.Add(settings.ValidateTags(s.Tags, functionTags, tagsPath)...)

	// IAM ignores the case of a role's tag keys.
	byLowerCase := map[string]string{}
	for _, key := range slices.Concat(functionTags, settings.ProviderTags) {
		byLowerCase[strings.ToLower(key)] = key
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		lower := strings.ToLower(key)
		if other, ok := byLowerCase[lower]; ok && other != key {
			l.AWS("iam.tags", tagsPath.Key(key), nil, "must differ from the tag %s in more than case: IAM treats the two as one", other)
		}
		byLowerCase[lower] = key
	}
	return l
}

var (
	accountForm = fault.Form{Owner: fault.AWS, ID: "account", Holds: aws.IsAccountID, Rule: "must be 12 digits"}

	patternForm = fault.Form{
		Owner: fault.AWS, ID: "repository.pattern",
		Most: aws.MaxRepositoryName, Holds: regexp.MustCompile(`^[a-z0-9*]([a-z0-9._/*-]*[a-z0-9*])?$`).MatchString,
		Rule: "must be 1 to 256 lower case letters, digits and . _ - / *, beginning and ending with none of . _ - /; * is a wildcard",
	}
)

// maxPatterns keeps a spec readable. The size of a policy is the bound of AWS.
const maxPatterns = 100

// validatePatterns validates names of repositories, which may hold wildcards.
func validatePatterns(patterns []string, path *field.Path) fault.List {
	return fault.Items(patterns, path, maxPatterns, "names no repository: leave it out for all of them", patternForm.Check)
}
