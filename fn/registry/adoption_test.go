package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestAdoption takes over a repository that Terraform made, first with [Observe].
func TestAdoption(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		w, c := newWorld(t, g, observing(keep10))
		made := fntest.Repository{
			Mutability: "MUTABLE", Encryption: "KMS", KMSKey: goodKey,
			Tags: map[string]string{"owner": "terraform", "project": "old", "image": "web"}, Lifecycle: shorthands(1, 1), Images: 3,
		}
		w.Make(web, made)
		w.Happened = neverWithoutPolicy(t, w)
		settled(t, w, c)
		r := w.Repository(web)
		if r.Mutability != made.Mutability || r.Lifecycle != made.Lifecycle || r.Policy != "" || len(r.Tags) != 3 {
			t.Fatalf("with [Observe] nothing is written, and now it is %+v", r)
		}
		o := w.Managed(c, "repository/web")
		if got := o.Policies(); len(got) != 1 || got[0] != "Observe" {
			t.Errorf("management policies %q, want [Observe]", got)
		}
		if keys := w.Keys(c); len(keys) != 1 {
			t.Errorf("only the Repository is looked at, not %q", keys)
		}
		want := fmt.Sprintf("spec.images[0]: managing repository shop/web would change: imageTagMutability from MUTABLE to IMMUTABLE; scanOnPush from false to true; the tag owner=terraform would go; the tag project from old to shop; the tag managed-by=crossplane would be added; its lifecycle policy, which is not observed, would become one that expires untagged images %d days after they were pushed and expires all tagged images but the newest 10", untaggedDays)
		if got := fntest.Advice(t, c.Last); got != want {
			t.Errorf("want advice:\n%s\ngot:\n%s", want, got)
		}
		var s struct {
			Repositories []struct {
				URI, ARN string
				Ready    bool
				Settings struct{ EncryptionType, KMSKey string }
			}
		}
		fntest.Status(t, c.Last, &s)
		if got := s.Repositories[0]; !got.Ready || got.Settings.EncryptionType != "KMS" || got.Settings.KMSKey != goodKey || !strings.HasSuffix(got.URI, "/shop/web") {
			t.Errorf("the status tells %+v", got)
		}

		settled(t, w, c, write(keep10))
		r = w.Repository(web)
		if r.Mutability != "IMMUTABLE" || !r.ScanOnPush || kept(w) != 10 || r.Tags["owner"] != "" || r.Tags["project"] != "shop" {
			t.Errorf("managed, it is %+v", r)
		}
		if r.Encryption != made.Encryption || r.Images != made.Images || len(w.Deleted()) > 0 {
			t.Errorf("what cannot change did: %+v, deleted %v", r, w.Deleted())
		}
		if ok, message := w.Managed(c, "repository/web").Synced(); !ok {
			t.Errorf("it is not in sync: %s", message)
		}
	})
}

// TestAdoptionAtOnce takes over a repository with another encryption than the built-in one, which only the second
// render can know.
func TestAdoptionAtOnce(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		w, c := newWorld(t, g, keep10)
		w.Make(web, fntest.Repository{Mutability: "IMMUTABLE", Encryption: "KMS", KMSKey: goodKey})
		settled(t, w, c)
		if ok, message := w.Managed(c, "repository/web").Synced(); !ok {
			t.Errorf("it is not in sync: %s", message)
		}
		if got := kept(w); got != 10 {
			t.Errorf("AWS keeps %d images, want 10", got)
		}
		if got := fntest.Advice(t, c.Last); got != "" {
			t.Errorf("want no advice on what is built in, got %s", got)
		}
	})
}

// TestTooSoon shows that what depends on a repository is not rendered before AWS has it.
func TestTooSoon(t *testing.T) {
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		w, c := newWorld(t, g, `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"]}}]}`)
		w.Happened = func(step string) {
			for _, o := range w.Objects {
				if _, message := o.Synced(); strings.Contains(message, "NotFoundException") {
					t.Errorf("%s failed its first create, which costs a minute, after: %s", o.Key, step)
				}
			}
		}
		w.Reconcile(c)
		if diff := cmp.Diff([]string{"repository/web"}, w.Keys(c)); diff != "" {
			t.Errorf("before the repository exists: -want, +got:\n%s", diff)
		}
		w.Settle()
		if r := w.Repository(web); r.Policy == "" || r.Lifecycle == "" {
			t.Errorf("AWS has %+v", r)
		}
	})
}
