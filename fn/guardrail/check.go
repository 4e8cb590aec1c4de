package guardrail

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

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

	// Removed are images that are not in the spec any more, and whose repository policy
	// AWS still has.
	Removed []Removed
}

// A Removed image has left the spec, and its grant is still in AWS.
type Removed struct {
	Image            string
	RepositoryPolicy string
}

// A Repository is one of the subject's.
type Repository struct {
	// Settings that are in force, unless Observed is set.
	Settings *settings.Repository

	// Observed is what AWS has, where nothing is written to AWS: that is in force then, and
	// what is found warns. It is nil where the settings are in force.
	Observed *Observed

	// Image is its name in the spec, and Layer its entry there.
	Image string
	Layer *settings.Layer

	// Region and ProviderConfig that the observed Repository has; empty if none is observed.
	Region         string
	ProviderConfig managed.ProviderConfig

	// Encryption in force: AWS's word, if the repository exists.
	Encryption settings.Encryption

	// Exists is true if AWS has the repository.
	Exists bool

	// Deletable is true if the repository is deleted with its image.
	Deletable bool
}

// A finding is one thing that a guardrail forbids.
type finding struct {
	// path of the field that it concerns; nil if it is field, below layer.
	path *field.Path

	// field below the layer that the setting came from, e.g. `lifecycle.rules`.
	field string

	// layer that the setting came from; nil if it is built in, or path is set.
	layer *settings.Layer

	// value that is forbidden; nil if something is missing.
	value any

	// rule that it breaks, in words that name no image.
	rule string

	// written is true if it concerns what the spec says, whatever AWS has.
	written bool

	// lasting is true if nobody can mend it. It warns, and never refuses.
	lasting bool

	repository *Repository
}

// A Report is what the guardrails say of a subject.
type Report struct {
	// Faults refuse it.
	Faults fault.List

	// Warnings make it not compliant.
	Warnings fault.List

	// Advice tells which exceptions are in force.
	Advice fault.Advice

	// DeleteAllowed reports whether the repository of an image may be deleted with it,
	// even if it holds images or only if it is empty. The image may have left the spec.
	DeleteAllowed func(image string, withImages bool) bool
}

// Check returns what the guardrails say of a subject on a day. With guardrails that are
// not valid it says that alone, and with settings that are broken nothing: Load did.
func Check(s *Subject, today time.Time) Report {
	g := s.Platform.Rules()
	if faults := validate(s.Platform); s.Platform.Broken || len(faults) > 0 {
		return Report{Faults: faults, DeleteAllowed: func(string, bool) bool { return false }}
	}
	day := today.UTC().Format(dayLayout)
	var r Report
	lifted, ended, advice := exceptionsFor(s, day)
	r.Advice = advice
	for i := range table {
		rule := &table[i]
		found := slices.DeleteFunc(rule.look(g, s), func(f finding) bool { return lifted.find(rule.path, f.repository) != nil })
		warns := slices.Contains(g.Warn, rule.path)
		for i := range found {
			if e := ended.find(rule.path, found[i].repository); e != nil {
				found[i].rule += "; an exception lifted this through " + e.Until + ", and has ended"
			}
		}
		locate(found)
		for _, f := range found {
			told := &r.Faults
			if warns || f.lasting {
				told = &r.Warnings
			}
			told.Platform(rule.path, f.path, f.value, "%s", f.rule)
		}
	}
	r.DeleteAllowed = func(image string, withImages bool) bool {
		removed := &Repository{Image: image}
		return (isTrue(g.AllowDelete) || lifted.find(allowDelete.path, removed) != nil) &&
			(!withImages || isTrue(g.AllowForceDelete) || lifted.find(allowForceDelete.path, removed) != nil)
	}
	return r
}

// maxFound is after how many findings of one guardrail it looks at no more repositories:
// far more than are reported.
const maxFound = 1000

func (g *guardrail) look(rules *inputv1beta1.Guardrails, s *Subject) []finding {
	var found []finding
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
			if r.Observed != nil && !f.written && f.path == nil {
				f.path, f.lasting = r.Layer.Path().Child(f.field), true
				f.rule += "; this is what AWS has"
			}
			found = append(found, f)
		}
	}
	return found
}

// locate gives each finding the path of the field that can be changed: that of the
// layer that the setting came from, which many images may share. What is built in
// can be changed in the image, or, if it concerns several, in spec.defaults.
func locate(found []finding) {
	builtIn := map[string]int{}
	for _, f := range found {
		if f.path == nil && f.layer == nil {
			builtIn[f.field+f.rule]++
		}
	}
	for i := range found {
		f := &found[i]
		switch {
		case f.path != nil:
		case f.layer != nil:
			f.path = f.layer.Path().Child(f.field)
		case builtIn[f.field+f.rule] > 1:
			f.path = field.NewPath("spec", "defaults", f.field)
		default:
			f.path = f.repository.Layer.Path().Child(f.field)
		}
	}
}

func isTrue(b *bool) bool { return b != nil && *b }
