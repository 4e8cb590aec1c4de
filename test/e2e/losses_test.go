package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
)

// TestLosses takes away what all claims are made of: the product, some days of the cluster, then all of it. What is in AWS survives
// that, and is found again by those who apply what they have in Git.
func TestLosses(t *testing.T) {
	for _, version := range versions(t) {
		t.Run("crossplane-"+version.Name, func(t *testing.T) {
			l := start(t, version, nil)
			if l.Cloud == nil {
				t.Skip("only the stand-in provider can show this")
			}
			everyTeam(t, l, func(s *scene) {
				s.everything()
				s.withImages("api")
			})
			t.Run("the product is uninstalled", func(t *testing.T) { productIsUninstalled(t, l) })
			t.Run("the cluster is restored from a backup", func(t *testing.T) { clusterIsRestored(t, l) })
			t.Run("the cluster is lost", func(t *testing.T) { clusterIsLost(t, l) })
		})
	}
}

// productIsUninstalled deletes the product's XRDs, and with them every claim, and installs it again. Access ends with what gives
// it; the repositories were to be orphaned, and stay as they are. Namespaced composite resources go when somebody deletes them.
func productIsUninstalled(t *testing.T, l *lab.Lab) {
	kept := keeping(t, l, "Repository", "LifecyclePolicy")
	wait, err := l.UninstallProduct(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	everyTeam(t, l, func(s *scene) {
		push := pushRole(s.orgAccess("acme-losses").name)
		if s.namespaced() {
			s.stays("access goes on", func() error {
				if _, exists := s.look(push); !exists {
					return fmt.Errorf("%s is gone", push)
				}
				return nil
			})
			s.registry("app").delete()
			s.orgAccess("acme-losses").delete()
			s.orgAccess("oidc").delete()
		}
		s.notInCloud(push)
	})
	if err := wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept()
	if err := l.InstallProduct(t.Context()); err != nil {
		t.Fatal(err)
	}
	everyTeam(t, l, func(s *scene) { s.everything() })
	kept()
}

// clusterIsRestored goes back to what the cluster was before some edits. Those who apply what they have in Git have them again, and
// what came with them was there all along.
func clusterIsRestored(t *testing.T, l *lab.Lab) {
	if err := l.Backup(t.Context()); err != nil {
		t.Fatal(err)
	}
	edit := func(s *scene) {
		c := s.registry("app")
		c.apply(`images: [{name: web, lifecycle: {keepImages: 7}}, {name: late, pull: {accounts: ["` + puller + `"]}}]`)
		s.policyHolds("web", "newest 7 tagged")
		s.exists(s.lifecyclePolicy("late"))
		c.ready()
	}
	everyTeam(t, l, edit)
	kept := keeping(t, l, everyKind...)
	if err := l.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	everyTeam(t, l, func(s *scene) {
		edit(s)
		s.exists(s.repository("api")) // removed once more, and kept once more
	})
	kept()
	everyTeam(t, l, func(s *scene) { s.everything() })
}

// clusterIsLost goes on with another cluster for the same account. No workflow notices: AWS keeps what it has, roles too.
func clusterIsLost(t *testing.T, l *lab.Lab) {
	arns := map[string]string{}
	everyTeam(t, l, func(s *scene) { arns[s.project] = s.everything().status("pushRoleArn") })
	kept := keeping(t, l, everyKind...)
	l.Stop()
	lost := time.Now()
	another := start(t, l.Version(), l.Cloud)
	everyTeam(t, another, func(s *scene) {
		if got, want := s.everything().status("pushRoleArn"), arns[s.project]; got != want {
			s.Errorf("pipelines push with the role that they know: want %s, got %s", want, got)
		}
	})
	kept()
	for _, e := range l.Cloud.Journal(func(cloud.Key) bool { return true }) {
		if e.At.After(lost) && e.Op == cloud.Delete {
			t.Errorf("nothing is deleted on the way: %v", e)
		}
	}
}

// everyTeam does something as a team of each generation that there is.
func everyTeam(t *testing.T, l *lab.Lab, do func(*scene)) {
	t.Helper()
	for _, g := range generations(l.Version()) {
		do(newScene(t, l, g, "losses"))
	}
}

// everything applies what the team and its platform team have in Git, and waits until all is well.
func (s *scene) everything() claim {
	s.Helper()
	s.must(s.lab.Platform(s.Context(), settings))
	org := s.grants("acme-losses")
	return s.registry("app").settle(`
images: [{name: api, pull: {accounts: ["` + puller + `"]}}, {name: web, lifecycle: {keepImages: 5}}]
github: {repositories: [api]}
orgAccessRef: {name: ` + org.name + `}
`)
}

// everyKind is what teams have in AWS.
var everyKind = []string{"Repository", "LifecyclePolicy", "RepositoryPolicy", "Role", "RolePolicy", "OpenIDConnectProvider"}

// keeping returns a check that what the account has of some kinds is there, with its images, and was at every moment.
func keeping(t *testing.T, l *lab.Lab, kinds ...string) (check func()) {
	s := &scene{T: t, lab: l}
	before := l.Account(kinds...)
	return func() { s.kept(before) }
}
