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
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

var pull = guardrail{
	path: "pull",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		if g.Pull == nil {
			return nil
		}
		return append(fault.Each(g.Pull.Accounts, at.Child("accounts"), settings.AccountForm.Check),
			fault.Each(g.Pull.OrganizationIDs, at.Child("organizationIds"), settings.OrganizationForm.Check)...)
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
			path := fmt.Sprintf("pull.%s[%d]", field, i)
			found = append(found, finding{field: path, layer: granted.Layer, value: value, rule: rule + alternatives(allowed)})
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

// observedPull returns the findings of the guardrail pull in the text of a repository policy: each principal that a
// statement allows anything and that the guardrail does not list. A policy that cannot be read is a finding as well.
func observedPull(g *inputv1beta1.PullGuardrail, text string) []finding {
	if text == "" {
		return nil
	}
	d, err := iam.Parse(iam.RepositoryPolicy, text)
	if err != nil {
		return []finding{{field: "pull", rule: "the repository policy cannot be judged: " + err.Error()}}
	}
	var found []finding
	forbid := func(principal, rule string, allowed []string) {
		found = append(found, finding{field: "pull", value: principal, rule: rule + alternatives(allowed)})
	}
	for _, s := range d.Statements {
		if s.Effect != iam.Allow {
			continue
		}
		p := s.Principal
		if p.Any && !bound(s.Condition, g, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount") {
			forbid("*", "pull may not be granted to everyone, unless aws:PrincipalOrgID names an organization", g.OrganizationIDs)
		}
		for _, name := range p.AWS {
			if name != "*" && !slices.Contains(g.Accounts, accountOf(name)) {
				forbid(name, "pull may not be granted to a principal of this account", g.Accounts)
			}
		}
		for _, name := range p.Service {
			if !bound(s.Condition, g, "aws:SourceOrgID", "aws:SourceAccount", "aws:SourceArn") {
				forbid(name, "pull may not be granted to a service, unless aws:SourceAccount or aws:SourceArn names an account", g.Accounts)
			}
		}
		for _, name := range slices.Concat(p.Federated, p.CanonicalUser) {
			forbid(name, "pull may not be granted to this principal", g.Accounts)
		}
	}
	return found
}

// accountOf returns the account of a principal in a policy.
func accountOf(principal string) string {
	if arn, ok := aws.ParseARN(principal); ok {
		return arn.Account
	}
	return principal
}

// bound reports whether one of the conditions has one of the keys, and admits by it only accounts and organizations of
// the guardrail.
func bound(conditions iam.Conditions, g *inputv1beta1.PullGuardrail, keys ...string) bool {
	return slices.ContainsFunc(conditions, func(c iam.Condition) bool {
		at := slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, c.Key) })
		if at < 0 || c.IfExists || c.Set == iam.ForAllValues || !slices.Contains(admitting, c.Operator) {
			return false
		}
		return !slices.ContainsFunc(c.Values, func(v string) bool { return !admits(keys[at], v, g) })
	})
}

// admitting are the operators that admit only the values that a condition lists.
var admitting = []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"}

// admits reports whether a value of a condition key belongs to an account or an organization of the guardrail.
func admits(key, value string, g *inputv1beta1.PullGuardrail) bool {
	switch key {
	case "aws:PrincipalOrgID", "aws:SourceOrgID":
		return slices.Contains(g.OrganizationIDs, value)
	case "aws:PrincipalOrgPaths":
		organization, _, below := strings.Cut(value, "/")
		return below && slices.Contains(g.OrganizationIDs, organization)
	case "aws:SourceArn":
		arn, ok := aws.ParseARN(value)
		return ok && slices.Contains(g.Accounts, arn.Account)
	}
	return slices.Contains(g.Accounts, value)
}
