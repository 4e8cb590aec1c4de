package e2e_test

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// refusals are about Crossplane's own fields, with which a team could get around the function's checks. What the
// function and the schemas refuse by themselves is in their own tests.
var refusals = []behaviour{
	{
		name:   "a pinned revision",
		reason: "A claim that stays on an old revision would miss the platform team's newer settings.",
		run: func(s *scene) {
			c := s.registry("app")
			c.apply(`{images: [{name: api}], compositionUpdatePolicy: Manual}`)
			c.says("Valid", "False", "GuardrailViolation", "compositionUpdatePolicy")
			s.notInCloud(s.repository("api"))

			s.registry("selects").apply(`{images: [{name: api}], compositionRevisionSelector: {matchLabels: {channel: old}}}`)
			s.stays("nothing is made", func() error {
				if thing, exists := s.look(s.repository("api")); exists {
					return fmt.Errorf("it is there: %v", thing)
				}
				return nil
			})
		},
	},
	{
		name:   "another composition",
		reason: "A team's own Composition would get around every guardrail.",
		run: func(s *scene) {
			other := plane.Object("apiextensions.crossplane.io/v1", "Composition", "", "somebodys"+s.suffix)
			s.must(s.lab.Applyf(s.Context(), `
apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: {name: %s}
spec:
  compositeTypeRef: {apiVersion: %s, kind: %s}
  mode: Pipeline
  pipeline: [{step: nothing, functionRef: {name: somebodys-function}}]
`, other.GetName(), s.apiVersion(), s.xrKind))
			s.Cleanup(func() { _ = s.lab.Client.Delete(context.Background(), other) })

			for name, field := range map[string]string{
				"by-name":     `compositionRef: {name: ` + other.GetName() + `}`,
				"by-selector": `compositionSelector: {matchLabels: {mine: "true"}}`,
			} {
				c := s.registry(name).settle(`{images: [{name: ` + name + `}], ` + field + `}`)
				s.exists(s.repository(name))
				// 1.20 leaves the name that the claim asks for in compositionRef. The revision shows what was used.
				enforced := func() error {
					if got := revision(c.composite()); !strings.HasPrefix(got, s.composition+"-") {
						return fmt.Errorf("composed with revision %s, want %s-…", got, s.composition)
					}
					return nil
				}
				s.eventually("the XRD enforces its Composition", enforced)
				s.stays("it does", enforced)
				c.ready()
			}
		},
	},
	{
		name:   "a claim binds the composite resource of another",
		only:   claimed,
		reason: "A claim that could bind another claim's composite resource would own its repositories.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			xr := c.composite()

			stranger := "stranger-of-" + s.project
			s.must(s.lab.Namespace(s.Context(), stranger))
			thief := s.registryIn(stranger, "app")
			thief.apply(`
images: [{name: api}]
resourceRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, name: ` + xr.GetName() + `}
`)
			thief.until("is refused", func(u *unstructured.Unstructured) bool {
				return plane.ConditionOf(u, "Synced").Status == "False" || plane.ConditionOf(u, "Valid").Status == "False"
			})
			owned := func() error {
				live := s.get(xr)
				if live == nil || live.GetUID() != xr.GetUID() {
					return fmt.Errorf("it was replaced")
				}
				if got, _, _ := unstructured.NestedString(live.Object, "spec", "claimRef", "namespace"); got != s.project {
					return fmt.Errorf("its claim is in namespace %s", got)
				}
				return nil
			}
			s.stays("the composite resource is its owner's", owned)
			c.ready()
			// Deleting the refused claim does no harm either.
			s.must(client.IgnoreNotFound(s.lab.Client.Delete(s.Context(), thief.object())))
			s.stays("the composite resource is still its owner's", owned)
			c.ready()
		},
	},
}
