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

// Expected is what the object with a composition resource name must be.
type Expected struct {
	// TypeMeta is that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// External reports whether the object's external-name is right.
	External func(name string) bool
}

// Objects are the observed composed resources, by composition resource name.
type Objects struct {
	// Counted are the objects of this composite resource.
	Counted map[string]*Resource

	// Misplaced are those that manage something else in AWS than is expected of their composition resource name.
	Misplaced map[string]*Resource

	// Ignored tells which other objects Crossplane reports, and why they do not count.
	Ignored fault.Advice
}

// With returns these objects and those of other composition resource names.
func (o Objects) With(others Objects) Objects {
	all := Objects{maps.Clone(o.Counted), maps.Clone(o.Misplaced), slices.Concat(o.Ignored, others.Ignored)}
	maps.Copy(all.Counted, others.Counted)
	maps.Copy(all.Misplaced, others.Misplaced)
	return all
}

// Count returns the observed objects that count. expected returns what the object of a composition resource name must
// be, and false for a name that does not matter here. word is what advice calls the composite resource.
//
// For a namespaced composite resource, Crossplane observes every object that spec.crossplane.resourceRefs names and
// nobody else controls, and the author may write that field. So an object counts only if it has the kind that is
// rendered under its composition resource name, and if this composite resource controls it. An object without a
// controller counts only if its external-name is right. A local render has no UIDs: there only the kind and the
// external-name decide.
func Count(req composite.Request, word string, expected func(key string) (Expected, bool)) Objects {
	o := Objects{Counted: make(map[string]*Resource, len(req.Observed)), Misplaced: map[string]*Resource{}}
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
			o.Misplaced[key] = r
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
