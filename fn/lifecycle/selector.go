package lifecycle

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A selector reports which images a rule selects by their tags.
type selector struct {
	status   string
	patterns []pattern
}

func newSelector(s v1alpha1.LifecycleSelection) selector {
	ps, _ := patterns(s)
	return selector{status: s.TagStatus, patterns: ps}
}

// selects reports whether the rule selects an image with these tags.
func (s *selector) selects(tags []string) bool {
	switch s.status {
	case anyImage:
		return true
	case untagged:
		return len(tags) == 0
	}
	if len(tags) == 0 || len(s.patterns) == 0 {
		return false
	}
	for i := range s.patterns {
		if !slices.ContainsFunc(tags, s.patterns[i].matches) {
			return false
		}
	}
	return true
}
