package composite

import (
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/request"
)

// A Request is what Crossplane asks for in one run, read once.
type Request struct {
	XR    *XR
	Input *structpb.Struct

	// Observed composed resources by composition resource name, as Crossplane reports them. Package observed decides
	// which of them count.
	Observed map[string]*structpb.Struct

	// Fetched is what earlier answers to the same request asked for.
	Fetched Fetched

	// Served are the kinds that the cluster served a short while ago, by the keys of their lookups.
	Served map[string]bool

	// SettingsRequired is true if no composite resource may be composed without the platform
	// team's EnvironmentConfig, whatever the Composition says.
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
		Now:      now,
	}
}

// A Lookup asks for objects that are neither observed nor desired: the one of a name, or all that have a label.
type Lookup struct {
	// Key that tells a lookup from the others of a run.
	Key string

	APIVersion, Kind string

	// Namespace of the objects; empty for all namespaces, and for cluster-scoped objects.
	Namespace string

	// Name of the one object that is asked for.
	Name string

	// Label and Value that the objects have, where there is no Name.
	Label, Value string

	// Served asks for no object, but whether the cluster serves the kind.
	Served bool
}

// Lookups are all that a run asks for. Every run asks for the same, or Crossplane would call for ever.
type Lookups []Lookup

// Fetched is what Crossplane found in the cluster.
type Fetched struct {
	objects map[string][]*structpb.Struct
	served  map[string]bool
	schemas bool // Crossplane is one that answers whether a kind is served
}

func readFetched(in *fnv1.RunFunctionRequest) Fetched {
	f := Fetched{
		objects: map[string][]*structpb.Struct{},
		served:  map[string]bool{},
		schemas: request.HasCapability(in, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS),
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
	for key, s := range in.GetRequiredSchemas() {
		f.served[key] = len(s.GetOpenapiV3().GetFields()) > 0
	}
	return f
}

// Objects that a lookup found.
func (f Fetched) Objects(l Lookup) []*structpb.Struct { return f.objects[l.Key] }

// Object that a lookup found; nil if it is not there, or not fetched yet.
func (f Fetched) Object(l Lookup) *structpb.Struct {
	if found := f.Objects(l); len(found) > 0 {
		return found[0]
	}
	return nil
}

// AnswersServed reports whether Crossplane is one that tells which kinds a cluster serves: 2.2 and later do.
func (f Fetched) AnswersServed() bool { return f.schemas }

// Kinds are those that were asked for: whether the cluster serves them, by the keys of their lookups.
func (f Fetched) Kinds() map[string]bool { return f.served }

// Serves reports whether the cluster is known to serve the kind of a lookup: it says so or, where it was not asked, it
// did a short while ago. Whoever asks for objects of a kind that it does not serve gets no answer at all.
func (r *Request) Serves(l Lookup) bool {
	if served, asked := r.Fetched.served[l.Key]; asked {
		return served
	}
	return r.Served[l.Key]
}

// Lacks reports whether some objects have not been looked for yet, which is not the same as not being there.
func (f Fetched) Lacks(lookups Lookups) bool {
	for _, l := range lookups {
		if _, ok := f.objects[l.Key]; !ok && !l.Served {
			return true
		}
	}
	return false
}

// requirements are lookups in Crossplane's words: those of version 2 and, under the same keys, those of 1.15 to 1.20,
// which know only extra resources and no namespace. One that says that it knows required resources, 2.2 and later, is
// not asked in the old words too: it would call once more.
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
