package registry_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// Specs of one image with different lifecycle policies.
const (
	keep10   = `{region: eu-west-1, images: [{name: web, lifecycle: {keepImages: 10}}]}`
	keep20   = `{region: eu-west-1, images: [{name: web, lifecycle: {keepImages: 20}}]}`
	keep30   = `{region: eu-west-1, images: [{name: web}]}`
	noPolicy = `{region: eu-west-1, images: [{name: web, lifecycle: {rules: []}}]}`
)

func observing(spec string) string {
	return `{managementPolicies: [Observe], ` + spec[1:]
}

// kept returns how many images the lifecycle policy in AWS keeps; 0 for no policy.
func kept(w *fntest.World) int {
	for _, n := range []int{10, 20, 30} {
		if provider.SamePolicy(w.Repository(web).Lifecycle, shorthands(untaggedDays, n)) {
			return n
		}
	}
	if w.Repository(web).Lifecycle == "" {
		return 0
	}
	return -1
}

// untaggedDays and keptImages are the built-in values.
var (
	untaggedDays = int(settings.BuiltIn().Lifecycle.UntaggedExpiryDays.Value)
	keptImages   = int(settings.BuiltIn().Lifecycle.KeepImages.Value)
)

// shorthands returns the lifecycle policy that the shorthands stand for.
func shorthands(days, images int) string {
	return fmt.Sprintf(`{"rules":[{"rulePriority":1,"description":"expire untagged images after %d days","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":%d},"action":{"type":"expire"}},{"rulePriority":2,"description":"keep the newest %d tagged images","selection":{"tagStatus":"tagged","tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":%d},"action":{"type":"expire"}}]}`, days, days, images, images)
}

func look(w *fntest.World, _ *fntest.Composite)    { w.LookAll() }
func restart(w *fntest.World, _ *fntest.Composite) { w.Restart() }
func drift(w *fntest.World, _ *fntest.Composite)   { w.SetLifecycle(web, shorthands(1, 1)) }
func vanish(w *fntest.World, _ *fntest.Composite)  { w.SetLifecycle(web, "") }

// TestLifecycleSteps shows that AWS has the lifecycle policy of the spec in the end, whatever happens on the way, and
// that it is never without one that was and is wanted.
func TestLifecycleSteps(t *testing.T) {
	type test struct {
		reason string
		steps  []step
		want   int
		// gap is true if AWS may be without a policy for a while.
		gap bool
	}
	cases := map[string]test{
		"First": {
			reason: "The policy is created once AWS has the repository.",
			steps:  []step{write(keep10)},
			want:   10,
		},
		"Changed": {
			reason: "The provider refuses to update a policy, so a new object overwrites it.",
			steps:  []step{write(keep10), settle, write(keep20)},
			want:   20,
		},
		"ChangedBeforeItWasLookedAt": {
			reason: "The first object was never created.",
			steps:  []step{write(keep10), reconcile, write(keep20)},
			want:   20,
		},
		"ThereAndBack": {
			reason: "The first object's name may still be taken.",
			steps:  []step{write(keep10), settle, write(keep20), settle, write(keep10)},
			want:   10,
		},
		"ThereAndBackAtOnce": {
			reason: "The first object is still being deleted when its policy is wanted again.",
			steps:  []step{write(keep10), settle, write(keep20), reconcile, write(keep10), reconcile},
			want:   10,
		},
		"ThereAndBackInterrupted": {
			reason: "The second object was not created yet.",
			steps:  []step{write(keep10), settle, write(keep20), reconcile, write(keep10)},
			want:   10,
		},
		"ThreeInARow": {
			reason: "Several objects are being deleted at once.",
			steps:  []step{write(keep10), settle, write(keep20), reconcile, write(keep30), reconcile, write(keep10), reconcile, write(keep30)},
			want:   30,
		},
		"Removed": {
			reason: "The object gets Delete first, and then goes with the policy.",
			steps:  []step{write(keep10), settle, write(noPolicy)},
			want:   0,
		},
		"RemovedAndBack": {
			reason: "A policy that is gone comes back.",
			steps:  []step{write(keep10), settle, write(noPolicy), settle, write(keep10)},
			want:   10,
			gap:    true,
		},
		"RemovedAndBackAtOnce": {
			reason: "The object has Delete, and must not keep it.",
			steps:  []step{write(keep10), settle, write(noPolicy), reconcile, write(keep10)},
			want:   10,
		},
		"RemovedAndBackWhileItGoes": {
			reason: "The object with Delete is being deleted while its policy is wanted again.",
			steps:  []step{write(keep10), settle, write(noPolicy), reconcile, reconcile, write(keep10)},
			want:   10,
			gap:    true,
		},
		"RemovedThenAnother": {
			reason: "An object that goes must not take its successor's policy with it.",
			steps:  []step{write(keep10), settle, write(noPolicy), reconcile, write(keep20)},
			want:   20,
		},
		"RemovedThenAnotherWhileItGoes": {
			reason: "The object with Delete is being deleted while another policy is wanted.",
			steps:  []step{write(keep10), settle, write(noPolicy), reconcile, reconcile, write(keep20)},
			want:   20,
			gap:    true,
		},
		"RemovedBeforeItWasThere": {
			reason: "An object that never created a policy has none to delete.",
			steps:  []step{write(keep10), reconcile, write(noPolicy)},
			want:   0,
		},
		"RemovedWhileItChanges": {
			reason: "Both objects have to go.",
			steps:  []step{write(keep10), settle, write(keep20), reconcile, write(noPolicy)},
			want:   0,
		},
		"RemovedWithOneLookBetween": {
			reason: "It does not matter when the provider polls.",
			steps:  []step{write(keep10), settle, write(noPolicy), reconcile, look, reconcile, look, write(keep20), reconcile, look},
			want:   20,
			gap:    true,
		},
		"Drifted": {
			reason: "A policy that was changed by hand is restored, although the provider refuses to update it.",
			steps:  []step{write(keep10), settle, drift},
			want:   10,
		},
		"DriftedTwice": {
			reason: "It is restored each time.",
			steps:  []step{write(keep10), settle, drift, settle, drift, settle, drift},
			want:   10,
		},
		"DriftedInterrupted": {
			reason: "It is changed by hand again before the provider observes the successor.",
			steps:  []step{write(keep10), settle, drift, look, reconcile, drift, look},
			want:   10,
		},
		"DriftedAndChanged": {
			reason: "Another policy overwrites what was changed by hand.",
			steps:  []step{write(keep10), settle, drift, look, write(keep20)},
			want:   20,
		},
		"DriftedAndRemoved": {
			reason: "A policy that was changed by hand is deleted, too.",
			steps:  []step{write(keep10), settle, drift, look, write(noPolicy)},
			want:   0,
		},
		"Vanished": {
			reason: "A policy that was deleted by hand is created again.",
			steps:  []step{write(keep10), settle, vanish},
			want:   10,
			gap:    true,
		},
		"Restarted": {
			reason: "A provider that restarts does not put an old policy back.",
			steps:  []step{write(keep10), settle, write(keep20), reconcile, restart, look, restart, settle, restart},
			want:   20,
		},
		"Observed": {
			reason: "With [Observe] nothing is written, and what is there stays.",
			steps:  []step{write(keep10), settle, write(observing(keep20))},
			want:   10,
		},
		"ObservedAndBack": {
			reason: "Back from [Observe] the policy of the spec is in force.",
			steps:  []step{write(keep10), settle, write(observing(keep20)), settle, write(keep20)},
			want:   20,
		},
		"ObservedAndBackUnchanged": {
			reason: "Back from [Observe] the observed object is managed again.",
			steps:  []step{write(keep10), settle, write(observing(keep10)), settle, write(keep10)},
			want:   10,
		},
		"ObservedWhileItIsRemoved": {
			reason: "[Observe] takes Delete away again.",
			steps:  []step{write(keep10), settle, write(noPolicy), reconcile, write(observing(noPolicy))},
			want:   10,
		},
		"RemovedAfterObserve": {
			reason: "Back from [Observe] a policy that is not wanted goes.",
			steps:  []step{write(keep10), settle, write(observing(noPolicy)), settle, write(noPolicy)},
			want:   0,
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		w, c := newWorld(t, g, keep10)
		if !tc.gap && tc.want != 0 {
			w.Happened = neverWithoutPolicy(t, w)
		}
		settled(t, w, c, tc.steps...)
		if got := kept(w); got != tc.want {
			t.Errorf("%s\nAWS keeps %d images (0: no policy), want %d: %s", tc.reason, got, tc.want, w.Repository(web).Lifecycle)
		}
		objects := keysOf(w, c, "lifecycle/web/")
		if want := min(tc.want, 1); len(objects) != want {
			t.Errorf("%s\n%d objects are left, want %d: %q", tc.reason, len(objects), want, objects)
		}
		for _, key := range objects {
			o := w.Managed(c, key)
			if ok, message := o.Synced(); !ok {
				t.Errorf("%s\n%s is not in sync: %s", tc.reason, key, message)
			}
			if slices.Contains(o.Policies(), "Delete") {
				t.Errorf("%s\n%s may delete the policy", tc.reason, key)
			}
		}
		if len(w.Deleted()) > 0 {
			t.Errorf("%s\ndeleted in AWS: %v", tc.reason, w.Deleted())
		}
	})
}

// neverWithoutPolicy fails if the policy is deleted in AWS.
func neverWithoutPolicy(t *testing.T, w *fntest.World) func(string) {
	had := false
	return func(step string) {
		r := w.Repository(web)
		switch {
		case r == nil:
		case r.Lifecycle != "":
			had = true
		case had:
			t.Errorf("AWS is without a policy after: %s", step)
			had = false
		}
	}
}

// TestLifecycleObjects shows which objects are rendered at each step, and their management policies.
func TestLifecycleObjects(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		w, c := newWorld(t, g, keep10)
		at := func(step string, want ...string) {
			t.Helper()
			w.Reconcile(c)
			mustBeFine(t, c)
			var got []string
			for _, key := range fntest.Keys(c.Last) {
				if len(key) > 10 && key[:10] == "lifecycle/" {
					var o fntest.Resource
					fntest.Desired(t, c.Last, key, &o)
					got = append(got, fmt.Sprint(key, " ", o.Spec.ManagementPolicies))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", step, diff)
			}
			w.LookAll()
		}
		const late, lateDelete = "[Observe Create Update LateInitialize]", "[Observe Create Update LateInitialize Delete]"
		first := "lifecycle/web/" + managed.Hash(8, shorthands(untaggedDays, 10))
		second := "lifecycle/web/" + managed.Hash(8, shorthands(untaggedDays, 20))
		at("before the repository exists")
		at("once it does", first+" "+late)
		at("again", first+" "+late)
		w.Settle()
		c.Spec = keep20
		at("changed", second+" "+late)
		w.Settle()
		w.SetLifecycle(web, shorthands(1, 1))
		w.LookAll()
		healed := "lifecycle/web/" + managed.Hash(8, shorthands(untaggedDays, 20), managed.Hash(8, shorthands(untaggedDays, 20)))
		at("drifted", healed+" "+late)
		at("healed", healed+" "+late)
		c.Spec = noPolicy
		at("removed", healed+" "+lateDelete)
		at("gone")
		at("still gone")
		c.Spec = observing(keep20)
		at("only observed, and none is there")
	})
}
