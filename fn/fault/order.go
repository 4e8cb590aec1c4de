package fault

import (
	"regexp"
	"slices"
	"strconv"
)

// fieldOrder has the top-level fields in the order in which their faults are reported. Other fields come after them.
var fieldOrder = []string{
	"input", "platformConfig", "metadata",
	"spec.claimRef", "spec.project", "spec.accountId", "spec.partition", "spec.region",
	"spec.images", "spec.defaults", "spec.github", "spec.oidcProvider", "spec.push", "spec.pull",
	"spec.crossAccountPull", "spec.registry", "spec.orgAccessRef", "spec.deletionPolicy",
	"spec.tags", "spec.managementPolicies", "spec.providerConfigRef",
}

// top matches the top-level field of a path, and the index in it if it is a list.
var top = regexp.MustCompile(`^((?:spec\.)?[^.[]+)(?:\[(\d+)])?`)

// placeOf returns the sort key of a path: the rank of its top-level field and, if that is a list, the index of the
// item. Faults of one item stay in the order in which they were found.
func placeOf(path string) []int {
	m := top.FindStringSubmatch(path)
	rank := slices.Index(fieldOrder, m[1])
	if rank < 0 {
		rank = len(fieldOrder)
	}
	index, err := strconv.Atoi(m[2])
	if err != nil {
		index = -1 // The list itself.
	}
	return []int{rank, index}
}
