// Package observe plays the AWS provider for examples: it turns rendered managed
// resources into what the provider would report of them once AWS has them.
//
// It says what upbound/provider-aws v2.5.0 was seen to say, for the kinds that
// this project renders; a kind that it does not know is an error, so that an
// example never shows an invented status.
package observe

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const annotationExternalName = "crossplane.io/external-name"

// An Account is the AWS account that the examples' provider works in.
type Account struct {
	ID        string
	Partition string
}

// Observe returns the resources as they are after the provider has reconciled
// each of them once.
func (a Account) Observe(rendered []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	out := make([]*unstructured.Unstructured, 0, len(rendered))
	for _, r := range rendered {
		o, err := a.observe(r.DeepCopy())
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", r.GetKind(), r.GetName(), err)
		}
		out = append(out, o)
	}
	return out, nil
}

func (a Account) observe(u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	// Crossplane's render takes an observed resource that nobody controls for the
	// XR's, and the XR of a render has no uid to be controlled by.
	u.SetOwnerReferences(nil)
	u.SetGenerateName("")
	if u.GetKind() == "ConfigMap" {
		// No provider's: the API server has it as it was applied.
		return u, nil
	}
	k, ok := kinds[u.GetKind()]
	if !ok {
		return nil, errors.New("it is not known what the provider reports of this kind")
	}

	spec, _ := u.Object["spec"].(map[string]any)
	forProvider, _ := spec["forProvider"].(map[string]any)
	if spec == nil || forProvider == nil {
		return nil, errors.New("it has no spec.forProvider")
	}
	setDefaults(u, spec)
	if k.refers != "" && str(forProvider, k.refers) == "" {
		return nil, fmt.Errorf("it has no spec.forProvider.%s", k.refers)
	}
	if k.tagged && !observeOnly(spec) {
		addTags(u, spec, forProvider)
	}
	name := a.externalName(u, k, forProvider)
	at := reported(forProvider)
	at["id"] = name
	maps.Copy(at, k.computed(a, name, forProvider))
	setStatus(u, at, condition("Ready", "True", "Available", ""), condition("Synced", "True", "ReconcileSuccess", ""))
	return u, nil
}

// setDefaults sets what the kind's CRD has as defaults.
func setDefaults(u *unstructured.Unstructured, spec map[string]any) {
	if !strings.Contains(u.GroupVersionKind().Group, ".m.") && spec["deletionPolicy"] == nil {
		spec["deletionPolicy"] = "Delete"
	}
	if spec["initProvider"] == nil {
		spec["initProvider"] = map[string]any{}
	}
}

// addTags adds the three tags that the provider sets on everything it manages.
func addTags(u *unstructured.Unstructured, spec, forProvider map[string]any) {
	tags, _ := forProvider["tags"].(map[string]any)
	tags = maps.Clone(tags)
	if tags == nil {
		tags = map[string]any{}
	}
	tags["crossplane-kind"] = strings.ToLower(u.GetKind()) + "." + u.GroupVersionKind().Group
	tags["crossplane-name"] = u.GetName()
	tags["crossplane-providerconfig"], _, _ = unstructured.NestedString(spec, "providerConfigRef", "name")
	forProvider["tags"] = tags
}

// externalName returns the resource's name in AWS, and has it kept on the object.
func (a Account) externalName(u *unstructured.Unstructured, k kind, forProvider map[string]any) string {
	if name := u.GetAnnotations()[annotationExternalName]; name != "" {
		return name
	}
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotationExternalName] = k.named(a, u, forProvider)
	u.SetAnnotations(annotations)
	return annotations[annotationExternalName]
}

// reported returns the parameters as AWS reports them: without references and
// selectors, which only the provider knows.
func reported(forProvider map[string]any) map[string]any {
	at := map[string]any{}
	for f, v := range forProvider {
		if !strings.HasSuffix(f, "Ref") && !strings.HasSuffix(f, "Selector") {
			at[f] = v
		}
	}
	if tags := at["tags"]; tags != nil {
		at["tagsAll"] = tags
	}
	return at
}

func observeOnly(spec map[string]any) bool {
	p, _, _ := unstructured.NestedStringSlice(spec, "managementPolicies")
	return len(p) == 1 && p[0] == "Observe"
}

// conditionTime is the one that Crossplane's render gives to conditions.
const conditionTime = "2024-01-01T00:00:00Z"

func condition(typ, status, reason, message string) any {
	c := map[string]any{"type": typ, "status": status, "reason": reason, "lastTransitionTime": conditionTime}
	if message != "" {
		c["message"] = message
	}
	return c
}

func setStatus(u *unstructured.Unstructured, at map[string]any, conditions ...any) {
	status := map[string]any{"conditions": conditions}
	if at != nil {
		status["atProvider"] = at
	}
	u.Object["status"] = status
}

func str(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}
