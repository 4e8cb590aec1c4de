package orgaccess

import (
	"regexp"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

var (
	// scanningFilter is AWS's, of
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ScanningRepositoryFilter.html
	scanningFilter = regexp.MustCompile(`^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$`)

	// prefixFilter is that of
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryFilter.html
	// without the empty parts that no repository's name has.
	prefixFilter = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*[._/-]?$`)
)

// Bounds of ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
const (
	maxScanningRules     = 2
	maxFilters           = 100
	maxReplicationRules  = 10
	maxDestinations      = 25
	maxSources           = 50
	minReplicationPrefix = 2
)

// frequencies that each kind of scanning has.
var frequencies = map[v1alpha1.ScanType][]v1alpha1.ScanFrequency{
	v1alpha1.ScanBasic:    {v1alpha1.ScanOnPush, v1alpha1.ScanManual},
	v1alpha1.ScanEnhanced: {v1alpha1.ScanOnPush, v1alpha1.ContinuousScan},
}

func validateScanning(s *v1alpha1.RegistryScanning, path *field.Path) fault.List {
	var l fault.List
	if s == nil {
		return l
	}
	allowed := frequencies[s.Type]
	switch {
	case s.Type == "":
		l.Required(path.Child("type"), "%s or %s", v1alpha1.ScanBasic, v1alpha1.ScanEnhanced)
	case allowed == nil:
		l.AWS("scanning.type", path.Child("type"), string(s.Type), "must be %s or %s", v1alpha1.ScanBasic, v1alpha1.ScanEnhanced)
	}
	validateList(&l, path.Child("rules"), len(s.Rules), false, maxScanningRules, "")
	seen := map[v1alpha1.ScanFrequency]bool{}
	for i, r := range s.Rules {
		p := path.Child("rules").Index(i)
		validateFrequency(&l, r.Frequency, s.Type, seen, p.Child("frequency"))
		p = p.Child("filters")
		if r.Filters == nil {
			l.Required(p, "the repositories that are scanned, by their names; `*` is a wildcard")
		}
		validateList(&l, p, len(r.Filters), r.Filters != nil, maxFilters, "matches no repository: leave the rule out, or write `*` for all of them")
		for j, f := range r.Filters {
			if len(f) > aws.MaxRepositoryName || !scanningFilter.MatchString(f) {
				l.AWS("scanning.filter", p.Index(j), f, "must be 1 to %d lower case letters, digits and *, in parts joined by one of . _ - /", aws.MaxRepositoryName)
			}
		}
	}
	return l
}

// validateFrequency checks when a rule scans. A frequency has one rule, so that two
// rules never disagree.
func validateFrequency(l *fault.List, f v1alpha1.ScanFrequency, t v1alpha1.ScanType, seen map[v1alpha1.ScanFrequency]bool, path *field.Path) {
	known, fits := false, frequencies[t] == nil
	for kind, list := range frequencies {
		for _, g := range list {
			known = known || f == g
			fits = fits || f == g && kind == t
		}
	}
	switch {
	case f == "":
		l.Required(path, "%s, %s or %s", v1alpha1.ScanOnPush, v1alpha1.ContinuousScan, v1alpha1.ScanManual)
	case !known:
		l.AWS("scanning.frequency", path, string(f), "must be %s, %s or %s", v1alpha1.ScanOnPush, v1alpha1.ContinuousScan, v1alpha1.ScanManual)
	case !fits:
		l.AWS("scanning.frequency", path, string(f), "must be %s or %s with type %s", frequencies[t][0], frequencies[t][1], t)
	case seen[f]:
		l.Invalid(path, string(f), "has a rule already: add the filters to that")
	}
	seen[f] = true
}

func validateReplication(r *v1alpha1.Replication, path *field.Path) fault.List {
	var l fault.List
	validateList(&l, path.Child("rules"), len(r.Rules), false, maxReplicationRules, "")
	for i, rule := range r.Rules {
		p := path.Child("rules").Index(i)
		if rule.Destinations == nil {
			l.Required(p.Child("destinations"), "the registries that images are replicated to")
		}
		validateList(&l, p.Child("destinations"), len(rule.Destinations), rule.Destinations != nil, maxDestinations, "replicates to nowhere: leave the rule out")
		for j, d := range rule.Destinations {
			p := p.Child("destinations").Index(j)
			if d.Region == "" {
				l.Required(p.Child("region"), "the region of the registry")
			} else {
				l = append(l, settings.ValidateRegion(d.Region, p.Child("region"))...)
			}
			if d.AccountID != nil {
				validateAccount(&l, *d.AccountID, p.Child("accountId"))
			}
		}
		validateList(&l, p.Child("prefixes"), len(rule.Prefixes), rule.Prefixes != nil, maxFilters, "matches no repository: leave it out for all of them")
		for j, s := range rule.Prefixes {
			if len(s) < minReplicationPrefix || len(s) > aws.MaxRepositoryName || !prefixFilter.MatchString(s) {
				l.AWS("replication.prefix", p.Child("prefixes").Index(j), s, "must be the beginning of a repository's name, %d to %d characters; it takes no wildcards", minReplicationPrefix, aws.MaxRepositoryName)
			}
		}
	}
	validateList(&l, path.Child("from"), len(r.From), false, maxSources, "")
	seen := map[string]bool{}
	for i, s := range r.From {
		p := path.Child("from").Index(i)
		switch {
		case s.AccountID == "":
			l.Required(p.Child("accountId"), "the account whose registries may replicate into this one")
		case seen[s.AccountID]:
			l.Invalid(p.Child("accountId"), s.AccountID, "is named already: add the repositories there")
		default:
			validateAccount(&l, s.AccountID, p.Child("accountId"))
		}
		seen[s.AccountID] = true
		validatePatterns(&l, s.Repositories, p.Child("repositories"))
	}
	return l
}

// validateDestinations returns what is wrong with where images are replicated to, from
// a registry in a region.
func (s *Spec) validateDestinations(region string) fault.List {
	var l fault.List
	unique := map[v1alpha1.ReplicationDestination]bool{}
	for i, rule := range s.replication().Rules {
		for j, d := range rule.Destinations {
			p := replicationPath.Child("rules").Index(i).Child("destinations").Index(j)
			account := s.destinationAccount(d)
			unique[v1alpha1.ReplicationDestination{Region: d.Region + "/" + account}] = true
			switch {
			case !aws.IsRegion(d.Region):
			case aws.Partition(d.Region) != s.partition():
				l.AWS("replication.destination", p.Child("region"), d.Region, "must be a region of partition %s: images are not replicated out of it", s.partition())
			case d.Region == region && account == s.AccountID:
				l.AWS("replication.destination", p, d.Region, "is this registry itself: name another region, or another account")
			}
		}
	}
	if n := len(unique); n > maxDestinations {
		l.AWS("replication.destination", replicationPath.Child("rules"), nil, "%d destinations in all, at most %d are allowed", n, maxDestinations)
	}
	return l
}

// destinationAccount is the account that images are replicated to.
func (s *Spec) destinationAccount(d v1alpha1.ReplicationDestination) string {
	if d.AccountID == nil {
		return s.AccountID
	}
	return *d.AccountID
}
