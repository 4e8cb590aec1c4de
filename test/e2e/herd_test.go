package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/util/retry"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// stuckAfter is the maximum time without progress. The longest legitimate wait is for an event that the circuit breaker
// dropped: the function asks to be called again after ten minutes.
const stuckAfter = 15 * time.Minute

// A herd is a number of claims of one size, each in a namespace of its own.
type herd struct {
	*bench
	of     *subject
	claims []*unstructured.Unstructured
	images int
	// ready has the time from the first request until each claim was ready, in ascending order.
	ready []time.Duration
}

// newHerd returns a herd and creates its namespaces. Their names begin with the subject's name and the herd's.
func (b *bench) newHerd(s *subject, name string, claims, images int) *herd {
	b.Helper()
	h := &herd{bench: b, of: s, images: images}
	for i := range claims {
		h.claims = append(h.claims, plane.Object(s.group+"/v1alpha1", "ProjectRegistry", fmt.Sprintf("%s-%s-%d", s.name, name, i), "app"))
	}
	h.each(h.claims, func(ctx context.Context, u *unstructured.Unstructured) error {
		return b.lab.Namespace(ctx, u.GetNamespace())
	})
	return h
}

// each calls a function for each claim, for ten at a time. It retries when the API server is overloaded, as people and
// GitOps tools do.
func (h *herd) each(claims []*unstructured.Unstructured, do func(context.Context, *unstructured.Unstructured) error) {
	h.Helper()
	patient := wait.Backoff{Steps: 10, Duration: time.Second, Factor: 1.5}
	busy := func(err error) bool {
		return kerrors.IsTimeout(err) || kerrors.IsServerTimeout(err) || kerrors.IsTooManyRequests(err)
	}
	group, ctx := errgroup.WithContext(h.Context())
	group.SetLimit(10)
	for _, u := range claims {
		group.Go(func() error {
			return retry.OnError(patient, busy, func() error { return do(ctx, u) })
		})
	}
	h.must(group.Wait())
}

// apply applies a claim that keeps a number of images of its first image.
func (h *herd) apply(ctx context.Context, u *unstructured.Unstructured, keep int) error {
	images := fmt.Sprintf("{name: image-0, lifecycle: {keepImages: %d}}", keep)
	for i := 1; i < h.images; i++ {
		images += fmt.Sprintf(", {name: image-%d}", i)
	}
	return h.lab.Applyf(ctx, "{apiVersion: %s, kind: %s, metadata: {namespace: %s, name: %s}, spec: {region: eu-west-1, images: [%s]}}",
		u.GetAPIVersion(), u.GetKind(), u.GetNamespace(), u.GetName(), images)
}

// make creates claims and waits until all are ready. It reports progress, and fails if there is none for too long.
func (h *herd) make(claims []*unstructured.Unstructured) {
	h.Helper()
	waiting := map[string]bool{}
	for _, u := range claims {
		waiting[u.GetNamespace()] = true
	}
	start := time.Now()
	moved := start
	h.each(claims, func(ctx context.Context, u *unstructured.Unstructured) error { return h.apply(ctx, u, 30) })
	events := h.watch()
	defer func() { events.Stop() }()
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for len(waiting) > 0 {
		select {
		case e, ok := <-events.ResultChan():
			if !ok {
				events = h.watch()
				continue
			}
			u, _ := e.Object.(*unstructured.Unstructured)
			if waiting[u.GetNamespace()] && u.GetDeletionTimestamp() == nil && plane.ConditionOf(u, "Ready").Status == "True" {
				delete(waiting, u.GetNamespace())
				moved = time.Now()
				h.ready = append(h.ready, moved.Sub(start))
			}
		case <-tick.C:
			h.lab.Steps.Sayf("%d of %d are ready, AWS has %d repositories",
				len(claims)-len(waiting), len(claims), len(h.lab.Cloud.Keys("Repository")))
			if h.stuck(moved) {
				h.Fatalf("%d of %d claims of the %s do not become ready:\n%s", len(waiting), len(claims), h.of.name, h.reasons(waiting))
			}
		}
	}
}

// watch watches all claims of the subject's kind, beginning with those that exist.
func (h *herd) watch() watch.Interface {
	h.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(h.of.group + "/v1alpha1")
	list.SetKind("ProjectRegistryList")
	events, err := h.lab.Client.Watch(h.Context(), list)
	h.must(err)
	return events
}

// stuck reports whether there has been no progress for too long since moved, or whether Go is about to end the tests,
// which would lose what was measured.
func (b *bench) stuck(moved time.Time) bool {
	deadline, has := b.Deadline()
	return time.Since(moved) > stuckAfter || has && time.Until(deadline) < time.Minute
}

// reasons counts the claims in some namespaces by their conditions.
func (h *herd) reasons(waiting map[string]bool) string {
	count, example := map[string]int{}, map[string]string{}
	for _, u := range h.listAll(h.of.group+"/v1alpha1", "ProjectRegistry") {
		if waiting[u.GetNamespace()] {
			says := plane.Conditions(u)
			count[says]++
			example[says] = u.GetNamespace()
		}
	}
	var text strings.Builder
	for _, says := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&text, "%d claims, one of them in %s: %s\n", count[says], example[says], says)
	}
	return text.String()
}

// edit changes an image of the first claim and waits until AWS has the change.
func (h *herd) edit() {
	h.Helper()
	start := time.Now()
	h.must(h.apply(h.Context(), h.claims[0], 7))
	key := cloud.Key{Kind: "LifecyclePolicy", Region: "eu-west-1", ID: h.claims[0].GetNamespace() + "/image-0"}
	for ; ; time.Sleep(5 * time.Millisecond) {
		thing, _ := h.lab.Cloud.Look(key)
		if strings.Contains(text(thing.Attributes["policy"]), `"countNumber":7}`) {
			return
		}
		if h.stuck(start) {
			h.Fatalf("an edit of the %s does not reach AWS: %v", h.of.name, thing.Attributes)
		}
	}
}

// delete deletes the claims and waits until all their objects are gone.
func (h *herd) delete() {
	h.Helper()
	h.each(h.claims, func(ctx context.Context, u *unstructured.Unstructured) error { return h.lab.Client.Delete(ctx, u) })
	h.must(h.lab.WaitUntilGone(h.Context(), 5*time.Minute, h.claims...))
	h.must(plane.Eventually(h.Context(), 5*time.Minute, func(context.Context) error {
		for _, kind := range []string{"Repository", "LifecyclePolicy"} {
			if left := len(h.listAll(h.generation.managed(kind).GroupVersion().String(), kind)); left > 0 {
				return fmt.Errorf("%d %s objects of the %s are left", left, kind, h.of.name)
			}
		}
		return nil
	}))
	h.settle()
}

// listAll returns all objects of a kind.
func (b *bench) listAll(apiVersion, kind string) []*unstructured.Unstructured {
	b.Helper()
	all, err := b.lab.List(b.Context(), apiVersion, kind)
	b.must(err)
	return all
}
