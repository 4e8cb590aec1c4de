package orgaccess

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/policy"
)

// registryPolicyText is the policy of the registry; empty if nobody is granted
// anything. Cross-account pull and replication share the one that there is.
func (a *access) registryPolicyText() string {
	return policy.Registry(a.partition, a.region, a.spec.AccountID, a.spec.CrossAccountPull, a.spec.replication().From)
}

// registryPolicyPath is the field that first asks for a registry policy.
func (a *access) registryPolicyPath() *field.Path {
	if a.spec.CrossAccountPull != nil {
		return crossPath
	}
	return replicationPath.Child("from")
}

// meta of a registry-level resource.
func (a *access) meta(p *part) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: p.objectName, Annotations: map[string]string{annotationExternalName: p.external}, Labels: a.labels(p)}
}

func (a *access) registryPolicyResource() *ecrv1beta1.RegistryPolicy {
	return &ecrv1beta1.RegistryPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: kindRegistryPolicy.apiVersion, Kind: kindRegistryPolicy.kind},
		ObjectMeta: a.meta(a.registry),
		Spec: ecrv1beta1.RegistryPolicySpec{
			ResourceSpec: a.config.Spec(a.policies()),
			ForProvider:  ecrv1beta1.RegistryPolicyParameters{Region: &a.region, Policy: &a.registryPolicy},
		},
	}
}

// Types of filters: ECR has one for each purpose.
const (
	filterWildcard = "WILDCARD"
	filterPrefix   = "PREFIX_MATCH"
)

func (a *access) scanningResource() *ecrv1beta1.RegistryScanningConfiguration {
	s := a.spec.scanning()
	m := &ecrv1beta1.RegistryScanningConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: kindScanning.apiVersion, Kind: kindScanning.kind},
		ObjectMeta: a.meta(a.scanning),
		Spec: ecrv1beta1.RegistryScanningConfigurationSpec{
			ResourceSpec: a.config.Spec(a.policies()),
			ForProvider:  ecrv1beta1.RegistryScanningConfigurationParameters{Region: &a.region, ScanType: ptr(string(s.Type))},
		},
	}
	byFrequency := func(x, y v1alpha1.ScanningRule) int { return cmp.Compare(x.Frequency, y.Frequency) }
	for _, r := range slices.SortedStableFunc(slices.Values(s.Rules), byFrequency) {
		rule := ecrv1beta1.RuleParameters{ScanFrequency: ptr(string(r.Frequency))}
		for _, f := range set(r.Filters) {
			rule.RepositoryFilter = append(rule.RepositoryFilter, ecrv1beta1.RepositoryFilterParameters{Filter: &f, FilterType: ptr(filterWildcard)})
		}
		m.Spec.ForProvider.Rule = append(m.Spec.ForProvider.Rule, rule)
	}
	return m
}

// replicationResource keeps the rules in the order of the spec, as AWS does. What is a
// set within a rule is sorted.
func (a *access) replicationResource() *ecrv1beta2.ReplicationConfiguration {
	rules := make([]ecrv1beta2.RuleParameters, len(a.spec.replication().Rules))
	for i, r := range a.spec.replication().Rules {
		for _, d := range a.destinations(r) {
			rules[i].Destination = append(rules[i].Destination, ecrv1beta2.DestinationParameters{Region: &d.Region, RegistryID: d.AccountID})
		}
		for _, p := range set(r.Prefixes) {
			rules[i].RepositoryFilter = append(rules[i].RepositoryFilter, ecrv1beta2.RepositoryFilterParameters{Filter: &p, FilterType: ptr(filterPrefix)})
		}
	}
	return &ecrv1beta2.ReplicationConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: kindReplication.apiVersion, Kind: kindReplication.kind},
		ObjectMeta: a.meta(a.replicate),
		Spec: ecrv1beta2.ReplicationConfigurationSpec{
			ResourceSpec: a.config.Spec(a.policies()),
			ForProvider: ecrv1beta2.ReplicationConfigurationParameters{
				Region: &a.region,
				ReplicationConfiguration: &ecrv1beta2.ReplicationConfigurationReplicationConfigurationParameters{
					Rule: rules,
				},
			},
		},
	}
}

// destinations of a rule, sorted and each once, all with their accounts.
func (a *access) destinations(r v1alpha1.ReplicationRule) []v1alpha1.ReplicationDestination {
	all := make([]v1alpha1.ReplicationDestination, len(r.Destinations))
	for i, d := range r.Destinations {
		all[i] = v1alpha1.ReplicationDestination{Region: d.Region, AccountID: ptr(a.spec.destinationAccount(d))}
	}
	compare := func(x, y v1alpha1.ReplicationDestination) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(*x.AccountID, *y.AccountID))
	}
	slices.SortFunc(all, compare)
	return slices.CompactFunc(all, func(x, y v1alpha1.ReplicationDestination) bool { return compare(x, y) == 0 })
}

// set returns the values sorted and each once.
func set(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// adviseOnRegistry looks at what is legal in the registry's settings and hardly meant.
func (a *access) adviseOnRegistry() {
	if p := a.spec.CrossAccountPull; p != nil {
		a.advise(crossPath, "works only while the registry's policy scope is V2, the default of newer registries: under V1 ECR ignores it. See aws ecr get-account-setting --name REGISTRY_POLICY_SCOPE; the provider cannot set it")
		for i, id := range p.Accounts {
			if id == a.spec.AccountID {
				a.advise(crossPath.Child("accounts").Index(i), "is the registry's own account, whose principals need no permission here: take it out")
			}
		}
		a.adviseOnPatterns(p.Repositories, crossPath.Child("repositories"))
	}
	for i, s := range a.spec.replication().From {
		p := replicationPath.Child("from").Index(i)
		if s.AccountID == a.spec.AccountID {
			a.advise(p.Child("accountId"), "is the registry's own account, which replicates from other regions without permission: take it out")
		}
		a.adviseOnPatterns(s.Repositories, p.Child("repositories"))
	}
}
