package function_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

func today() time.Time { return fntest.Today }

// A world has the objects that a request is made of.
type world struct {
	xr, input *structpb.Struct
	observed  map[string]*structpb.Struct // by composition resource name
	cluster   []*structpb.Struct
}

// maxSeed is the maximum size of a seed's object, in bytes: the fuzzer makes little progress with large ones.
const maxSeed = 8 << 10

// seeds returns the accepted objects of the tests' tables, the examples, and the requests of the benchmarks. The tables
// test refusals: behind a refusal there is nothing to find.
func seeds(tb testing.TB) []world {
	tb.Helper()
	input, access, namespaced := read(tb, cases.Input), read(tb, cases.OrgAccess), read(tb, cases.NamespacedOrgAccess)
	var all []world
	for _, kind := range []string{cases.XProjectRegistry, cases.XEcrOrgAccess, cases.ProjectRegistry, cases.EcrOrgAccess} {
		list, err := cases.Valid(kind)
		if err != nil {
			tb.Fatal(err)
		}
		for _, c := range list {
			if xr := object(tb, c.Object); proto.Size(xr) <= maxSeed {
				all = append(all, world{xr: xr, input: input, cluster: []*structpb.Struct{access, namespaced}})
			}
		}
	}
	all = append(all, examples(tb)...)
	for _, req := range []*fnv1.RunFunctionRequest{load.First(3), load.Steady(3), load.OrgAccess()} {
		w := world{xr: req.GetObserved().GetComposite().GetResource(), input: req.GetInput(), observed: map[string]*structpb.Struct{}}
		for key, o := range req.GetObserved().GetResources() {
			w.observed[key] = o.GetResource()
		}
		all = append(all, w)
	}
	return all
}

// examples returns the examples of the repository, with their observed resources.
func examples(tb testing.TB) []world {
	tb.Helper()
	files, err := filepath.Glob("../../examples/*/*/xr.yaml")
	if err != nil || len(files) == 0 {
		tb.Fatalf("there are no examples: %v", err)
	}
	input := object(tb, map[string]any{"region": "eu-west-1", "platformConfig": map[string]any{"name": "ecr-platform", "optional": true}})
	var all []world
	for _, file := range files {
		read := func(name string) []*structpb.Struct {
			raw, err := os.ReadFile(filepath.Join(filepath.Dir(file), name))
			if err != nil {
				return nil
			}
			return fntest.Objects(tb, string(raw))
		}
		w := world{xr: read("xr.yaml")[0], input: input, cluster: read("required.yaml"), observed: map[string]*structpb.Struct{}}
		if proto.Size(w.xr) > maxSeed {
			continue
		}
		for _, o := range read("observed.yaml") {
			w.observed[at(o, "metadata", "annotations", "crossplane.io/composition-resource-name").GetStringValue()] = o
		}
		all = append(all, w)
	}
	return all
}

func read(tb testing.TB, from func() (map[string]any, error)) *structpb.Struct {
	tb.Helper()
	o, err := from()
	if err != nil {
		tb.Fatal(err)
	}
	return object(tb, o)
}

func object(tb testing.TB, m map[string]any) *structpb.Struct {
	tb.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// at returns the value at the path of fields in an object; nil if there is none.
func at(o *structpb.Struct, fields ...string) *structpb.Value {
	v := structpb.NewStructValue(o)
	for _, f := range fields {
		v = v.GetStructValue().GetFields()[f]
	}
	return v
}

// settled has the observed resources of seeds once everything is ready, by the seeds' numbers.
var settled sync.Map //nolint:gochecknoglobals // a cache

// settled returns the world with the given number once everything that its composite resource desires exists.
func (w world) settled(t *testing.T, number int) world {
	t.Helper()
	if o, ok := settled.Load(number); ok {
		w.observed = o.(map[string]*structpb.Struct) //nolint:forcetypeassert // nothing else is stored
		return w
	}
	rsp := fntest.Answer(t, w.request(), w.cluster, today())
	delete(rsp.GetDesired().GetResources(), foreign)
	made := map[string]*structpb.Struct{}
	owner := metav1.OwnerReference{Kind: at(w.xr, "kind").GetStringValue(), UID: types.UID(at(w.xr, "metadata", "uid").GetStringValue())}
	for key, o := range fntest.Made(t, rsp, "111122223333", owner) {
		made[key] = fntest.Object(t, o)
	}
	settled.Store(number, made)
	w.observed = made
	return w
}

// clone returns a copy of the world that can be changed.
func (w world) clone() world {
	c := world{xr: clone(w.xr), input: clone(w.input), observed: map[string]*structpb.Struct{}}
	for key, o := range w.observed {
		c.observed[key] = clone(o)
	}
	for _, o := range w.cluster {
		c.cluster = append(c.cluster, clone(o))
	}
	return c
}

func clone[M proto.Message](m M) M { return proto.Clone(m).(M) } //nolint:forcetypeassert // a clone has its original's type

// foreign is the name of a resource that another function of the pipeline desires.
const foreign = "foreign/keep"

// request returns Crossplane's request for the world, after another function of the pipeline.
func (w world) request() *fnv1.RunFunctionRequest {
	other := func(field string) *fnv1.Resource {
		return &fnv1.Resource{Resource: &structpb.Struct{Fields: map[string]*structpb.Value{
			field: structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"foreign": structpb.NewStringValue("kept")}}),
		}}}
	}
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "fuzz"},
		Input:    w.input,
		Context:  other("context").GetResource(),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: w.xr}, Resources: map[string]*fnv1.Resource{}},
		Desired:  &fnv1.State{Composite: other("status"), Resources: map[string]*fnv1.Resource{foreign: other("data")}},
	}
	for key, o := range w.observed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: o}
	}
	return req
}
