package e2e_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// migrations are the steps of docs/namespaced.md, and what can go wrong with them.
var migrations = []behaviour{
	{
		name:   "a team moves from its claim",
		reason: "A team that moves to the namespaced kinds keeps all that it has in AWS at every moment: repositories, images, policies, role.",
		only:   namespaced,
		run:    move(claimed, namespaced, false),
	},
	{
		name:   "a team moves back to its claim",
		reason: "Nobody starts a move that cannot be undone.",
		only:   namespaced,
		run:    move(namespaced, claimed, false),
	},
	{
		name:   "a team moves too early",
		reason: "The namespaced registry waits for the claim and says so, since two writers would fight for ever.",
		only:   namespaced,
		run:    move(claimed, namespaced, true),
	},
	{
		name:   "a team moves back too early",
		reason: "A claim waits too: the older registry keeps what it has.",
		only:   namespaced,
		run:    move(namespaced, claimed, true),
	},
	{
		name:   "an org access moves",
		reason: "Its roles stay, since every pipeline of the organisation pushes with them.",
		only:   namespaced,
		run: func(s *scene) {
			old := s.in(claimed).grants("acme-" + s.project)
			next := claim{s, "EcrOrgAccess", platformNamespace, old.name}
			spec := orgAccessSpec(old.name)
			before := s.things(pushRole(old.name), pullRole(old.name))

			old.apply(strings.TrimSuffix(spec, "}") + ", deletionPolicy: Orphan}")
			old.eventually("deleting the org access deletes nothing in AWS", func() error {
				for _, kind := range []string{"Role", "RolePolicy"} {
					for _, u := range old.composed(kind, old.get()) {
						if got := text(u.Object["spec"].(map[string]any)["managementPolicies"]); strings.Contains(got, "Delete") {
							return fmt.Errorf("%s %s has %s", kind, u.GetName(), got)
						}
					}
				}
				return nil
			})
			next.apply(spec)
			next.says("Valid", "False", "ResourceTaken", "XEcrOrgAccess "+old.name)
			old.deleted()
			next.ready()
			s.kept(before)

			// Now the new org access owns them.
			next.delete()
			s.notInCloud(pushRole(old.name))
		},
	},
	{
		name:   "two namespaces share a project",
		reason: "A second registry is refused the same repository, although objects of two namespaces cannot collide by name.",
		only:   namespaced,
		run: func(s *scene) {
			second := "second-of-" + s.project
			s.must(s.lab.Namespace(s.Context(), second))
			first := s.registry("app").settle(`images: [{name: api}]`)
			start := time.Now()

			c := s.registryIn(second, "app")
			c.apply(`{project: ` + s.project + `, images: [{name: api, imageTagMutability: MUTABLE}, {name: web}]}`)
			c.says("Valid", "False", "RepositoryTaken", s.project+"/api", "ProjectRegistry app in namespace "+s.project)
			s.exists(s.repository("web"))
			first.ready()
			s.nothingDone(start, "api")

			c.deleted()
			first.ready()
			s.exists(s.repository("api"))
		},
	},
}

// move returns a behaviour in which a team moves from one generation to the other: the old registry only observes, the
// new one manages, and the old one is deleted. If early, the new one is created before that, and waits.
func move(from, to *generation, early bool) func(*scene) {
	return func(s *scene) {
		// An org access of each generation, of one name. The second waits for the first; a project needs no more of it.
		org := s.in(claimed).grants("acme-" + s.project)
		claim{s, "EcrOrgAccess", platformNamespace, org.name}.apply(orgAccessSpec(org.name))
		// A registry with everything that it can have in AWS.
		all := fmt.Sprintf(`
  images: [{name: api}, {name: web, pull: {accounts: ["%s"]}}],
  github: {repositories: [shop]}, orgAccessRef: {name: %s}, writeConnectionSecretToRef: {name: ecr}`, puller, org.name)

		old, next := s.in(from).registry("registry"), s.in(to).registry("registry")
		old.settle("{" + all + "}")
		s.withImages("api")
		s.withImages("web")
		push := old.projectRole()
		keys := []cloud.Key{
			s.repository("api"), s.repository("web"), s.lifecyclePolicy("api"), s.lifecyclePolicy("web"),
			{Kind: "RepositoryPolicy", Region: "eu-west-1", ID: s.project + "/web"}, push,
		}
		if s.lab.Cloud != nil { // a real one is not found by its name alone
			keys = append(keys, cloud.Key{Kind: "RolePolicy", ID: push.ID + ":" + push.ID})
		}
		before := s.things(keys...)

		if early {
			start := time.Now()
			next.apply("{" + all + "}")
			next.says("Valid", "False", "RepositoryTaken", s.project+"/api", "registry")
			time.Sleep(awhile)
			s.nothingDone(start, "api")
			s.nothingDone(start, "web")
			old.ready()
		}
		old.apply("{managementPolicies: [Observe], " + all + "}")
		old.onlyObserves()
		next.settle("{" + all + "}")
		next.tellsPipelines("pushRoleArn", old.status("pushRoleArn"))
		old.deleted()
		next.ready()
		s.kept(before)
	}
}

// onlyObserves waits until deleting a registry would delete nothing in AWS.
func (c claim) onlyObserves() {
	c.Helper()
	c.eventually("every object only observes", func() error {
		for _, kind := range []string{"Repository", "LifecyclePolicy", "RepositoryPolicy", "Role", "RolePolicy"} {
			for _, u := range c.composed(kind, c.composite()) {
				if got := text(u.Object["spec"].(map[string]any)["managementPolicies"]); got != `["Observe"]` {
					return fmt.Errorf("%s %s has %s", kind, u.GetName(), got)
				}
			}
		}
		return nil
	})
}
