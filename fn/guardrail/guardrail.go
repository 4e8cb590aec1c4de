// Package guardrail refuses what the platform team forbids. It judges the settings that
// are in force, wherever they came from.
//
// A guardrail is one entry: its path in the settings, its check and the validation of its
// own values stand together, in the file of its subject. Whether what it finds refuses,
// warns or is excepted is decided in one place for all of them.
package guardrail

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// A guardrail is one rule of the platform team. It looks at a subject as a whole, or
// at each of its repositories.
type guardrail struct {
	// path of its field below guardrails. The settings name it so under warn and in
	// exceptions.
	path string

	// refusesIfAbsent is true if leaving the field out closes the guardrail. Then it
	// cannot warn.
	refusesIfAbsent bool

	// noExceptions is true if nothing lifts the guardrail.
	noExceptions bool

	// validate returns what is wrong with the values of its field, which is at a path;
	// nil if the type allows nothing wrong.
	validate func(g *inputv1beta1.Guardrails, at *field.Path) fault.List

	// whole looks at the subject.
	whole func(g *inputv1beta1.Guardrails, s *Subject) []finding

	// each looks at one repository.
	each func(g *inputv1beta1.Guardrails, r *Repository) []finding
}

// table has all guardrails, in the order in which they are reported.
var table = []guardrail{
	tenancy,
	projects,
	orgAccessNamespaces,
	allowPinnedRevisions,
	providerConfigs,
	regions,
	maxRepositories,
	imageTagMutability,
	imageTagMutabilityExclusionFilters,
	requireScanOnPush,
	requireKMS,
	kmsKeys,
	lifecycleRequired,
	lifecycleMaxImages,
	lifecycleMaxUntaggedDays,
	pull,
	allowDelete,
	allowForceDelete,
	requiredTags,
}

// find returns the guardrail of a path, or nil.
func find(path string) *guardrail {
	i := slices.IndexFunc(table, func(g guardrail) bool { return g.path == path })
	if i < 0 {
		return nil
	}
	return &table[i]
}

// paths of the guardrails of which something is true.
func paths(which func(guardrail) bool) []string {
	var p []string
	for _, g := range table {
		if which(g) {
			p = append(p, g.path)
		}
	}
	return p
}

// Paths returns the paths of all guardrails.
func Paths() []string { return paths(func(guardrail) bool { return true }) }

// Warnable returns the paths that guardrails.warn may list.
func Warnable() []string { return paths(guardrail.mayWarn) }

// Exceptable returns the guardrails that an exception may lift, by their paths.
func Exceptable() []string { return paths(guardrail.mayBeLifted) }

func (g guardrail) mayWarn() bool     { return !g.refusesIfAbsent }
func (g guardrail) mayBeLifted() bool { return !g.noExceptions }

// below returns the path of the guardrail's field below that of all guardrails.
func (g guardrail) below(guardrails *field.Path) *field.Path {
	names := strings.Split(g.path, ".")
	return guardrails.Child(names[0], names[1:]...)
}
