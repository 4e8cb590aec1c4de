package settings

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Advise returns advice on settings that break no rule but may surprise their author. Package lifecycle has the advice
// on lifecycle rules.
func (l *Layer) Advise() fault.Advice {
	var advice fault.Advice
	if l.ScanOnPush != nil && !*l.ScanOnPush {
		advice.Add(l.Path().Child("scanOnPush"),
			"images are not scanned when they are pushed, unless the registry's scanning does it: leave the "+
				"field out to scan them")
	}
	if l.ImageTagMutability == nil {
		return advice
	}
	filters, path := l.ImageTagMutabilityExclusionFilters, l.Path().Child("imageTagMutabilityExclusionFilters")
	for n, f := range filters {
		switch {
		case f != "" && !matchesATag(f):
			advice.Add(path.Index(n),
				"matches no tag, since none starts with %q: write what the tags start with, or a * before it", f[:1])
		case matchesEveryTag(f):
			advice.Add(path.Index(n),
				"matches every tag, so the mode %s holds for none: name the tags that are meant, or use the opposite "+
					"mode without filters", *l.ImageTagMutability)
		}
	}
	if at := slices.Index(filters, "latest"); at >= 0 && *l.ImageTagMutability == v1alpha1.MutableWithExclusion {
		advice.Add(path.Index(at),
			"makes latest the tag that cannot be overwritten, and all others that no filter matches can be: to "+
				"let latest alone move, write IMMUTABLE_WITH_EXCLUSION")
	}
	return advice
}
