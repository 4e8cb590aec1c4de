package fntest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/request"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/fake/crossplane"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

// maxCalls is the maximum number of calls for one reconcile. They fetch the platform team's settings and the objects
// that the spec names, then the objects that these settings name, then objects of the other generation once it is known
// to be served, and finally get the answer.
const maxCalls = 4

// Modern are the capabilities of Crossplane since 2.2.
var Modern = crossplane.Capabilities()

// sameKeys reports whether two maps have the same keys.
func sameKeys[A, B any](a map[string]A, b map[string]B) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
}

// Answer calls the function until it requires nothing new, as Crossplane does, and returns its last response. Earlier
// responses must have nothing but requirements, in the fields of Crossplane 1 and 2 alike unless the request has Modern
// capabilities. Every kind with a required schema is served.
func Answer(t testing.TB, req *fnv1.RunFunctionRequest, cluster []*structpb.Struct, today time.Time) *fnv1.RunFunctionResponse {
	t.Helper()
	f := function.New(function.WithClock(func() time.Time { return today }))
	for range maxCalls {
		rsp, err := f.RunFunction(context.Background(), req)
		if err != nil {
			t.Fatalf("RunFunction: %v", err)
		}
		required := rsp.GetRequirements().GetResources()
		old := required
		if request.HasCapability(req, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES) {
			old = nil
		}
		extra := rsp.GetRequirements().GetExtraResources() //nolint:staticcheck // Crossplane 1 has no other field
		if diff := cmp.Diff(old, extra, protocmp.Transform()); diff != "" {
			t.Errorf("RunFunction: Crossplane 2 and 1 get different requirements: -2, +1:\n%s", diff)
		}
		schemas := rsp.GetRequirements().GetSchemas()
		if Fatal(rsp) != "" || sameKeys(required, req.GetRequiredResources()) && sameKeys(schemas, req.GetRequiredSchemas()) {
			return rsp
		}
		if len(rsp.GetConditions())+len(rsp.GetResults()) > 0 || rsp.GetMeta().GetTtl().AsDuration() != 0 {
			t.Errorf("RunFunction: a response with new requirements must have nothing else and no TTL: TTL %v\n%s",
				rsp.GetMeta().GetTtl().AsDuration(), Summary(rsp))
		}
		req.RequiredSchemas = map[string]*fnv1.Schema{}
		for key := range schemas {
			served := map[string]*structpb.Value{"type": structpb.NewStringValue("object")}
			req.RequiredSchemas[key] = &fnv1.Schema{OpenapiV3: &structpb.Struct{Fields: served}}
		}
		req.RequiredResources = crossplane.Fetch(required, cluster)
	}
	t.Fatalf("the requirements do not settle in %d calls", maxCalls)
	return nil
}

// Fatal returns the message of the fatal result; empty if there is none.
func Fatal(rsp *fnv1.RunFunctionResponse) string {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return r.GetMessage()
		}
	}
	return ""
}

// Refused fails the test unless the fatal message begins with want. If want is empty, there must be no fatal result.
func Refused(t testing.TB, reason string, rsp *fnv1.RunFunctionResponse, want string) {
	t.Helper()
	if got := Fatal(rsp); want == "" && got != "" || !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant: %s\ngot:  %s", reason, want, got)
	}
}

// Condition returns the status, the reason and the message of a condition, separated by spaces; empty if the response
// has no condition of the type.
func Condition(rsp *fnv1.RunFunctionResponse, typ string) string {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == typ {
			m := crossplane.Condition(c)
			return strings.TrimSpace(str(m, "status") + " " + str(m, "reason") + " " + str(m, "message"))
		}
	}
	return ""
}

// Keys returns the sorted keys of the desired resources.
func Keys(rsp *fnv1.RunFunctionResponse) []string {
	return slices.Sorted(maps.Keys(rsp.GetDesired().GetResources()))
}

// Desired decodes a desired resource.
func Desired(t testing.TB, rsp *fnv1.RunFunctionResponse, key string, into any) {
	t.Helper()
	d, ok := rsp.GetDesired().GetResources()[key]
	if !ok {
		t.Fatalf("there is no desired resource %q, only %q\n%s", key, Keys(rsp), Summary(rsp))
	}
	decode(t, d.GetResource(), into)
}

// Status decodes the desired status of the composite resource.
func Status(t testing.TB, rsp *fnv1.RunFunctionResponse, into any) {
	t.Helper()
	decode(t, rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue(), into)
}

// decode decodes an object into a value through JSON.
func decode(t testing.TB, s *structpb.Struct, into any) {
	t.Helper()
	raw, err := protojson.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// Advice returns the advice of the status, one on each line.
func Advice(t testing.TB, rsp *fnv1.RunFunctionResponse) string {
	t.Helper()
	var s struct {
		Advice []struct{ Path, Message string }
	}
	Status(t, rsp, &s)
	lines := make([]string, 0, len(s.Advice))
	for _, a := range s.Advice {
		lines = append(lines, a.Path+": "+a.Message)
	}
	return strings.Join(lines, "\n")
}

// Made returns the desired resources as observed once they exist in AWS, in YAML by their keys, with their controller.
func Made(t testing.TB, rsp *fnv1.RunFunctionResponse, account string, controller metav1.OwnerReference) map[string]string {
	t.Helper()
	controller.Controller = ptr.To(true)
	made := map[string]string{}
	for key, d := range rsp.GetDesired().GetResources() {
		u := &unstructured.Unstructured{Object: d.GetResource().AsMap()}
		if err := (provider.Account{ID: account, Partition: "aws"}).Observe(u); err != nil {
			t.Fatal(err)
		}
		u.SetOwnerReferences([]metav1.OwnerReference{controller})
		made[key] = Text(t, u.Object)
	}
	return made
}

// A Resource has the fields of a desired resource that tests check.
type Resource struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Annotations map[string]string `json:"annotations"`
		Labels      map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ManagementPolicies []string       `json:"managementPolicies"`
		ProviderConfigRef  map[string]any `json:"providerConfigRef"`
		ForProvider        map[string]any `json:"forProvider"`
	} `json:"spec"`
}

// External returns the resource's external-name.
func (r Resource) External() string { return r.Metadata.Annotations["crossplane.io/external-name"] }
