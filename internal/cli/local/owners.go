package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Owners finds what two objects would own. A cluster tells one of them, and only once both
// are there.
type Owners struct {
	first map[owned]ownership
}

// owned is something in AWS. Objects under different settings are of different clusters.
type owned struct {
	settings *settings
	name     string
}

// An ownership is that an object would own something in AWS.
type ownership struct {
	composite *Composite
	path      string
	told      bool
}

// Add returns what is wrong with a composite resource beside those that were added before:
// both sides are told.
func (w *Owners) Add(c *Composite, o Outcome) []Finding {
	if w.first == nil {
		w.first = map[owned]ownership{}
	}
	var all []Finding
	for _, key := range slices.Sorted(maps.Keys(o.Desired)) {
		object := o.Desired[key]
		name, what, ok := owns(key, object)
		if !ok {
			continue
		}
		mine := ownership{composite: c, path: c.pathOf(key)}
		it := owned{c.settings, name}
		before, taken := w.first[it]
		switch {
		case !taken:
			w.first[it] = mine
		case before.composite.Author() != c.Author():
			if !before.told {
				all = append(all, before.conflict(what, c))
				before.told = true
				w.first[it] = before
			}
			all = append(all, mine.conflict(what, before.composite))
		}
	}
	return all
}

func (w ownership) conflict(what string, other *Composite) Finding {
	f := w.composite.place(Finding{Level: Error, Path: w.path, Owner: "API", ID: "owners"}, w.path)
	at := other.Node.Position("")
	f.Rule = fmt.Sprintf("%s would be owned by two objects: this one and %s in %s:%d", what, other.Author(), other.File, at.Line)
	return f
}

// owns returns what a managed resource is of in AWS; false if it owns nothing.
func owns(key string, object *unstructured.Unstructured) (name, what string, ok bool) {
	kind, image, _ := strings.Cut(key, "/")
	policies, _, _ := unstructured.NestedStringSlice(object.Object, "spec", "managementPolicies")
	if slices.Equal(policies, []string{"Observe"}) || kind == "lifecycle" || kind == "policy" {
		return "", "", false
	}
	region, _, _ := unstructured.NestedString(object.Object, "spec", "forProvider", "region")
	ref, _, _ := unstructured.NestedMap(object.Object, "spec", "providerConfigRef")
	config := fmt.Sprint(ref["name"])
	if ref["kind"] == "ProviderConfig" {
		config = object.GetNamespace() + "/" + config
	}
	if image == "" {
		// Of everything else there is one of a name, and the name tells all.
		return config + "\n" + object.GetKind() + "\n" + object.GetName(), object.GetKind() + " " + object.GetName(), key != "oidc-provider"
	}
	repository := object.GetAnnotations()["crossplane.io/external-name"]
	return strings.Join([]string{config, region, repository}, "\n"), "the repository " + repository + " in " + region, true
}

// pathOf is the path of what a composition resource comes from.
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
