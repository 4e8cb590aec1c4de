package registry_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// These tests are the steps of docs/namespaced.md: a team moves from a claim to a
// namespaced composite resource, and AWS has everything at every moment.

// moving is what the team writes: all that a project registry can have in AWS.
const moving = `{region: eu-west-1, github: {repositories: [shop], branches: [main]}, images: [{name: api}, {name: web, pull: {accounts: ["111111111111"]}}]}`

// movingDeletable may be deleted with its object besides.
const movingDeletable = `{region: eu-west-1, github: {repositories: [shop], branches: [main]}, images: [{name: api, deletionPolicy: Delete}, {name: web, deletionPolicy: Delete, forceDelete: true, pull: {accounts: ["111111111111"]}}]}`

// movingInput are settings for both generations.
const movingInput = `
orgAccess: ontopix
orgAccessNamespace: platform
guardrails: {allowDelete: true, allowForceDelete: true, orgAccessNamespaces: [platform]}
`

// orgAccesses are the platform team's, one for each generation.
const orgAccesses = `
apiVersion: ecr.ontopix.io/v1alpha1
kind: XEcrOrgAccess
metadata: {name: ontopix}
spec: {accountId: "123456789012", github: {organization: ontopix, organizationId: "583231"}}
---
apiVersion: ecr.m.ontopix.io/v1alpha1
kind: EcrOrgAccess
metadata: {name: ontopix, namespace: platform}
spec: {accountId: "123456789012", github: {organization: ontopix, organizationId: "583231"}}
`

// A move is a team's way from its claim to a namespaced composite resource.
type move struct {
	t    *testing.T
	w    *fntest.World
	spec string
	old  *fntest.Composite // the claim's
	new  *fntest.Composite // nil before it is made

	// lost is what AWS did not have at some moment since the move began.
	lost []string
}

// newMove is a team whose claim is in force, with images in its repositories.
func newMove(t *testing.T, spec string) *move {
	m := &move{t: t, w: fntest.NewWorld(t), spec: spec}
	m.w.Input, m.w.Capabilities = movingInput, fntest.Modern
	m.w.Others = fntest.Objects(t, orgAccesses)
	m.old = m.w.Add(managed.Claimed, fntest.Registry{Spec: spec})
	m.w.Settle()
	mustBeFine(t, m.old)
	for id := range m.w.Repositories() {
		m.w.Push(id, 3)
	}
	had := m.inAWS()
	m.w.Happened = func(step string) {
		has := m.inAWS()
		for _, k := range slices.Sorted(maps.Keys(had)) {
			line := k + " after " + step
			if has[k] != had[k] && !slices.Contains(m.lost, line) {
				m.lost = append(m.lost, line)
			}
		}
	}
	return m
}

// inAWS is all that a team and its pipelines depend on.
func (m *move) inAWS() map[string]string {
	all := map[string]string{}
	for id, r := range m.w.Repositories() {
		all["repository "+id] = fmt.Sprint(r.Images, r.Mutability, r.ScanOnPush, r.Encryption, r.KMSKey)
		all["lifecycle of "+id] = r.Lifecycle
		all["policy of "+id] = r.Policy
	}
	for name, r := range m.w.Roles() {
		all["role "+name] = r.Path + r.Trust
		for n, text := range r.Policies {
			all["inline policy "+n+" of "+name] = text
		}
	}
	return all
}

// create makes the namespaced composite resource, under a name.
func (m *move) create(name string) {
	m.new = m.w.Add(managed.Namespaced, fntest.Registry{Name: name, Spec: m.spec})
}

// settled lets everybody come to rest, and fails if anybody is refused.
func (m *move) settled() {
	m.t.Helper()
	m.w.Settle()
	for _, c := range m.w.Composites {
		mustBeFine(m.t, c)
	}
}

// nothingLost fails if AWS was without something at any moment.
func (m *move) nothingLost() {
	m.t.Helper()
	if len(m.lost) > 0 {
		m.t.Errorf("AWS must have everything at every moment; it did not have:\n%s", strings.Join(m.lost, "\n"))
	}
}

// ready fails unless the new composite resource has everything, and manages it.
func (m *move) ready() {
	m.t.Helper()
	if got := fntest.Condition(m.new.Last, "Valid"); !strings.HasPrefix(got, "True") {
		m.t.Fatalf("the new one must be valid, got %s", got)
	}
	if m.new.Last.GetDesired().GetComposite().GetReady().String() == "READY_FALSE" {
		m.t.Error("the new one is not ready")
	}
	for _, key := range m.w.Keys(m.new) {
		if o := m.w.Managed(m.new, key); !o.May("Update") || !o.May("Create") {
			m.t.Errorf("%s must be managed, its policies are %v", key, o.Policies())
		}
	}
}

// writers of a thing in AWS: the owners of objects that may write to it.
func (m *move) writers(kind, external string) []string {
	var owners []string
	for _, o := range m.w.Objects {
		if o.GetKind() == kind && o.External() == external && o.May("Update") {
			owners = append(owners, o.OwnerKind())
		}
	}
	slices.Sort(owners)
	return owners
}

// writtenBy fails unless the owners of the objects that write to a repository, and to the role, are of some kinds.
func (m *move) writtenBy(kinds ...string) {
	m.t.Helper()
	if diff := cmp.Diff(kinds, m.writers("Repository", "shop/web")); diff != "" {
		m.t.Errorf("writers of the repository: -want, +got\n%s", diff)
	}
	for role := range m.w.Roles() {
		if diff := cmp.Diff(kinds, m.writers("Role", role)); diff != "" {
			m.t.Errorf("writers of the role %s: -want, +got\n%s", role, diff)
		}
	}
}

// waits fails unless a composite resource says that another one has its repositories.
func (m *move) waits(c *fntest.Composite) {
	m.t.Helper()
	if got := fntest.Condition(c.Last, "Valid"); !strings.HasPrefix(got, "False RepositoryTaken") {
		m.t.Errorf("Valid: want False RepositoryTaken, got %s", got)
	}
}

// moved lets the claim only look, and the namespaced composite resource manage, under a name.
func (m *move) moved(name string) {
	m.t.Helper()
	m.old.Spec = observing(m.spec)
	m.settled()
	m.create(name)
	m.settled()
}

// TestMoveByLooking is the way that the guide recommends: the claim only looks, the
// namespaced composite resource manages, the claim goes.
func TestMoveByLooking(t *testing.T) {
	for name, spec := range map[string]string{"Orphan": moving, "Delete": movingDeletable} {
		t.Run(name, func(t *testing.T) { testMoveByLooking(t, spec) })
	}
}

func testMoveByLooking(t *testing.T, spec string) {
	m := newMove(t, spec)
	before := slices.Sorted(maps.Keys(m.w.Roles()))

	m.old.Spec = observing(spec)
	m.settled()
	for _, key := range m.w.Keys(m.old) {
		if o := m.w.Managed(m.old, key); !slices.Equal(o.Policies(), []string{"Observe"}) {
			t.Errorf("Once the claim is to look only, nothing may go with it: %s has %v", key, o.Policies())
		}
	}

	m.create("images")
	m.settled()
	m.ready()

	m.w.Delete(m.old)
	m.settled()
	m.ready()
	m.nothingLost()
	if diff := cmp.Diff(before, slices.Sorted(maps.Keys(m.w.Roles()))); diff != "" {
		t.Errorf("A namespaced composite resource with the claim's name has the claim's role: -before, +after\n%s", diff)
	}
	if got := m.w.Deleted(); len(got) > 0 {
		t.Errorf("no repository is deleted, but %v were", got)
	}
}

// TestMoveTooEarly makes the namespaced composite resource while the claim still
// manages: it waits, and goes on once the claim only looks.
func TestMoveTooEarly(t *testing.T) {
	m := newMove(t, moving)

	m.create("images")
	m.settled()
	m.waits(m.new)
	m.writtenBy("XProjectRegistry")

	m.old.Spec = observing(moving)
	m.settled()
	m.ready()
	m.w.Delete(m.old)
	m.settled()
	m.ready()
	m.nothingLost()
}

// TestMoveByDeleting deletes a claim that manages: repositories are kept, access ends with the claim, and comes back.
func TestMoveByDeleting(t *testing.T) {
	create := func(m *move) { m.create("images") }
	remove := func(m *move) { m.w.Delete(m.old) }
	for name, steps := range map[string][]func(*move){
		"WhileTheOtherWaits":    {create, (*move).settled, remove},
		"BeforeThereIsAnyOther": {remove, create},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMove(t, moving)
			had := m.inAWS()
			for _, step := range steps {
				step(m)
			}
			m.settled()
			m.ready()
			m.onlyAccessWasLost()
			if diff := cmp.Diff(had, m.inAWS()); diff != "" {
				t.Errorf("In the end everything is as it was: -before, +after\n%s", diff)
			}
		})
	}
}

// onlyAccessWasLost fails if a repository or a lifecycle policy was ever missing, or if
// nothing was: then the guide warns of nothing.
func (m *move) onlyAccessWasLost() {
	m.t.Helper()
	if len(m.lost) == 0 {
		m.t.Error("the grants of a claim that manages end with it")
	}
	for _, l := range m.lost {
		if strings.HasPrefix(l, "repository ") || strings.HasPrefix(l, "lifecycle ") {
			m.t.Errorf("repositories and their lifecycle policies must stay at every moment: %s", l)
		}
	}
}

// TestMoveUnderAnotherName makes a role of another name, and leaves the claim's behind:
// a claim that only looks deletes nothing.
func TestMoveUnderAnotherName(t *testing.T) {
	m := newMove(t, moving)
	m.moved("renamed")
	m.w.Delete(m.old)
	m.settled()
	m.ready()
	m.nothingLost()
	if got := len(m.w.Roles()); got != 2 {
		t.Errorf("the claim's role is left, and there is one of the new name: want 2 roles, got %d", got)
	}
}

// TestMoveBack gives the repositories back to the claim before that is deleted: the
// same way, in the other direction.
func TestMoveBack(t *testing.T) {
	m := newMove(t, moving)
	m.moved("images")

	m.new.Spec = observing(moving)
	m.settled()
	m.old.Spec = moving
	m.settled()
	m.w.Delete(m.new)
	m.settled()
	m.nothingLost()
	m.writtenBy("XProjectRegistry")
}

// TestMoveBackTooEarly lets the claim manage again while the namespaced composite
// resource still does: the claim waits, and goes on once the other only looks.
func TestMoveBackTooEarly(t *testing.T) {
	m := newMove(t, moving)
	m.moved("images")

	m.old.Spec = moving
	m.settled()
	m.waits(m.old)
	m.writtenBy("ProjectRegistry")
	m.new.Spec = observing(moving)
	m.settled()
	m.w.Delete(m.new)
	m.settled()
	m.nothingLost()
	m.writtenBy("XProjectRegistry")
}

// TestMoveBackTooEarlyOnOlderCrossplane is the same where a claim is not told whether
// there are namespaced objects: the namespaced one gives up its objects, and takes nothing with it
// when it is deleted.
func TestMoveBackTooEarlyOnOlderCrossplane(t *testing.T) {
	m := newMove(t, moving)
	m.w.Capabilities = nil
	m.moved("images")

	m.old.Spec = moving
	m.settled()
	m.waits(m.new)
	m.w.Delete(m.new)
	m.settled()
	m.nothingLost()
}

// TestMoveFromTerraform takes repositories over that nobody's objects are about: first
// by looking, then by managing.
func TestMoveFromTerraform(t *testing.T) {
	w := fntest.NewWorld(t)
	w.Input = movingInput
	w.Others = fntest.Objects(t, orgAccesses)
	made := fntest.Repository{
		Mutability: "MUTABLE", Encryption: "AES256", Tags: map[string]string{"owner": "shop"}, Lifecycle: `{"rules":[]}`, Images: 3,
	}
	w.Make("eu-west-1/shop/api", made)
	w.Make("eu-west-1/shop/web", made)

	c := w.Add(managed.Namespaced, fntest.Registry{Spec: observing(moving)})
	w.Settle()
	mustBeFine(t, c)
	for id, r := range w.Repositories() {
		if diff := cmp.Diff(&made, r); diff != "" {
			t.Errorf("%s: looking changes nothing: -Terraform, +now\n%s", id, diff)
		}
	}
	advice := strings.Split(fntest.Advice(t, c.Last), "\n")
	if len(advice) != 2 || !strings.Contains(advice[0], "imageTagMutability from MUTABLE to IMMUTABLE; scanOnPush from false to true; the tag owner=shop would go") {
		t.Errorf("the advice tells what managing would change, got %v", advice)
	}

	w.Happened = func(step string) {
		for _, id := range []string{"eu-west-1/shop/api", "eu-west-1/shop/web"} {
			if r := w.Repository(id); r == nil || r.Images != 3 || r.Lifecycle == "" {
				t.Fatalf("%s: is not whole after %s", id, step)
			}
		}
	}
	c.Spec = moving
	w.Settle()
	mustBeFine(t, c)
	if got := w.Repository("eu-west-1/shop/web").Mutability; got != "IMMUTABLE" {
		t.Errorf("what is managed is as the settings say, got %s", got)
	}
}

// TestClaimAfterNamespaced makes a claim for what a namespaced composite resource has, until that only looks, and goes.
func TestClaimAfterNamespaced(t *testing.T) {
	for name, c := range map[string]struct {
		reason       string
		capabilities []fnv1.Capability
		writers      []string
		valid        string
	}{
		"Crossplane 2.2 and later": {
			reason:       "The claim yields to what is older, as the namespaced one does, and says who has it",
			capabilities: fntest.Modern,
			writers:      []string{"ProjectRegistry"},
			valid:        "False RepositoryTaken",
		},
		"older": {
			reason:  "A limit: nobody tells the claim whether namespaced objects are served, and to ask for them where they are not would stop it",
			writers: []string{"ProjectRegistry", "XProjectRegistry"},
			valid:   "True Valid",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(c.reason)
			w := fntest.NewWorld(t)
			w.Input, w.Capabilities = movingInput, c.capabilities
			w.Others = fntest.Objects(t, orgAccesses)
			first := w.Add(managed.Namespaced, fntest.Registry{Spec: moving})
			w.Settle()
			second := w.Add(managed.Claimed, fntest.Registry{Spec: moving})
			for range 3 {
				w.Reconcile(second)
				w.Reconcile(first)
				w.LookAll()
			}
			m := &move{t: t, w: w}
			m.writtenBy(c.writers...)
			if got := fntest.Condition(second.Last, "Valid"); !strings.HasPrefix(got, c.valid) {
				t.Errorf("Valid of the claim: want %s, got %s", c.valid, got)
			}

			first.Spec = observing(moving)
			w.Settle()
			w.Delete(first)
			w.Settle()
			mustBeFine(t, second)
			m.writtenBy("XProjectRegistry")
		})
	}
}
