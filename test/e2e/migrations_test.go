package e2e_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// migrations are the steps of docs/namespaced.md, and what happens beside them.
func migrations() []behaviour {
	all := []behaviour{
		{
			name:   "a team moves from its claim",
			reason: "whoever moves to the namespaced kinds has everything in AWS at every moment: repositories, images, policies, grants, the role",
			run:    move(claimed, namespaced, false),
		},
		{
			name:   "a team moves back to its claim",
			reason: "a way that cannot be gone back is not begun",
			run:    move(namespaced, claimed, false),
		},
		{
			name:   "a team moves too early",
			reason: "the namespaced one waits for the claim and says so; two writers would fight for ever",
			run:    move(claimed, namespaced, true),
		},
		{
			name:   "a claim after a namespaced one",
			reason: "a claim waits as well: the older keeps what it has",
			run:    move(namespaced, claimed, true),
		},
		{
			name:   "an org access moves",
			reason: "every pipeline of the organisation pushes with its roles: they stay",
			run:    orgAccessMoves,
		},
		{
			name:   "two namespaces have a project",
			reason: "objects of two namespaces never meet at a name; the second is told all the same",
			run:    twoNamespaces,
		},
	}
	for i := range all {
		all[i].only = namespaced
	}
	return all
}

// moving is a registry with all that it can have in AWS.
func (s *scene) moving(more string) string {
	return fmt.Sprintf(`{%s images: [{name: api}, {name: web, pull: {accounts: ["%s"]}}], github: {repositories: [shop]}, orgAccessRef: {name: %s}, writeConnectionSecretToRef: {name: ecr}}`,
		more, puller, s.organization("acme-"+s.project))
}

// observing is what keeps a registry from writing to AWS.
const observing = "managementPolicies: [Observe],"

// orgAccesses makes an org access of each generation for the scene's projects, of one name. The second waits for the first, which
// is all that a project needs of it.
func (s *scene) orgAccesses() {
	s.Helper()
	s.in(claimed).oidcProvider()
	name := s.organization("acme-" + s.project)
	old := s.in(claimed).orgAccess(name)
	old.apply(orgAccessSpec(name))
	old.ready()
	s.orgAccess(name).apply(orgAccessSpec(name))
}

// A watch remembers what AWS had of a scene when it began.
type watch struct {
	*scene
	since  time.Time
	things map[cloud.Key]cloud.Thing
}

// watch begins once images are in the repositories.
func (s *scene) watch(role cloud.Key) watch {
	s.Helper()
	w := watch{s, time.Now(), map[cloud.Key]cloud.Thing{}}
	for _, image := range []string{"api", "web"} {
		w.things[s.repository(image)] = s.withImages(image)
	}
	for _, k := range []cloud.Key{s.lifecyclePolicy("api"), s.lifecyclePolicy("web"), {Kind: "RepositoryPolicy", Region: "eu-west-1", ID: s.project + "/web"}, role} {
		w.things[k] = s.thing(k)
	}
	if s.lab.Cloud != nil { // the real one is not found by its name alone
		k := cloud.Key{Kind: "RolePolicy", ID: role.ID + ":" + role.ID}
		w.things[k] = s.thing(k)
	}
	return w
}

// nothingLost checks that all of it is there, and was at every moment.
func (w watch) nothingLost() {
	w.Helper()
	for k, before := range w.things {
		w.kept(k, before)
	}
	if w.lab.Cloud == nil {
		return
	}
	watched := func(k cloud.Key) bool { _, ok := w.things[k]; return ok }
	for _, e := range w.lab.Cloud.Journal(watched) {
		if e.At.After(w.since) && e.Op == cloud.Delete {
			w.Errorf("%s was deleted for a while", e.Key)
		}
	}
}

// onlyLooks waits until nothing in AWS goes with a registry any more.
func (c claim) onlyLooks() {
	c.Helper()
	c.eventually("every object only looks", func() error {
		for _, kind := range []string{"Repository", "LifecyclePolicy", "RepositoryPolicy", "Role", "RolePolicy"} {
			for _, u := range c.composed(kind, c.composite()) {
				if got := fmt.Sprint(u.Object["spec"].(map[string]any)["managementPolicies"]); got != "[Observe]" {
					return fmt.Errorf("%s %s has %s", kind, u.GetName(), got)
				}
			}
		}
		return nil
	})
}

// move is how a team moves from one generation to the other: what it has only looks, what it shall have manages, and the first
// goes. Early, the second is there before the first has released it, and waits.
func move(from, to *generation, early bool) func(*scene) {
	return func(s *scene) {
		s.orgAccesses()
		old, next := s.in(from).registry("registry"), s.in(to).registry("registry")
		old.apply(s.moving(""))
		old.ready()
		w := s.watch(old.projectRole())

		if early {
			start := time.Now()
			next.apply(s.moving(""))
			next.says("Valid", "False", "RepositoryTaken", s.project+"/api", "registry")
			s.stays("nothing is done to what another has", func() error {
				if got := append(s.happened(start, "api"), s.happened(start, "web")...); len(got) != 0 {
					return fmt.Errorf("%v", got)
				}
				return nil
			})
			old.ready()
		}
		old.apply(s.moving(observing))
		old.onlyLooks()
		next.apply(s.moving(""))
		next.ready()
		next.tellsPipelines("pushRoleArn", old.status("pushRoleArn"))
		old.delete()
		old.gone()
		next.ready()
		w.nothingLost()
	}
}

func orgAccessMoves(s *scene) {
	s.in(claimed).oidcProvider()
	name := s.organization("acme-" + s.project)
	old, next := s.in(claimed).orgAccess(name), s.orgAccess(name)
	spec := orgAccessSpec(name)
	old.apply(spec)
	old.ready()
	push, pull := s.thing(pushRole(name)), s.thing(pullRole(name))

	old.apply(strings.TrimSuffix(spec, "}") + ", deletionPolicy: Orphan}")
	s.eventually("nothing goes with the org access", func() error {
		for _, kind := range []string{"Role", "RolePolicy"} {
			for _, u := range s.in(claimed).composed(kind, old.get()) {
				if got := fmt.Sprint(u.Object["spec"].(map[string]any)["managementPolicies"]); strings.Contains(got, "Delete") {
					return fmt.Errorf("%s %s has %s", kind, u.GetName(), got)
				}
			}
		}
		return nil
	})
	next.apply(spec)
	next.says("Valid", "False", "ResourceTaken", "XEcrOrgAccess "+name)
	old.delete()
	old.gone()
	next.ready()
	s.kept(pushRole(name), push)
	s.kept(pullRole(name), pull)

	// And it is the new one's now.
	next.delete()
	s.notInCloud(pushRole(name))
}

func twoNamespaces(s *scene) {
	second := "second-of-" + s.project
	s.must(s.lab.Namespace(s.Context(), second))
	first := s.registry("app")
	first.apply(`images: [{name: api}]`)
	first.ready()
	start := time.Now()

	c := s.registryIn(second, "app")
	c.apply(`{project: ` + s.project + `, images: [{name: api, imageTagMutability: MUTABLE}, {name: web}]}`)
	c.says("Valid", "False", "RepositoryTaken", s.project+"/api", "ProjectRegistry app in namespace "+s.project)
	s.exists(s.repository("web"))
	first.ready()
	if got := s.happened(start, "api"); len(got) != 0 {
		s.Errorf("nothing happens to the first one's repository: %v", got)
	}

	c.delete()
	c.gone()
	first.ready()
	s.exists(s.repository("api"))
}
