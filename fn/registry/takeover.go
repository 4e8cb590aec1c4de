package registry

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// adviseOnTakingOver tells what would change in AWS if the repository were managed.
func adviseOnTakingOver(p *Plan, i *image) fault.Advice {
	var advice fault.Advice
	if !i.observed.Exists() {
		return nil
	}
	changes := slices.Concat(i.changedSettings(), i.changedTags(p.project), changedPolicies(p, i))
	if len(changes) > 0 {
		advice.Add(i.path(), "managing repository %s would change: %s", i.repository, strings.Join(changes, "; "))
	}
	return advice
}

// changedSettings describes the settings that would change.
func (i *image) changedSettings() []string {
	var changes []string
	change := func(what, from, to string) {
		if from != to {
			changes = append(changes, fmt.Sprintf("%s from %s to %s", what, from, to))
		}
	}
	if has, want := i.inAWS.Mutability, i.effective.Mutability.Value; has != nil {
		change("imageTagMutability", string(has.Mode), string(want.Mode))
		change("imageTagMutabilityExclusionFilters", list(has.Filters), list(want.Filters))
	}
	if has := i.inAWS.ScanOnPush; has != nil {
		change("scanOnPush", fmt.Sprint(*has), fmt.Sprint(i.effective.ScanOnPush.Value))
	}
	return changes
}

// changedTags describes the tags that would change, but for those of the provider.
func (i *image) changedTags(project string) []string {
	want, has := i.tags(project), i.inAWS.Tags
	var changes, added []string
	for _, k := range slices.Sorted(maps.Keys(has)) {
		switch v, ok := want[k]; {
		case strings.HasPrefix(k, "crossplane-"):
		case !ok:
			changes = append(changes, fmt.Sprintf("the tag %s=%s would go", k, has[k]))
		case *v != has[k]:
			changes = append(changes, fmt.Sprintf("the tag %s from %s to %s", k, has[k], *v))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if _, ok := has[k]; !ok {
			added = append(added, fmt.Sprintf("the tag %s=%s would be added", k, *want[k]))
		}
	}
	return append(changes, added...)
}

// changedPolicies describes how the lifecycle policy and the repository policy would change. A policy without an object
// that observes it is not known.
func changedPolicies(p *Plan, i *image) []string {
	var changes []string
	rules := i.effective.Lifecycle.Rules()
	switch has, known := policyInAWS(p, i); {
	case known && len(rules) == 0:
		changes = append(changes, "its lifecycle policy would go")
	case known && !lifecycle.Equal(lifecycle.Policy(has), i.lifecycle):
		changes = append(changes, "its lifecycle policy would become one that "+lifecycle.Summary(rules))
	case !known && len(rules) > 0:
		changes = append(changes, "its lifecycle policy, which is not observed, would become one that "+lifecycle.Summary(rules))
	}
	grants := i.inAWS.RepositoryPolicy
	switch {
	case i.grants == "" && grants != nil:
		changes = append(changes, "its repository policy would go, and with it what it grants")
	case i.grants != "" && grants == nil:
		changes = append(changes, "its repository policy, which is not observed, would become the one of pull")
	case i.grants != "" && !sameJSON(*grants, i.grants):
		changes = append(changes, "its repository policy would become the one of pull")
	}
	return changes
}

// sameJSON reports whether two texts are the same JSON value.
func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// list returns values as a sorted list.
func list(values []string) string {
	return "[" + strings.Join(slices.Sorted(slices.Values(values)), ", ") + "]"
}
