package function_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/go-logr/zapr"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestReport shows what the log and the metrics are told about a request.
func TestReport(t *testing.T) {
	const (
		claim = `{apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, metadata: {name: shop-x7k2p},
			spec: {claimRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, namespace: shop, name: images}, region: eu-west-1, images: [{name: api%s}]}}`
		xr = `{apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, metadata: {name: shop}, spec: {project: shop, region: Mars, images: [{name: api}]}}`
	)
	cases := map[string]struct {
		reason  string
		request *fnv1.RunFunctionRequest
		log     string // of what is logged
		refused string // of what is counted
	}{
		"Accepted": {
			reason:  "An accepted request is logged for debugging.",
			request: build(t, fmt.Sprintf(claim, ""), `{}`),
			log:     "debug Answered a request: ProjectRegistry shop/images, composite shop-x7k2p, tag test, <nil> <nil>",
		},
		"Guardrails": {
			reason:  "A refusal names the claim, and each rule once.",
			request: build(t, fmt.Sprintf(claim, ", scanOnPush: false}, {name: web, scanOnPush: false"), `{guardrails: {requireScanOnPush: true, requireKMS: true}}`),
			log:     "info Refused a request: ProjectRegistry shop/images, composite shop-x7k2p, tag test, GuardrailViolation [requireKMS requireScanOnPush]",
			refused: "GuardrailViolation [requireKMS requireScanOnPush]",
		},
		"NoClaim": {
			reason:  "Without a claim it names the composite resource.",
			request: build(t, xr, `{}`),
			log:     "info Refused a request: XProjectRegistry /shop, composite shop, tag test, InvalidSpec [region]",
			refused: "InvalidSpec [region]",
		},
		"OtherKind": {
			reason:  "A refusal may have no rule.",
			request: build(t, `{apiVersion: example.org/v1, kind: XThing, metadata: {name: a}}`, `{}`),
			log:     "info Refused a request: XThing /a, composite a, tag test, InvalidSpec []",
			refused: "InvalidSpec []",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.DebugLevel)
			var refused string
			f := function.New(
				function.WithLog(logging.NewLogrLogger(zapr.NewLogger(zap.New(core)))),
				function.WithRefusals(func(rules []string, reason string) { refused += fmt.Sprint(reason, " ", rules) }),
				function.WithClock(today))
			if _, err := f.RunFunction(context.Background(), tc.request); err != nil {
				t.Fatalf("%s\nRunFunction(...): %v", tc.reason, err)
			}
			var got string
			for _, e := range logs.All() {
				m := e.ContextMap()
				got += fmt.Sprintf("%s %s: %s %s/%s, composite %s, tag %s, %v %v",
					e.Level, e.Message, m["kind"], m["namespace"], m["name"], m["composite"], m["tag"], m["reason"], m["rules"])
			}
			if diff := cmp.Diff(tc.log, got); diff != "" {
				t.Errorf("%s\nthe log: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.refused, refused); diff != "" {
				t.Errorf("%s\nthe refusals: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func build(t *testing.T, xr, input string) *fnv1.RunFunctionRequest {
	t.Helper()
	return fntest.Build(t, fntest.Request{XR: xr, Input: input})
}
