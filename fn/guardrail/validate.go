package guardrail

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// validate returns what is wrong with the platform team's guardrails: with the values in
// each source of the settings, and with what warn and exceptions name of those in force.
func validate(p *settings.Platform) fault.List {
	var l fault.List
	for i := range p.Sources {
		if g := p.Sources[i].Guardrails; g != nil {
			l.Add(validateValues(g, p.Sources[i].Path.Child("guardrails"))...)
		}
	}
	for i, path := range p.Rules().Warn {
		if g := find(path); g == nil || !g.mayWarn() {
			l.Invalid(warnPath(p).Index(i), path, "must be a guardrail that may warn: %s", strings.Join(Warnable(), ", "))
		}
	}
	for i, e := range p.Rules().Exceptions {
		at := exceptionsPath(p).Index(i)
		if e.Guardrail == "" {
			continue
		}
		g := find(e.Guardrail)
		switch {
		case g == nil || !g.mayBeLifted():
			l.Invalid(at.Child("guardrail"), e.Guardrail, "must be a guardrail that knows exceptions: %s", strings.Join(Exceptable(), ", "))
		case e.Image != nil && g.each == nil:
			l.Invalid(at.Child("image"), *e.Image, "must be left out: %s concerns the project as a whole", e.Guardrail)
		}
	}
	return l
}

func validateValues(g *inputv1beta1.Guardrails, p *field.Path) fault.List {
	var l fault.List
	for _, rule := range table {
		if rule.validate != nil {
			l.Add(rule.validate(g, rule.below(p))...)
		}
	}
	return append(l, fault.Each(g.Exceptions, p.Child("exceptions"), validateException)...)
}

// dayLayout is how days are written.
const dayLayout = time.DateOnly

func validateException(e inputv1beta1.Exception, p *field.Path) fault.List {
	var l fault.List
	if e.Project == "" {
		l.Required(p.Child("project"), "the project that the guardrail is lifted for")
	}
	if e.Guardrail == "" {
		l.Required(p.Child("guardrail"), "the guardrail that is lifted")
	}
	if e.Until == "" {
		l.Required(p.Child("until"), "the day through which the guardrail is lifted, YYYY-MM-DD")
	} else if _, err := time.Parse(dayLayout, e.Until); err != nil {
		l.Invalid(p.Child("until"), e.Until, "must be a day, YYYY-MM-DD")
	}
	if e.Reason == "" {
		l.Required(p.Child("reason"), "why the guardrail is lifted")
	}
	return l
}

// warnPath and exceptionsPath are where the lists in force are written.
func warnPath(p *settings.Platform) *field.Path {
	return p.PathOf(func(s *inputv1beta1.Settings) bool { return s.Guardrails != nil && s.Guardrails.Warn != nil }, "guardrails", "warn")
}

func exceptionsPath(p *settings.Platform) *field.Path {
	return p.PathOf(func(s *inputv1beta1.Settings) bool { return s.Guardrails != nil && s.Guardrails.Exceptions != nil }, "guardrails", "exceptions")
}

// atLeast returns what is wrong with a number that has a lower bound.
func atLeast(v *int64, least int64, p *field.Path) fault.List {
	var l fault.List
	if v != nil && *v < least {
		l.Invalid(p, *v, "must be at least %d", least)
	}
	return l
}
