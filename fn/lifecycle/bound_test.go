package lifecycle

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBounds(t *testing.T) {
	forEach(t, "bounds.yaml", func(t *testing.T, tc listing) {
		got := listing{NoExpiry: !Expires(tc.Rules)}
		if n, ok := KeepsAtMost(tc.Rules); ok {
			got.Keeps = &n
		}
		if n, ok := ExpiresUntaggedAfter(tc.Rules); ok {
			got.Expires = &n
		}
		want := listing{Keeps: tc.Keeps, Expires: tc.Expires, NoExpiry: tc.NoExpiry}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", tc.Reason, diff)
		}
	})
}

// TestBoundsHold previews random rules on images that show their bounds.
func TestBoundsHold(t *testing.T) {
	// The patterns of the random rules hold no digits: the images of one family are all
	// selected by the same rules.
	families := map[string][]image{}
	for _, family := range []string{"a", "b", "c", "ab", "ba", "abc"} {
		for i := range 50 {
			families[family] = append(families[family], taggedImage(fmt.Sprint(i), 0, fmt.Sprintf("%s%d", family, i)))
		}
	}
	random(t, 1500, func(t *testing.T, r source) {
		rules := r.valid()
		expired := func(images []image) (n int) {
			for _, i := range preview(rules, images) {
				if rules[i].Action.Type == expire {
					n++
				}
			}
			return n
		}

		if n, ok := KeepsAtMost(rules); ok {
			for family, images := range families {
				if left := len(images) - expired(images); int64(left) > n {
					t.Errorf("KeepsAtMost(%s): got %d; of the images %s* %d are left", Policy(rules), n, family, left)
				}
			}
		}

		after := func(days float64) bool { return expired([]image{taggedImage("old", days)}) == 1 }
		n, ok := ExpiresUntaggedAfter(rules)
		if ok != after(10000) || ok && (after(float64(n)) || !after(float64(n)+0.25)) {
			t.Errorf("ExpiresUntaggedAfter(%s): got %d, %t; after 10000 days expired: %t", Policy(rules), n, ok, after(10000))
		}
	})
}
