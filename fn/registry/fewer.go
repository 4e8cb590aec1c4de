package registry

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// adviseOnFewerImages says which images the lifecycle policy may expire that the one in AWS
// keeps.
func (p *project) adviseOnFewerImages(i *image) {
	old, known := p.policyInAWS(i)
	if !known {
		return
	}
	rules := i.Lifecycle.Rules()
	for _, l := range p.losses(old, rules) {
		path, name := i.rulePath(l)
		p.advise(path, "%s. %s", l.Describe(old, rules), keepThem(l, name, old))
	}
}

// losses compares two policies; most images of a project share both.
func (p *project) losses(old, rules []v1alpha1.LifecycleRule) []lifecycle.Loss {
	key := [2]string{lifecycle.Policy(old), lifecycle.Policy(rules)}
	losses, ok := p.compared[key]
	if !ok {
		losses = lifecycle.Losses(old, rules)
		if p.compared == nil {
			p.compared = map[[2]string][]lifecycle.Loss{}
		}
		p.compared[key] = losses
	}
	return losses
}

// policyInAWS returns the rules of the lifecycle policy that AWS has, none if it has no
// policy. It returns false if that is not known.
func (p *project) policyInAWS(i *image) ([]v1alpha1.LifecycleRule, bool) {
	if !i.observed.Exists() && !i.observed.Ready() {
		return nil, false
	}
	var has []v1alpha1.LifecycleRule
	known := false
	for n := range p.observed.lifecycles[i.Name] {
		o := &p.observed.lifecycles[i.Name][n]
		text := o.Status.AtProvider.Policy
		rules, ok := lifecycle.Parse(text)
		if !ok || o.Deleting() {
			continue
		}
		has, known = rules, true
		// One of several objects may have looked before another wrote.
		if lifecycle.Equal(text, p.policyOf(i)) {
			break
		}
	}
	if known || len(p.observed.lifecycles[i.Name]) > 0 || p.observeOnly() {
		return has, known
	}
	for _, r := range p.before.Repositories {
		if r.Image == i.Name && r.Ready && r.Settings != nil {
			n := r.Settings.Lifecycle.Rules
			return nil, n != nil && *n == 0
		}
	}
	return nil, false
}

// rulePath returns the field that a rule comes from, and the name of its number.
func (i *image) rulePath(l lifecycle.Loss) (path *field.Path, name string) {
	if i.Lifecycle.ByRules {
		path = i.layerPath(i.Lifecycle.Form).Child("lifecycle", "rules").Index(l.Rule)
		if l.CountNumber > 0 {
			path = path.Child("selection", "countNumber")
		}
		return path, "countNumber"
	}
	// The rules of lifecycle.Shorthands.
	if l.Rule == 0 {
		return i.layerPath(i.Lifecycle.UntaggedExpiryDays.Layer).Child("lifecycle", "untaggedExpiryDays"), "untaggedExpiryDays"
	}
	return i.layerPath(i.Lifecycle.KeepImages.Layer).Child("lifecycle", "keepImages"), "keepImages"
}

// maxShownRules is how long rules are that advice shows, in bytes.
const maxShownRules = 400

// keepThem says what to write so that no image is lost.
func keepThem(l lifecycle.Loss, name string, old []v1alpha1.LifecycleRule) string {
	if l.CountNumber > 0 {
		return fmt.Sprintf("To keep them, write %s: %d", name, l.CountNumber)
	}
	if text := lifecycle.Rules(old); len(text) <= maxShownRules {
		return "To keep them, write what AWS has, lifecycle: {rules: " + text + "}"
	}
	return "To keep them, write the rules that AWS has under lifecycle.rules"
}
