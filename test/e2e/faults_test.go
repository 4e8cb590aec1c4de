package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// away is the time for which something is broken. Crossplane waits two minutes for a function; what happens after them
// is the same as within them, only later.
const away = 6 * time.Second

var faults = []behaviour{
	{
		name:   "the provider restarts",
		reason: "The provider forgets what it did not write down. Nothing is created twice or undone.",
		alone:  true,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}, {name: web}]`)
			// The policy has been replaced: an old object that came back to life would restore its own.
			c.apply(`images: [{name: api, lifecycle: {keepImages: 8}}, {name: web}]`)
			s.policyHolds("api", "newest 8 tagged")
			c.ready()
			before := s.lab.Snapshot(s.project)
			s.must(s.lab.RestartProvider(s.Context()))
			s.stays("AWS is as it was", func() error { return s.unchanged(before) })
			c.ready()
		},
	},
	{
		name:   "the function is killed",
		reason: "Without the function nothing changes, and edits that were made meanwhile are applied when it is back.",
		alone:  true,
		run: whileAway(func(s *scene) (end func()) {
			s.lab.Function.Kill()
			return func() { s.must(s.lab.Function.Start(s.Context())) }
		}),
	},
	{
		name:   "the function hangs",
		reason: "Nothing is lost when the function's process neither answers nor ends.",
		alone:  true,
		run: whileAway(func(s *scene) (end func()) {
			s.must(s.lab.Function.Hang())
			return func() { s.must(s.lab.Function.Continue()) }
		}),
	},
	{
		name:   "the function answers with garbage",
		reason: "Whatever a broken release of the function answers, the repositories stay as they are, and the next release works again.",
		alone:  true,
		run: whileAway(func(s *scene) (end func()) {
			address, stop, err := s.lab.ServeGarbage()
			s.must(err)
			s.must(s.lab.Function.ServeFrom(s.Context(), address))
			return func() {
				s.must(s.lab.Function.ServeFromItself(s.Context()))
				stop()
			}
		}),
	},
	{
		name:   "the API server restarts",
		reason: "An upgrade of the control plane loses nothing, whatever is being done.",
		alone:  true,
		run: whileAway(func(s *scene) (end func()) {
			return func() { s.must(s.lab.RestartKube(s.Context(), away)) }
		}),
	},
	{
		name:   "Crossplane restarts",
		reason: "An upgrade of Crossplane loses nothing, whatever is being done.",
		alone:  true,
		run: whileAway(func(s *scene) (end func()) {
			return func() { s.must(s.lab.RestartCrossplane(s.Context())) }
		}),
	},
	{
		name:   "the function's certificates are rotated",
		reason: "Certificates expire. A function that read new ones only at its start would be down when the old ones expire.",
		alone:  true,
		run: func(s *scene) {
			before, err := s.lab.Function.ServedCertificate(s.Context())
			s.must(err)
			s.must(s.lab.Function.RotateCertificates())
			s.eventually("the function serves with the new certificate", func() error {
				now, err := s.lab.Function.ServedCertificate(s.Context())
				if err == nil && now.Equal(before) {
					return fmt.Errorf("it serves with the old one")
				}
				return err
			})
			// Crossplane's connections outlive certificates. Restarted, it must accept the new certificate.
			s.must(s.lab.RestartCrossplane(s.Context()))
			s.registry("app").settle(`images: [{name: api}]`)
		},
	},
	{
		name:   "two revisions of the Composition",
		reason: "A new revision of the Composition, and the return to the old one, change nothing in AWS.",
		alone:  true,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			before := s.lab.Snapshot(s.project)
			first := revision(c.composite())
			s.Cleanup(func() {
				if err := s.compose(context.Background(), "", nil); err != nil {
					s.Error(err)
				}
			})

			// A revision with an input that the function cannot read breaks every claim, but deletes nothing.
			s.must(s.compose(s.Context(), "unknown", []any{"orgAccessNamespaces"}))
			c.until("says what is wrong with the revision", func(u *unstructured.Unstructured) bool {
				got := plane.ConditionOf(u, "Valid")
				return got.Status == "False" && strings.Contains(got.Message, "input.guardrails.unknown")
			})
			if revision(c.composite()) == first {
				s.Error("the claim follows the new revision")
			}

			s.must(s.compose(s.Context(), "maxRepositories", int64(50)))
			c.ready()
			s.must(s.compose(s.Context(), "", nil))
			c.until("is on the first revision's content again", func(u *unstructured.Unstructured) bool {
				return plane.ConditionOf(u, "Valid").Status == "True"
			})
			c.ready()
			s.must(s.unchanged(before))
		},
	},
}

// compose applies the shipped Composition of ProjectRegistries or, if a guardrail is named, one with that guardrail.
func (s *scene) compose(ctx context.Context, guardrail string, value any) error {
	shipped, err := s.lab.Manifests(s.manifests + "/composition.yaml")
	if err != nil {
		return err
	}
	if guardrail != "" {
		pipeline, _, _ := unstructured.NestedSlice(shipped[0].Object, "spec", "pipeline")
		err := unstructured.SetNestedField(pipeline[0].(map[string]any), value, "input", "guardrails", guardrail)
		if err != nil {
			return err
		}
		if err := unstructured.SetNestedSlice(shipped[0].Object, pipeline, "spec", "pipeline"); err != nil {
			return err
		}
	}
	return s.lab.Apply(ctx, shipped...)
}

// whileAway returns a behaviour that breaks something between two edits: one that is done before and one that is made
// while it is broken. Nothing is lost meanwhile, and both edits are in force afterwards.
func whileAway(breaks func(*scene) (end func())) func(*scene) {
	return func(s *scene) {
		c := s.registry("app").settle(`images: [{name: api}, {name: web}]`)
		before := s.lab.Snapshot(s.project)

		end := breaks(s)
		c.apply(`images: [{name: api, lifecycle: {keepImages: 9}}, {name: late}]`)
		time.Sleep(away)
		s.kept(before)
		end()

		s.policyHolds("api", "newest 9 tagged")
		s.exists(s.lifecyclePolicy("late"))
		s.exists(s.repository("web"))
		c.ready()
	}
}
