package settings

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Advise returns advice on a layer: on what breaks no rule and is probably not what its
// author expects. That on its lifecycle rules is in package lifecycle.
func (l *Layer) Advise() []v1alpha1.Advice {
	var advice []v1alpha1.Advice
	add := func(p *field.Path, format string, args ...any) {
		advice = append(advice, v1alpha1.Advice{Path: p.String(), Message: fmt.Sprintf(format, args...)})
	}
	if l.ScanOnPush != nil && !*l.ScanOnPush {
		add(l.Path().Child("scanOnPush"),
			"images are not scanned when they are pushed, unless the registry's scanning does it: leave the "+
				"field out to scan them")
	}
	if l.ImageTagMutability == nil {
		return advice
	}
	filters, path := l.ImageTagMutabilityExclusionFilters, l.Path().Child("imageTagMutabilityExclusionFilters")
	for n, f := range filters {
		if matchesEveryTag(f) {
			add(path.Index(n),
				"matches every tag, so the mode %s holds for none: name the tags that are meant, or use the opposite "+
					"mode without filters", *l.ImageTagMutability)
		}
	}
	if at := slices.Index(filters, "latest"); at >= 0 && *l.ImageTagMutability == v1alpha1.MutableWithExclusion {
		add(path.Index(at),
			"makes latest the tag that cannot be overwritten, and all others that no filter matches can be: to "+
				"let latest alone move, write IMMUTABLE_WITH_EXCLUSION")
	}
	return advice
}
