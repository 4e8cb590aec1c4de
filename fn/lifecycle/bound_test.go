package lifecycle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

func TestBounds(t *testing.T) {
	forEach(t, "bounds.yaml", func(t *testing.T, tc listing) {
		got := listing{NoExpiry: !lifecycle.Expires(tc.Rules)}
		if n, ok := lifecycle.KeepsAtMost(tc.Rules); ok {
			got.Keeps = &n
		}
		if n, ok := lifecycle.ExpiresUntaggedAfter(tc.Rules); ok {
			got.Expires = &n
		}
		want := listing{Keeps: tc.Keeps, Expires: tc.Expires, NoExpiry: tc.NoExpiry}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", tc.Reason, diff)
		}
	})
}

// TestBoundsHold evaluates random rules on images that show their bounds.
func TestBoundsHold(t *testing.T) {
	// The patterns of the random rules hold no digits, so that the same rules select all images of one family.
	families := map[string][]retention.Image{}
	for _, family := range []string{"a", "b", "c", "ab", "ba", "abc"} {
		for i := range 50 {
			tag := fmt.Sprint(family, i)
			families[family] = append(families[family], retention.Image{Digest: tag, Tags: []string{tag}, PushedAt: lifecycletest.Now.Add(-time.Duration(i))})
		}
	}
	lifecycletest.Random(t, 1500, func(t *testing.T, r lifecycletest.Source) {
		rules := r.Valid()
		kept := func(images []retention.Image) (n int64) {
			for _, o := range retention.Evaluate(rules, images, lifecycletest.Now) {
				if o.Verdict != retention.Expire {
					n++
				}
			}
			return n
		}

		if n, ok := lifecycle.KeepsAtMost(rules); ok {
			for family, images := range families {
				if left := kept(images); left > n {
					t.Errorf("KeepsAtMost(%s): got %d; of the images %s* %d are left", lifecycle.Policy(rules), n, family, left)
				}
			}
		}

		after := func(age time.Duration) bool {
			return kept([]retention.Image{{Digest: "old", PushedAt: lifecycletest.Now.Add(-age)}}) == 0
		}
		const day = 24 * time.Hour
		n, ok := lifecycle.ExpiresUntaggedAfter(rules)
		age := time.Duration(n) * day
		if ok != after(10000*day) || ok && (after(age) || !after(age+1)) {
			t.Errorf("ExpiresUntaggedAfter(%s): got %d, %t; after 10000 days expired: %t", lifecycle.Policy(rules), n, ok, after(10000*day))
		}
	})
}
