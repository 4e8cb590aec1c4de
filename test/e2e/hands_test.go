package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// hands are behaviours in which somebody changes by hand what others manage.
var hands = []behaviour{
	{
		name:   "a managed resource is deleted by hand",
		reason: "kubectl delete of a Repository object does no harm: the repository stays in AWS, and is managed again.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			before := s.withImages("api")
			o := c.objectOf("api")
			s.must(s.lab.Client.Delete(s.Context(), o))
			s.eventually("there is another object", func() error {
				if again := s.get(o); again == nil || again.GetUID() == o.GetUID() {
					return fmt.Errorf("%s", plane.Conditions(again))
				}
				return nil
			})
			c.ready()
			s.kept(before)
		},
	},
	{
		name:   "a managed resource is changed by hand",
		reason: "A guardrail that kubectl edit could get around would protect nothing.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			start := time.Now()
			s.patch(c.objectOf("api"), `{"spec":{"forProvider":{"imageTagMutability":"MUTABLE"}}}`)
			s.attribute(s.repository("api"), "imageTagMutability", "IMMUTABLE")
			s.eventually("the object is as it was", func() error {
				mode, _, _ := unstructured.NestedString(c.objectOf("api").Object, "spec", "forProvider", "imageTagMutability")
				if mode != "IMMUTABLE" {
					return fmt.Errorf("it has %s", mode)
				}
				return nil
			})
			c.ready()
			s.nothingDone(start, "api", "update Repository")
		},
	},
	{
		name:   "the composite resource is deleted by hand",
		reason: "The claim still wants its repositories: they stay in AWS, and are managed again.",
		only:   claimed,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			before := s.withImages("api")
			xr := c.composite()
			s.must(s.lab.Client.Delete(s.Context(), xr))
			s.eventually("the claim has another composite resource", func() error {
				if again := c.composite(); again.GetUID() == xr.GetUID() {
					return fmt.Errorf("%s", plane.Conditions(again))
				}
				return nil
			})
			c.ready()
			s.kept(before)
		},
	},
	{
		name:   "the namespace is deleted",
		reason: "Nobody loses an image by deleting a namespace by mistake.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			before := s.withImages("api")
			namespace := plane.Object("v1", "Namespace", "", s.project)
			s.must(s.lab.Client.Delete(s.Context(), namespace))
			s.gone(namespace)
			s.kept(before)

			s.must(s.lab.Namespace(s.Context(), s.project))
			s.eventually("the API server has noticed that the namespace is another one", func() error {
				return s.lab.Apply(s.Context(), c.of(`images: [{name: api}]`))
			})
			c.ready()
			s.kept(before)
		},
	},
	{
		name:    "a repository is deleted in AWS",
		reason:  "Its images are lost, but the project goes on: the repository and its policy are created again.",
		standin: true,
		alone:   true,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			for _, k := range []cloud.Key{s.lifecyclePolicy("api"), s.repository("api")} {
				s.must(s.lab.Cloud.Change(k, func(map[string]any) map[string]any { return nil }))
			}
			s.must(s.lab.Provider.Poll(s.Context()))
			s.exists(s.repository("api"))
			s.policyHolds("api", "newest 30 tagged")
			c.ready()
		},
	},
	{
		name:    "the provider dies while it creates",
		reason:  "The provider then waits for a person. The claim says so, and the way out that it names works.",
		standin: true,
		alone:   true,
		run: func(s *scene) {
			lift := s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: s.ofImage("api")})
			defer lift()
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			s.eventually("the provider has begun", func() error {
				return holds(text(c.objectOf("api").GetAnnotations()), "crossplane.io/external-create-pending")
			})
			s.must(s.lab.RestartProvider(s.Context()))
			lift()

			o := c.objectOf("api")
			wayOut := "kubectl annotate repository." + o.GroupVersionKind().Group + " " + o.GetName()
			if ns := o.GetNamespace(); ns != "" {
				wayOut += " -n " + ns
			}
			c.tells("advice", wayOut+` crossplane.io/external-create-pending-"`)
			s.patch(o, `{"metadata":{"annotations":{"crossplane.io/external-create-pending":null}}}`)
			c.ready()
			s.exists(s.repository("api"))
		},
	},
	{
		name:   "the platform team's settings are deleted",
		reason: "Without the settings nothing would be refused, and other defaults would apply. So nothing changes until they are back.",
		alone:  true,
		run: func(s *scene) {
			s.restoreSettings()
			c := s.registry("app").settle(`images: [{name: api}]`)
			before := s.lab.Snapshot(s.project)

			config := plane.Object("apiextensions.crossplane.io/v1beta1", "EnvironmentConfig", "", lab.PlatformConfig)
			s.must(s.lab.Client.Delete(s.Context(), config))
			c.apply(`images: [{name: api, lifecycle: {keepImages: 500}}, {name: web}]`)
			c.says("Valid", "False", "InvalidInput", lab.PlatformConfig)
			s.notInCloud(s.repository("web"))
			s.kept(before)

			s.must(s.lab.Platform(s.Context(), settings))
			c.says("Valid", "False", "GuardrailViolation", "keepImages")
			c.settle(`images: [{name: api}, {name: web}]`)
			s.exists(s.repository("web"))
		},
	},
	{
		name:   "a guardrail comes and goes",
		reason: "A new rule reaches every claim, first as a warning and then as a refusal, and deletes nothing.",
		alone:  true,
		run: func(s *scene) {
			s.restoreSettings()
			c := s.registry("app").settle(`images: [{name: api}, {name: web}]`)
			before := s.lab.Snapshot(s.project)
			with := func(rule string) {
				s.must(s.lab.Platform(s.Context(), strings.Replace(settings, "guardrails:\n", "guardrails:\n"+rule, 1)))
				c.touch()
			}

			with("  requiredTags: [cost-center]\n  warn: [requiredTags]\n")
			c.says("Compliant", "False", "GuardrailWarning", "cost-center")
			c.says("Valid", "True", "Valid")
			c.recorded("warning")

			with("  requiredTags: [cost-center]\n")
			c.says("Valid", "False", "GuardrailViolation", "cost-center")
			s.kept(before)
			c.apply(`{images: [{name: api}, {name: web}], defaults: {tags: {cost-center: "7"}}}`)
			c.says("Valid", "True", "Valid")
			s.attributeHolds(s.repository("web"), "tags", `"cost-center":"7"`)

			with("")
			c.ready()
		},
	},
}

// restoreSettings restores the settings that all scenes share when the scene ends.
func (s *scene) restoreSettings() {
	s.Cleanup(func() {
		if err := s.lab.Platform(context.Background(), settings); err != nil {
			s.Error(err)
		}
	})
}

// touch makes Crossplane reconcile a claim. 1.20 does not watch what a function reads: without this, changed settings
// reach a claim that is ready only after up to ten minutes.
func (c claim) touch() {
	c.Helper()
	if !c.lab.Version().Modern {
		c.patch(c.object(), fmt.Sprintf(`{"metadata":{"annotations":{"touched":%q}}}`, time.Now()))
	}
}
