package provider

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// policies are an object's managementPolicies.
type policies []string

// policiesOf returns an object's managementPolicies; without any, everything is allowed.
func policiesOf(u *unstructured.Unstructured) policies {
	p, _, _ := unstructured.NestedStringSlice(u.Object, "spec", "managementPolicies")
	if len(p) == 0 {
		return policies{"*"}
	}
	return p
}

// allow reports whether an action is allowed.
func (p policies) allow(action string) bool {
	return slices.Contains(p, "*") || slices.Contains(p, action)
}

// onlyObserve reports whether neither AWS nor the object's spec may be written.
func (p policies) onlyObserve() bool { return len(p) == 1 && p[0] == "Observe" }

// deletes reports whether the resource in AWS is deleted with the object. The deletionPolicy of a cluster-scoped object
// decides for `*`. A list that names Delete overrules it.
func (p policies) deletes(u *unstructured.Unstructured) bool {
	deletionPolicy, _, _ := unstructured.NestedString(u.Object, "spec", "deletionPolicy")
	return slices.Contains(p, "Delete") || slices.Contains(p, "*") && deletionPolicy != "Orphan"
}

// addTags adds the three tags that the provider puts on everything, and reports whether that changed anything.
func addTags(u *unstructured.Unstructured) bool {
	gvk := u.GroupVersionKind()
	config, _, _ := unstructured.NestedString(u.Object, "spec", "providerConfigRef", "name")
	tags, _, _ := unstructured.NestedStringMap(u.Object, "spec", "forProvider", "tags")
	all := map[string]string{}
	maps.Copy(all, tags)
	all["crossplane-kind"] = strings.ToLower(gvk.Kind + "." + gvk.Group)
	all["crossplane-name"] = u.GetName()
	all["crossplane-providerconfig"] = config
	_ = unstructured.SetNestedStringMap(u.Object, all, "spec", "forProvider", "tags")
	return !maps.Equal(tags, all)
}
