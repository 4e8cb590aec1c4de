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
			switch kind, ok := xr.KindOf(object.GetAPIVersion(), object.GetKind()); {
			case ok:
				s.composite(object, kind, o.Namespace)
			case isEnvironment(object.GetAPIVersion(), object.GetKind()):
				s.sources.config(object)
			default:
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
	if !f.Named && !mentions && f.Name != files.StdinName {
		streams.Note("%s: skipped: %s", f.Name, f.Faults[0].Rule)
		return
	}
	for _, fault := range f.Faults {
		s.Findings = append(s.Findings, Finding{File: f.Name, At: fault.At, Level: Error, Rule: fault.Rule, ID: "file"})
	}
}

// composite adds a claim or a composite resource.
func (s *Set) composite(o files.Object, kind xr.Kind, namespace string) {
	u := clean(o.Unstructured)
	if kind.Namespaced && u.GetNamespace() == "" {
		u.SetNamespace(namespace)
	}
	o.Unstructured = u
	c := &Composite{Object: o, Kind: kind, XR: u}
	if kind.Namespaced && u.GetNamespace() == "" {
		s.found(o, "metadata.namespace", "required: the namespace, which decides whose project it is: write it, or give it with -n")
		return
	}
	if spec := o.Node.Field("spec"); spec != nil && spec.Kind != files.KindMapping {
		s.found(o, "spec", "must be an object")
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
			s.found(o, "spec", err.Error())
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
	for _, f := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "finalizers", "ownerReferences"} {
		unstructured.RemoveNestedField(u.Object, "metadata", f)
	}
	for _, f := range [][]string{{"spec", "resourceRef"}, {"spec", "resourceRefs"}, {"spec", "crossplane", "resourceRefs"}} {
		unstructured.RemoveNestedField(u.Object, f...)
	}
	return u
}

// groups of this project, and of the Input.
var groups = []string{"ecr.ontopix.io", "ecr.m.ontopix.io", inputGroup}

// other looks at an object that is no claim and no composite resource: it may be settings,
// or hold a mistake that would be told by a cluster only.
func (s *Set) other(o files.Object) {
	apiVersion, kind := o.GetAPIVersion(), o.GetKind()
	group, version, _ := strings.Cut(apiVersion, "/")
	switch key, path := compositionInput(o.Unstructured); {
	case path != "":
		s.sources.input(key, part(o, path))
	case isInput(apiVersion, kind) && version == "v1beta1":
		s.sources.input("", part(o, ""))
	case group == inputGroup && kind == inputKind:
		s.wrong(o, "apiVersion", apiVersion, inputGroup+"/v1beta1")
	case group == inputGroup:
		s.wrong(o, "kind", kind, inputKind)
	case slices.Contains(groups, group):
		s.misspelt(o, group, version)
	default:
		for _, k := range xr.Kinds {
			if k.Kind == kind {
				s.wrong(o, "apiVersion", apiVersion, apiVersions(kind)...)
				return
			}
		}
	}
}

// misspelt tells what is wrong with an object of one of our groups.
func (s *Set) misspelt(o files.Object, group, version string) {
	var kinds []string
	for _, k := range xr.Kinds {
		if k.Group != group {
			continue
		}
		if k.Kind == o.GetKind() && k.Version != version {
			s.wrong(o, "apiVersion", o.GetAPIVersion(), k.APIVersion())
			return
		}
		kinds = append(kinds, k.Kind)
	}
	if slices.ContainsFunc(xr.Kinds, func(k xr.Kind) bool { return k.Kind == o.GetKind() }) {
		s.wrong(o, "apiVersion", o.GetAPIVersion(), apiVersions(o.GetKind())...)
		return
	}
	s.wrong(o, "kind", o.GetKind(), kinds...)
}

// apiVersions that have a kind.
func apiVersions(kind string) []string {
	var all []string
	for _, k := range xr.Kinds {
		if k.Kind == kind {
			all = append(all, k.APIVersion())
		}
	}
	return all
}

func (s *Set) wrong(o files.Object, path, value string, right ...string) {
	f := Finding{File: o.File, At: o.Node.Position(path), Level: Error, Path: path, Value: value, Owner: "API", ID: "kind"}
	if f.Rule = "must be " + strings.Join(right, " or "); value == "" {
		f.Rule = "required: " + strings.Join(right, " or ")
	}
	s.Findings = append(s.Findings, f)
}

func (s *Set) found(o files.Object, path, rule string) {
	s.Findings = append(s.Findings, Finding{File: o.File, At: o.Node.Position(path), Level: Error, Path: path, Rule: rule, Owner: "API", ID: "required"})
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
