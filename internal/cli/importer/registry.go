package importer

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// addRegistries adds those parts of the registry to an org access that it can express exactly. It notes in the plan why
// the others stay as they are.
func (r renderer) addRegistries(ctx context.Context, a *orgAccess, all []registry, plan *accessPlan) error {
	for _, source := range all {
		if source.account != "" && source.account != a.AccountID || source.region != "" && source.region != *a.Region {
			continue
		}
		plan.reported[source.origin] = true
		probe := *a
		why := probe.addRegistry(source)
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

// proveRegistry renders an org access, and says why a part of the registry would change; empty if it would not. The
// configurations have AWS's own fields. The meaning of a policy was guessed, so the rendered policy is compared.
func (r renderer) proveRegistry(ctx context.Context, a orgAccess, source registry) (string, error) {
	o, err := r.renderedAccess(ctx, a)
	if err != nil {
		return "", err
	}
	why := refusal(o)
	if why == "" && source.policy != "" {
		why = difference(iam.RegistryPolicy, local.ForProvider(o.Desired["registry-policy"], "policy"), source.policy)
	}
	if why != "" {
		why = "it stays as it is: the API would write something else: " + why
	}
	return why, nil
}

// addRegistry adds a part of the registry, or says why it cannot.
func (a *orgAccess) addRegistry(source registry) (why string) {
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
		return "it is empty: there is nothing to import"
	}
	return ""
}

// readRegistryPolicy guesses who may pull and who may replicate by a registry's policy. Rendering proves the guess.
func readRegistryPolicy(text string) (*v1alpha1.CrossAccountPull, []v1alpha1.ReplicationSource, error) {
	all, err := permissions(iam.RegistryPolicy, text)
	if err != nil {
		return nil, nil, err
	}
	var accounts, organizations, repositories []string
	replicated := map[string][]string{}
	for p := range all {
		arn, _ := aws.ParseARN(p.resource)
		pattern := strings.TrimPrefix(arn.Resource, "repository/")
		organization, byOrganization := strings.CutPrefix(p.conditions, "StringEquals aws:principalorgid ")
		switch {
		case p.action == "ecr:replicateimage":
			replicated[p.principal] = append(replicated[p.principal], pattern)
		case p.action != "ecr:batchgetimage":
		case byOrganization:
			organizations, repositories = append(organizations, organization), append(repositories, pattern)
		default:
			accounts, repositories = append(accounts, p.principal), append(repositories, pattern)
		}
	}
	var cross *v1alpha1.CrossAccountPull
	if len(repositories) > 0 {
		cross = &v1alpha1.CrossAccountPull{
			Accounts: set(accounts), OrganizationIDs: set(organizations), Repositories: unlessAll(repositories),
		}
	}
	var from []v1alpha1.ReplicationSource
	for _, account := range slices.Sorted(maps.Keys(replicated)) {
		from = append(from, v1alpha1.ReplicationSource{AccountID: account, Repositories: unlessAll(replicated[account])})
	}
	return cross, from, nil
}

// unlessAll returns patterns of repositories; nil if they include all repositories, which is the default.
func unlessAll(patterns []string) []string {
	if slices.Contains(patterns, "*") {
		return nil
	}
	return set(patterns)
}
