package registry_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// Specs of two images and of one of them.
const (
	apiAndWeb        = `{region: eu-west-1, images: [{name: api}, {name: web}]}`
	apiAlone         = `{region: eu-west-1, images: [{name: api}]}`
	webDeletable     = `{region: eu-west-1, images: [{name: api}, {name: web, deletionPolicy: Delete}]}`
	webForceable     = `{region: eu-west-1, images: [{name: api}, {name: web, deletionPolicy: Delete, forceDelete: true}]}`
	webPulled        = `{region: eu-west-1, images: [{name: api}, {name: web, pull: {accounts: ["111111111111"]}}]}`
	webWithoutPolicy = `{region: eu-west-1, images: [{name: api}, {name: web, lifecycle: {rules: []}}]}`
)

// A removalStep is one thing that happens to two images, of which web has images in it
// if it says so.
type removalStep func(w *fntest.World, c *fntest.Composite)

func spec(s string) removalStep {
	return func(_ *fntest.World, c *fntest.Composite) { c.Spec = s }
}

func settings(input string) removalStep {
	return func(w *fntest.World, _ *fntest.Composite) { w.Input = input }
}

func once(w *fntest.World, c *fntest.Composite) { w.Reconcile(c) }
func rest(w *fntest.World, _ *fntest.Composite) { w.Settle() }
func push(w *fntest.World, _ *fntest.Composite) { w.Push(web, 1) }
func gone(w *fntest.World, c *fntest.Composite) { w.Delete(c) }

// TestRemoval shows what becomes of a repository whose image leaves the spec: it goes
// only if the project asked for that and the platform team allows it, now.
func TestRemoval(t *testing.T) {
	cases := map[string]struct {
		reason string
		steps  []removalStep

		// want is whether the repository is still in AWS, retained whether the status
		// tells it.
		want, retained bool
		grant          bool
	}{
		"Orphaned": {
			reason: "By default nothing is deleted by an edit.",
			steps:  []removalStep{spec(apiAndWeb), rest, spec(apiAlone)},
			want:   true, retained: true,
		},
		"Deleted": {
			reason: "The project asked for it, and the platform team allows it.",
			steps:  []removalStep{spec(webDeletable), rest, spec(apiAlone)},
		},
		"DeleteNeverArrived": {
			reason: "What was asked for and taken back before it was applied was never in force.",
			steps:  []removalStep{spec(apiAndWeb), rest, spec(webDeletable), spec(apiAlone)},
			want:   true, retained: true,
		},
		"DeleteWithdrawnBySettings": {
			reason: "The platform team does not allow it any more.",
			steps:  []removalStep{spec(webDeletable), rest, settings(""), spec(apiAlone)},
			want:   true, retained: true,
		},
		"DeleteWithdrawnBySpec": {
			reason: "The project took it back.",
			steps:  []removalStep{spec(webDeletable), rest, spec(apiAndWeb), rest, spec(apiAlone)},
			want:   true, retained: true,
		},
		"DeleteCappedInTheSameEdit": {
			reason: "managementPolicies caps what deletionPolicy gives, also for what leaves.",
			steps:  []removalStep{spec(webDeletable), rest, spec(`{managementPolicies: [Observe, Create, Update], ` + apiAlone[1:])},
			want:   true, retained: true,
		},
		"DeleteUnderObserve": {
			reason: "With [Observe] nothing is written.",
			steps:  []removalStep{spec(webDeletable), rest, spec(observing(apiAlone))},
			want:   true, retained: true,
		},
		"DeletedWithImagesInIt": {
			reason: "AWS refuses to delete a repository with images in it.",
			steps:  []removalStep{spec(webDeletable), rest, push, spec(apiAlone)},
			want:   true,
		},
		"ForceDeleted": {
			reason: "forceDelete deletes it with its images, where that is allowed.",
			steps:  []removalStep{spec(webForceable), rest, push, spec(apiAlone)},
		},
		"ForceDeleteWithdrawnBySettings": {
			reason: "The platform team does not allow any more that images are deleted with it.",
			steps:  []removalStep{spec(webForceable), rest, push, settings(`guardrails: {allowDelete: true}`), spec(apiAlone)},
			want:   true, retained: true,
		},
		"ClaimedAgain": {
			reason: "Its return adopts it.",
			steps:  []removalStep{spec(apiAndWeb), rest, spec(apiAlone), rest, spec(apiAndWeb)},
			want:   true,
		},
		"ClaimedAgainAtOnce": {
			reason: "Its object is still being deleted.",
			steps:  []removalStep{spec(apiAndWeb), rest, spec(apiAlone), once, spec(apiAndWeb), once},
			want:   true,
		},
		"ClaimedAgainWhileItIsDeleted": {
			reason: "What is wanted again is not deleted if that can still be helped.",
			steps:  []removalStep{spec(webDeletable), rest, spec(apiAlone), once, spec(apiAndWeb), once},
			want:   true,
		},
		"ClaimDeleted": {
			reason: "Repositories outlive their claim.",
			steps:  []removalStep{spec(webPulled), rest, gone},
			want:   true,
		},
		"ClaimDeletedWithDelete": {
			reason: "A claim takes with it what may be deleted.",
			steps:  []removalStep{spec(webDeletable), rest, gone},
		},
		"GrantOfARetainedRepository": {
			reason: "A grant ends with the field that gave it, though the repository stays.",
			steps:  []removalStep{spec(webPulled), rest, spec(apiAlone)},
			want:   true, retained: true,
		},
		"GrantUnderObserve": {
			reason: "With [Observe] nothing is written, so the grant stays.",
			steps:  []removalStep{spec(webPulled), rest, spec(observing(apiAlone))},
			want:   true, retained: true, grant: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				w, c := newWorld(t, g, apiAndWeb)
				for _, step := range tc.steps {
					step(w, c)
				}
				w.Settle()
				mustBeFine(t, c)
				r := w.Repository(web)
				if got := r != nil; got != tc.want {
					t.Fatalf("%s\nthe repository is in AWS: %t, want %t", tc.reason, got, tc.want)
				}
				if r != nil && (r.Policy != "") != tc.grant {
					t.Errorf("%s\npull is granted: %t, want %t", tc.reason, r.Policy != "", tc.grant)
				}
				if api := w.Repository("eu-west-1/shop/api"); api == nil || api.Lifecycle == "" {
					t.Errorf("%s\nthe other image's repository changed: %v", tc.reason, api)
				}
				if got := slices.Contains(retained(t, c), "web"); got != tc.retained {
					t.Errorf("%s\nretained: %t, want %t", tc.reason, got, tc.retained)
				}
			})
		})
	}
}

// retained are the images that the status tells as kept.
func retained(t *testing.T, c *fntest.Composite) []string {
	t.Helper()
	var s struct {
		Retained []struct{ Image string }
	}
	fntest.Status(t, c.Last, &s)
	names := make([]string, len(s.Retained))
	for n, r := range s.Retained {
		names[n] = r.Image
	}
	return names
}

// TestRemovalOfAPolicyOnItsWayOut shows that [Observe] and the loss of an image keep
// a lifecycle policy that was about to be deleted in AWS.
func TestRemovalOfAPolicyOnItsWayOut(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		w, c := newWorld(t, g, apiAndWeb)
		w.Settle()
		c.Spec = webWithoutPolicy
		w.Reconcile(c) // the object has Delete now
		c.Spec = observing(apiAlone)
		w.Settle()
		mustBeFine(t, c)
		if w.Repository(web).Lifecycle == "" {
			t.Error("With [Observe] nothing is written, and the lifecycle policy is gone from AWS")
		}
		if diff := cmp.Diff([]string(nil), keysOf(w, c, "lifecycle/web/")); diff != "" {
			t.Errorf("want no object left: -want, +got:\n%s", diff)
		}
	})
}

// TestAccessAfterObserve shows that what was granted, then only looked at, and is not
// wanted any more does go from AWS.
func TestAccessAfterObserve(t *testing.T) {
	const github = `, github: {repositories: [web]}, orgAccessRef: {name: octo}`
	all := `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}}]` + github + `}`
	cases := map[string]struct {
		reason string
		spec   string
		grant  bool
		roles  int
	}{
		"Unchanged": {reason: "Both are wanted again.", spec: all, grant: true, roles: 1},
		"NoGrant":   {reason: "The grant is not wanted.", spec: `{region: eu-west-1, images: [{name: web}]` + github + `}`, roles: 1},
		"NoRole":    {reason: "The role is not wanted.", spec: `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}}]}`, grant: true},
		"NoImage":   {reason: "The image of the grant left.", spec: apiAlone},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				w, c := newWorld(t, g, all)
				w.Input = "guardrails: {orgAccessNamespaces: [shop]}"
				w.Others = fntest.Objects(t, fntest.OrgAccess(g, "shop", "octo"))
				w.Settle()
				mustBeFine(t, c)
				if len(w.Roles()) != 1 || w.Repository(web).Policy == "" {
					t.Fatalf("want a role and a grant: %v, %q", w.Roles(), w.Repository(web).Policy)
				}
				c.Spec = observing(all)
				w.Settle()
				c.Spec = tc.spec
				w.Settle()
				mustBeFine(t, c)
				if got := w.Repository(web).Policy != ""; got != tc.grant {
					t.Errorf("%s\npull is granted: %t, want %t", tc.reason, got, tc.grant)
				}
				if got := len(w.Roles()); got != tc.roles {
					t.Errorf("%s\n%d roles, want %d", tc.reason, got, tc.roles)
				}
			})
		})
	}
}
