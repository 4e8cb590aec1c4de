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

// These tests are the steps of docs/namespaced.md: a team moves from a claim to a namespaced composite resource.

// moving is the team's spec, with everything that a project registry can have in AWS.
const moving = `{region: eu-west-1, github: {repositories: [shop], branches: [main]}, images: [{name: api}, {name: web, pull: {accounts: ["111111111111"]}}]}`

// movingDeletable is moving with repositories that may be deleted.
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

// A move moves a team from its claim to a namespaced composite resource.
type move struct {
	t    *testing.T
	w    *fntest.World
	spec string
	old  *fntest.Composite // the claim's
	new  *fntest.Composite // nil before it is made

	// lost lists what AWS was without at some moment since the move began.
	lost []string
}

// newMove returns the move of a team with a claim and with images in its repositories.
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

// inAWS returns everything in AWS that a team and its pipelines depend on.
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

// create creates the namespaced composite resource with a name.
func (m *move) create(name string) {
	m.new = m.w.Add(managed.Namespaced, fntest.Registry{Name: name, Spec: m.spec})
}

// settled waits until nothing changes any more, and fails if a composite resource is refused.
func (m *move) settled() {
	m.t.Helper()
	m.w.Settle()
	for _, c := range m.w.Composites {
		mustBeFine(m.t, c)
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

// writers returns the kinds of the owners of objects that may write to a thing in AWS.
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

// writtenBy fails unless the writers of a repository and of the roles are of some kinds.
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

// waits fails unless a composite resource says that another one owns its repositories.
func (m *move) waits(c *fntest.Composite) {
	m.t.Helper()
	if got := fntest.Condition(c.Last, "Valid"); !strings.HasPrefix(got, "False RepositoryTaken") {
		m.t.Errorf("Valid: want False RepositoryTaken, got %s", got)
	}
}

// TestMoves lets a claim and a namespaced composite resource of the same name observe, manage and go in turn. AWS has
// everything at every moment, and no repository is deleted.
func TestMoves(t *testing.T) {
	type steps []func(*move)
	settle, ready := (*move).settled, (*move).ready
	create := func(m *move) { m.create("images") }
	oldLooks := func(m *move) { m.old.Spec = observing(m.spec) }
	newLooks := func(m *move) { m.new.Spec = observing(m.spec) }
	oldManages := func(m *move) { m.old.Spec = m.spec }
	oldGoes := func(m *move) { m.w.Delete(m.old) }
	newGoes := func(m *move) { m.w.Delete(m.new) }
	oldWaits := func(m *move) { m.waits(m.old) }
	newWaits := func(m *move) { m.waits(m.new) }
	oldWrites := func(m *move) { m.writtenBy("XProjectRegistry") }
	newWrites := func(m *move) { m.writtenBy("ProjectRegistry") }
	oldOnlyLooks := func(m *move) {
		for _, key := range m.w.Keys(m.old) {
			if o := m.w.Managed(m.old, key); !slices.Equal(o.Policies(), []string{"Observe"}) {
				m.t.Errorf("Once the claim only observes, it must not delete anything: %s has %v", key, o.Policies())
			}
		}
	}
	cases := map[string]struct {
		reason string
		spec   string
		older  bool // Crossplane, which does not say whether namespaced objects are served
		steps  steps
		roles  int // in the end
	}{
		"ByLooking": {
			reason: "The guide's way: the claim only observes, the namespaced one manages, the claim is deleted.",
			spec:   moving, roles: 1,
			steps: steps{oldLooks, settle, oldOnlyLooks, create, settle, ready, oldGoes, settle, ready},
		},
		"ByLookingWithDelete": {
			reason: "Repositories that may be deleted with the claim's objects are not.",
			spec:   movingDeletable, roles: 1,
			steps: steps{oldLooks, settle, oldOnlyLooks, create, settle, ready, oldGoes, settle, ready},
		},
		"TooEarly": {
			reason: "The namespaced one waits while the claim manages, and continues once the claim only observes.",
			spec:   moving, roles: 1,
			steps: steps{create, settle, newWaits, oldWrites, oldLooks, settle, ready, oldGoes, settle, ready},
		},
		"UnderAnotherName": {
			reason: "There is a role of the new name, and the claim's stays: a claim that only observes deletes nothing.",
			spec:   moving, roles: 2,
			steps: steps{oldLooks, settle, func(m *move) { m.create("renamed") }, settle, oldGoes, settle, ready},
		},
		"Back": {
			reason: "The same way in the other direction, before the claim is deleted.",
			spec:   moving, roles: 1,
			steps: steps{oldLooks, settle, create, settle, newLooks, settle, oldManages, settle, newGoes, settle, oldWrites},
		},
		"BackTooEarly": {
			reason: "The claim waits while the namespaced one manages, and continues once that only observes.",
			spec:   moving, roles: 1,
			steps: steps{oldLooks, settle, create, settle, oldManages, settle, oldWaits, newWrites, newLooks, settle, newGoes, settle, oldWrites},
		},
		"BackTooEarlyOnOlderCrossplane": {
			reason: "The namespaced one gives up its objects, and takes nothing with it when it is deleted.",
			spec:   moving, roles: 1, older: true,
			steps: steps{oldLooks, settle, create, settle, oldManages, settle, newWaits, newGoes, settle},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := newMove(t, tc.spec)
			if tc.older {
				m.w.Capabilities = nil
			}
			for _, step := range tc.steps {
				step(m)
			}
			if len(m.lost) > 0 {
				t.Errorf("%s\nAWS must have everything at every moment; it did not have:\n%s", tc.reason, strings.Join(m.lost, "\n"))
			}
			if got := len(m.w.Roles()); got != tc.roles {
				t.Errorf("%s\nwant %d roles, got %d", tc.reason, tc.roles, got)
			}
			if got := m.w.Deleted(); len(got) > 0 {
				t.Errorf("%s\nno repository is deleted, but %v were", tc.reason, got)
			}
		})
	}
}

// TestMoveByDeleting deletes a claim that manages: repositories stay, access ends with the claim, and comes back.
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

// onlyAccessWasLost fails if a repository or a lifecycle policy was ever missing, or if nothing was: then the guide's
// warning would be wrong.
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

// TestClaimAfterNamespaced creates a claim for what a namespaced composite resource owns until it only observes, and
// goes.
func TestClaimAfterNamespaced(t *testing.T) {
	for name, c := range map[string]struct {
		reason       string
		capabilities []fnv1.Capability
		writers      []string
		valid        string
	}{
		"Crossplane 2.2 and later": {
			reason:       "The claim yields to the older object, as a namespaced one does, and names its owner",
			capabilities: fntest.Modern,
			writers:      []string{"ProjectRegistry"},
			valid:        "False RepositoryTaken",
		},
		"older": {
			reason:  "A limit: the claim cannot know whether namespaced objects are served, and a lookup for them would stop it if they are not",
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
