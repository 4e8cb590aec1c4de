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

// An Exception is an exception from a guardrail that ends soon.
type Exception struct {
	v1beta1.Exception `json:",inline"`

	// Days for which it holds after the day of the report.
	Days int `json:"days"`

	// Settings are the kind and the name of the object that has the exception.
	Settings string `json:"settings"`
}

// ImageName returns the image of an exception; empty if it is for the whole project.
func (e Exception) ImageName() string {
	if e.Image == nil {
		return ""
	}
	return *e.Image
}

// newExceptions returns the exceptions in settings that end within some days, ordered by their ends. It notes what cannot
// be read.
func newExceptions(objects []*unstructured.Unstructured, at time.Time, days int) (found []Exception, notes []string) {
	found = []Exception{}
	seen := map[string]bool{}
	all, notes := decodeSettings(objects)
	for _, s := range all {
		for _, written := range s.exceptions(all) {
			e := Exception{Exception: written, Settings: s.name}
			until, err := time.Parse(time.DateOnly, e.Until)
			if err != nil {
				notes = append(notes, fmt.Sprintf("%s: an exception ends on %q, which is not a date", s.name, e.Until))
				continue
			}
			e.Days = int(until.Sub(at) / (24 * time.Hour))
			// The Compositions of all kinds usually have the same Input.
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

// settings are the platform team's settings in one object.
type settings struct {
	v1beta1.Input

	// name is the kind and the name of the object.
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

// exceptions returns the exceptions that are in force: those of the EnvironmentConfig that an Input names replace its own.
func (s *settings) exceptions(all []settings) []v1beta1.Exception {
	if s.Guardrails == nil || s.PlatformConfig != nil && slices.ContainsFunc(all, func(c settings) bool {
		return c.config == s.PlatformConfig.Name && c.Guardrails != nil && c.Guardrails.Exceptions != nil
	}) {
		return nil
	}
	return s.Guardrails.Exceptions
}
