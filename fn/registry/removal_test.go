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

func withSettings(input string) step {
	return func(w *fntest.World, _ *fntest.Composite) { w.Input = input }
}

func push(w *fntest.World, _ *fntest.Composite)   { w.Push(web, 1) }
func remove(w *fntest.World, c *fntest.Composite) { w.Delete(c) }

// TestRemoval shows what happens to the repository of an image that leaves the spec: it is deleted only if the project
// asked for that and the platform team still allows it.
func TestRemoval(t *testing.T) {
	type test struct {
		reason string
		steps  []step

		// want is true if AWS still has the repository, retained if the status lists it, grant if it still grants pull.
		want, retained, grant bool
	}
	cases := map[string]test{
		"Orphaned": {
			reason: "By default an edit deletes nothing.",
			steps:  []step{write(apiAndWeb), settle, write(apiAlone)},
			want:   true, retained: true,
		},
		"Deleted": {
			reason: "The project asked for it, and the platform team allows it.",
			steps:  []step{write(webDeletable), settle, write(apiAlone)},
		},
		"DeleteNeverArrived": {
			reason: "A deletionPolicy that was taken back before it was applied was never in force.",
			steps:  []step{write(apiAndWeb), settle, write(webDeletable), write(apiAlone)},
			want:   true, retained: true,
		},
		"DeleteWithdrawnBySettings": {
			reason: "The platform team does not allow it any more.",
			steps:  []step{write(webDeletable), settle, withSettings(""), write(apiAlone)},
			want:   true, retained: true,
		},
		"DeleteWithdrawnBySpec": {
			reason: "The project took it back.",
			steps:  []step{write(webDeletable), settle, write(apiAndWeb), settle, write(apiAlone)},
			want:   true, retained: true,
		},
		"DeleteCappedInTheSameEdit": {
			reason: "managementPolicies caps what deletionPolicy gives, also for what leaves.",
			steps:  []step{write(webDeletable), settle, write(`{managementPolicies: [Observe, Create, Update], ` + apiAlone[1:])},
			want:   true, retained: true,
		},
		"DeleteUnderObserve": {
			reason: "With [Observe] nothing is written.",
			steps:  []step{write(webDeletable), settle, write(observing(apiAlone))},
			want:   true, retained: true,
		},
		"DeletedWithImagesInIt": {
			reason: "AWS refuses to delete a repository with images in it.",
			steps:  []step{write(webDeletable), settle, push, write(apiAlone)},
			want:   true,
		},
		"ForceDeleted": {
			reason: "forceDelete deletes it with its images, where that is allowed.",
			steps:  []step{write(webForceable), settle, push, write(apiAlone)},
		},
		"ForceDeleteWithdrawnBySettings": {
			reason: "The platform team does not allow any more that images are deleted with it.",
			steps:  []step{write(webForceable), settle, push, withSettings(`guardrails: {allowDelete: true}`), write(apiAlone)},
			want:   true, retained: true,
		},
		"ClaimedAgain": {
			reason: "An image that returns adopts its repository.",
			steps:  []step{write(apiAndWeb), settle, write(apiAlone), settle, write(apiAndWeb)},
			want:   true,
		},
		"ClaimedAgainAtOnce": {
			reason: "Its object is still being deleted.",
			steps:  []step{write(apiAndWeb), settle, write(apiAlone), reconcile, write(apiAndWeb), reconcile},
			want:   true,
		},
		"ClaimedAgainWhileItIsDeleted": {
			reason: "A repository that is wanted again is not deleted, if it is not too late.",
			steps:  []step{write(webDeletable), settle, write(apiAlone), reconcile, write(apiAndWeb), reconcile},
			want:   true,
		},
		"ClaimDeleted": {
			reason: "Repositories outlive their claim.",
			steps:  []step{write(webPulled), settle, remove},
			want:   true,
		},
		"ClaimDeletedWithDelete": {
			reason: "What may be deleted is deleted with its claim.",
			steps:  []step{write(webDeletable), settle, remove},
		},
		"GrantOfARetainedRepository": {
			reason: "A grant ends with the field that gave it, although the repository stays.",
			steps:  []step{write(webPulled), settle, write(apiAlone)},
			want:   true, retained: true,
		},
		"GrantUnderObserve": {
			reason: "With [Observe] nothing is written, so the grant stays.",
			steps:  []step{write(webPulled), settle, write(observing(apiAlone))},
			want:   true, retained: true, grant: true,
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		w, c := newWorld(t, g, apiAndWeb)
		settled(t, w, c, tc.steps...)
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
}

// retained returns the images that the status lists as retained.
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

// TestRemovalOfAnEndingPolicy shows that [Observe] keeps a lifecycle policy that was about to be deleted in AWS, even
// if its image leaves the spec.
func TestRemovalOfAnEndingPolicy(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		w, c := newWorld(t, g, apiAndWeb)
		// Once reconciled, the object has Delete.
		settled(t, w, c, settle, write(webWithoutPolicy), reconcile, write(observing(apiAlone)))
		if w.Repository(web).Lifecycle == "" {
			t.Error("With [Observe] nothing is written, and the lifecycle policy is gone from AWS")
		}
		if diff := cmp.Diff([]string(nil), keysOf(w, c, "lifecycle/web/")); diff != "" {
			t.Errorf("want no object left: -want, +got:\n%s", diff)
		}
	})
}

// TestAccessAfterObserve shows that a grant which was only observed for a while still ends once it is not wanted.
func TestAccessAfterObserve(t *testing.T) {
	const github = `, github: {repositories: [web]}, orgAccessRef: {name: octo}`
	all := `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}}]` + github + `}`
	type test struct {
		reason string
		spec   string
		grant  bool
		roles  int
	}
	cases := map[string]test{
		"Unchanged": {reason: "Both are wanted again.", spec: all, grant: true, roles: 1},
		"NoGrant":   {reason: "The grant is not wanted.", spec: `{region: eu-west-1, images: [{name: web}]` + github + `}`, roles: 1},
		"NoRole":    {reason: "The role is not wanted.", spec: `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}}]}`, grant: true},
		"NoImage":   {reason: "The grant's image left the spec.", spec: apiAlone},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		w, c := newWorld(t, g, all)
		w.Input = "guardrails: {orgAccessNamespaces: [shop]}"
		w.Others = fntest.Objects(t, fntest.OrgAccess(g, "shop", "octo"))
		settled(t, w, c)
		if len(w.Roles()) != 1 || w.Repository(web).Policy == "" {
			t.Fatalf("want a role and a grant: %v, %q", w.Roles(), w.Repository(web).Policy)
		}
		settled(t, w, c, write(observing(all)), settle, write(tc.spec))
		if got := w.Repository(web).Policy != ""; got != tc.grant {
			t.Errorf("%s\npull is granted: %t, want %t", tc.reason, got, tc.grant)
		}
		if got := len(w.Roles()); got != tc.roles {
			t.Errorf("%s\n%d roles, want %d", tc.reason, got, tc.roles)
		}
	})
}
