package composite

import (
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/request"
)

// A Request is a RunFunctionRequest as values.
type Request struct {
	XR    *XR
	Input *structpb.Struct

	// Observed composed resources by composition resource name, as Crossplane reports them. Package observed decides
	// which of them to trust.
	Observed map[string]*structpb.Struct

	// Fetched has the objects that earlier answers to the same request asked for.
	Fetched Fetched

	// Served says whether the cluster serves a kind, by the key of the lookup that asked: in this request or, if the
	// function remembers it, in an earlier one. Crossplane answers no request for objects of a kind that is not served.
	Served map[string]bool

	// SettingsRequired is true if nothing may be composed without the platform team's EnvironmentConfig, even where the
	// Composition says that it is optional.
	SettingsRequired bool

	// Now is the time of the run. Dated exceptions depend on its day.
	Now time.Time
}

// Read reads a request.
func Read(in *fnv1.RunFunctionRequest, now time.Time) Request {
	observed := make(map[string]*structpb.Struct, len(in.GetObserved().GetResources()))
	for key, r := range in.GetObserved().GetResources() {
		observed[key] = r.GetResource()
	}
	return Request{
		XR:       ReadXR(in.GetObserved().GetComposite().GetResource()),
		Input:    in.GetInput(),
		Observed: observed,
		Fetched:  readFetched(in),
		Served:   readServed(in),
		Now:      now,
	}
}

// A Lookup asks Crossplane for objects that are neither observed nor desired: the one of a name, or all with a label.
type Lookup struct {
	// Key of the lookup, unique in a run.
	Key string

	APIVersion, Kind string

	// Namespace of the objects; empty for all namespaces, and for cluster-scoped objects.
	Namespace string

	// Name of the object.
	Name string

	// Label and Value of the objects, if Name is empty.
	Label, Value string

	// Served asks whether the cluster serves the kind, instead of for objects.
	Served bool
}

// Lookups are all lookups of a run. Every run must ask for the same, or Crossplane would call again for ever.
type Lookups []Lookup

// Fetched has the objects that Crossplane found in the cluster.
type Fetched struct {
	// AnswersServed is true if this version of Crossplane can say whether a kind is served: 2.2 and later can.
	AnswersServed bool

	objects map[string][]*structpb.Struct // by the key of their lookup
}

func readFetched(in *fnv1.RunFunctionRequest) Fetched {
	f := Fetched{
		AnswersServed: request.HasCapability(in, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS),
		objects:       map[string][]*structpb.Struct{},
	}
	for _, all := range []map[string]*fnv1.Resources{
		in.GetExtraResources(), //nolint:staticcheck // Crossplane 1 knows no other field
		in.GetRequiredResources(),
	} {
		for key, list := range all {
			f.objects[key] = nil
			for _, r := range list.GetItems() {
				f.objects[key] = append(f.objects[key], r.GetResource())
			}
		}
	}
	return f
}

func readServed(in *fnv1.RunFunctionRequest) map[string]bool {
	served := map[string]bool{}
	for key, s := range in.GetRequiredSchemas() {
		served[key] = len(s.GetOpenapiV3().GetFields()) > 0
	}
	return served
}

// Objects returns the objects that a lookup found.
func (f Fetched) Objects(l Lookup) []*structpb.Struct { return f.objects[l.Key] }

// Object returns the object that a lookup found; nil if there is none, or if it was not fetched yet.
func (f Fetched) Object(l Lookup) *structpb.Struct {
	if found := f.Objects(l); len(found) > 0 {
		return found[0]
	}
	return nil
}

// Lacks reports whether Crossplane has not answered some lookup for objects yet. A lookup that found none is answered.
func (f Fetched) Lacks(lookups Lookups) bool {
	for _, l := range lookups {
		if _, ok := f.objects[l.Key]; !ok && !l.Served {
			return true
		}
	}
	return false
}

// requirements returns lookups as Crossplane 2 reads them and, under the same keys, as 1.15 to 1.20 do, which know only
// extra resources and no namespace. A Crossplane that says that it knows required resources, 2.2 and later, gets no
// extra resources: they would make it call once more.
func (lookups Lookups) requirements(in *fnv1.RunFunctionRequest) *fnv1.Requirements {
	if len(lookups) == 0 {
		return nil
	}
	all := &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{}, Schemas: map[string]*fnv1.SchemaSelector{}}
	for _, l := range lookups {
		if l.Served {
			all.Schemas[l.Key] = &fnv1.SchemaSelector{ApiVersion: l.APIVersion, Kind: l.Kind}
		} else {
			all.Resources[l.Key] = l.selector()
		}
	}
	if !request.HasCapability(in, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES) && len(all.Resources) > 0 {
		all.ExtraResources = all.Resources //nolint:staticcheck // Crossplane 1 knows no other field
	}
	return all
}

func (l Lookup) selector() *fnv1.ResourceSelector {
	s := &fnv1.ResourceSelector{ApiVersion: l.APIVersion, Kind: l.Kind}
	if l.Name != "" {
		s.Match = &fnv1.ResourceSelector_MatchName{MatchName: l.Name}
	} else {
		s.Match = &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{l.Label: l.Value}}}
	}
	if l.Namespace != "" {
		s.Namespace = &l.Namespace
	}
	return s
}
