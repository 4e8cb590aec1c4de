package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// takeRegistries writes what concerns the registry as a whole into an org access, as far as that says the same, and
// returns the origins of what it wrote, and of the rest why it stays as it is.
func (r renderer) takeRegistries(ctx context.Context, a *orgAccess, all []registry) (taken map[string]bool, findings []finding, err error) {
	taken = map[string]bool{}
	for _, source := range all {
		if source.account != "" && source.account != a.account || source.region != "" && source.region != a.region {
			continue
		}
		taken[source.origin] = true
		probe := *a
		if why := probe.take(source); why != "" {
			findings = append(findings, finding{source.origin, why})
			continue
		}
		why, err := r.proveRegistry(ctx, probe, source)
		switch {
		case err != nil:
			return nil, nil, err
		case why != "":
			findings = append(findings, finding{source.origin, "it stays as it is: the API says something else: " + why})
		default:
			*a = probe
		}
	}
	return taken, findings, nil
}

// take writes a part of the registry, and says why it cannot.
func (a *orgAccess) take(source registry) (why string) {
	a.registry = maps.Clone(a.registry)
	if a.registry == nil {
		a.registry = map[string]any{}
	}
	replication, _ := a.registry["replication"].(map[string]any)
	replication = maps.Clone(replication)
	switch {
	case source.scanning != nil:
		a.registry["scanning"] = untyped(source.scanning)
	case len(source.replication) > 0:
		replication = mapWith(replication, "rules", untyped(source.replication))
	case source.policy != nil:
		cross, from, err := readRegistryPolicy(source.policy.text)
		if err != nil {
			return "it stays as it is: " + err.Error()
		}
		if len(cross) > 0 {
			a.crossAccountPull = cross
		}
		if len(from) > 0 {
			replication = mapWith(replication, "from", from)
		}
	default:
		return "it says nothing: there is nothing to import"
	}
	if len(replication) > 0 {
		a.registry["replication"] = replication
	}
	return ""
}

// untyped returns a value of the API as it is written.
func untyped(v any) (out any) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(err) // It has strings and lists alone.
	}
	return out
}

func mapWith(m map[string]any, key string, value any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[key] = value
	return m
}

// readRegistryPolicy guesses what a registry's policy may mean: who pulls, and who replicates. What it takes for the same
// is proven by rendering it.
func readRegistryPolicy(text string) (cross map[string]any, from []any, err error) {
	all, err := permissions(iam.RegistryPolicy, text)
	if err != nil {
		return nil, nil, err
	}
	accounts, organizations, reach := map[string]bool{}, map[string]bool{}, map[string]bool{}
	sources := map[string]map[string]bool{}
	for p := range all {
		arn, _ := aws.ParseARN(p.resource)
		pattern := strings.TrimPrefix(arn.Resource, "repository/")
		organization, ofOne := strings.CutPrefix(p.conditions, "StringEquals aws:principalorgid ")
		switch {
		case p.action == "ecr:replicateimage":
			if sources[p.principal] == nil {
				sources[p.principal] = map[string]bool{}
			}
			sources[p.principal][pattern] = true
		case p.action != "ecr:batchgetimage":
		case ofOne:
			organizations[organization], reach[pattern] = true, true
		default:
			accounts[p.principal], reach[pattern] = true, true
		}
	}
	cross = map[string]any{}
	for field, set := range map[string]map[string]bool{"accounts": accounts, "organizationIds": organizations, "repositories": reach} {
		if len(set) == 0 || field == "repositories" && set["*"] {
			continue // All is the default.
		}
		cross[field] = list(slices.Sorted(maps.Keys(set)))
	}
	for _, account := range slices.Sorted(maps.Keys(sources)) {
		source := map[string]any{"accountId": account}
		if set := sources[account]; !set["*"] {
			source["repositories"] = list(slices.Sorted(maps.Keys(set)))
		}
		from = append(from, source)
	}
	return cross, from, nil
}

// proveRegistry renders an org access, and says how the part of the registry differs from the source; "" if it says the same.
func (r renderer) proveRegistry(ctx context.Context, a orgAccess, source registry) (string, error) {
	o, err := r.renderedAccess(ctx, a)
	if err != nil {
		return "", err
	}
	if why := refusal(o); why != "" {
		return why, nil
	}
	if source.policy != nil {
		return difference(iam.RegistryPolicy, source.policy.text, textOf(policyOf(o.Desired["registry-policy"]))), nil
	}
	key, want := "replication", source.replicates(a.account)
	if source.scanning != nil {
		key, want = "scanning", source.scans()
	}
	u := o.Desired[key]
	if u == nil {
		return "nothing is rendered for it", nil
	}
	got, _, err := unstructured.NestedMap(u.Object, "spec", "forProvider")
	delete(got, "region")
	if err != nil || canonical(got) == canonical(want) {
		return "", err
	}
	return fmt.Sprintf("it would become %s, and is %s", canonical(got), canonical(want)), nil
}

// scans is the scanning configuration as the provider writes it.
func (r registry) scans() map[string]any {
	o := map[string]any{"scanType": string(r.scanning.Type)}
	var rules []any
	for _, rule := range r.scanning.Rules {
		rules = append(rules, map[string]any{"scanFrequency": string(rule.Frequency), "repositoryFilter": filters(rule.Filters, "WILDCARD")})
	}
	if rules != nil {
		o["rule"] = rules
	}
	return o
}

// replicates is the replication configuration as the provider writes it.
func (r registry) replicates(account string) map[string]any {
	var rules []any
	for _, rule := range r.replication {
		var to []any
		for _, d := range rule.Destinations {
			id := account
			if d.AccountID != nil {
				id = *d.AccountID
			}
			to = append(to, map[string]any{"region": d.Region, "registryId": id})
		}
		o := map[string]any{"destination": to}
		if rule.Prefixes != nil {
			o["repositoryFilter"] = filters(rule.Prefixes, "PREFIX_MATCH")
		}
		rules = append(rules, o)
	}
	return map[string]any{"replicationConfiguration": map[string]any{"rule": rules}}
}

func filters(values []string, kind string) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = map[string]any{"filter": v, "filterType": kind}
	}
	return all
}

// canonical is the JSON of a value, in which the order of lists does not count.
func canonical(v any) string {
	switch v := v.(type) {
	case map[string]any:
		fields := make([]string, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, fmt.Sprintf("%q:%s", k, canonical(v[k])))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = canonical(v[i])
		}
		return "[" + strings.Join(sorted(items), ",") + "]"
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}
