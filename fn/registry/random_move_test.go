package registry_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestRandomMoves lets a claim and namespaced composite resources of two namespaces come, observe, manage and go at
// random, all with the same repositories. Once nothing changes any more, a repository has at most one writer, all
// others that want to manage it say who that is, and no repository was deleted.
func TestRandomMoves(t *testing.T) {
	const histories, steps = 25, 12
	for seed := range int64(histories) {
		m := &randomMove{t: t, d: rand.New(rand.NewSource(seed)), w: fntest.NewWorld(t), there: map[string]*fntest.Composite{}}
		m.w.Input = strings.Replace(movingInput, "guardrails: {", "guardrails: {projects: [{project: shop, namespaces: [shop, annex]}], ", 1)
		m.w.Capabilities = fntest.Modern
		m.w.Others = fntest.Objects(t, orgAccesses)
		for range steps {
			m.step()
			if m.d.Intn(3) > 0 {
				m.w.Settle()
				m.check()
			}
		}
	}
}

type randomMove struct {
	t     *testing.T
	d     *rand.Rand
	w     *fntest.World
	there map[string]*fntest.Composite // those that exist, by the names of movers
	made  int
	story []string
}

// movers are the composite resources that may own the repositories, by name.
var movers = map[string]struct {
	generation managed.Generation
	namespace  string
}{
	"claim":      {managed.Claimed, "shop"},
	"namespaced": {managed.Namespaced, "shop"},
	"annex":      {managed.Namespaced, "annex"},
}

// managing is the spec of a mover that manages.
var managing = strings.Replace(moving, "{region", "{project: shop, region", 1)

func (m *randomMove) step() {
	who := slices.Sorted(maps.Keys(movers))[m.d.Intn(len(movers))]
	spec := managing
	if m.d.Intn(2) == 0 {
		spec = observing(managing)
	}
	switch c := m.there[who]; {
	case c == nil:
		m.made++
		m.note("make %s: %s", who, spec)
		// All have one name, so that the claim and the namespaced one have one role.
		m.there[who] = m.w.Add(movers[who].generation, fntest.Registry{Namespace: movers[who].namespace, UID: fmt.Sprintf("uid-of-%d", m.made), Spec: spec})
	case m.d.Intn(3) == 0:
		m.note("delete %s", who)
		m.w.Delete(c)
		delete(m.there, who)
	default:
		m.note("edit %s: %s", who, spec)
		c.Spec = spec
	}
	if n := len(m.w.Composites); n > 0 && m.d.Intn(2) == 0 {
		m.w.Reconcile(m.w.Composites[m.d.Intn(n)])
	}
}

func (m *randomMove) note(format string, args ...any) {
	m.story = append(m.story, fmt.Sprintf(format, args...))
}

func (m *randomMove) check() {
	m.t.Helper()
	fail := func(format string, args ...any) {
		m.t.Helper()
		m.t.Fatalf(format+"\nafter:\n%s", append(args, strings.Join(m.story, "\n"))...)
	}
	if len(m.w.Deleted()) > 0 {
		fail("deleted: %v", m.w.Deleted())
	}
	for _, repository := range []string{"shop/api", "shop/web"} {
		if writers := (&move{w: m.w}).writers("Repository", repository); len(writers) > 1 {
			fail("%s has the writers %v", repository, writers)
		}
	}
	for role := range m.w.Roles() {
		if writers := (&move{w: m.w}).writers("Role", role); len(writers) > 1 {
			fail("role %s has the writers %v", role, writers)
		}
	}
	wanted, manage := false, 0
	for who, c := range m.there {
		wanted = wanted || c.Spec == managing
		valid := fntest.Condition(c.Last, "Valid")
		switch {
		case c.Error != "":
			fail("%s: %s", who, c.Error)
		case c.Spec != managing:
		case strings.HasPrefix(valid, "True"):
			manage++
		case !strings.HasPrefix(valid, "False RepositoryTaken"):
			fail("%s: Valid %s", who, valid)
		}
	}
	if wanted != (manage == 1) {
		fail("%d manage", manage)
	}
}
