package guardrail

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

var regions = guardrail{
	path: "regions",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return fault.Each(g.Regions, at, settings.ValidateRegion)
	},
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if g.Regions == nil {
			return nil
		}
		var found []finding
		if aws.IsRegion(s.Region) && !slices.Contains(g.Regions, s.Region) {
			found = append(found, finding{path: s.RegionPath, value: s.Region, rule: "this region is not allowed" + alternatives(g.Regions)})
		}
		for _, r := range s.Repositories {
			if r.Region != "" && r.Region != s.Region && !slices.Contains(g.Regions, r.Region) {
				rule := "the repository is in a region that is not allowed" + alternatives(g.Regions)
				found = append(found, finding{path: r.Layer.Path(), value: r.Region, rule: rule})
			}
		}
		return found
	},
}

var maxRepositories = guardrail{
	path: "maxRepositories",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return atLeast(g.MaxRepositories, 0, at)
	},
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if g.MaxRepositories == nil || int64(len(s.Repositories)) <= *g.MaxRepositories {
			return nil
		}
		return []finding{{
			path:  field.NewPath("spec", "images"),
			value: len(s.Repositories),
			rule:  fmt.Sprintf("a project has at most %d repositories", *g.MaxRepositories),
		}}
	},
}

var requiredTags = guardrail{
	path: "requiredTags",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return fault.Each(g.RequiredTags, at, settings.ValidateTagKey)
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		var found []finding
		for _, k := range g.RequiredTags {
			if r.lacksTag(k) {
				found = append(found, finding{field: "tags", rule: fmt.Sprintf("the tag %q is required", k)})
			}
		}
		return found
	},
}

// maxAllowed is the maximum number of allowed values that a message lists.
const maxAllowed = 10

// alternatives returns the end of a message: the values that are allowed instead.
func alternatives(allowed []string) string {
	if len(allowed) == 0 {
		return "; none is"
	}
	if more := len(allowed) - maxAllowed; more > 0 {
		return fmt.Sprintf("; allowed: %s and %d more", strings.Join(allowed[:maxAllowed], ", "), more)
	}
	return "; allowed: " + strings.Join(allowed, ", ")
}
