package e2e_test

import (
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var forgeries = []behaviour{{
	name:   "a forged reference",
	reason: "Crossplane reports what a team names in resourceRefs as observed. The function must not manage somebody else's role for it.",
	only:   namespaced,
	run: func(s *scene) {
		c := s.registry("app").settle(`images: [{name: api}]`)
		// A team that may write registries and ConfigMaps in its namespace.
		team := s.as("team-of-"+s.project,
			rbacv1.PolicyRule{APIGroups: []string{s.group}, Resources: []string{"projectregistries"}, Verbs: []string{"get", "update"}},
			rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"create"}})
		fake := plane.Object("v1", "ConfigMap", s.project, "fake")
		fake.SetAnnotations(map[string]string{
			"crossplane.io/composition-resource-name": "push-role",
			"crossplane.io/external-name":             "ecr-push-victim-deadbeef",
		})
		s.must(team.Create(s.Context(), fake))
		s.eventually("the team writes the reference", func() error {
			u := c.object()
			if err := team.Get(s.Context(), client.ObjectKeyFromObject(u), u); err != nil {
				return err
			}
			refs, _, _ := unstructured.NestedSlice(u.Object, "spec", "crossplane", "resourceRefs")
			refs = append(refs, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": "fake"})
			s.must(unstructured.SetNestedSlice(u.Object, refs, "spec", "crossplane", "resourceRefs"))
			s.must(unstructured.SetNestedStringSlice(u.Object, []string{"Observe"}, "spec", "managementPolicies"))
			return team.Update(s.Context(), u)
		})
		noRole := func() error {
			for _, u := range s.composed("Role", c.composite()) {
				return fmt.Errorf("there is %s, about %s", u.GetName(), u.GetAnnotations()["crossplane.io/external-name"])
			}
			return nil
		}
		s.stays("no Role object is created from it", noRole)
		c.until("no longer refers to it", func(u *unstructured.Unstructured) bool {
			refs, _, _ := unstructured.NestedSlice(u.Object, "spec", "crossplane", "resourceRefs")
			return holds(text(refs), "fake") != nil
		})
		s.must(noRole())
		c.says("Valid", "True", "Valid")
	},
}}

// as returns a client of a user who may do only what the rules allow, and only in the scene's namespace.
func (s *scene) as(user string, rules ...rbacv1.PolicyRule) client.Client {
	s.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: s.project, Name: user}, Rules: rules}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.project, Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
	for _, o := range []client.Object{role, binding} {
		s.must(s.lab.Client.Create(s.Context(), o))
	}
	config := rest.CopyConfig(s.lab.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	c, err := client.New(config, client.Options{})
	s.must(err)
	return c
}
