package registry

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// comparisons caches the losses between an old and a new lifecycle policy.
type comparisons = memo[[2]string, []lifecycle.Loss]

// adviseOnFewer tells which images the wanted lifecycle policy may expire that the one in AWS keeps.
func adviseOnFewer(p *Plan, i *image, compared comparisons) fault.Advice {
	var advice fault.Advice
	old, known := policyInAWS(p, i)
	if !known {
		return nil
	}
	rules := i.effective.Lifecycle.Rules()
	losses := compared.get([2]string{lifecycle.Policy(old), i.lifecycle}, func() []lifecycle.Loss { return lifecycle.Losses(old, rules) })
	for _, l := range losses {
		path, name := i.rulePath(l)
		advice.Add(path, "%s. %s", l.Describe(old, rules), keepThem(l, name, old))
	}
	return advice
}

// policyInAWS returns the rules of the lifecycle policy in AWS, none without a policy, and whether they are known.
func policyInAWS(p *Plan, i *image) ([]v1alpha1.LifecycleRule, bool) {
	if !i.observed.Exists() && !i.observed.Ready() {
		return nil, false
	}
	if rules, ok := lifecycle.Parse(p.observed.lifecycleInAWS(i.name, i.lifecycle)); ok {
		return rules, true
	}
	if len(p.observed.lifecycles[i.name]) > 0 || p.observeOnly {
		return nil, false
	}
	for _, r := range p.before.Repositories {
		if r.Image == i.name && r.Ready && r.Settings != nil {
			n := r.Settings.Lifecycle.Rules
			return nil, n != nil && *n == 0
		}
	}
	return nil, false
}

// rulePath returns the field that the rule of a loss comes from, and the name of the field with the rule's number.
func (i *image) rulePath(l lifecycle.Loss) (path *field.Path, name string) {
	if i.effective.Lifecycle.ByRules {
		path = i.pathOf(i.effective.Lifecycle.Layer).Child("lifecycle", "rules").Index(l.Rule)
		if l.CountNumber > 0 {
			path = path.Child("selection", "countNumber")
		}
		return path, "countNumber"
	}
	// The rules of lifecycle.Shorthands.
	if l.Rule == 0 {
		return i.pathOf(i.effective.Lifecycle.UntaggedExpiryDays.Layer).Child("lifecycle", "untaggedExpiryDays"), "untaggedExpiryDays"
	}
	return i.pathOf(i.effective.Lifecycle.KeepImages.Layer).Child("lifecycle", "keepImages"), "keepImages"
}

// maxShownRules is the maximum length of rules that advice shows, in bytes.
const maxShownRules = 400

// keepThem returns what to write to keep the images of a loss.
func keepThem(l lifecycle.Loss, name string, old []v1alpha1.LifecycleRule) string {
	if l.CountNumber > 0 {
		return fmt.Sprintf("To keep them, write %s: %d", name, l.CountNumber)
	}
	if text := lifecycle.Rules(old); len(text) <= maxShownRules {
		return "To keep them, write what AWS has, lifecycle: {rules: " + text + "}"
	}
	return "To keep them, write the rules that AWS has under lifecycle.rules"
}
