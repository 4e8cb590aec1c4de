package fault

import (
	"regexp"
	"slices"
	"strconv"
)

// fieldOrder is the order in which the top of what people write is told; what is not
// listed comes last.
var fieldOrder = []string{
	"input", "platformConfig", "metadata",
	"spec.claimRef", "spec.project", "spec.accountId", "spec.partition", "spec.region",
	"spec.images", "spec.defaults", "spec.github", "spec.oidcProvider", "spec.push", "spec.pull",
	"spec.crossAccountPull", "spec.registry", "spec.orgAccessRef", "spec.deletionPolicy",
	"spec.tags", "spec.managementPolicies", "spec.providerConfigRef",
}

// top is the field at the top of a path, and the index of its item.
var top = regexp.MustCompile(`^((?:spec\.)?[^.[]+)(?:\[(\d+)])?`)

// placeOf returns where a path is in what people write: its top-level field in the order of the API, and the list item
// by its index. Below that the order in which faults are found is kept.
func placeOf(path string) []int {
	m := top.FindStringSubmatch(path)
	rank := slices.Index(fieldOrder, m[1])
	if rank < 0 {
		rank = len(fieldOrder)
	}
	index, err := strconv.Atoi(m[2])
	if err != nil {
		index = -1 // the list itself
	}
	return []int{rank, index}
}
