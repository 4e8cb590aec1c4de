package orgaccess

import (
	"cmp"
	"regexp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

const keyReplication = "replication"

// replicationClass is the replication configuration of the registry.
func replicationClass() class {
	return class{
		key:      keyReplication,
		TypeMeta: metav1.TypeMeta{APIVersion: ecrv1beta2.CRDGroupVersion.String(), Kind: ecrv1beta2.ReplicationConfiguration_Kind},
		regional: true,
		external: accountID,
		field: func(s *Spec) *field.Path {
			if len(s.replication().Rules) == 0 {
				return nil
			}
			return replicationPath.Child("rules")
		},
		validate: validateReplication,
		advise:   adviseOnReplication,
		parts:    replicationParts,
	}
}

// replicationParts keeps the rules in the order of the spec, as AWS does. What is a set within a rule is sorted.
func replicationParts(p *Plan) ([]part, fault.Advice, fault.List) {
	written := p.written.replication().Rules
	if len(written) == 0 {
		return nil, nil, nil
	}
	return p.regionalPart(keyReplication, "replication configuration", func() any {
		rules := make([]ecrv1beta2.RuleParameters, len(written))
		for i, r := range written {
			for _, d := range destinations(p.written, r) {
				rules[i].Destination = append(rules[i].Destination, ecrv1beta2.DestinationParameters{Region: &d.Region, RegistryID: d.AccountID})
			}
			for _, prefix := range set(r.Prefixes) {
				rules[i].RepositoryFilter = append(rules[i].RepositoryFilter, ecrv1beta2.RepositoryFilterParameters{Filter: &prefix, FilterType: new("PREFIX_MATCH")})
			}
		}
		return ecrv1beta2.ReplicationConfigurationParameters{
			Region:                   &p.region,
			ReplicationConfiguration: &ecrv1beta2.ReplicationConfigurationReplicationConfigurationParameters{Rule: rules},
		}
	})
}

// destinations of a rule, sorted and each once, all with their accounts.
func destinations(s *Spec, r v1alpha1.ReplicationRule) []v1alpha1.ReplicationDestination {
	all := make([]v1alpha1.ReplicationDestination, len(r.Destinations))
	for i, d := range r.Destinations {
		all[i] = v1alpha1.ReplicationDestination{Region: d.Region, AccountID: new(destinationAccount(s, d))}
	}
	compare := func(x, y v1alpha1.ReplicationDestination) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(*x.AccountID, *y.AccountID))
	}
	slices.SortFunc(all, compare)
	return slices.CompactFunc(all, func(x, y v1alpha1.ReplicationDestination) bool { return compare(x, y) == 0 })
}

// destinationAccount is the account that images are replicated to.
func destinationAccount(s *Spec, d v1alpha1.ReplicationDestination) string {
	return *cmp.Or(d.AccountID, &s.AccountID)
}

// prefixFilter is that of
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryFilter.html
// without the empty parts that no repository's name has.
var prefixFilter = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*[._/-]?$`)

// Bounds of ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
const (
	maxReplicationRules  = 10
	maxDestinations      = 25
	minReplicationPrefix = 2
)

func validateReplication(p *Plan) fault.List {
	rules := p.written.replication().Rules
	path := replicationPath.Child("rules")
	l := validateLength(path, len(rules), maxReplicationRules)
	unique := map[string]bool{}
	for i, rule := range rules {
		l.Add(validateReplicationRule(p, rule, path.Index(i))...)
		for _, d := range rule.Destinations {
			unique[d.Region+"/"+destinationAccount(p.written, d)] = true
		}
	}
	if n := len(unique); n > maxDestinations {
		l.AWS("replication.destination", path, nil, "%d destinations in all, at most %d are allowed", n, maxDestinations)
	}
	return l
}

func validateReplicationRule(p *Plan, rule v1alpha1.ReplicationRule, path *field.Path) fault.List {
	var l fault.List
	to, prefixes := path.Child("destinations"), path.Child("prefixes")
	if rule.Destinations == nil {
		l.Required(to, "the registries that images are replicated to")
	} else if len(rule.Destinations) == 0 {
		l.Invalid(to, nil, "replicates to nowhere: leave the rule out")
	}
	l.Add(validateLength(to, len(rule.Destinations), maxDestinations)...)
	for j, d := range rule.Destinations {
		l.Add(validateDestination(p, d, to.Index(j))...)
	}
	if rule.Prefixes != nil && len(rule.Prefixes) == 0 {
		l.Invalid(prefixes, nil, "matches no repository: leave it out for all of them")
	}
	l.Add(validateLength(prefixes, len(rule.Prefixes), maxFilters)...)
	for j, s := range rule.Prefixes {
		if len(s) < minReplicationPrefix || len(s) > aws.MaxRepositoryName || !prefixFilter.MatchString(s) {
			l.AWS("replication.prefix", prefixes.Index(j), s,
				"must be the beginning of a repository's name, %d to %d characters; it takes no wildcards", minReplicationPrefix, aws.MaxRepositoryName)
		}
	}
	return l
}

func validateDestination(p *Plan, d v1alpha1.ReplicationDestination, path *field.Path) fault.List {
	var l fault.List
	switch invalid := settings.ValidateRegion(d.Region, path.Child("region")); {
	case d.Region == "":
		l.Required(path.Child("region"), "the region of the registry")
	case len(invalid) > 0:
		l = invalid
	case aws.Partition(d.Region) != p.partition:
		l.AWS("replication.destination", path.Child("region"), d.Region,
			"must be a region of partition %s: images are not replicated out of it", p.partition)
	case d.Region == p.region && destinationAccount(p.written, d) == p.written.AccountID:
		l.AWS("replication.destination", path, d.Region, "is this registry itself: name another region, or another account")
	}
	if d.AccountID != nil {
		l.Add(validateAccount(*d.AccountID, path.Child("accountId"))...)
	}
	return l
}

// adviseOnReplication says what repositories look like that nobody claimed.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication-creation-templates.html
func adviseOnReplication(p *Plan) fault.Advice {
	var advice fault.Advice
	if len(p.written.replication().Rules) > 0 {
		advice.Add(replicationPath.Child("rules"), "repositories that replication creates have AWS's defaults, with mutable tags and "+
			"without a lifecycle policy, unless a repository creation template or a registry's claim covers them where they are")
	}
	return advice
}
