package guardrail_test

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestWarn shows that a guardrail can warn instead of refusing: the composite resource is not compliant then, and one
// event reports it.
func TestWarn(t *testing.T) {
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				in := input(r.guardrails, "warn: ["+name+"]")
				rsp := r.run(t, g, r.breaks, in)
				if r.strict {
					want := `input.guardrails.warn[0] "` + name + `": must be a guardrail that may warn: `
					fntest.Refused(t, "A guardrail that refuses when it is absent cannot warn.", rsp, want)
					if got := fntest.Condition(rsp, "Valid"); !strings.HasPrefix(got, "False InvalidInput ") {
						t.Errorf("It is the platform team's mistake: %s", got)
					}
					return
				}
				fntest.Refused(t, "It only warns.", rsp, "")
				want := "False GuardrailWarning " + r.want
				if got := fntest.Condition(rsp, "Compliant"); got != want {
					t.Errorf("%s\nwant:\n%s\ngot:\n%s", r.reason, want, got)
				}
				if got := fntest.Condition(rsp, "Valid"); got != "True Valid" {
					t.Errorf("A warning does not make it invalid: %s", got)
				}
				if n := len(rsp.GetResults()); n != 1 || rsp.GetResults()[0].GetSeverity() != fnv1.Severity_SEVERITY_WARNING || rsp.GetResults()[0].GetMessage() != r.want {
					t.Errorf("want one warning event, got %v", rsp.GetResults())
				}
				status := fntest.Text(t, map[string]any{"conditions": []any{map[string]any{"type": "Compliant", "status": "False", "reason": "GuardrailWarning", "message": r.want}}})
				again := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: r.breaks, Status: status}.XR(t, g), Input: in})
				if n := len(again.GetResults()); n != 0 {
					t.Errorf("Nothing changed, so want no event, got %v", again.GetResults())
				}
				mustAccept(t, "A spec that keeps the rule is compliant.", r.run(t, g, r.keeps, in))
			})
		})
	}
}
