package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
)

// Owners finds AWS resources that two objects would own. A cluster reports only one of the objects, and only once both
// exist.
type Owners struct {
	first map[awsResource]*owner
}

// An awsResource identifies something in AWS. Objects under different settings are in different clusters.
type awsResource struct {
	settings *settings
	id       string
}

// An owner is an object that would own an AWS resource.
type owner struct {
	composite *Composite
	path      string
	reported  bool
}

// Add returns the conflicts of a composite resource with those that were added before. It reports both sides.
func (w *Owners) Add(c *Composite, o Outcome) []Finding {
	if w.first == nil {
		w.first = map[awsResource]*owner{}
	}
	var all []Finding
	for _, key := range slices.Sorted(maps.Keys(o.Desired)) {
		id, name, ok := owns(key, o.Desired[key])
		if !ok {
			continue
		}
		this, resource := &owner{composite: c, path: c.pathOf(key)}, awsResource{c.settings, id}
		first, owned := w.first[resource]
		switch {
		case !owned:
			w.first[resource] = this
		case first.composite.Author() != c.Author():
			if !first.reported {
				all = append(all, first.conflict(name, c))
				first.reported = true
			}
			all = append(all, this.conflict(name, first.composite))
		}
	}
	return all
}

// conflict returns the finding that another object would own the same AWS resource.
func (w *owner) conflict(name string, other *Composite) Finding {
	f := w.composite.place(Finding{Level: Error, Path: w.path, Owner: "API", ID: "owners"}, w.path)
	at := other.Node.Position("")
	f.Rule = fmt.Sprintf("%s would be owned by two objects: this one and %s in %s:%d", name, other.Author(), other.File, at.Line)
	return f
}

// owns returns the ID and the name of the AWS resource that a managed resource owns; false if it owns none.
func owns(key string, object *unstructured.Unstructured) (id, name string, ok bool) {
	kind, image, _ := strings.Cut(key, "/")
	policies, _, _ := unstructured.NestedStringSlice(object.Object, "spec", "managementPolicies")
	if slices.Equal(policies, []string{"Observe"}) || kind == "lifecycle" || kind == "policy" {
		return "", "", false
	}
	ref, _, _ := unstructured.NestedMap(object.Object, "spec", "providerConfigRef")
	config := fmt.Sprint(ref["name"])
	if ref["kind"] == "ProviderConfig" {
		config = object.GetNamespace() + "/" + config
	}
	if image == "" {
		// All others are unique by kind and name.
		return config + "\n" + object.GetKind() + "\n" + object.GetName(), object.GetKind() + " " + object.GetName(), key != "oidc-provider"
	}
	region, repository := ForProvider(object, "region"), meta.GetExternalName(object)
	return strings.Join([]string{config, region, repository}, "\n"), "the repository " + repository + " in " + region, true
}

// pathOf returns the path of the field that a composed resource comes from.
func (c *Composite) pathOf(key string) string {
	_, name, ok := strings.Cut(key, "/")
	images := c.Node.Field("spec").Field("images")
	if !ok || images == nil {
		return "spec"
	}
	for i, image := range images.Items {
		if image.Field("name").Text() == name {
			return fmt.Sprintf("spec.images[%d].name", i)
		}
	}
	return "spec.images"
}
