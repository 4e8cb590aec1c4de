package settings

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// DayLayout is how days are written.
const DayLayout = time.DateOnly

// validateSettings returns what is wrong with the platform team's settings in
// themselves, in the order of their fields. What warn and exceptions may name is
// known to the guardrails.
func validateSettings(s *inputv1beta1.Settings, p *field.Path) fault.List {
	var f fault.List
	if s.Region != nil {
		f = append(f, ValidateRegion(*s.Region, p.Child("region"))...)
	}
	if s.OrgAccess != nil {
		f = append(f, ValidateName(*s.OrgAccess, p.Child("orgAccess"), "an org access")...)
	}
	f = append(f, ValidateNamespace(s.OrgAccessNamespace, p.Child("orgAccessNamespace"))...)
	if r := s.ProviderConfigRef; r != nil {
		f = append(f, ValidateName(r.Name, p.Child("providerConfigRef", "name"), "a provider config")...)
		f = append(f, validateProviderConfigKind(r.Kind, p.Child("providerConfigRef", "kind"))...)
	}
	if s.Defaults != nil {
		f = append(f, NewLayer(p.Child("defaults"), s.Defaults).Validate()...)
		if s.Defaults.ForceDelete != nil {
			f.Invalid(p.Child("defaults", "forceDelete"), *s.Defaults.ForceDelete, "cannot be a default of all projects")
		}
	}
	for i, k := range s.TagsFromLabels {
		tagKey(&f, k, p.Child("tagsFromLabels").Index(i))
	}
	if s.Guardrails != nil {
		f = append(f, validateGuardrails(s.Guardrails, p.Child("guardrails"))...)
	}
	return f
}

func tagKey(f *fault.List, key string, p *field.Path) {
	if slices.Contains(Own, key) || slices.Contains(provider, key) {
		f.Invalid(p, key, "is set by the function or the provider")
	}
	if rule := aws.TagKeyFault(key); rule != "" {
		f.AWS("tags", p, key, "%s", rule)
	}
}

func validateGuardrails(g *inputv1beta1.Guardrails, p *field.Path) fault.List {
	var f fault.List
	for i, m := range g.ImageTagMutability {
		switch m {
		case v1alpha1.Immutable, v1alpha1.Mutable, v1alpha1.ImmutableWithExclusion, v1alpha1.MutableWithExclusion:
		default:
			f.AWS("repository.tag-mutability", p.Child("imageTagMutability").Index(i), string(m), "must be IMMUTABLE, MUTABLE, IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION")
		}
	}
	for i, k := range g.KMSKeys {
		if _, ok := aws.IsKMSKeyARN(k); !ok {
			f.AWS("repository.encryption", p.Child("kmsKeys").Index(i), k, "must be the full ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>")
		}
	}
	if l := g.Lifecycle; l != nil {
		atLeast(&f, l.MaxImages, 1, p.Child("lifecycle", "maxImages"))
		atLeast(&f, l.MaxUntaggedDays, 1, p.Child("lifecycle", "maxUntaggedDays"))
	}
	for i, r := range g.Regions {
		f = append(f, ValidateRegion(r, p.Child("regions").Index(i))...)
	}
	atLeast(&f, g.MaxRepositories, 0, p.Child("maxRepositories"))
	for i, k := range g.RequiredTags {
		if rule := aws.TagKeyFault(k); rule != "" {
			f.AWS("tags", p.Child("requiredTags").Index(i), k, "%s", rule)
		}
	}
	if g.Pull != nil {
		accounts(&f, g.Pull.Accounts, p.Child("pull", "accounts"))
		organizations(&f, g.Pull.OrganizationIDs, p.Child("pull", "organizationIds"))
	}
	if t := g.Tenancy; t != nil && *t != inputv1beta1.TenancyNamespace && *t != inputv1beta1.TenancyAny {
		f.Invalid(p.Child("tenancy"), string(*t), "must be %s or %s", inputv1beta1.TenancyNamespace, inputv1beta1.TenancyAny)
	}
	listed := map[string]bool{}
	for i, o := range g.Projects {
		p := p.Child("projects").Index(i).Child("project")
		switch {
		case o.Project == "":
			f.Required(p, "the project that is listed")
		case !aws.IsProject(o.Project):
			f.Invalid(p, o.Project, "can be nobody's project: %s", ProjectGrammar)
		case listed[o.Project]:
			f.Invalid(p, o.Project, "is listed already")
		}
		listed[o.Project] = true
	}
	for i := range g.Exceptions {
		validateException(&f, &g.Exceptions[i], p.Child("exceptions").Index(i))
	}
	return f
}

// ProjectGrammar is what a project's name must be, in words.
const ProjectGrammar = "must be at most 63 lower case letters and digits, beginning with a letter, in parts joined by one of . _ -"

func validateException(f *fault.List, e *inputv1beta1.Exception, p *field.Path) {
	if e.Project == "" {
		f.Required(p.Child("project"), "the project that the guardrail is lifted for")
	}
	if e.Guardrail == "" {
		f.Required(p.Child("guardrail"), "the guardrail that is lifted")
	}
	if _, err := time.Parse(DayLayout, e.Until); err != nil {
		f.Invalid(p.Child("until"), e.Until, "must be a day, YYYY-MM-DD")
	}
	if e.Reason == "" {
		f.Required(p.Child("reason"), "why the guardrail is lifted")
	}
}

func atLeast(f *fault.List, v *int64, least int64, p *field.Path) {
	if v != nil && *v < least {
		f.Invalid(p, *v, "must be at least %d", least)
	}
}
