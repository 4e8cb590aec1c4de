package orgaccess

import (
	"cmp"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// replicationClass is the replication configuration of the registry.
var replicationClass = &class{
	key:      "replication",
	TypeMeta: metav1.TypeMeta{APIVersion: ecrv1beta2.CRDGroupVersion.String(), Kind: ecrv1beta2.ReplicationConfiguration_Kind},
	field: func(s *Spec) *field.Path {
		if len(s.replication().Rules) == 0 {
			return nil
		}
		return replicationPath.Child("rules")
	},
	external: accountID,
	parts:    single("replication configuration", replicationParameters),
	validate: validateReplication,
	advise:   adviseOnReplication,
}

// replicationParameters keeps the rules in the order of the spec, as AWS does. Within a rule, sets are sorted.
func replicationParameters(p *Plan) any {
	written := p.written.replication().Rules
	rules := make([]ecrv1beta2.RuleParameters, len(written))
	for i, r := range written {
		for _, d := range sets.List(destinations(p.written, r)) {
			region, account, _ := strings.Cut(d, " ")
			rules[i].Destination = append(rules[i].Destination, ecrv1beta2.DestinationParameters{Region: &region, RegistryID: &account})
		}
		for _, prefix := range sets.List(sets.New(r.Prefixes...)) {
			filter := ecrv1beta2.RepositoryFilterParameters{Filter: &prefix, FilterType: new("PREFIX_MATCH")}
			rules[i].RepositoryFilter = append(rules[i].RepositoryFilter, filter)
		}
	}
	return ecrv1beta2.ReplicationConfigurationParameters{
		Region:                   &p.region,
		ReplicationConfiguration: &ecrv1beta2.ReplicationConfigurationReplicationConfigurationParameters{Rule: rules},
	}
}

// destinations returns the destinations of a rule, each as "<region> <account>".
func destinations(s *Spec, r v1alpha1.ReplicationRule) sets.Set[string] {
	all := sets.New[string]()
	for _, d := range r.Destinations {
		all.Insert(d.Region + " " + destinationAccount(s, d))
	}
	return all
}

// destinationAccount returns the account that images are replicated to.
func destinationAccount(s *Spec, d v1alpha1.ReplicationDestination) string {
	return *cmp.Or(d.AccountID, &s.AccountID)
}

// prefixForm is the form of a prefix in
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryFilter.html
// but for empty parts, which no repository's name has.
var prefixForm = fault.Form{
	Owner: fault.AWS, ID: "replication.prefix", Most: aws.MaxRepositoryName, Holds: func(s string) bool {
		return len(s) >= 2 && prefix.MatchString(s)
	},
	Rule: "must be the beginning of a repository's name, 2 to 256 characters; it takes no wildcards",
}

var prefix = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*[._/-]?$`)

// Bounds of ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
const (
	maxReplicationRules = 10
	maxDestinations     = 25
)

func validateReplication(p *Plan) fault.List {
	rules, path := p.written.replication().Rules, replicationPath.Child("rules")
	l := fault.Items(rules, path, maxReplicationRules, "", p.validateReplicationRule)
	all := sets.New[string]()
	for _, rule := range rules {
		all = all.Union(destinations(p.written, rule))
	}
	if n := len(all); n > maxDestinations {
		l.AWS("replication.destination", path, nil, "%d destinations in all, at most %d are allowed", n, maxDestinations)
	}
	return l
}

func (p *Plan) validateReplicationRule(rule v1alpha1.ReplicationRule, path *field.Path) fault.List {
	var l fault.List
	if rule.Destinations == nil {
		l.Required(path.Child("destinations"), "the registries that images are replicated to")
	}
	const nowhere, nothing = "replicates to nowhere: leave the rule out", "matches no repository: leave it out for all of them"
	l.Add(fault.Items(rule.Destinations, path.Child("destinations"), maxDestinations, nowhere, p.validateDestination)...)
	return append(l, fault.Items(rule.Prefixes, path.Child("prefixes"), maxFilters, nothing, prefixForm.Check)...)
}

func (p *Plan) validateDestination(d v1alpha1.ReplicationDestination, path *field.Path) fault.List {
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
		l.Add(accountForm.Check(*d.AccountID, path.Child("accountId"))...)
	}
	return l
}

// adviseOnReplication returns advice on the settings of repositories that replication creates.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication-creation-templates.html
func adviseOnReplication(*Plan) fault.Advice {
	var advice fault.Advice
	advice.Add(replicationPath.Child("rules"), "repositories that replication creates have AWS's defaults, with mutable tags and "+
		"without a lifecycle policy, unless a repository creation template or a registry's claim covers them where they are")
	return advice
}
