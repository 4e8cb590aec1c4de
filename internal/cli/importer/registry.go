package importer

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// takeRegistries writes what concerns the registry as a whole into an org access, as far as that says the same, and
// returns why the rest stays as it is. It adds the origins of both to those that are told.
func (r renderer) takeRegistries(ctx context.Context, a *orgAccess, all []registry, told map[string]bool) ([]finding, error) {
	var findings []finding
	for _, source := range all {
		if source.account != "" && source.account != a.AccountID || source.region != "" && source.region != *a.Region {
			continue
		}
		told[source.origin] = true
		probe := *a
		if why := probe.take(source); why != "" {
			findings = append(findings, finding{source.origin, why})
			continue
		}
		o, err := r.renderedAccess(ctx, probe)
		if err != nil {
			return nil, err
		}
		// The configurations have the fields of AWS. What a policy means is a guess, so it is compared.
		why := refusal(o)
		if why == "" && source.policy != "" {
			why = difference(iam.RegistryPolicy, source.policy, textOf(o.Desired["registry-policy"], "policy"))
		}
		if why != "" {
			findings = append(findings, finding{source.origin, "it stays as it is: the API says something else: " + why})
			continue
		}
		*a = probe
	}
	return findings, nil
}

// take writes a part of the registry, and says why it cannot.
func (a *orgAccess) take(source registry) (why string) {
	switch {
	case source.scanning != nil:
		a.registry.Scanning = source.scanning
	case len(source.replication) > 0:
		a.replication.Rules = source.replication
	case source.policy != "":
		cross, from, err := readRegistryPolicy(source.policy)
		if err != nil {
			return "it stays as it is: " + err.Error()
		}
		if cross != nil {
			a.CrossAccountPull = cross
		}
		if from != nil {
			a.replication.From = from
		}
	default:
		return "it says nothing: there is nothing to import"
	}
	return ""
}

// readRegistryPolicy guesses what a registry's policy may mean: who pulls, and who replicates. What it takes for the same
// is proven by rendering it.
func readRegistryPolicy(text string) (*v1alpha1.CrossAccountPull, []v1alpha1.ReplicationSource, error) {
	all, err := permissions(iam.RegistryPolicy, text)
	if err != nil {
		return nil, nil, err
	}
	var accounts, organizations, reach []string
	replicated := map[string][]string{}
	for p := range all {
		arn, _ := aws.ParseARN(p.resource)
		pattern := strings.TrimPrefix(arn.Resource, "repository/")
		organization, ofOne := strings.CutPrefix(p.conditions, "StringEquals aws:principalorgid ")
		switch {
		case p.action == "ecr:replicateimage":
			replicated[p.principal] = append(replicated[p.principal], pattern)
		case p.action != "ecr:batchgetimage":
		case ofOne:
			organizations, reach = append(organizations, organization), append(reach, pattern)
		default:
			accounts, reach = append(accounts, p.principal), append(reach, pattern)
		}
	}
	var cross *v1alpha1.CrossAccountPull
	if len(reach) > 0 {
		cross = &v1alpha1.CrossAccountPull{Accounts: set(accounts), OrganizationIDs: set(organizations), Repositories: unlessAll(reach)}
	}
	var from []v1alpha1.ReplicationSource
	for _, account := range slices.Sorted(maps.Keys(replicated)) {
		from = append(from, v1alpha1.ReplicationSource{AccountID: account, Repositories: unlessAll(replicated[account])})
	}
	return cross, from, nil
}

// unlessAll returns patterns of repositories; nil for all, which is the default.
func unlessAll(patterns []string) []string {
	if slices.Contains(patterns, "*") {
		return nil
	}
	return set(patterns)
}
