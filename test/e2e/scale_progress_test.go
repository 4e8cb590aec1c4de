package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// stuckAfter is how long nothing at all may become ready. The longest thing that is right to wait for is an event that the
// circuit breaker dropped: the function asks to be called again after ten minutes.
const stuckAfter = 15 * time.Minute

// A goal is what a step of the benchmark waits for: every claim of a herd is ready, and its status holds a text.
type goal struct {
	herd
	namespace string // of the one claim that matters; empty for all
	holds     string
}

// until waits until a goal is reached, tells how far it is, and fails when nothing has moved for long.
func (b *benchmark) until(g goal) {
	b.Helper()
	// A list of all claims is megabytes that the API server has better things to do than to write.
	interval := min(max(time.Duration(g.claims)*10*time.Millisecond, 500*time.Millisecond), 10*time.Second)
	most, moved, told := 0, time.Now(), time.Now()
	for {
		ready, waiting := b.sort(g)
		if ready == g.claims {
			return
		}
		if ready > most {
			most, moved = ready, time.Now()
		}
		if time.Since(moved) > stuckAfter || b.outOfTime() {
			b.Fatalf("%d of %s do not get where they should, and nothing has moved for %s:\n%s",
				g.claims-ready, g.herd, time.Since(moved).Round(time.Second), reasons(waiting))
		}
		if time.Since(told) > 15*time.Second {
			told = time.Now()
			b.steps.Sayf("%d of %s are ready, AWS has %d repositories", ready, g.herd, b.repositories())
		}
		time.Sleep(interval)
	}
}

// outOfTime says whether Go is about to end the tests, which would tell nothing of what was measured.
func (b *benchmark) outOfTime() bool {
	deadline, has := b.Deadline()
	return has && time.Until(deadline) < 30*time.Second
}

// sort counts the claims that have reached the goal, and returns those that have not.
func (b *benchmark) sort(g goal) (ready int, waiting []*unstructured.Unstructured) {
	b.Helper()
	for _, u := range b.list("ProjectRegistry", client.InNamespace(g.namespace)) {
		if !strings.HasPrefix(u.GetNamespace(), g.prefix()) {
			continue
		}
		if plane.ConditionOf(u, "Ready").Status == "True" && strings.Contains(fmt.Sprint(u.Object["status"]), g.holds) {
			ready++
			continue
		}
		waiting = append(waiting, u)
	}
	return ready, waiting
}

// reasons says, of claims that wait, how many wait for what.
func reasons(waiting []*unstructured.Unstructured) string {
	count, example := map[string]int{}, map[string]string{}
	for _, u := range waiting {
		var says []string
		for _, typ := range []string{"Valid", "Compliant", "Synced", "Ready"} {
			c := plane.ConditionOf(u, typ)
			says = append(says, fmt.Sprintf("%s=%s %s %s", typ, c.Status, c.Reason, c.Message))
		}
		reason := strings.Join(says, "; ")
		count[reason]++
		example[reason] = u.GetNamespace()
	}
	var text strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&text, "  %d claims, one of them in %s: %s\n", count[reason], example[reason], reason)
	}
	return text.String()
}

// open counts the composite resources whose circuit is open.
func (b *benchmark) open() string {
	b.Helper()
	all, open := b.list("XProjectRegistry"), 0
	for _, u := range all {
		if plane.ConditionOf(u, "Responsive").Status == "False" {
			open++
		}
	}
	return fmt.Sprintf("%d of %d", open, len(all))
}

// list returns all objects of one of the product's kinds.
func (b *benchmark) list(kind string, options ...client.ListOption) []*unstructured.Unstructured {
	b.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion("ecr.ontopix.io/v1alpha1")
	list.SetKind(kind + "List")
	if err := retry.OnError(patient, busy, func() error { return b.lab.Client.List(b.Context(), list, options...) }); err != nil {
		b.Fatal(err)
	}
	all := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		all[i] = &list.Items[i]
	}
	return all
}

// repositories counts what AWS has; the real one is not asked, since every answer costs it a request.
func (b *benchmark) repositories() int {
	if b.lab.Cloud == nil {
		return 0
	}
	return len(b.lab.Cloud.Keys("Repository"))
}
