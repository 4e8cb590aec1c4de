package serve_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// results answers with a result of each severity.
func results(severities ...fnv1.Severity) func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		rsp := &fnv1.RunFunctionResponse{}
		for _, s := range severities {
			rsp.Results = append(rsp.Results, &fnv1.Result{Severity: s, Message: secret})
		}
		return rsp, nil
	}
}

func TestRequestLog(t *testing.T) {
	long := strings.Repeat("n", 300)
	hostile := request(long)
	hostile.Observed.Composite.Resource.Fields["kind"] = structpb.NewStringValue(long)
	hostile.Observed.Composite.Resource.Fields["metadata"] = structpb.NewStringValue(long)
	withSecrets := request("b")
	withSecrets.Credentials = map[string]*fnv1.Credentials{"aws": {Source: &fnv1.Credentials_CredentialData{
		CredentialData: &fnv1.CredentialData{Data: map[string][]byte{"key": []byte(secret)}}}}}
	withSecrets.Observed.Composite.ConnectionDetails = map[string][]byte{"password": []byte(secret)}

	cases := map[string]struct {
		reason string
		run    func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)
		req    *fnv1.RunFunctionRequest
		want   line
	}{
		"Answered": {
			reason: "An answer is told when debugging.",
			run:    results(fnv1.Severity_SEVERITY_WARNING, fnv1.Severity_SEVERITY_NORMAL, fnv1.Severity_SEVERITY_NORMAL),
			req:    request("a"),
			want: line{level: "debug", message: "Answered a request", values: map[string]any{
				"apiVersion": "example.org/v1", "kind": "XExample", "namespace": "team-a", "name": "demo", "tag": "a",
				"protocol": "v1", "code": "OK", "fatal": 0, "warning": 1, "normal": 2,
			}},
		},
		"Refused": {
			reason: "A refusal is told always, without the content of the request or of the answer.",
			run:    results(fnv1.Severity_SEVERITY_FATAL),
			req:    withSecrets,
			want: line{level: "info", message: "Refused a composite resource", values: map[string]any{
				"apiVersion": "example.org/v1", "kind": "XExample", "namespace": "team-a", "name": "demo", "tag": "b",
				"protocol": "v1", "code": "OK", "fatal": 1, "warning": 0, "normal": 0,
			}},
		},
		"Hostile": {
			reason: "Text that a request can choose is cut, and a request without metadata is told as well.",
			run:    results(fnv1.Severity(77)),
			req:    hostile,
			want: line{level: "debug", message: "Answered a request", values: map[string]any{
				"apiVersion": "example.org/v1", "kind": long[:253] + "…", "namespace": "", "name": "", "tag": long[:253] + "…",
				"protocol": "v1", "code": "OK", "fatal": 0, "warning": 0, "normal": 0,
			}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := start(t, serve.Options{}, tc.run)
			if _, err := s.client().RunFunction(t.Context(), tc.req); err != nil {
				t.Fatalf("RunFunction(...): %v", err)
			}
			s.await(`function_ecr_requests_total{code="OK",protocol="v1"}`, "1")
			got := s.log.with(tc.want.message)
			ignoreDuration := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "duration" })
			if diff := cmp.Diff([]line{tc.want}, got, cmp.AllowUnexported(line{}), ignoreDuration); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if text := s.log.text(); strings.Contains(text, secret) {
				t.Errorf("%s\ncontent of a request in the log: %s", tc.reason, text)
			}
		})
	}
}

func TestResultsAreCounted(t *testing.T) {
	s := start(t, serve.Options{}, results(fnv1.Severity_SEVERITY_FATAL, fnv1.Severity_SEVERITY_WARNING, fnv1.Severity_SEVERITY_WARNING, fnv1.Severity(-7)))
	for range 2 {
		if _, err := s.client().RunFunction(t.Context(), request("a")); err != nil {
			t.Fatalf("RunFunction(...): %v", err)
		}
	}
	metrics := s.metrics()
	for severity, want := range map[string]string{"fatal": "2", "warning": "4", "normal": "0", "unspecified": "2"} {
		if got := metrics[`function_ecr_results_total{severity="`+severity+`"}`]; got != want {
			t.Errorf("results of severity %s: want %s, got %s", severity, want, got)
		}
	}
	for _, series := range []string{"go_goroutines", "process_resident_memory_bytes", "go_gc_duration_seconds_count"} {
		if metrics[series] == "" {
			t.Errorf("series %s is missing", series)
		}
	}
}

func TestObserveRefusal(t *testing.T) {
	m := serve.NewMetrics()
	s := start(t, serve.Options{Metrics: m}, echo)
	m.ObserveRefusal("requireKMS")
	m.ObserveRefusal("requireKMS")
	m.ObserveRefusal("\xff")
	for i := range 1000 {
		m.ObserveRefusal(strings.Repeat("x", i%500))
	}
	for i := range 1000 {
		m.ObserveRefusal("rule-" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
	}

	metrics, series := s.metrics(), 0
	for name := range metrics {
		if strings.HasPrefix(name, "function_ecr_rule_refusals_total{") {
			series++
		}
	}
	if series != 101 {
		t.Errorf("series of refusals, however many rules are named: want 100 and other, got %d", series)
	}
	if got := metrics[`function_ecr_rule_refusals_total{rule="requireKMS"}`]; got != "2" {
		t.Errorf("refusals by requireKMS: want 2, got %s", got)
	}
	if got := metrics[`function_ecr_rule_refusals_total{rule="other"}`]; got == "" || got == "0" {
		t.Errorf("refusals by rules that came late: want some, got %q", got)
	}
}
