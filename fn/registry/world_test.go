package registry_test

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// openInput has settings that allow what tests of the provider's behaviour need.
const openInput = `
guardrails: {allowDelete: true, allowForceDelete: true}
`

// web is the repository of the image that most tests have.
const web = "eu-west-1/shop/web"

// newWorld returns a world with one project registry of a spec.
func newWorld(t *testing.T, g managed.Generation, spec string) (*fntest.World, *fntest.Composite) {
	t.Helper()
	w := fntest.NewWorld(t)
	w.Input = openInput
	return w, w.Add(g, fntest.Registry{Spec: spec})
}

// keysOf returns the keys that begin with a prefix.
func keysOf(w *fntest.World, c *fntest.Composite, prefix string) []string {
	var keys []string
	for _, k := range w.Keys(c) {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	return keys
}

// mustBeFine fails if the last run was refused, or could not be applied.
func mustBeFine(t *testing.T, c *fntest.Composite) {
	t.Helper()
	if c.Error != "" {
		t.Fatalf("the last reconcile failed: %s", c.Error)
	}
}

// accepted returns the answer to a request that must not be refused.
func accepted(t *testing.T, reason string, r fntest.Request) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp := fntest.Run(t, r)
	if f := fntest.Fatal(rsp); f != "" {
		t.Fatalf("%s\nrefused: %s", reason, f)
	}
	return rsp
}

// A step does one thing to a composite resource or its world.
type step func(w *fntest.World, c *fntest.Composite)

func write(spec string) step {
	return func(_ *fntest.World, c *fntest.Composite) { c.Spec = spec }
}

// settled runs steps and waits until nothing changes any more. It fails if the composite resource is refused.
func settled(t *testing.T, w *fntest.World, c *fntest.Composite, steps ...step) {
	t.Helper()
	for _, step := range steps {
		step(w, c)
	}
	w.Settle()
	mustBeFine(t, c)
}

func reconcile(w *fntest.World, c *fntest.Composite) { w.Reconcile(c) }
func settle(w *fntest.World, _ *fntest.Composite)    { w.Settle() }
