// Package local understands what a set of files says: claims and composite resources, the
// platform team's settings and org accesses. It runs the function on them as Crossplane
// would, without a cluster.
package local

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// Options of a Load.
type Options struct {
	// Namespace of objects that name none.
	Namespace string

	// Settings are files with the platform team's settings, which go before those that are
	// found among the others.
	Settings []string
}

// A Set is what a set of files says.
type Set struct {
	// Composites are the claims and the composite resources.
	Composites []*Composite

	// Findings about the files themselves, and about objects that are none of ours although
	// they look like it.
	Findings []Finding

	function *function.Function
	sources  sources
}

// A Composite is a claim or a composite resource.
type Composite struct {
	files.Object
	Kind xr.Kind

	// XR is the composite resource: what Crossplane makes of a claim, or the object itself.
	XR *unstructured.Unstructured

	// settings that are in force for it.
	settings *settings
}

// WithoutGuardrails returns the composite resource as it is where the platform team refuses nothing.
func (c *Composite) WithoutGuardrails() (*Composite, error) {
	open := *c
	var err error
	open.settings, err = c.settings.withoutGuardrails(c.XR.GetNamespace())
	return &open, err
}

// Author returns the object that a person wrote: the claim, or the composite resource.
func (c *Composite) Author() string {
	if ref, ok, _ := unstructured.NestedMap(c.XR.Object, "spec", "claimRef"); ok {
		return fmt.Sprintf("%v %v/%v", ref["kind"], ref["namespace"], ref["name"])
	}
	return fmt.Sprintf("%s %s", c.XR.GetKind(), strings.TrimPrefix(c.XR.GetNamespace()+"/"+c.XR.GetName(), "/"))
}

// Load reads files, folders and standard input. An error is what cannot be read, or
// settings that are none.
func Load(streams cli.Streams, paths []string, o Options) (*Set, error) {
	s := &Set{function: function.New(function.WithClock(time.Now)), sources: newSources()}
	given, err := files.Read(streams.In, o.Settings...)
	if err != nil {
		return nil, err
	}
	for _, f := range given {
		if err := s.sources.give(f); err != nil {
			return nil, err
		}
	}
	read, err := files.Read(streams.In, paths...)
	if err != nil {
		return nil, err
	}
	for _, f := range read {
		s.fileFaults(streams, f)
		for _, object := range f.Objects {
			if kind, ok := xr.KindOf(object.GroupVersionKind()); ok {
				s.composite(object, kind, o.Namespace)
			} else {
				s.other(object)
			}
		}
	}
	return s, s.decide()
}

// decide decides which settings are in force for each object. What is there twice, under
// the same settings, is one.
func (s *Set) decide() error {
	var kept []*Composite
	named := map[string][]*Composite{}
	for _, c := range s.Composites {
		var err error
		if c.settings, err = s.sources.of(c.File); err != nil {
			return err
		}
		name := strings.Join([]string{c.GetAPIVersion(), c.Kind.Kind, c.GetNamespace(), c.GetName()}, "/")
		if slices.ContainsFunc(named[name], func(other *Composite) bool {
			return other.settings == c.settings && reflect.DeepEqual(other.Object.Object, c.Object.Object)
		}) {
			continue
		}
		named[name] = append(named[name], c)
		kept = append(kept, c)
	}
	s.Composites = kept
	return nil
}

// fileFaults tells what is wrong with a file itself. A template of a chart, say, is found
// in folders too and is nobody's fault.
func (s *Set) fileFaults(streams cli.Streams, f files.File) {
	if len(f.Faults) == 0 {
		return
	}
	mentions := slices.ContainsFunc(groups, func(g string) bool { return strings.Contains(f.Text, g+"/") })
	if !f.Named && !mentions {
		streams.Note("%s: skipped: %s", f.Name, f.Faults[0].Rule)
		return
	}
	for _, fault := range f.Faults {
		s.Findings = append(s.Findings, Finding{File: f.Name, At: fault.At, Level: Error, Rule: fault.Rule, ID: "file"})
	}
}

// required is the ID of the errors of a claim that has no composite resource.
const required = "required"

// composite adds a claim or a composite resource.
func (s *Set) composite(o files.Object, kind xr.Kind, namespace string) {
	u := clean(o.Unstructured)
	if kind.Namespaced && u.GetNamespace() == "" {
		u.SetNamespace(namespace)
	}
	o.Unstructured = u
	c := &Composite{Object: o, Kind: kind, XR: u}
	if kind.Namespaced && u.GetNamespace() == "" {
		const rule = "required: the namespace, which decides whose project it is: write it, or give it with -n"
		s.found(o, Finding{Path: "metadata.namespace", Rule: rule, ID: required})
		return
	}
	if spec := o.Node.Field("spec"); spec != nil && spec.Kind != files.KindMapping {
		s.found(o, Finding{Path: "spec", Rule: "must be an object", ID: required})
		return
	}
	if kind.Claims != "" {
		claim := u.DeepCopy()
		if claim.GetName() == "" {
			// It is the schema's to say that it needs one; what else is wrong does not hang on it.
			claim.SetName(claim.GetGenerateName() + "x")
		}
		composite, err := xr.FromClaim(claim)
		if err != nil {
			s.found(o, Finding{Path: "spec", Rule: err.Error(), ID: required})
			return
		}
		c.XR = composite
	}
	s.Composites = append(s.Composites, c)
}

// clean is an object without what only a cluster writes: the function would take it for
// one whose resources were observed.
func clean(u *unstructured.Unstructured) *unstructured.Unstructured {
	u = u.DeepCopy()
	delete(u.Object, "status")
	for _, f := range []string{
		"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generation", "managedFields",
		"ownerReferences", "resourceVersion", "selfLink", "uid",
	} {
		unstructured.RemoveNestedField(u.Object, "metadata", f)
	}
	for _, f := range [][]string{{"spec", "resourceRef"}, {"spec", "resourceRefs"}, {"spec", "crossplane", "resourceRefs"}} {
		unstructured.RemoveNestedField(u.Object, f...)
	}
	return u
}

// groups of this project, and of the Input.
var groups = []string{v1alpha1.Group, mv1alpha1.Group, inputKind.Group}

// other looks at an object that is no claim and no composite resource: it may be settings, or hold a mistake that would be
// told by a cluster only.
func (s *Set) other(o files.Object) {
	switch kind, p := compositionInput(o); {
	case is(o, environmentKind):
		s.sources.config(o)
	case p != nil:
		s.sources.input(kind, p)
	case o.GroupVersionKind() == inputKind:
		s.sources.input(schema.GroupVersionKind{}, at(o, "", o.Object))
	default:
		s.misspelt(o)
	}
}

// misspelt tells what is wrong with an object of one of our groups, or of one of our kinds.
func (s *Set) misspelt(o files.Object) {
	group, _, _ := strings.Cut(o.GetAPIVersion(), "/")
	known := []schema.GroupVersionKind{inputKind}
	for _, k := range xr.Kinds {
		known = append(known, k.GroupVersionKind)
	}
	var kinds, apiVersions []string
	for _, k := range known {
		switch {
		case k.Group == group && k.Kind == o.GetKind():
			s.wrong(o, "apiVersion", o.GetAPIVersion(), k.GroupVersion().String())
			return
		case k.Group == group:
			kinds = append(kinds, k.Kind)
		case k.Kind == o.GetKind() && k != inputKind:
			apiVersions = append(apiVersions, k.GroupVersion().String())
		}
	}
	if len(apiVersions) > 0 {
		s.wrong(o, "apiVersion", o.GetAPIVersion(), apiVersions...)
	} else if len(kinds) > 0 {
		s.wrong(o, "kind", o.GetKind(), kinds...)
	}
}

// wrong tells what a field of an object must be.
func (s *Set) wrong(o files.Object, path, value string, right ...string) {
	f := Finding{Path: path, Value: value, Rule: "must be " + strings.Join(right, " or "), ID: "kind"}
	if value == "" {
		f.Rule = "required: " + strings.Join(right, " or ")
	}
	s.found(o, f)
}

// found adds an error of an object that is not looked at any further.
func (s *Set) found(o files.Object, f Finding) {
	f.File, f.At, f.Level, f.Owner = o.File, o.Node.Position(f.Path), Error, string(fault.API)
	s.Findings = append(s.Findings, f)
}

// ErrNothing says that there is nothing to look at.
var ErrNothing = errors.New("no claim, composite resource or settings of " + strings.Join(groups[:2], " or "))

// Sorted returns findings by where they are, each once.
func Sorted(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	seen := make(map[Finding]bool, len(all))
	return slices.DeleteFunc(all, func(f Finding) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}
