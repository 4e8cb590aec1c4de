package guardrail

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

var imageTagMutability = guardrail{
	path: "imageTagMutability",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return fault.Each(g.ImageTagMutability, at, settings.ValidateMutabilityMode)
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		m, known := r.mutability()
		mode := m.Value.Mode
		if m.Value.AllMutable() {
			mode = v1alpha1.Mutable
		}
		if g.ImageTagMutability == nil || !known || slices.Contains(g.ImageTagMutability, mode) {
			return nil
		}
		allowed := make([]string, len(g.ImageTagMutability))
		for i, m := range g.ImageTagMutability {
			allowed[i] = string(m)
		}
		f := finding{
			field: "imageTagMutability",
			layer: m.Layer,
			value: string(mode),
			rule:  "this tag mutability is not allowed" + alternatives(allowed),
		}
		if mode != m.Value.Mode {
			f.field, f.value = "imageTagMutabilityExclusionFilters", m.Value.Filters
			f.rule = fmt.Sprintf("with these filters %s leaves every tag mutable, as %s does, and %s", m.Value.Mode, mode, f.rule)
		}
		return []finding{f}
	},
}

var imageTagMutabilityExclusionFilters = guardrail{
	path: "imageTagMutabilityExclusionFilters",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return fault.Each(g.ImageTagMutabilityExclusionFilters, at, settings.ValidateExclusionFilter)
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		allowed := g.ImageTagMutabilityExclusionFilters
		if allowed == nil {
			return nil
		}
		m, _ := r.mutability()
		var found []finding
		for i, f := range m.Value.Filters {
			if !slices.Contains(allowed, f) {
				found = append(found, finding{
					field: fmt.Sprintf("imageTagMutabilityExclusionFilters[%d]", i),
					layer: m.Layer,
					value: f,
					rule:  "this exclusion filter is not allowed" + alternatives(allowed),
				})
			}
		}
		return found
	},
}

var requireScanOnPush = guardrail{
	path: "requireScanOnPush",
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		scan, known := r.scanOnPush()
		if !isTrue(g.RequireScanOnPush) || !known || scan.Value {
			return nil
		}
		return []finding{{field: "scanOnPush", layer: scan.Layer, value: false, rule: "repositories must scan on push"}}
	},
}

var requireKMS = guardrail{
	path: "requireKMS",
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		if !isTrue(g.RequireKMS) || r.unknown() || strings.HasPrefix(r.Encryption.Type, string(v1alpha1.EncryptionKMS)) {
			return nil
		}
		return []finding{r.encryption("type", r.Encryption.Type, "repositories must be encrypted with KMS")}
	},
}

var kmsKeys = guardrail{
	path: "kmsKeys",
	validate: func(g *inputv1beta1.Guardrails, at *field.Path) fault.List {
		return fault.Each(g.KMSKeys, at, settings.KMSKeyForm.Check)
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		if g.KMSKeys == nil || r.unknown() || slices.Contains(g.KMSKeys, r.Encryption.KMSKey) {
			return nil
		}
		rule := "repositories must be encrypted with an allowed key" + alternatives(g.KMSKeys)
		return []finding{r.encryption("kmsKey", r.Encryption.KMSKey, rule)}
	},
}

// unknown reports whether the function writes nothing to AWS, and does not know what AWS has.
func (r *Repository) unknown() bool { return r.Observed != nil && !r.Exists }

// encryption returns a finding about a repository's encryption. It is lasting once the repository exists.
func (r *Repository) encryption(name, value, rule string) finding {
	f := finding{field: "encryption." + name, layer: r.Settings.Encryption.Layer, value: value, rule: rule}
	if value == "" {
		f.value = nil
	}
	if r.Exists {
		f.path, f.lasting = r.Layer.Path().Child(f.field), true
		f.rule += ", and the encryption of one that exists cannot change"
	}
	return f
}

var allowDelete = guardrail{
	path: "allowDelete", refusesIfAbsent: true,
	whole: func(g *inputv1beta1.Guardrails, s *Subject) []finding {
		if !s.ManagementDelete || isTrue(g.AllowDelete) {
			return nil
		}
		return []finding{{
			path:  field.NewPath("spec", "managementPolicies"),
			value: string(v1alpha1.ManagementDelete),
			rule:  "repositories may not be deleted with their image: leave Delete out",
		}}
	},
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		if !r.Deletable || isTrue(g.AllowDelete) {
			return nil
		}
		d := r.Settings.DeletionPolicy
		const rule = "repositories may not be deleted with their image: use Orphan"
		return []finding{{field: "deletionPolicy", layer: d.Layer, value: string(d.Value), written: true, rule: rule}}
	},
}

var allowForceDelete = guardrail{
	path: "allowForceDelete", refusesIfAbsent: true,
	each: func(g *inputv1beta1.Guardrails, r *Repository) []finding {
		f := r.Settings.ForceDelete
		if !f.Value || isTrue(g.AllowForceDelete) {
			return nil
		}
		const rule = "repositories may not be deleted with images in them"
		return []finding{{field: "forceDelete", layer: f.Layer, value: true, written: true, rule: rule}}
	},
}
