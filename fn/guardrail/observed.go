package guardrail

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Observed is what AWS has of a repository. A nil field is not known, and not judged.
type Observed struct {
	Mutability *settings.Mutability
	ScanOnPush *bool
	Tags       map[string]string

	// LifecyclePolicy and RepositoryPolicy are the texts of the policies; empty if AWS has none.
	LifecyclePolicy, RepositoryPolicy *string
}

// mutability returns the tag mutability in force, and whether it is known.
func (r *Repository) mutability() (settings.Setting[settings.Mutability], bool) {
	if r.Observed == nil {
		return r.Settings.Mutability, true
	}
	return observed(r.Observed.Mutability)
}

// scanOnPush returns the setting in force, and whether it is known.
func (r *Repository) scanOnPush() (settings.Setting[bool], bool) {
	if r.Observed == nil {
		return r.Settings.ScanOnPush, true
	}
	return observed(r.Observed.ScanOnPush)
}

func observed[T any](v *T) (settings.Setting[T], bool) {
	if v == nil {
		return settings.Setting[T]{}, false
	}
	return settings.Setting[T]{Value: *v}, true
}

// lifecycle returns the lifecycle policy in force, and whether it is known. AWS has no shorthands, only rules. A text
// that is not a policy has no rules.
func (r *Repository) lifecycle() (settings.Lifecycle, bool) {
	switch {
	case r.Observed == nil:
		return r.Settings.Lifecycle, true
	case r.Observed.LifecyclePolicy == nil:
		return settings.Lifecycle{}, false
	}
	rules, _ := lifecycle.Parse(*r.Observed.LifecyclePolicy)
	return settings.Lifecycle{ByRules: true, Given: rules}, true
}

// lacksTag reports whether the repository is known not to have a tag.
func (r *Repository) lacksTag(key string) bool {
	if r.Observed == nil {
		_, ok := r.Settings.Tags[key]
		return !ok && !slices.Contains(settings.FunctionTags, key)
	}
	_, ok := r.Observed.Tags[key]
	return !ok && r.Observed.Tags != nil
}
