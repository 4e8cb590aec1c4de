package observed

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Expected is what the object of a composition resource name must be.
type Expected struct {
	// TypeMeta is that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// External reports whether the object may have an external-name.
	External func(name string) bool
}

// Objects are the observed composed resources, by composition resource name.
type Objects struct {
	// Counted are what this composite resource made.
	Counted map[string]*Resource

	// Elsewhere are of the right kind, and about something else in AWS than what is expected of their name.
	Elsewhere map[string]*Resource

	// Ignored says which others Crossplane reports, and why they do not count.
	Ignored fault.Advice
}

// Count returns which observed objects count, given what is expected of each composition resource name; false for a name
// that is not asked about. The composite resource is called by a word in what is said of the others.
//
// Crossplane reports as observed whatever spec.crossplane.resourceRefs of a namespaced composite resource names and nobody
// else controls, and its author may write that field. So an object counts only if it has the kind that its name is
// rendered as, and if this composite resource controls it. One without a controller counts only if its external-name is
// expected. A local render has no UIDs; there the kind and the external-name decide.
func Count(req composite.Request, word string, expected func(key string) (Expected, bool)) Objects {
	o := Objects{Counted: make(map[string]*Resource, len(req.Observed)), Elsewhere: map[string]*Resource{}}
	for _, key := range slices.Sorted(maps.Keys(req.Observed)) {
		e, ok := expected(key)
		if !ok {
			continue
		}
		r := From(req.Observed[key])
		ignore := func(why string) {
			o.Ignored.Add(field.NewPath("spec"), "the object %s %s is ignored: Crossplane reports it as %s, and %s",
				r.Kind, r.Metadata.Name, key, why)
		}
		right := e.External(r.Metadata.Annotations.ExternalName)
		switch controller := r.Controller(); {
		case r.Kind != e.Kind || groupOf(r.APIVersion) != groupOf(req.XR.Generation.APIVersion(e.APIVersion)):
			ignore("it is no " + e.Kind + " of the provider")
		case req.XR.UID != "" && !r.ControlledBy(req.XR) && (controller != nil || !right):
			ignore("this " + word + " does not control it")
		case !right:
			o.Elsewhere[key] = r
		default:
			o.Counted[key] = r
		}
	}
	return o
}

func groupOf(apiVersion string) string {
	group, _, _ := strings.Cut(apiVersion, "/")
	return group
}
