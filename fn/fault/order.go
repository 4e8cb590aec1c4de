package fault

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
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

// order compares two paths by where they are in what people write: top-level fields in
// the order of the API, list items by their index. Below that the order in which
// faults are found is kept.
func order(a, b string) int {
	rankA, indexA := place(a)
	rankB, indexB := place(b)
	return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(indexA, indexB))
}

func place(path string) (rank, index int) {
	top, rest := path, ""
	if strings.HasPrefix(path, "spec.") {
		if at := strings.IndexAny(path[len("spec."):], ".["); at >= 0 {
			top, rest = path[:len("spec.")+at], path[len("spec.")+at:]
		}
	} else if at := strings.IndexAny(path, ".["); at >= 0 {
		top = path[:at]
	}
	if rank = slices.Index(fieldOrder, top); rank < 0 {
		rank = len(fieldOrder)
	}
	if in, ok := strings.CutPrefix(rest, "["); ok {
		digits, _, _ := strings.Cut(in, "]")
		if n, err := strconv.Atoi(digits); err == nil {
			index = n + 1
		}
	}
	return rank, index
}
