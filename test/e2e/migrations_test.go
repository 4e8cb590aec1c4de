package e2e_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// migrations are the steps of docs/namespaced.md, and what happens beside them.
var migrations = []behaviour{
	{
		name:   "a team moves from its claim",
		reason: "whoever moves to the namespaced kinds has everything in AWS at every moment: repositories, images, policies, grants, the role",
		only:   namespaced,
		run:    move(claimed, namespaced, false),
	},
	{
		name:   "a team moves back to its claim",
		reason: "a way that cannot be gone back is not begun",
		only:   namespaced,
		run:    move(namespaced, claimed, false),
	},
	{
		name:   "a team moves too early",
		reason: "the namespaced one waits for the claim and says so; two writers would fight for ever",
		only:   namespaced,
		run:    move(claimed, namespaced, true),
	},
	{
		name:   "a claim after a namespaced one",
		reason: "a claim waits as well: the older keeps what it has",
		only:   namespaced,
		run:    move(namespaced, claimed, true),
	},
	{
		name:   "an org access moves",
		reason: "every pipeline of the organisation pushes with its roles: they stay",
		only:   namespaced,
		run: func(s *scene) {
			old := s.in(claimed).grants("acme-" + s.project)
			next := claim{s, "EcrOrgAccess", platformNamespace, old.name}
			spec := orgAccessSpec(old.name)
			before := s.things(pushRole(old.name), pullRole(old.name))

			old.apply(strings.TrimSuffix(spec, "}") + ", deletionPolicy: Orphan}")
			old.eventually("nothing goes with the org access", func() error {
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

			// And it is the new one's now.
			next.delete()
			s.notInCloud(pushRole(old.name))
		},
	},
	{
		name:   "two namespaces have a project",
		reason: "objects of two namespaces never meet at a name; the second is told all the same",
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

// move is how a team moves from one generation to the other: what it has only looks, what it shall have manages, and the first
// goes. Early, the second is there before the first has released it, and waits.
func move(from, to *generation, early bool) func(*scene) {
	return func(s *scene) {
		// An org access of each generation, of one name. The second waits for the first, which is all that a project needs of it.
		org := s.in(claimed).grants("acme-" + s.project)
		claim{s, "EcrOrgAccess", platformNamespace, org.name}.apply(orgAccessSpec(org.name))
		// A registry with all that it can have in AWS.
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
		if s.lab.Cloud != nil { // the real one is not found by its name alone
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
		old.onlyLooks()
		next.settle("{" + all + "}")
		next.tellsPipelines("pushRoleArn", old.status("pushRoleArn"))
		old.deleted()
		next.ready()
		s.kept(before)
	}
}

// onlyLooks waits until nothing in AWS goes with a registry any more.
func (c claim) onlyLooks() {
	c.Helper()
	c.eventually("every object only looks", func() error {
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
