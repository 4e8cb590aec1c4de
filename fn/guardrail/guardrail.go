// Package guardrail refuses what the platform team does not want, on the settings
// that are in force.
//
// A guardrail is one entry of the table in rules.go. It says how it is named, what
// it looks at and what it finds; whether a finding refuses, warns or is excepted is
// decided here, the same for all.
package guardrail

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// A Subject is what the guardrails look at.
type Subject struct {
	XR       *composite.XR
	Platform *settings.Platform

	// Project that the repositories belong to; empty for an org access.
	Project string

	// Region in force, and the field that it came from.
	Region     string
	RegionPath *field.Path

	// ProviderConfig that those chose who wrote the composite resource, and the field
	// that it came from; nil if they chose none.
	ProviderConfig *managed.ProviderConfig
	ProviderPath   *field.Path

	// ManagementDelete is true if spec.managementPolicies holds Delete.
	ManagementDelete bool

	Repositories []Repository
}

// A Repository is one of the subject's.
type Repository struct {
	*settings.Repository

	// Image is its name in the spec, and Layer its entry there.
	Image string
	Layer *settings.Layer

	// Encryption in force: AWS's word, if the repository exists.
	Encryption settings.Encryption

	// Exists is true if AWS has the repository.
	Exists bool

	// Deletable is true if the repository goes with its image.
	Deletable bool
}

// A Finding is what one guardrail finds.
type Finding struct {
	// Path of the field that it concerns, below Layer if that is set.
	Path *field.Path

	// Field below the layer that the setting came from, e.g. `lifecycle.rules`.
	Field string

	// Layer that the setting came from; nil if it is built in, or Path is set.
	Layer *settings.Layer

	// Value that is not wanted; nil if something is missing.
	Value any

	// Rule that it breaks, in words that name no image.
	Rule string

	// Lasting is true if it cannot be mended: it warns, and never refuses.
	Lasting bool

	repository *Repository
}

// A guardrail is one rule of the platform team. It looks at a subject as a whole, or
// at each of its repositories.
type guardrail struct {
	// path below guardrails, by which warn, exceptions and metrics name it.
	path string

	// strict guardrails refuse when they are absent, so they cannot warn.
	strict bool

	// binding guardrails know no exceptions.
	binding bool

	// whole looks at the subject.
	whole func(g *inputv1beta1.Guardrails, s *Subject) []Finding

	// each looks at one repository.
	each func(g *inputv1beta1.Guardrails, r *Repository) []Finding
}

// A Report is what the guardrails say of a subject.
type Report struct {
	// Faults refuse it.
	Faults fault.List

	// Warnings make it not compliant.
	Warnings fault.List

	// Advice tells which exceptions are in force.
	Advice []v1alpha1.Advice

	// DeleteAllowed tells whether the repository of an image may be deleted with it, with
	// the images in it or only if it is empty,
	// also of one that the subject has no longer.
	DeleteAllowed func(image string, withImages bool) bool
}

// Check returns what the guardrails say of a subject on a day.
func Check(s *Subject, today time.Time) Report {
	g := s.Platform.Rules()
	e := inForce(s, g.Exceptions, today.UTC().Format(settings.DayLayout))
	var r Report
	for i := range guardrails {
		rule := &guardrails[i]
		found := rule.look(g, s)
		if len(found) == 0 {
			continue
		}
		found = slices.DeleteFunc(found, func(f Finding) bool { return lifted(e, rule.path, f.repository) })
		warns := slices.Contains(g.Warn, rule.path)
		for _, f := range s.locate(found) {
			if warns || f.Lasting {
				r.Warnings.Platform(rule.path, f.Path, f.Value, "%s", f.Rule)
			} else {
				r.Faults.Platform(rule.path, f.Path, f.Value, "%s", f.Rule)
			}
		}
	}
	for _, x := range e {
		r.Advice = append(r.Advice, x.advice(s))
	}
	r.DeleteAllowed = func(image string, withImages bool) bool {
		left := &Repository{Image: image}
		return (isTrue(g.AllowDelete) || lifted(e, "allowDelete", left)) &&
			(!withImages || isTrue(g.AllowForceDelete) || lifted(e, "allowForceDelete", left))
	}
	return r
}

// maxFound is after how many findings of one guardrail no more repositories are looked
// at: far more than are told.
const maxFound = 1000

func (g *guardrail) look(rules *inputv1beta1.Guardrails, s *Subject) []Finding {
	var found []Finding
	if g.whole != nil {
		found = g.whole(rules, s)
	}
	if g.each == nil {
		return found
	}
	for i := range s.Repositories {
		if len(found) > maxFound {
			break
		}
		r := &s.Repositories[i]
		for _, f := range g.each(rules, r) {
			f.repository = r
			found = append(found, f)
		}
	}
	return found
}

// locate gives each finding the path of the field that can be changed: that of the
// layer that the setting came from, which many images may share. What is built in
// can be changed in the image, or, if it concerns several, in spec.defaults.
func (s *Subject) locate(found []Finding) []Finding {
	builtIn := map[string]int{}
	for _, f := range found {
		if f.Path == nil && f.Layer == nil {
			builtIn[f.Field+f.Rule]++
		}
	}
	for i := range found {
		f := &found[i]
		switch {
		case f.Path != nil:
		case f.Layer != nil:
			f.Path = f.Layer.Path().Child(f.Field)
		case builtIn[f.Field+f.Rule] > 1:
			f.Path = field.NewPath("spec", "defaults", f.Field)
		default:
			f.Path = f.repository.Layer.Path().Child(f.Field)
		}
	}
	return found
}

// An exception that is in force for a subject.
type exception struct {
	*inputv1beta1.Exception
	index int
}

func inForce(s *Subject, all []inputv1beta1.Exception, today string) []exception {
	var in []exception
	for i := range all {
		e := &all[i]
		if e.Project != s.Project || s.Project == "" || today > e.Until {
			continue
		}
		in = append(in, exception{Exception: e, index: i})
	}
	return in
}

// lifted tells whether an exception lifts a guardrail: for all of the project, or
// for the repository that it found something about.
func lifted(in []exception, guardrail string, r *Repository) bool {
	return slices.ContainsFunc(in, func(e exception) bool {
		return e.Guardrail == guardrail && (e.Image == nil || r != nil && r.Image == *e.Image)
	})
}

func (e exception) advice(s *Subject) v1alpha1.Advice {
	what := "project " + e.Project
	if e.Image != nil {
		what = "image " + *e.Image
	}
	return v1alpha1.Advice{
		Path:    s.Platform.ExceptionsPath.Index(e.index).String(),
		Message: fmt.Sprintf("the guardrail %s is lifted for %s through %s: %s", e.Guardrail, what, e.Until, e.Reason),
	}
}

// Validate returns which guardrails the settings name that do not exist, or that
// cannot warn or be excepted.
func Validate(p *settings.Platform) fault.List {
	var l fault.List
	for i, path := range p.Rules().Warn {
		if g := find(path); g == nil || g.strict {
			l.Invalid(p.WarnPath.Index(i), path, "must be a guardrail that may warn: %s", names(func(g *guardrail) bool { return !g.strict }))
		}
	}
	for i, e := range p.Rules().Exceptions {
		at := p.ExceptionsPath.Index(i)
		if e.Guardrail == "" {
			continue
		}
		g := find(e.Guardrail)
		switch {
		case g == nil || g.binding:
			l.Invalid(at.Child("guardrail"), e.Guardrail, "must be a guardrail that knows exceptions: %s", names(func(g *guardrail) bool { return !g.binding }))
		case e.Image != nil && g.each == nil:
			l.Invalid(at.Child("image"), *e.Image, "must be left out: %s concerns the project as a whole", e.Guardrail)
		}
	}
	return l
}

func find(path string) *guardrail {
	i := slices.IndexFunc(guardrails, func(g guardrail) bool { return g.path == path })
	if i < 0 {
		return nil
	}
	return &guardrails[i]
}

func names(which func(*guardrail) bool) string {
	var n []string
	for i := range guardrails {
		if which(&guardrails[i]) {
			n = append(n, guardrails[i].path)
		}
	}
	return strings.Join(n, ", ")
}
