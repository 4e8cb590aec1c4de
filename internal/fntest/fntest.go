// Package fntest builds requests to the function from YAML, and calls the function as Crossplane does until its
// requirements are met.
package fntest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Today is the default time of tests.
var Today = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// A Request is a request to the function, in YAML.
type Request struct {
	// XR is the composite resource.
	XR string

	// Input of the Composition; empty for none.
	Input string

	// Observed resources by their composition resource names.
	Observed map[string]string

	// Cluster is a stream of the objects that can be required.
	Cluster string

	// Today is the time of the request; zero for the default.
	Today time.Time
}

// Run calls the function as Crossplane does, with the required objects of the cluster, until it requires nothing new.
func Run(t testing.TB, r Request) *fnv1.RunFunctionResponse {
	t.Helper()
	today := r.Today
	if today.IsZero() {
		today = Today
	}
	return Answer(t, Build(t, r), Objects(t, r.Cluster), today)
}

// Build returns the request without required resources.
func Build(t testing.TB, r Request) *fnv1.RunFunctionRequest {
	t.Helper()
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "test"},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: Object(t, r.XR)}, Resources: map[string]*fnv1.Resource{}},
	}
	if r.Input != "" {
		req.Input = Object(t, r.Input)
	}
	for key, o := range r.Observed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: Object(t, o)}
	}
	return req
}

// Object parses an object in YAML.
func Object(t testing.TB, doc string) *structpb.Struct {
	t.Helper()
	return structOf(t, unmarshal(t, doc))
}

// structOf converts an object through JSON, since structpb does not accept typed maps and lists.
func structOf(t testing.TB, m map[string]any) *structpb.Struct {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	return s
}

func unmarshal(t testing.TB, doc string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(doc), &m); err != nil {
		t.Fatalf("cannot read YAML: %v\n%s", err, doc)
	}
	if m == nil { // The text is null.
		return map[string]any{}
	}
	return m
}

// Objects parses the objects in a stream of YAML documents.
func Objects(t testing.TB, stream string) []*structpb.Struct {
	t.Helper()
	var out []*structpb.Struct
	for doc := range strings.SplitSeq(stream, "\n---\n") {
		if strings.TrimSpace(doc) != "" {
			out = append(out, Object(t, doc))
		}
	}
	return out
}

// Text returns a value as YAML.
func Text(t testing.TB, v any) string {
	t.Helper()
	b, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Summary returns a response's conditions and results, one on each line.
func Summary(rsp *fnv1.RunFunctionResponse) string {
	b := &strings.Builder{}
	for _, c := range rsp.GetConditions() {
		fmt.Fprintf(b, "%s=%s %s %s\n", c.GetType(), c.GetStatus(), c.GetReason(), c.GetMessage())
	}
	for _, r := range rsp.GetResults() {
		fmt.Fprintf(b, "%s %s\n", r.GetSeverity(), r.GetMessage())
	}
	return b.String()
}
