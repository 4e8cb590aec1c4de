package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// away is how long something is broken. Crossplane's patience with a function is two minutes; what happens after them is the
// same as within, but later.
const away = 6 * time.Second

func faults() []behaviour {
	all := []behaviour{
		{
			name:   "the provider restarts",
			reason: "the provider forgets what it did not write down; nothing may be made twice, or undone",
			alone:  true,
			run:    providerRestarts,
		},
		{
			name:   "the function is killed",
			reason: "while the function is away nothing changes, and what was asked for meanwhile happens afterwards",
			alone:  true,
			run: whileAway(func(s *scene) (end func()) {
				s.lab.Function.Kill()
				return func() { s.must(s.lab.Function.Start(s.Context())) }
			}),
		},
		{
			name:   "the function hangs",
			reason: "a process that does not answer, and does not end either, must not lose anything",
			alone:  true,
			run: whileAway(func(s *scene) (end func()) {
				s.must(s.lab.Function.Hang())
				return func() { s.must(s.lab.Function.Continue()) }
			}),
		},
		{
			name:   "the function's certificates are rotated",
			reason: "certificates end; a function that needs a restart to notice is down in the night that they do",
			alone:  true,
			run:    certificatesRotate,
		},
		{
			name:   "the API server restarts",
			reason: "an upgrade of the control plane in the middle of everything must not lose anything",
			alone:  true,
			run: whileAway(func(s *scene) (end func()) {
				return func() { s.must(s.lab.RestartKube(s.Context(), away)) }
			}),
		},
		{
			name:   "Crossplane restarts",
			reason: "nor must an upgrade of Crossplane",
			alone:  true,
			run: whileAway(func(s *scene) (end func()) {
				return func() { s.must(s.lab.RestartCrossplane(s.Context())) }
			}),
		},
		{
			name:   "two revisions of the Composition",
			reason: "a new revision of the Composition, and the way back, move nothing in AWS",
			alone:  true,
			run:    twoRevisions,
		},
	}
	for _, how := range []plane.Breakage{plane.Garbage, plane.Panic, plane.Silence} {
		all = append(all, behaviour{
			name:   "the function answers with " + string(how),
			reason: "whatever a broken release of the function does, the repositories stay as they are, and the next release heals it",
			alone:  true,
			run: whileAway(func(s *scene) (end func()) {
				address, stop, err := s.lab.StartBroken(how)
				s.must(err)
				s.must(s.lab.Function.ServeFrom(s.Context(), address))
				return func() {
					s.must(s.lab.Function.ServeFromItself(s.Context()))
					stop()
				}
			}),
		})
	}
	return all
}

// must ends the scene on an error.
func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// whileAway is a behaviour that breaks something between two edits: one that came before and is done, and one that falls into
// the gap. Nothing is lost meanwhile, and all converges afterwards.
func whileAway(breaks func(*scene) (end func())) func(*scene) {
	return func(s *scene) {
		c := s.registry("app")
		c.apply(`images: [{name: api}, {name: web}]`)
		c.ready()
		before := s.lab.Snapshot(s.project)

		end := breaks(s)
		c.apply(`images: [{name: api, lifecycle: {keepImages: 9}}, {name: late}]`)
		time.Sleep(away)
		if err := still(s.lab, before); err != nil {
			s.Error(err)
		}
		end()

		s.policyHolds("api", "newest 9 tagged")
		s.exists(s.lifecyclePolicy("late"))
		s.exists(s.repository("web"))
		c.ready()
	}
}

func providerRestarts(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	// A policy that was exchanged: an old object that came to life again would put its own back.
	c.apply(`images: [{name: api, lifecycle: {keepImages: 8}}, {name: web}]`)
	s.policyHolds("api", "newest 8 tagged")
	c.ready()
	before := s.lab.Snapshot(s.project)
	s.must(s.lab.RestartProvider(s.Context()))
	s.stays("AWS is as it was", func() error {
		if diff := cmp.Diff(before, s.lab.Snapshot(s.project)); diff != "" {
			return fmt.Errorf("-before, +after:\n%s", diff)
		}
		return nil
	})
	c.ready()
}

func certificatesRotate(s *scene) {
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
	// Crossplane's connections outlive their certificates: its next ones meet the new certificate.
	s.must(s.lab.RestartCrossplane(s.Context()))
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
}

func twoRevisions(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	before := s.lab.Snapshot(s.project)
	shipped, err := s.lab.Manifests(s.manifests["ProjectRegistry"] + "/composition.yaml")
	s.must(err)
	first := revision(c.composite())
	s.Cleanup(func() {
		if err := s.lab.Apply(context.Background(), shipped[0].DeepCopy()); err != nil {
			s.Error(err)
		}
	})

	next := shipped[0].DeepCopy()
	pipeline, _, _ := unstructured.NestedSlice(next.Object, "spec", "pipeline")
	s.must(unstructured.SetNestedField(pipeline[0].(map[string]any), []any{"orgAccessNamespaces"}, "input", "guardrails", "unknown"))
	// A revision that the function cannot read: whoever publishes it breaks every claim, but takes nothing away.
	s.must(unstructured.SetNestedSlice(next.Object, pipeline, "spec", "pipeline"))
	s.must(s.lab.Apply(s.Context(), next))
	s.eventually("the claim tells what is wrong with the revision", func() error {
		got := plane.ConditionOf(c.get(), "Valid")
		if got.Status != "False" || !strings.Contains(got.Message, "input.guardrails.unknown") {
			return fmt.Errorf("it says %v", got)
		}
		return nil
	})
	if revision(c.composite()) == first {
		s.Error("the claim follows the new revision")
	}

	good := shipped[0].DeepCopy()
	pipeline, _, _ = unstructured.NestedSlice(good.Object, "spec", "pipeline")
	s.must(unstructured.SetNestedField(pipeline[0].(map[string]any), int64(50), "input", "guardrails", "maxRepositories"))
	s.must(unstructured.SetNestedSlice(good.Object, pipeline, "spec", "pipeline"))
	s.must(s.lab.Apply(s.Context(), good))
	c.ready()

	s.must(s.lab.Apply(s.Context(), shipped[0].DeepCopy()))
	s.eventually("the claim is on the first revision's content again", func() error {
		if got := plane.ConditionOf(c.get(), "Valid"); got.Status != "True" {
			return fmt.Errorf("%v", got)
		}
		return nil
	})
	c.ready()
	if diff := cmp.Diff(before, s.lab.Snapshot(s.project)); diff != "" {
		s.Errorf("AWS is as it was: -before, +after:\n%s", diff)
	}
}
