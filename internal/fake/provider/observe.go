package provider

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// renderTime is the time that Crossplane's render gives to conditions.
var renderTime = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// Observe changes a rendered object to its observed state once the resource exists in AWS. An unknown kind is an error,
// so that no example shows an invented status.
func (a Account) Observe(u *unstructured.Unstructured) error {
	if err := a.observe(u); err != nil {
		return fmt.Errorf("%s %q: %w", u.GetKind(), u.GetName(), err)
	}
	return nil
}

func (a Account) observe(u *unstructured.Unstructured) error {
	// Crossplane's render takes an observed resource without a controller for the XR's. The XR of a render has no uid with
	// which it could be a controller.
	u.SetOwnerReferences(nil)
	u.SetGenerateName("")
	if u.GetKind() == "ConfigMap" {
		// No provider changes it.
		return nil
	}
	k, ok := KindOf(u.GroupVersionKind().GroupKind())
	if !ok {
		return errors.New("it is not known what the provider reports of this kind")
	}
	spec, _ := u.Object["spec"].(map[string]any)
	forProvider, _ := spec["forProvider"].(map[string]any)
	if forProvider == nil {
		return errors.New("it has no spec.forProvider")
	}
	if k.Owner != "" && field(u, k.Owner) == "" {
		return fmt.Errorf("it has no spec.forProvider.%s", k.Owner)
	}

	// The defaults of the kind's CRD.
	if !Namespaced(k.Group) && spec["deletionPolicy"] == nil {
		spec["deletionPolicy"] = "Delete"
	}
	if spec["initProvider"] == nil {
		spec["initProvider"] = map[string]any{}
	}

	if k.tagged && !policiesOf(u).onlyObserve() {
		addTags(u)
	}
	if ExternalName(u) == "" {
		annotate(u, annotationExternalName, k.externalName(a, u))
	}
	attributes := maps.Clone(forProvider)
	maps.DeleteFunc(attributes, func(name string, _ any) bool { return isReference(name) })
	u.Object["status"] = map[string]any{"atProvider": k.atProvider(a, k.key(u, ExternalName(u)), attributes)}
	setConditions(u, renderTime, available, success)
	return nil
}
