package guardrail

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

var pull = guardrail{
	path: "pull",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		if g.Pull == nil {
			return nil
		}
		return append(fault.Each(g.Pull.Accounts, at.Child("accounts"), settings.ValidateAccount),
			fault.Each(g.Pull.OrganizationIDs, at.Child("organizationIds"), settings.ValidateOrganization)...)
	},
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if g.Pull == nil {
			return nil
		}
		var found []finding
		for _, grant := range s.Removed {
			for _, f := range observedPull(g.Pull, grant.RepositoryPolicy) {
				f.path, f.lasting = field.NewPath("spec", "images"), true
				f.rule += fmt.Sprintf("; image %s is not in the spec, and AWS still has its grant", grant.Image)
				found = append(found, f)
			}
		}
		return found
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		if g.Pull == nil {
			return nil
		}
		if o := r.Observed; o != nil {
			if o.RepositoryPolicy == nil {
				return nil
			}
			return observedPull(g.Pull, *o.RepositoryPolicy)
		}
		granted := r.Settings.Pull
		var found []finding
		forbid := func(field string, i int, value, rule string, allowed []string) {
			found = append(found, finding{field: fmt.Sprintf("pull.%s[%d]", field, i), layer: granted.Layer, value: value, rule: rule + oneOf(allowed)})
		}
		for i, a := range granted.Value.Accounts {
			if !slices.Contains(g.Pull.Accounts, a) {
				forbid("accounts", i, a, "pull may not be granted to this account", g.Pull.Accounts)
			}
		}
		for i, o := range granted.Value.OrganizationIDs {
			if !slices.Contains(g.Pull.OrganizationIDs, o) {
				forbid("organizationIds", i, o, "pull may not be granted to this organization", g.Pull.OrganizationIDs)
			}
		}
		for i, p := range granted.Value.Principals {
			if arn, _ := aws.ParseARN(p); !slices.Contains(g.Pull.Accounts, arn.Account) {
				forbid("principals", i, p, "pull may not be granted to a principal of this account", g.Pull.Accounts)
			}
		}
		return found
	},
}
