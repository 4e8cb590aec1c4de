package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/ontopix/crossplane-ecr/input/v1beta1"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
)

// An Exception from a guardrail ends soon.
type Exception struct {
	v1beta1.Exception `json:",inline"`

	// Days that it holds after today.
	Days int `json:"days"`

	// Settings are the kind and the name of the object that it is written in.
	Settings string `json:"settings"`
}

// ImageName is the image of an exception; empty if it is for all of the project.
func (e Exception) ImageName() string {
	if e.Image == nil {
		return ""
	}
	return *e.Image
}

// newExceptions returns the exceptions of some settings that end within days, the first to end first, and what could
// not be read.
func newExceptions(objects []*unstructured.Unstructured, at time.Time, days int) (found []Exception, notes []string) {
	found = []Exception{}
	seen := map[string]bool{}
	all, notes := decodeSettings(objects)
	for _, s := range all {
		for _, written := range s.exceptions(all) {
			e := Exception{Exception: written, Settings: s.name}
			until, err := time.Parse(time.DateOnly, e.Until)
			if err != nil {
				notes = append(notes, fmt.Sprintf("%s: an exception ends on %q, which is no date", s.name, e.Until))
				continue
			}
			e.Days = int(until.Sub(at) / (24 * time.Hour))
			// The compositions of all kinds have the same Input, as a rule.
			key := fmt.Sprint(e.Project, "\n", e.ImageName(), "\n", e.Guardrail, "\n", e.Until, "\n", e.Reason)
			if until.Before(at) || e.Days > days || seen[key] {
				continue
			}
			seen[key] = true
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b Exception) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(a.Project, b.Project),
			cmp.Compare(a.ImageName(), b.ImageName()), cmp.Compare(a.Guardrail, b.Guardrail))
	})
	return found, notes
}

// settings of the platform team, as one object has them.
type settings struct {
	v1beta1.Input

	// name of the object, with its kind.
	name string

	// config is the name of an EnvironmentConfig; empty for an Input.
	config string
}

func decodeSettings(objects []*unstructured.Unstructured) (all []settings, notes []string) {
	for _, o := range objects {
		s := settings{name: strings.TrimSpace(o.GetKind() + " " + o.GetName())}
		if o.GetKind() == "EnvironmentConfig" {
			s.config = o.GetName()
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(local.SettingsIn(o), &s.Input); err != nil {
			notes = append(notes, fmt.Sprintf("the settings of %s cannot be read: %v", s.name, err))
			continue
		}
		all = append(all, s)
	}
	return all, notes
}

// exceptions that are in force of some settings: those of an Input give way to those of the EnvironmentConfig that it
// names.
func (s *settings) exceptions(all []settings) []v1beta1.Exception {
	if s.Guardrails == nil || s.PlatformConfig != nil && slices.ContainsFunc(all, func(c settings) bool {
		return c.config == s.PlatformConfig.Name && c.Guardrails != nil && c.Guardrails.Exceptions != nil
	}) {
		return nil
	}
	return s.Guardrails.Exceptions
}
