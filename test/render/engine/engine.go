// Package engine renders composite resources: with Crossplane's own command
// lines, and in process for tests that should not build one.
package engine

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A Request has the paths of the files to render with. The last three may be empty.
type Request struct {
	XR          string
	Composition string
	Functions   string

	// XRD of the XR's kind. Only `crossplane composition render` reads it: for defaults, and to see that an XR is of
	// the generation with claims.
	XRD string

	// Observed composed resources.
	Observed string

	// Required resources that the cluster holds.
	Required string
}

// A Rendering is what Crossplane would make of a Request.
type Rendering struct {
	// XR with its new status.
	XR *unstructured.Unstructured

	// Composed resources that would be applied, sorted by their composition
	// resource names.
	Composed []*unstructured.Unstructured

	// Results of the function, as objects of kind Result.
	Results []*unstructured.Unstructured
}

// Objects returns all of a Rendering, in the order of its output.
func (r *Rendering) Objects() []*unstructured.Unstructured {
	objs := append([]*unstructured.Unstructured{r.XR}, r.Composed...)
	return append(objs, r.Results...)
}

// AnnotationResourceName is the annotation with a composed resource's name in its Composition.
const AnnotationResourceName = "crossplane.io/composition-resource-name"
