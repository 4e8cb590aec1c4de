// Package guardrail refuses what the platform team forbids. It judges the settings that are in force, whichever layer
// they come from.
//
// A guardrail is one entry of a table: its path in the settings, its check and the validation of its own values stand
// together, in the file of its subject. [Check] decides for all guardrails whether a finding refuses or warns, and
// applies the exceptions.
package guardrail

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// A guardrail is one rule of the platform team. It checks a subject as a whole, or each of its repositories, or both.
type guardrail struct {
	// path of the field below guardrails. The settings use it as the guardrail's name under warn and in exceptions.
	path string

	// refusesIfAbsent is true if the guardrail also refuses when its field is left out. Such a guardrail cannot warn.
	refusesIfAbsent bool

	// noExceptions is true if nothing lifts the guardrail.
	noExceptions bool

	// validate validates the values of the field. It is nil if all values of its type are valid.
	validate func(g *inputv1beta1.Guardrails, at *field.Path) fault.List

	// whole checks the subject as a whole.
	whole func(g *inputv1beta1.Guardrails, s *Subject) []finding

	// each checks one repository.
	each func(g *inputv1beta1.Guardrails, r *Repository) []finding
}

// table has all guardrails, in the order in which their findings are reported.
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

// pathsOf returns the paths of the guardrails that a condition holds for.
func pathsOf(holds func(guardrail) bool) []string {
	var p []string
	for _, g := range table {
		if holds(g) {
			p = append(p, g.path)
		}
	}
	return p
}

// validate validates the platform team's guardrails: the values in each source of the settings, and the guardrails that
// warn and exceptions name, in the settings in force.
func validate(p *settings.Platform) fault.List {
	var l fault.List
	for _, source := range p.Sources {
		if g := source.Guardrails; g != nil {
			l.Add(validateValues(g, source.Path.Child("guardrails"))...)
		}
	}
	mayWarn := pathsOf(func(g guardrail) bool { return !g.refusesIfAbsent })
	warn := p.PathOf(func(s *inputv1beta1.Settings) bool { return s.Guardrails != nil && s.Guardrails.Warn != nil }, "guardrails", "warn")
	for i, path := range p.Rules().Warn {
		if !slices.Contains(mayWarn, path) {
			l.Invalid(warn.Index(i), path, "must be a guardrail that may warn: %s", strings.Join(mayWarn, ", "))
		}
	}
	mayBeLifted := pathsOf(func(g guardrail) bool { return !g.noExceptions })
	ofOneImage := pathsOf(func(g guardrail) bool { return g.each != nil })
	for i, e := range p.Rules().Exceptions {
		at := exceptionsPath(p).Index(i)
		switch {
		case e.Guardrail == "":
		case !slices.Contains(mayBeLifted, e.Guardrail):
			l.Invalid(at.Child("guardrail"), e.Guardrail, "must be a guardrail that knows exceptions: %s", strings.Join(mayBeLifted, ", "))
		case e.Image != nil && !slices.Contains(ofOneImage, e.Guardrail):
			l.Invalid(at.Child("image"), *e.Image, "must be left out: %s concerns the project as a whole", e.Guardrail)
		}
	}
	return l
}

func validateValues(g *inputv1beta1.Guardrails, p *field.Path) fault.List {
	var l fault.List
	for _, rule := range table {
		if rule.validate != nil {
			names := strings.Split(rule.path, ".")
			l.Add(rule.validate(g, p.Child(names[0], names[1:]...))...)
		}
	}
	return append(l, fault.Each(g.Exceptions, p.Child("exceptions"), validateException)...)
}

// dayLayout is the layout of days in the settings.
const dayLayout = time.DateOnly

func validateException(e inputv1beta1.Exception, p *field.Path) fault.List {
	var l fault.List
	for _, required := range []struct{ name, value, what string }{
		{"project", e.Project, "the project that the guardrail is lifted for"},
		{"guardrail", e.Guardrail, "the guardrail that is lifted"},
		{"until", e.Until, "the day through which the guardrail is lifted, YYYY-MM-DD"},
		{"reason", e.Reason, "why the guardrail is lifted"},
	} {
		if required.value == "" {
			l.Required(p.Child(required.name), "%s", required.what)
		}
	}
	if _, err := time.Parse(dayLayout, e.Until); err != nil && e.Until != "" {
		l.Invalid(p.Child("until"), e.Until, "must be a day, YYYY-MM-DD")
	}
	return l
}

// exceptionsPath returns the path of the exceptions in force.
func exceptionsPath(p *settings.Platform) *field.Path {
	has := func(s *inputv1beta1.Settings) bool { return s.Guardrails != nil && s.Guardrails.Exceptions != nil }
	return p.PathOf(has, "guardrails", "exceptions")
}

// atLeast validates a number that has a lower bound.
func atLeast(v *int64, least int64, p *field.Path) fault.List {
	var l fault.List
	if v != nil && *v < least {
		l.Invalid(p, *v, "must be at least %d", least)
	}
	return l
}
