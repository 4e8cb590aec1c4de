package guardrail

import (
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// Observed is what AWS has of a repository. What is nil is not known, and not judged.
type Observed struct {
	Mutability *settings.Mutability
	ScanOnPush *bool
	Tags       map[string]string

	// LifecyclePolicy and RepositoryPolicy are texts of policies; empty if AWS has none.
	LifecyclePolicy, RepositoryPolicy *string
}

// mutability in force, and whether it is known.
func (r *Repository) mutability() (settings.Setting[settings.Mutability], bool) {
	if r.Observed == nil {
		return r.Settings.Mutability, true
	}
	return observed(r.Observed.Mutability)
}

// scanOnPush in force, and whether it is known.
func (r *Repository) scanOnPush() (settings.Setting[bool], bool) {
	if r.Observed == nil {
		return r.Settings.ScanOnPush, true
	}
	return observed(r.Observed.ScanOnPush)
}

func observed[T any](v *T) (settings.Setting[T], bool) {
	if v == nil {
		return settings.Setting[T]{}, false
	}
	return settings.Setting[T]{Value: *v}, true
}

// lifecycle policy in force, and whether it is known. AWS's is one of rules, and of a text
// that is not a policy there are none.
func (r *Repository) lifecycle() (settings.Lifecycle, bool) {
	switch {
	case r.Observed == nil:
		return r.Settings.Lifecycle, true
	case r.Observed.LifecyclePolicy == nil:
		return settings.Lifecycle{}, false
	}
	rules, _ := lifecycle.Parse(*r.Observed.LifecyclePolicy)
	return settings.Lifecycle{ByRules: true, Given: rules}, true
}

// lacksTag reports whether it is known that the repository does not have a tag.
func (r *Repository) lacksTag(key string) bool {
	if r.Observed == nil {
		_, ok := r.Settings.Tags[key]
		return !ok && !slices.Contains(settings.FunctionTags, key)
	}
	_, ok := r.Observed.Tags[key]
	return !ok && r.Observed.Tags != nil
}

// observedPull returns what the guardrail pull finds in the text of a repository policy: each
// principal that a statement allows anything and that the guardrail does not list. What
// cannot be understood is a finding, too.
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
		found = append(found, finding{field: "pull", value: principal, rule: rule + oneOf(allowed)})
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

// accountOf returns the account of a principal that a policy names.
func accountOf(principal string) string {
	if arn, ok := aws.ParseARN(principal); ok {
		return arn.Account
	}
	return principal
}

// bound reports whether one of the conditions admits by one of the keys none but the
// guardrail's accounts and organizations.
func bound(conditions iam.Conditions, g *inputv1beta1.PullGuardrail, keys ...string) bool {
	return slices.ContainsFunc(conditions, func(c iam.Condition) bool {
		at := slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, c.Key) })
		if at < 0 || c.IfExists || c.Set == iam.ForAllValues || !slices.Contains(admitting, c.Operator) {
			return false
		}
		return !slices.ContainsFunc(c.Values, func(v string) bool { return !admits(keys[at], v, g) })
	})
}

// admitting are the operators that admit the values that they name, and no others.
var admitting = []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"}

// admits reports whether a value of a condition key is of the guardrail's accounts and
// organizations.
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
