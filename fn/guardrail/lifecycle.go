package guardrail

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// ofLifecycle returns the guardrails over lifecycle policies.
func ofLifecycle(g *inputv1beta1.Guardrails) inputv1beta1.LifecycleGuardrails {
	if g.Lifecycle == nil {
		return inputv1beta1.LifecycleGuardrails{}
	}
	return *g.Lifecycle
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
		return []finding{{field: "lifecycle.rules", layer: l.Form, rule: rule}}
	},
}

var lifecycleMaxImages = guardrail{
	path: "lifecycle.maxImages",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return atLeast(ofLifecycle(g).MaxImages, 1, at)
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		most := ofLifecycle(g).MaxImages
		l, known := r.lifecycle()
		if most == nil || !known {
			return nil
		}
		if !l.ByRules {
			return shorthand("keepImages", l.KeepImages, *most, fmt.Sprintf("at most %d images are kept", *most))
		}
		if n, ok := lifecycle.KeepsAtMost(l.Given); ok && n <= *most {
			return nil
		}
		return []finding{{
			field: "lifecycle.rules",
			layer: l.Form,
			rule:  fmt.Sprintf("at most %d images are kept: a rule must expire images by imageCountMoreThan %d or less, over any image or all tagged ones, and so must each rule over some tagged images before it", *most, *most),
		}}
	},
}

var lifecycleMaxUntaggedDays = guardrail{
	path: "lifecycle.maxUntaggedDays",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return atLeast(ofLifecycle(g).MaxUntaggedDays, 1, at)
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		most := ofLifecycle(g).MaxUntaggedDays
		l, known := r.lifecycle()
		if most == nil || !known {
			return nil
		}
		if !l.ByRules {
			return shorthand("untaggedExpiryDays", l.UntaggedExpiryDays, *most, fmt.Sprintf("untagged images expire after at most %d days", *most))
		}
		if n, ok := lifecycle.ExpiresUntaggedAfter(l.Given); ok && n <= *most {
			return nil
		}
		return []finding{{
			field: "lifecycle.rules",
			layer: l.Form,
			rule:  fmt.Sprintf("untagged images expire after at most %d days: a rule must expire untagged or any images by sinceImagePushed %d or less", *most, *most),
		}}
	},
}

func shorthand(name string, s settings.Setting[int64], most int64, rule string) []finding {
	if s.Value <= most {
		return nil
	}
	return []finding{{field: "lifecycle." + name, layer: s.Layer, value: s.Value, rule: rule}}
}
