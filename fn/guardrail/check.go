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

// A Subject is what the guardrails check: a composite resource with its repositories.
type Subject struct {
	XR       *composite.XR
	Platform *settings.Platform

	// Project that the repositories belong to; empty for an org access.
	Project string

	// Region in force, and the field that it comes from.
	Region     string
	RegionPath *field.Path

	// ProviderConfig that the author of the composite resource chose, and the field that it comes from; nil for none.
	ProviderConfig *managed.ProviderConfig
	ProviderPath   *field.Path

	// ManagementDelete is true if spec.managementPolicies holds Delete.
	ManagementDelete bool

	Repositories []Repository

	// Removed images, with the repository policies that AWS still has.
	Removed []Removed
}

// A Removed image is no longer in the spec, while AWS still has its repository policy, and so its grant.
type Removed struct {
	Image            string
	RepositoryPolicy string
}

// A Repository is one repository of a subject.
type Repository struct {
	// Settings in force, unless Observed is set.
	Settings *settings.Repository

	// Observed is what AWS has, if the function writes nothing to AWS: then that is in force, and findings about it
	// warn. It is nil if Settings are in force.
	Observed *Observed

	// Image is the repository's name in the spec, and Layer its entry there.
	Image string
	Layer *settings.Layer

	// Region and ProviderConfig of the observed Repository object; empty if none is observed.
	Region         string
	ProviderConfig managed.ProviderConfig

	// Encryption in force: as AWS reports it, if the repository exists.
	Encryption settings.Encryption

	// Exists is true if AWS has the repository.
	Exists bool

	// Deletable is true if the repository is deleted with its image.
	Deletable bool
}

// A finding is one thing that a guardrail forbids.
type finding struct {
	// path of the field to change; nil if field and layer determine it.
	path *field.Path

	// field below layer, e.g. `lifecycle.rules`.
	field string

	// layer that the setting comes from; nil if it is built in, or path is set.
	layer *settings.Layer

	// value that is forbidden; nil if something is missing.
	value any

	// rule that the value breaks, in words that name no image, so that images with the same finding share one message.
	rule string

	// written is true if the finding is about the spec, whatever AWS has.
	written bool

	// lasting is true if AWS has what is forbidden and the function cannot change it. It warns, and never refuses.
	lasting bool

	repository *Repository
}

// A Report has the results of the guardrails for a subject.
type Report struct {
	// Faults refuse the composite resource.
	Faults fault.List

	// Warnings make the composite resource not compliant.
	Warnings fault.List

	// Advice names the exceptions in force.
	Advice fault.Advice

	// DeleteAllowed reports whether the repository of an image may be deleted with the image: even with images in it,
	// or only if it is empty. The image may have left the spec.
	DeleteAllowed func(image string, withImages bool) bool
}

// Check applies the guardrails to a subject on a day. If the guardrails are not valid, it reports only that, and it
// applies none of them if the platform team's settings are broken, since no guardrail can be trusted then.
func Check(s *Subject, today time.Time) Report {
	g := s.Platform.Rules()
	if faults := validate(s.Platform); s.Platform.Broken || len(faults) > 0 {
		return Report{Faults: faults, DeleteAllowed: func(string, bool) bool { return false }}
	}
	day := today.UTC().Format(dayLayout)
	lifted, ended, advice := exceptionsFor(s, day)
	r := Report{Advice: advice}
	for i := range table {
		rule := &table[i]
		found := slices.DeleteFunc(rule.findings(g, s), func(f finding) bool { return lifted.find(rule.path, f.repository) != nil })
		warns := slices.Contains(g.Warn, rule.path)
		for i := range found {
			if e := ended.find(rule.path, found[i].repository); e != nil {
				found[i].rule += "; an exception lifted this through " + e.Until + ", and has ended"
			}
		}
		locate(found)
		for _, f := range found {
			list := &r.Faults
			if warns || f.lasting {
				list = &r.Warnings
			}
			list.Platform(rule.path, f.path, f.value, "%s", f.rule)
		}
	}
	r.DeleteAllowed = func(image string, withImages bool) bool {
		removed := &Repository{Image: image}
		return (isTrue(g.AllowDelete) || lifted.find(allowDelete.path, removed) != nil) &&
			(!withImages || isTrue(g.AllowForceDelete) || lifted.find(allowForceDelete.path, removed) != nil)
	}
	return r
}

// maxFound is the number of findings after which a guardrail checks no more repositories. Messages report far fewer.
const maxFound = 1000

// findings returns what a guardrail forbids of a subject.
func (g *guardrail) findings(rules *inputv1beta1.Guardrails, s *Subject) []finding {
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

// locate sets the path of each finding to the field that has to change: that of the layer that the setting comes from,
// which many images may share. A built-in setting is changed in the image or, if several images have the finding, in
// spec.defaults.
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
