package guardrail

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// The guardrails in this file decide who may claim what. They do not apply to cluster-scoped composite resources
// without a claim, which are the platform team's.

var tenancy = guardrail{
	path: "tenancy", refusesIfAbsent: true, noExceptions: true,
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return fault.OneOf(g.Tenancy, at, inputv1beta1.TenancyNamespace, inputv1beta1.TenancyAny)
	},
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if !byNamespace(g) || !s.XR.Claimed() || !aws.IsProject(s.Project) || s.Project == s.XR.Namespace || listed(g, s.Project) != nil {
			return nil
		}
		return []finding{{
			path:  field.NewPath("spec", "project"),
			value: s.Project,
			rule:  fmt.Sprintf("a project belongs to the namespace of its name, and this is namespace %q", s.XR.Namespace),
		}}
	},
}

var projects = guardrail{
	path: "projects", refusesIfAbsent: true, noExceptions: true,
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		var l fault.List
		seen := map[string]bool{}
		for i, o := range g.Projects {
			p := at.Index(i).Child("project")
			switch {
			case o.Project == "":
				l.Required(p, "the project that is listed")
			case !aws.IsProject(o.Project):
				l.Invalid(p, o.Project, "can be nobody's project: %s", settings.ProjectGrammar)
			case seen[o.Project]:
				l.Invalid(p, o.Project, "is listed already")
			}
			seen[o.Project] = true
		}
		return l
	},
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		p := listed(g, s.Project)
		if !s.XR.Claimed() || p == nil || slices.Contains(p.Namespaces, s.XR.Namespace) {
			return nil
		}
		return []finding{{
			path:  field.NewPath("spec", "project"),
			value: s.Project,
			rule:  fmt.Sprintf("the project does not belong to namespace %q", s.XR.Namespace),
		}}
	},
}

// Exclusive reports whether a project can belong to no namespace but the given one.
func Exclusive(g *inputv1beta1.Guardrails, project, namespace string) bool {
	if p := listed(g, project); p != nil {
		return !slices.ContainsFunc(p.Namespaces, func(n string) bool { return n != namespace })
	}
	return project == namespace && byNamespace(g)
}

// byNamespace reports whether a project that is not listed belongs to the namespace of its name.
func byNamespace(g *inputv1beta1.Guardrails) bool {
	return g.Tenancy == nil || *g.Tenancy == inputv1beta1.TenancyNamespace
}

// listed returns the entry of a project that the guardrail projects lists, or nil.
func listed(g *inputv1beta1.Guardrails, project string) *inputv1beta1.ProjectNamespaces {
	i := slices.IndexFunc(g.Projects, func(p inputv1beta1.ProjectNamespaces) bool { return p.Project == project })
	if i < 0 {
		return nil
	}
	return &g.Projects[i]
}

var orgAccessNamespaces = guardrail{
	path: "orgAccessNamespaces", refusesIfAbsent: true, noExceptions: true,
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if s.Project != "" || !s.XR.Claimed() || slices.Contains(g.OrgAccessNamespaces, s.XR.Namespace) {
			return nil
		}
		return []finding{{
			path:  field.NewPath("metadata", "namespace"),
			value: s.XR.Namespace,
			rule:  "an org access may not be written in this namespace: it decides who is let in",
		}}
	},
}

var allowPinnedRevisions = guardrail{
	path: "allowPinnedRevisions", refusesIfAbsent: true,
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if !s.XR.Claimed() || isTrue(g.AllowPinnedRevisions) {
			return nil
		}
		const rule = "a revision of the Composition may not be pinned, since older settings would be pinned with it: leave the field out"
		var found []finding
		for _, path := range s.XR.Pinned {
			found = append(found, finding{path: path, rule: rule})
		}
		return found
	},
}

var providerConfigs = guardrail{
	path: "providerConfigs", refusesIfAbsent: true, noExceptions: true,
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if !s.XR.Claimed() {
			return nil
		}
		allowed := func(c managed.ProviderConfig) bool {
			return c == s.Platform.ProviderConfig(s.XR) || slices.Contains(g.ProviderConfigs, c.String())
		}
		var found []finding
		if s.ProviderConfig != nil && !allowed(*s.ProviderConfig) {
			rule := "this provider config may not be named here" + alternatives(g.ProviderConfigs)
			found = append(found, finding{path: s.ProviderPath, value: s.ProviderConfig.String(), rule: rule})
		}
		// The authors of a namespaced composite resource may have written the observed objects.
		for _, r := range s.Repositories {
			c := r.ProviderConfig
			if !s.XR.Generation.Namespaced || c.Name == "" || allowed(c) || s.ProviderConfig != nil && c == *s.ProviderConfig {
				continue
			}
			rule := "the repository is managed with a provider config that may not be named here" + alternatives(g.ProviderConfigs)
			found = append(found, finding{path: r.Layer.Path(), value: c.String(), rule: rule})
		}
		return found
	},
}
