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

	// Settings of the platform team.
	Settings Settings

	// Findings about the files themselves, and about objects that are none of ours although
	// they look like it.
	Findings []Finding

	function *function.Function

	// named are the Composites by kind and name: the same object twice is one.
	named map[string][]*Composite
}

// A Composite is a claim or a composite resource.
type Composite struct {
	files.Object
	Kind xr.Kind

	// XR is the composite resource: what Crossplane makes of a claim, or the object itself.
	XR *unstructured.Unstructured
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
	s := &Set{
		function: function.New(function.WithClock(time.Now)),
		Settings: Settings{Inputs: map[string]*Part{}},
		named:    map[string][]*Composite{},
	}
	given, err := files.Read(streams.In, o.Settings...)
	if err != nil {
		return nil, err
	}
	for _, f := range given {
		if err := s.settingsFile(f); err != nil {
			return nil, err
		}
	}
	read, err := files.Read(streams.In, paths...)
	if err != nil {
		return nil, err
	}
	var configs []files.Object
	for _, f := range read {
		s.fileFaults(streams, f)
		for _, object := range f.Objects {
			switch kind, ok := xr.KindOf(object.GetAPIVersion(), object.GetKind()); {
			case ok:
				s.composite(object, kind, o.Namespace)
			case isEnvironment(object.GetAPIVersion(), object.GetKind()):
				configs = append(configs, object)
			default:
				s.other(object)
			}
		}
	}
	if s.Settings.Config == nil {
		err = s.config(configs)
	}
	return s, err
}

// settingsFile takes the settings of a file that was given as such.
func (s *Set) settingsFile(f files.File) error {
	for _, fault := range f.Faults {
		return fmt.Errorf("%s:%d:%d: %s", f.Name, fault.At.Line, fault.At.Column, fault.Rule)
	}
	found := false
	for _, o := range f.Objects {
		switch key, path := compositionInput(o.Unstructured); {
		case isEnvironment(o.GetAPIVersion(), o.GetKind()):
			if s.Settings.Config != nil {
				return fmt.Errorf("%s: a second EnvironmentConfig: the first is in %s", f.Name, s.Settings.Config.File)
			}
			s.Settings.Config, found = part(o, "data"), true
		case isInput(o.GetAPIVersion(), o.GetKind()):
			s.Settings.Inputs[""], found = part(o, ""), true
		case path != "":
			s.Settings.Inputs[key], found = part(o, path), true
		}
	}
	if !found {
		return fmt.Errorf("%s: no settings: give an EnvironmentConfig, an Input, or a Composition with one", f.Name)
	}
	return nil
}

func part(o files.Object, path string) *Part {
	return &Part{File: o.File, Node: o.Node, Object: o.Unstructured, Path: path}
}

// configName is the name of the EnvironmentConfig that the shipped Compositions read.
const configName = "ecr-platform"

// config chooses the EnvironmentConfig with the settings.
func (s *Set) config(configs []files.Object) error {
	var others []files.Object
	for _, o := range configs {
		switch {
		case o.GetName() == configName && s.Settings.Config == nil:
			s.Settings.Config = part(o, "data")
		case o.GetName() == configName:
			if !reflect.DeepEqual(s.Settings.Config.Object.Object, o.Object) {
				return fmt.Errorf("%s and %s both have an EnvironmentConfig %s: give one of them with --settings", s.Settings.Config.File, o.File, configName)
			}
		case ours(o.Unstructured):
			others = append(others, o)
		}
	}
	if s.Settings.Config != nil || len(others) == 0 {
		return nil
	}
	if len(others) > 1 {
		return fmt.Errorf("%s and %s both have settings: give one of them with --settings", others[0].File, others[1].File)
	}
	s.Settings.Config = part(others[0], "data")
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
	name := strings.Join([]string{u.GetAPIVersion(), kind.Kind, u.GetNamespace(), u.GetName()}, "/")
	for _, other := range s.named[name] {
		if reflect.DeepEqual(other.Object.Object, u.Object) {
			return
		}
	}
	s.named[name] = append(s.named[name], c)
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
		if s.Settings.Inputs[key] == nil {
			s.Settings.Inputs[key] = part(o, path)
		}
	case isInput(apiVersion, kind) && version == "v1beta1":
		if s.Settings.Inputs[""] == nil {
			s.Settings.Inputs[""] = part(o, "")
		}
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
	return slices.CompactFunc(all, func(a, b Finding) bool { return a == b })
}
