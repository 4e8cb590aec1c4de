package e2e_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

func TestMain(m *testing.M) { plane.Main(m) }

// A behaviour is something that a team, or the platform team, may rely on.
type behaviour struct {
	name string
	// reason says why it matters.
	reason string
	// standin marks a behaviour that needs the simulated account: its journal, a refusal or a hang on demand.
	standin bool
	// alone marks a behaviour that disturbs others. It runs by itself, after those that run together.
	alone bool
	// only is the one generation that has the behaviour; nil for all generations.
	only *generation
	run  func(*scene)
}

// behaviours are all of them.
var behaviours = slices.Concat(
	claims, refusals, images, lifecycles, deletions, owners, access, clouds,
	hands, migrations, faults, upgrades, health, forgeries, rights, traces)

// puller is an account to which the settings allow granting pull.
const puller = "210987654321"

// settings are the platform team's settings. All behaviours share them.
const settings = `
region: eu-west-1
tagsFromLabels: [team]
guardrails:
  lifecycle: {maxImages: 100}
  allowDelete: true
  allowForceDelete: true
  orgAccessNamespaces: [platform]
  pull: {accounts: ["` + puller + `"]}
  projects:
  - project: two-namespaces-share-a-project-m
    namespaces: [two-namespaces-share-a-project-m, second-of-two-namespaces-share-a-project-m]
  exceptions:
  - {project: an-empty-list-of-rules-removes-the-policy, guardrail: lifecycle.maxImages, until: "2099-12-31", reason: it has no policy}
  - {project: an-empty-list-of-rules-removes-the-policy-m, guardrail: lifecycle.maxImages, until: "2099-12-31", reason: the same}
`

// TestBehaviours shows every behaviour on every version of Crossplane, for each generation that the version serves.
// Each behaviour has a namespace, and so a project, of its own.
func TestBehaviours(t *testing.T) {
	for _, version := range versions(t) {
		t.Run("crossplane-"+version.Name, func(t *testing.T) {
			l := start(t, version, nil)
			if err := l.Platform(t.Context(), settings); err != nil {
				t.Fatal(err)
			}
			t.Run("together", func(t *testing.T) { run(t, l, false) })
			run(t, l, true)
		})
	}
}

// versions returns the versions of Crossplane to run on: all, or the one of E2E_VERSION.
func versions(t *testing.T) []plane.Version {
	t.Helper()
	all, err := plane.Versions(os.Getenv("E2E_VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// run runs the behaviours that run alone, or the others, for every generation.
func run(t *testing.T, l *lab.Lab, alone bool) {
	for _, g := range generations(l.Version()) {
		t.Run(g.name, func(t *testing.T) {
			if !alone {
				t.Parallel()
			}
			for _, b := range behaviours {
				if b.alone != alone || b.only != nil && b.only != g {
					continue
				}
				t.Run(b.name, func(t *testing.T) {
					if !alone {
						t.Parallel()
					}
					b.on(t, l, g)
				})
			}
		})
	}
}

// on runs the behaviour on a lab, for a generation.
func (b behaviour) on(t *testing.T, l *lab.Lab, g *generation) {
	if b.standin && l.Cloud == nil {
		t.Skip("only the stand-in provider can show this")
	}
	s := newScene(t, l, g, strings.ToLower(strings.NewReplacer(" ", "-", ",", "", "'", "").Replace(b.name)))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(b.reason)
			s.logClaims()
		}
	})
	b.run(s)
}

// start starts a lab that stops with the test, for an account or, if it is nil, a new one.
func start(t *testing.T, version plane.Version, account *cloud.Cloud) *lab.Lab {
	t.Helper()
	o := plane.Options{Crossplane: version}
	if version.Modern {
		// Behaviours edit a claim many times a minute. 2.x takes that for a loop, and its circuit breaker then
		// reconciles the claim only rarely, for five minutes. TestFleet measures the circuit breaker's defaults.
		o.CrossplaneArgs = []string{"--circuit-breaker-burst=10000", "--circuit-breaker-refill-rate=100"}
	}
	l, err := lab.Start(t.Context(), lab.Options{
		Options: o,
		// The real provider's times, shortened where it only waits.
		Provider: standin.Options{Times: provider.Times{CreateBackoff: 5 * time.Second, MaxBackoff: 2 * time.Second}},
		Cloud:    account,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.EndWith(t)
	return l
}
