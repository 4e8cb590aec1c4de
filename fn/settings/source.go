package settings

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Bounds of the poll interval. While something is missing, the function is called again after one minute anyway.
const (
	minPollInterval     = time.Minute
	defaultPollInterval = 10 * time.Minute
	maxPollInterval     = 24 * time.Hour
)

// PollInterval returns the time between two calls of the function while nothing is missing.
func (p *Platform) PollInterval() time.Duration {
	if d, err := time.ParseDuration(*cmp.Or(p.Settings.PollInterval, new(""))); err == nil {
		return d
	}
	return defaultPollInterval
}

// validate validates the settings of a source, except for the guardrails: package guardrail validates those.
func (s *Source) validate() fault.List {
	var l fault.List
	p := s.Path
	if s.Region != nil {
		l.Add(ValidateRegion(*s.Region, p.Child("region"))...)
	}
	if s.OrgAccess != nil {
		l.Add(ValidateName(*s.OrgAccess, p.Child("orgAccess"), "an org access")...)
	}
	l.Add(ValidateNamespace(s.OrgAccessNamespace, p.Child("orgAccessNamespace"))...)
	if i := s.PollInterval; i != nil {
		if d, err := time.ParseDuration(*i); err != nil || d < minPollInterval || d > maxPollInterval {
			l.Invalid(p.Child("pollInterval"), *i, "must be a duration from 1m to 24h, such as 10m or 1h")
		}
	}
	if r := s.ProviderConfigRef; r != nil {
		l.Add(ValidateName(r.Name, p.Child("providerConfigRef", "name"), "a provider config")...)
		l.Add(validateProviderConfigKind(r.Kind, p.Child("providerConfigRef", "kind"))...)
	}
	if s.Defaults != nil {
		l.Add(NewLayer(p.Child("defaults"), s.Defaults).Validate()...)
		if s.Defaults.ForceDelete != nil {
			l.Invalid(p.Child("defaults", "forceDelete"), *s.Defaults.ForceDelete, "cannot be a default of all projects")
		}
	}
	return append(l, fault.Each(s.TagsFromLabels, p.Child("tagsFromLabels"), validateLabel)...)
}

// validateLabel validates the key of a label that becomes a tag.
func validateLabel(key string, p *field.Path) fault.List {
	var l fault.List
	if slices.Contains(FunctionTags, key) || slices.Contains(ProviderTags, key) {
		l.Invalid(p, key, "is set by the function or the provider")
	}
	return append(l, ValidateTagKey(key, p)...)
}

// ValidateTagKey validates the key of a tag.
func ValidateTagKey(key string, p *field.Path) fault.List {
	return awsFault("tags", p, key, aws.TagKeyFault(key))
}
