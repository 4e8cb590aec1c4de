package function_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

func today() time.Time { return fntest.Today }

// A world is what a request is made of, as JSON has it.
type world struct {
	xr       map[string]any
	input    map[string]any
	observed map[string]map[string]any // by composition resource name
	cluster  []map[string]any
}

// maxSeed bounds the objects that seeds are made of, in bytes of JSON: the fuzzer
// hardly moves in large ones.
const maxSeed = 8 << 10

// seeds are the tables of the tests, the examples and what benchmarks measure.
func seeds(tb testing.TB) []world {
	tb.Helper()
	var all []world
	input, err := cases.Input()
	if err != nil {
		tb.Fatal(err)
	}
	access, err := cases.OrgAccess()
	if err != nil {
		tb.Fatal(err)
	}
	namespaced, err := cases.NamespacedOrgAccess()
	if err != nil {
		tb.Fatal(err)
	}
	for _, kind := range []string{cases.XProjectRegistry, cases.XEcrOrgAccess, cases.ProjectRegistry, cases.EcrOrgAccess} {
		for _, table := range []func(string) ([]cases.Case, error){cases.Valid, cases.Invalid} {
			list, err := table(kind)
			if err != nil {
				tb.Fatal(err)
			}
			for _, c := range list {
				if len(text(tb, c.Object)) <= maxSeed {
					all = append(all, world{xr: c.Object, input: input, cluster: []map[string]any{access, namespaced}})
				}
			}
		}
	}
	all = append(all, examples(tb)...)
	for _, req := range []*fnv1.RunFunctionRequest{load.First(3), load.Steady(3), load.Invalid(2), load.OrgAccess()} {
		w := world{xr: req.GetObserved().GetComposite().GetResource().AsMap(), input: req.GetInput().AsMap(), observed: map[string]map[string]any{}}
		for key, o := range req.GetObserved().GetResources() {
			w.observed[key] = o.GetResource().AsMap()
		}
		all = append(all, w)
	}
	return all
}

// examples are those of the repository, as they are observed.
func examples(tb testing.TB) []world {
	tb.Helper()
	files, err := filepath.Glob("../../examples/*/*/xr.yaml")
	if err != nil || len(files) == 0 {
		tb.Fatalf("there are no examples: %v", err)
	}
	var all []world
	for _, file := range files {
		read := func(name string) []map[string]any {
			raw, err := os.ReadFile(filepath.Join(filepath.Dir(file), name))
			if err != nil {
				return nil
			}
			var docs []map[string]any
			for _, o := range fntest.Objects(tb, string(raw)) {
				docs = append(docs, o.AsMap())
			}
			return docs
		}
		w := world{xr: read("xr.yaml")[0], input: map[string]any{"region": "eu-west-1", "platformConfig": map[string]any{"name": "ecr-platform", "optional": true}}, observed: map[string]map[string]any{}}
		w.cluster = read("required.yaml")
		if len(text(tb, w.xr)) > maxSeed {
			continue
		}
		all = append(all, w.clone(tb))
		for _, o := range read("observed.yaml") {
			meta, _ := o["metadata"].(map[string]any)
			annotations, _ := meta["annotations"].(map[string]any)
			key, _ := annotations["crossplane.io/composition-resource-name"].(string)
			w.observed[key] = o
		}
		all = append(all, w)
	}
	return all
}

func text(tb testing.TB, v any) []byte {
	tb.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func (w world) clone(tb testing.TB) world {
	tb.Helper()
	var c world
	for _, part := range []struct{ from, into any }{{w.xr, &c.xr}, {w.input, &c.input}, {w.observed, &c.observed}, {w.cluster, &c.cluster}} {
		if err := json.Unmarshal(text(tb, part.from), part.into); err != nil {
			tb.Fatal(err)
		}
	}
	return c
}

func (w world) request(tb testing.TB) *fnv1.RunFunctionRequest {
	tb.Helper()
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "fuzz"},
		Input:    object(tb, w.input),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: object(tb, w.xr)}, Resources: map[string]*fnv1.Resource{}},
	}
	for key, o := range w.observed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: object(tb, o)}
	}
	return req
}

func object(tb testing.TB, m map[string]any) *structpb.Struct {
	tb.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		tb.Skip() // text that is not UTF-8, which no message holds
	}
	return s
}

// check answers a request as Crossplane has it answered, and holds the answer against
// what is true of all of them.
func (w world) check(t *testing.T) {
	t.Helper()
	cluster := make([]*structpb.Struct, 0, len(w.cluster))
	for _, o := range w.cluster {
		cluster = append(cluster, object(t, o))
	}
	req, same := w.request(t), w.request(t)
	rsp := fntest.Answer(t, req, cluster, today())
	if again := fntest.Answer(t, same, cluster, today()); !proto.Equal(rsp, again) {
		t.Errorf("two answers to one request differ")
	}
	for _, part := range []struct{ got, want proto.Message }{{req.GetObserved(), w.request(t).GetObserved()}, {req.GetInput(), object(t, w.input)}} {
		if !proto.Equal(part.got, part.want) {
			t.Errorf("the function changed its request: %v, was %v", part.got, part.want)
		}
	}
	checkSize(t, rsp, proto.Size(req))
	checkConditions(t, rsp)
	if fntest.Fatal(rsp) == "" {
		w.checkImages(t, rsp)
		// The API server names composite resources, and what is named after them relies on it.
		meta, _ := w.xr["metadata"].(map[string]any)
		if name, _ := meta["name"].(string); len(validation.IsDNS1123Subdomain(name)) == 0 {
			w.checkDesired(t, rsp)
		}
	}
}

// Bounds of an answer, in bytes. Other functions' desired resources and the observed
// ones that are rendered once more come on top.
const (
	maxAnswer  = 4 << 20
	maxMessage = 32 << 10
)

func checkSize(t *testing.T, rsp *fnv1.RunFunctionResponse, request int) {
	t.Helper()
	wire, err := proto.Marshal(rsp)
	if err != nil {
		t.Errorf("the answer cannot be sent: %v", err)
	}
	if len(wire) > maxAnswer+request {
		t.Errorf("the answer has %d bytes", len(wire))
	}
	for _, r := range rsp.GetResults() {
		if len(r.GetMessage()) > maxMessage {
			t.Errorf("a result has %d bytes", len(r.GetMessage()))
		}
	}
}

// reason is the grammar of a condition's reason.
var reason = regexp.MustCompile(`^[A-Z][A-Za-z]*$`)

// checkConditions shows that every answer has the same two conditions, and that a
// refusal says so in them: a Fatal result alone reaches nobody.
func checkConditions(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	var types []string
	for _, c := range rsp.GetConditions() {
		types = append(types, c.GetType())
		if !reason.MatchString(c.GetReason()) || c.GetTarget() != fnv1.Target_TARGET_COMPOSITE_AND_CLAIM || len(c.GetMessage()) > maxMessage {
			t.Errorf("a condition is not what Crossplane takes: %v", c)
		}
	}
	if !slices.Equal(types, []string{"Valid", "Compliant"}) {
		t.Errorf("the answer has the conditions %q\n%s", types, fntest.Summary(rsp))
	}
	valid := fntest.Condition(rsp, "Valid")
	if fatal := fntest.Fatal(rsp); fatal != "" && (!strings.HasPrefix(valid, "False ") || !strings.HasSuffix(valid, fatal)) {
		t.Errorf("it is refused, and the condition does not tell why: %s", fntest.Summary(rsp))
	}
}

// checkImages shows that what is accepted is rendered: a repository less is one that
// Crossplane takes away.
func (w world) checkImages(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	spec, _ := w.xr["spec"].(map[string]any)
	images, _ := spec["images"].([]any)
	if !strings.HasPrefix(fntest.Condition(rsp, "Valid"), "True") {
		return // some image is somebody else's
	}
	for i, v := range images {
		image, _ := v.(map[string]any)
		name, _ := image["name"].(string)
		if rsp.GetDesired().GetResources()["repository/"+name] == nil {
			t.Errorf("spec.images[%d] %q is accepted and not rendered", i, name)
		}
	}
}

// checkDesired shows that the API server takes what is desired, that no two resources
// have one name, and that no repository may be deleted unless the platform team says so.
func (w world) checkDesired(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	mayDelete := says(w.input, "allowDelete") || says(w.input, "exceptions")
	for _, o := range w.cluster {
		mayDelete = mayDelete || says(o, "allowDelete") || says(o, "exceptions")
	}
	names := map[string]string{}
	for key, d := range rsp.GetDesired().GetResources() {
		f := d.GetResource().GetFields()
		meta := f["metadata"].GetStructValue().GetFields()
		kind, name := f["kind"].GetStringValue(), meta["name"].GetStringValue()
		if faults := validation.IsDNS1123Subdomain(name); len(faults) > 0 && name != "" {
			t.Errorf("%s: the name %q: %s", key, name, faults)
		}
		for label, v := range meta["labels"].GetStructValue().GetFields() {
			if faults := validation.IsValidLabelValue(v.GetStringValue()); len(faults) > 0 {
				t.Errorf("%s: the label %s: %s", key, label, faults)
			}
		}
		if other, taken := names[kind+" "+name]; taken {
			t.Errorf("%s and %s have the name %s", key, other, name)
		}
		names[kind+" "+name] = key
		for _, p := range f["spec"].GetStructValue().GetFields()["managementPolicies"].GetListValue().GetValues() {
			if p := p.GetStringValue(); kind == "Repository" && (p == "*" || p == "Delete" && !mayDelete) {
				t.Errorf("%s may be deleted, and nobody allowed it", key)
			}
		}
	}
}

// says tells whether a value has a field of that name anywhere.
func says(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if k == name || says(e, name) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if says(e, name) {
				return true
			}
		}
	}
	return false
}
