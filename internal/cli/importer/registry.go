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

// takeRegistries writes what concerns the registry as a whole into an org access, as far as that says the same. It adds to
// the plan why the rest stays as it is.
func (r renderer) takeRegistries(ctx context.Context, a *orgAccess, all []registry, plan *accessPlan) error {
	for _, source := range all {
		if source.account != "" && source.account != a.AccountID || source.region != "" && source.region != *a.Region {
			continue
		}
		plan.told[source.origin] = true
		probe := *a
		why := probe.take(source)
		if why == "" {
			var err error
			if why, err = r.proveRegistry(ctx, probe, source); err != nil {
				return err
			}
		}
		if why != "" {
			plan.note(source.origin, "%s", why)
			continue
		}
		*a = probe
	}
	return nil
}

// proveRegistry renders an org access, and says why a part of the registry would not stay the same; "" if it would. The
// configurations have the fields of AWS. What a policy means is a guess, so it is compared.
func (r renderer) proveRegistry(ctx context.Context, a orgAccess, source registry) (string, error) {
	o, err := r.renderedAccess(ctx, a)
	if err != nil {
		return "", err
	}
	why := refusal(o)
	if why == "" && source.policy != "" {
		why = difference(iam.RegistryPolicy, source.policy, textOf(o.Desired["registry-policy"], "policy"))
	}
	if why != "" {
		why = "it stays as it is: the API says something else: " + why
	}
	return why, nil
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
