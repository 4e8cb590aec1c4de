package guardrail

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// ofLifecycle returns the guardrails over lifecycle policies.
func ofLifecycle(g *inputv1beta1.Guardrails) inputv1beta1.LifecycleGuardrails {
	return *cmp.Or(g.Lifecycle, &inputv1beta1.LifecycleGuardrails{})
}

var lifecycleRequired = guardrail{
	path: "lifecycle.required",
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		l, known := r.lifecycle()
		if !isTrue(ofLifecycle(g).Required) || !known || !l.ByRules || lifecycle.Expires(l.Given) {
			return nil
		}
		rule := "repositories must have a lifecycle policy"
		if len(l.Given) > 0 {
			rule += " that expires images: to archive them is not to expire them, and a rule that matches no image does neither"
		}
		return []finding{{field: "lifecycle.rules", layer: l.Layer, rule: rule}}
	},
}

var lifecycleMaxImages = limit{
	path:      "lifecycle.maxImages",
	most:      func(g inputv1beta1.LifecycleGuardrails) *int64 { return g.MaxImages },
	shorthand: "keepImages",
	value:     func(l settings.Lifecycle) settings.Setting[int64] { return l.KeepImages },
	ofRules:   lifecycle.KeepsAtMost,
	rule:      "at most %d images are kept",
	needs: "a rule must expire images by imageCountMoreThan %d or less, over any image or all tagged ones, " +
		"and so must each rule over some tagged images before it",
}.guardrail()

var lifecycleMaxUntaggedDays = limit{
	path:      "lifecycle.maxUntaggedDays",
	most:      func(g inputv1beta1.LifecycleGuardrails) *int64 { return g.MaxUntaggedDays },
	shorthand: "untaggedExpiryDays",
	value:     func(l settings.Lifecycle) settings.Setting[int64] { return l.UntaggedExpiryDays },
	ofRules:   lifecycle.ExpiresUntaggedAfter,
	rule:      "untagged images expire after at most %d days",
	needs:     "a rule must expire untagged or any images by sinceImagePushed %d or less",
}.guardrail()

// A limit is a guardrail that bounds how much a lifecycle policy keeps.
type limit struct {
	path string
	most func(inputv1beta1.LifecycleGuardrails) *int64

	// shorthand that sets how much is kept, and its value.
	shorthand string
	value     func(settings.Lifecycle) settings.Setting[int64]

	// ofRules returns how much rules keep, and false if that has no bound.
	ofRules func([]v1alpha1.LifecycleRule) (int64, bool)

	// rule is the guardrail's rule, and needs says what rules must be like. Both are formats with the limit.
	rule, needs string
}

func (l limit) guardrail() guardrail {
	return guardrail{
		path: l.path,
		validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
			return atLeast(l.most(ofLifecycle(g)), 1, at)
		},
		each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
			most := l.most(ofLifecycle(g))
			policy, known := r.lifecycle()
			if most == nil || !known {
				return nil
			}
			rule := fmt.Sprintf(l.rule, *most)
			if policy.ByRules {
				if n, ok := l.ofRules(policy.Given); ok && n <= *most {
					return nil
				}
				return []finding{{field: "lifecycle.rules", layer: policy.Layer, rule: rule + ": " + fmt.Sprintf(l.needs, *most)}}
			}
			s := l.value(policy)
			if s.Value <= *most {
				return nil
			}
			return []finding{{field: "lifecycle." + l.shorthand, layer: s.Layer, value: s.Value, rule: rule}}
		},
	}
}
