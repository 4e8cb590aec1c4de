// Package local interprets a set of files: claims and composite resources, the platform team's settings and org
// accesses. It runs the function on them as Crossplane would, without a cluster.
package local

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

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

	// Settings are files with the platform team's settings. They take precedence over settings among the other files.
	Settings []string
}

// A Set is the content of a set of files.
type Set struct {
	// Composites are the claims and the composite resources.
	Composites []*Composite

	// Findings about the files themselves, and about objects that only look like ours.
	Findings []Finding

	function *function.Function
	sources  sources
}

// A Composite is a claim or a composite resource.
type Composite struct {
	files.Object
	Kind xr.Kind

	// XR is the composite resource: the one that Crossplane makes of a claim, or the object itself.
	XR *unstructured.Unstructured

	// settings in force for it.
	settings *settings
}

// WithoutGuardrails returns a copy of the composite resource for which no guardrails of the platform team are in force.
func (c *Composite) WithoutGuardrails() *Composite {
	open := *c
	open.settings = c.settings.withoutGuardrails(c.XR.GetNamespace())
	return &open
}

// Author returns kind, namespace and name of the object that somebody wrote: the claim, or the composite resource.
func (c *Composite) Author() string {
	if ref, ok, _ := unstructured.NestedMap(c.XR.Object, "spec", "claimRef"); ok {
		return fmt.Sprintf("%v %v/%v", ref["kind"], ref["namespace"], ref["name"])
	}
	return fmt.Sprintf("%s %s", c.XR.GetKind(), strings.TrimPrefix(c.XR.GetNamespace()+"/"+c.XR.GetName(), "/"))
}

// Load reads files, folders and standard input. It returns an error for what it cannot read, and for files of settings
// that have none.
func Load(streams cli.Streams, paths []string, o Options) (*Set, error) {
	s := &Set{function: function.New(), sources: newSources()}
	given, err := files.Read(streams.In, o.Settings...)
	if err != nil {
		return nil, err
	}
	for _, f := range given {
		if err := s.sources.addGiven(f); err != nil {
			return nil, err
		}
	}
	read, err := files.Read(streams.In, paths...)
	if err != nil {
		return nil, err
	}
	for _, f := range read {
		s.addFaults(streams, f)
		for _, object := range f.Objects {
			if kind, ok := xr.KindOf(object.GroupVersionKind()); ok {
				s.addComposite(object, kind, o.Namespace)
			} else {
				s.addOther(object)
			}
		}
	}
	return s, s.applySettings()
}

// applySettings sets the settings in force for each object. Of an object that the files have twice under the same
// settings, it keeps one.
func (s *Set) applySettings() error {
	var kept []*Composite
	named := map[string][]*Composite{}
	for _, c := range s.Composites {
		var err error
		if c.settings, err = s.sources.inForceFor(c.File); err != nil {
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

// addFaults adds what is wrong with a file itself. It skips files of a folder that have nothing to do with our API, such
// as the templates of a chart.
func (s *Set) addFaults(streams cli.Streams, f files.File) {
	if len(f.Faults) == 0 {
		return
	}
	mentionsUs := slices.ContainsFunc(groups, func(g string) bool { return strings.Contains(f.Text, g+"/") })
	if !f.Named && !mentionsUs {
		streams.Note("%s: skipped: %s", f.Name, f.Faults[0].Rule)
		return
	}
	for _, fault := range f.Faults {
		s.Findings = append(s.Findings, Finding{File: f.Name, At: fault.At, Level: Error, Rule: fault.Rule, ID: "file"})
	}
}

// required is the ID of errors in objects of which no composite resource can be made.
const required = "required"

// addComposite adds a claim or a composite resource.
func (s *Set) addComposite(o files.Object, kind xr.Kind, namespace string) {
	u := clean(o.Unstructured)
	if kind.Namespaced && u.GetNamespace() == "" {
		u.SetNamespace(namespace)
	}
	o.Unstructured = u
	c := &Composite{Object: o, Kind: kind, XR: u}
	if kind.Namespaced && u.GetNamespace() == "" {
		const rule = "required: the namespace, which decides whose project it is: write it, or give it with -n"
		s.addError(o, Finding{Path: "metadata.namespace", Rule: rule, ID: required})
		return
	}
	if spec := o.Node.Field("spec"); spec != nil && spec.Kind != files.KindMapping {
		s.addError(o, Finding{Path: "spec", Rule: "must be an object", ID: required})
		return
	}
	if kind.Claims != "" {
		claim := u.DeepCopy()
		if claim.GetName() == "" {
			// The schema reports that the name is missing. Any name serves to find other faults.
			claim.SetName(claim.GetGenerateName() + "x")
		}
		composite, err := xr.FromClaim(claim)
		if err != nil {
			s.addError(o, Finding{Path: "spec", Rule: err.Error(), ID: required})
			return
		}
		c.XR = composite
	}
	s.Composites = append(s.Composites, c)
}

// clean returns an object without the fields that only a cluster writes. With them, the function would assume that the
// resources of the object exist.
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

// groups of this project's API and of the Input.
var groups = []string{v1alpha1.Group, mv1alpha1.Group, inputKind.Group}

// addOther adds an object that is neither a claim nor a composite resource, if it has settings or is one of ours with a
// wrong kind or version.
func (s *Set) addOther(o files.Object) {
	switch kind, p := compositionInput(o); {
	case hasKind(o, environmentKind):
		s.sources.addConfig(o)
	case p != nil:
		s.sources.addInput(kind, p)
	case o.GroupVersionKind() == inputKind:
		s.sources.addInput(schema.GroupVersionKind{}, partOf(o, "", o.Object))
	default:
		s.addMisspelt(o)
	}
}

// addMisspelt adds an error if an object has one of our groups or kinds: then its kind, group or version is wrong.
func (s *Set) addMisspelt(o files.Object) {
	group, _, _ := strings.Cut(o.GetAPIVersion(), "/")
	known := []schema.GroupVersionKind{inputKind}
	for _, k := range xr.Kinds {
		known = append(known, k.GroupVersionKind)
	}
	var kinds, apiVersions []string
	for _, k := range known {
		switch {
		case k.Group == group && k.Kind == o.GetKind():
			s.addWrong(o, "apiVersion", o.GetAPIVersion(), k.GroupVersion().String())
			return
		case k.Group == group:
			kinds = append(kinds, k.Kind)
		case k.Kind == o.GetKind() && k != inputKind:
			apiVersions = append(apiVersions, k.GroupVersion().String())
		}
	}
	if len(apiVersions) > 0 {
		s.addWrong(o, "apiVersion", o.GetAPIVersion(), apiVersions...)
	} else if len(kinds) > 0 {
		s.addWrong(o, "kind", o.GetKind(), kinds...)
	}
}

// addWrong adds an error about a value that must be another one.
func (s *Set) addWrong(o files.Object, path, value string, allowed ...string) {
	f := Finding{Path: path, Value: value, Rule: "must be " + strings.Join(allowed, " or "), ID: "kind"}
	if value == "" {
		f.Rule = "required: " + strings.Join(allowed, " or ")
	}
	s.addError(o, f)
}

// addError adds an error in an object that is not checked any further.
func (s *Set) addError(o files.Object, f Finding) {
	f.File, f.At, f.Level, f.Owner = o.File, o.Node.Position(f.Path), Error, string(fault.API)
	s.Findings = append(s.Findings, f)
}

// ErrNothing reports that the files have nothing for a command.
var ErrNothing = errors.New("no claim, composite resource or settings of " + strings.Join(groups[:2], " or "))

// Sorted sorts findings by their place in the files, and drops duplicates.
func Sorted(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	seen := make(map[Finding]bool, len(all))
	return slices.DeleteFunc(all, func(f Finding) bool {
		duplicate := seen[f]
		seen[f] = true
		return duplicate
	})
}
