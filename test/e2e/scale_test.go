package e2e_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"

	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// TestScale measures; it fails only if something does not converge. It runs on demand: make e2e-fleet.
func TestScale(t *testing.T) {
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("a benchmark: E2E_SCALE=1 runs it")
	}
	big := herd{claims: 1, images: scale("E2E_MOST_IMAGES", 100)}
	many := herd{claims: scale("E2E_CLAIMS", 1000), images: scale("E2E_IMAGES", 5)}
	rest := time.Duration(scale("E2E_REST_MINUTES", 3)) * time.Minute
	for _, version := range versions(t) {
		for _, breaker := range breakers(t, version) {
			t.Run("crossplane-"+version.Name+"/breaker-"+breaker.name, func(t *testing.T) {
				b := newBenchmark(t, version, breaker.args)
				t.Cleanup(b.table) // of a run that fails, what it got to
				for _, h := range []herd{big, many} {
					if h.claims > 0 && h.images > 0 {
						b.create(h)
						b.edit(h)
					}
				}
				b.rest(rest)
			})
		}
	}
}

// scale returns a number of the environment, or a default.
func scale(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// A breaker is a choice of settings for 2.x's circuit breaker.
type breaker struct {
	name string
	args []string
}

// recommendedBreaker are the settings that docs/e2e.md recommends.
var recommendedBreaker = []string{"--circuit-breaker-burst=1000", "--circuit-breaker-refill-rate=10"}

// breakers returns the settings to measure a version with: Crossplane's own and those that docs/e2e.md recommends, or the one
// of them that E2E_BREAKER names.
func breakers(t *testing.T, v plane.Version) []breaker {
	t.Helper()
	if !v.Modern() {
		return []breaker{{name: "none"}}
	}
	all := []breaker{
		{name: "own"},
		{name: "recommended", args: recommendedBreaker},
	}
	name := os.Getenv("E2E_BREAKER")
	if name == "" {
		return all
	}
	for _, b := range all {
		if b.name == name {
			return []breaker{b}
		}
	}
	t.Fatalf("E2E_BREAKER=%s is neither own nor recommended", name)
	return nil
}

// A herd is a number of claims of one size, each in a namespace of its own.
type herd struct{ claims, images int }

func (h herd) String() string {
	if h.claims == 1 {
		return fmt.Sprintf("1 claim of %d images", h.images)
	}
	return fmt.Sprintf("%d claims of %d images", h.claims, h.images)
}

// namespace of a claim. No other herd's begins with the same prefix.
func (h herd) namespace(n int) string { return h.prefix() + strconv.Itoa(n) }

func (h herd) prefix() string { return fmt.Sprintf("team-%d-", h.images) }

// claim returns a claim of the herd whose first image keeps a number of images.
func (h herd) claim(n, keep int) *unstructured.Unstructured {
	images := make([]any, h.images)
	for i := range images {
		images[i] = map[string]any{"name": fmt.Sprintf("image-%d", i)}
	}
	images[0].(map[string]any)["lifecycle"] = map[string]any{"keepImages": int64(keep)}
	u := &unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{"region": "eu-west-1", "images": images},
	}}
	u.SetAPIVersion("ecr.ontopix.io/v1alpha1")
	u.SetKind("ProjectRegistry")
	u.SetNamespace(h.namespace(n))
	u.SetName("app")
	return u
}

// A benchmark measures on a lab of its own.
type benchmark struct {
	*testing.T
	lab   *lab.Lab
	steps *progress.Steps
	rows  []row
}

func newBenchmark(t *testing.T, version plane.Version, args []string) *benchmark {
	t.Helper()
	steps := progress.NewSteps(os.Stderr)
	// As many as two cores can serve. By default Crossplane and the provider have 100 each for each kind, and an API server of
	// this size spends its time on conflicts and on requests that nobody waits for any more.
	workers := scale("E2E_WORKERS", 10)
	l, err := lab.Start(t.Context(), lab.Options{
		Options: plane.Options{
			Crossplane: version, Steps: steps,
			CrossplaneArgs: append(slices.Clone(args), fmt.Sprintf("--max-reconcile-rate=%d", workers)),
		},
		Provider: standin.Options{Workers: workers},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			dir, err := l.KeepLogs()
			t.Logf("logs: %s (%v)", dir, err)
		}
	})
	return &benchmark{T: t, lab: l, steps: steps}
}

// create makes the claims of a herd, a wave after the other, and writes down what it costs until all are ready.
func (b *benchmark) create(h herd) {
	wave := scale("E2E_WAVE", 100)
	before := b.usage()
	start := time.Now()
	for from := 0; from < h.claims; from += wave {
		to := min(from+wave, h.claims)
		b.apply(h, from, to)
		b.until(goal{herd: herd{claims: to, images: h.images}})
	}
	b.note(h.String(), time.Since(start), before)
}

// apply makes some claims of a herd.
func (b *benchmark) apply(h herd, from, to int) {
	b.Helper()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(10)
	for n := from; n < to; n++ {
		group.Go(func() error {
			return retry.OnError(patient, busy, func() error {
				if err := b.lab.Namespace(ctx, h.namespace(n)); err != nil {
					return err
				}
				return b.lab.Apply(ctx, h.claim(n, 30))
			})
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

// patient is how an API server that has too much to do is asked again, as people and GitOps do.
var patient = wait.Backoff{Steps: 10, Duration: time.Second, Factor: 1.5}

// busy says whether an error is the API server's way of saying that it has too much to do.
func busy(err error) bool {
	return kerrors.IsTimeout(err) || kerrors.IsServerTimeout(err) || kerrors.IsTooManyRequests(err)
}

// edit changes one image of one claim and writes down how long it takes until AWS has it.
func (b *benchmark) edit(h herd) {
	before := b.usage()
	start := time.Now()
	if err := b.lab.Apply(b.Context(), h.claim(0, 7)); err != nil {
		b.Fatal(err)
	}
	b.until(goal{herd: herd{claims: 1, images: h.images}, namespace: h.namespace(0), holds: "keepImages:7"})
	b.note("an edit of one image of "+h.String(), time.Since(start), before)
}

// rest writes down what it costs that all of it is there, with nobody changing anything.
func (b *benchmark) rest(duration time.Duration) {
	b.steps.Sayf("rest for %s ...", duration)
	before := b.usage()
	time.Sleep(duration)
	b.note("nothing changes", duration, before)
}
