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
var replicationClass = class{
	key:      keyReplication,
	TypeMeta: metav1.TypeMeta{APIVersion: ecrv1beta2.CRDGroupVersion.String(), Kind: ecrv1beta2.ReplicationConfiguration_Kind},
	field: func(s *Spec) *field.Path {
		if len(s.replication().Rules) == 0 {
			return nil
		}
		return replicationPath.Child("rules")
	},
	external: accountID,
	parts:    one("replication configuration", replicationParameters),
	validate: validateReplication,
	advise:   adviseOnReplication,
}

// replicationParameters keep the rules in the order of the spec, as AWS does. What is a set within a rule is sorted.
func replicationParameters(p *Plan) any {
	written := p.written.replication().Rules
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
	rules, path := p.written.replication().Rules, replicationPath.Child("rules")
	validate := func(r v1alpha1.ReplicationRule, path *field.Path) fault.List {
		return validateReplicationRule(p, r, path)
	}
	l := fault.Items(rules, path, maxReplicationRules, "", validate)
	unique := map[string]bool{}
	for _, rule := range rules {
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
	if rule.Destinations == nil {
		l.Required(path.Child("destinations"), "the registries that images are replicated to")
	}
	validate := func(d v1alpha1.ReplicationDestination, path *field.Path) fault.List {
		return validateDestination(p, d, path)
	}
	l.Add(fault.Items(rule.Destinations, path.Child("destinations"), maxDestinations, "replicates to nowhere: leave the rule out", validate)...)
	return append(l, fault.Items(rule.Prefixes, path.Child("prefixes"), maxFilters, "matches no repository: leave it out for all of them", validatePrefix)...)
}

func validatePrefix(s string, path *field.Path) fault.List {
	var l fault.List
	if len(s) < minReplicationPrefix || len(s) > aws.MaxRepositoryName || !prefixFilter.MatchString(s) {
		l.AWS("replication.prefix", path, s, "must be the beginning of a repository's name, %d to %d characters; it takes no wildcards",
			minReplicationPrefix, aws.MaxRepositoryName)
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
func adviseOnReplication(*Plan) fault.Advice {
	var advice fault.Advice
	advice.Add(replicationPath.Child("rules"), "repositories that replication creates have AWS's defaults, with mutable tags and "+
		"without a lifecycle policy, unless a repository creation template or a registry's claim covers them where they are")
	return advice
}
