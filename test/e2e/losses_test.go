package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
)

// TestLosses takes away the product, then the latest changes of the cluster, then the cluster. What is in AWS survives
// each loss, and is managed again once people apply what they have in Git.
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

// productIsUninstalled deletes the product's XRDs, and with them every claim, and installs them again. Roles end with
// their org access; repositories are orphaned. Namespaced composite resources stay until somebody deletes them.
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

// clusterIsRestored restores a backup from before some edits. People who apply what they have in Git have the edits
// again, and AWS had their results all along.
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
		s.exists(s.repository("api")) // removed from the spec again, and retained again
	})
	kept()
	everyTeam(t, l, func(s *scene) { s.everything() })
}

// clusterIsLost replaces the cluster for the same account. No workflow notices: AWS keeps what it has, including roles.
func clusterIsLost(t *testing.T, l *lab.Lab) {
	arns := map[string]string{}
	everyTeam(t, l, func(s *scene) { arns[s.project] = s.everything().status("pushRoleArn") })
	kept := keeping(t, l, everyKind...)
	l.Stop()
	lost := time.Now()
	another := start(t, l.Version(), l.Cloud)
	everyTeam(t, another, func(s *scene) {
		if got, want := s.everything().status("pushRoleArn"), arns[s.project]; got != want {
			s.Errorf("pipelines need the role that they had: want %s, got %s", want, got)
		}
	})
	kept()
	for _, e := range l.Cloud.Journal(func(cloud.Key) bool { return true }) {
		if e.At.After(lost) && e.Op == cloud.Delete {
			t.Errorf("want nothing deleted, got %v", e)
		}
	}
}

// everyTeam calls a function for a team of each generation.
func everyTeam(t *testing.T, l *lab.Lab, do func(*scene)) {
	t.Helper()
	for _, g := range generations(l.Version()) {
		do(newScene(t, l, g, "losses"))
	}
}

// everything applies what the team and the platform team have in Git, and waits until all of it is ready.
func (s *scene) everything() claim {
	s.Helper()
	s.must(s.lab.Platform(s.Context(), settings))
	org := s.grants("acme-losses")
	c := s.registry("app").settle(`
images: [{name: api, pull: {accounts: ["` + puller + `"]}}, {name: web, lifecycle: {keepImages: 5}}]
github: {repositories: [api]}
orgAccessRef: {name: ` + org.name + `}
`)
	c.tells("pushRoleArn", ":role/") // an earlier spec without github was ready too
	return c
}

// everyKind has the kinds of what teams have in AWS.
var everyKind = []string{"Repository", "LifecyclePolicy", "RepositoryPolicy", "Role", "RolePolicy", "OpenIDConnectProvider"}

// keeping returns a check that the account keeps what it has of some kinds, with its images, and never loses it.
func keeping(t *testing.T, l *lab.Lab, kinds ...string) (check func()) {
	s := &scene{T: t, lab: l}
	before := l.Account(kinds...)
	return func() { s.kept(before) }
}
