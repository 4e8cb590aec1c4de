package e2e_test

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func forgeries() []behaviour {
	return []behaviour{{
		name:   "a forged reference",
		reason: "what a team names in resourceRefs is reported as observed: it must not become a role object about somebody else's role",
		only:   namespaced,
		run:    forgedReference,
	}}
}

// forgedReference acts with the rights of a team in one namespace: to write registries and ConfigMaps there.
func forgedReference(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()

	team := s.as("team-of-"+s.project,
		rbacv1.PolicyRule{APIGroups: []string{s.group}, Resources: []string{"projectregistries"}, Verbs: []string{"get", "update"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"create"}})
	fake := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.project, Name: "fake", Annotations: map[string]string{
		"crossplane.io/composition-resource-name": "push-role",
		"crossplane.io/external-name":             "ecr-push-victim-deadbeef",
	}}}
	if err := team.Create(s.Context(), fake); err != nil {
		s.Fatal(err)
	}
	s.eventually("the team writes the reference", func() error {
		u := c.object()
		if err := team.Get(s.Context(), client.ObjectKeyFromObject(u), u); err != nil {
			return err
		}
		refs, _, err := unstructured.NestedSlice(u.Object, "spec", "crossplane", "resourceRefs")
		if err != nil {
			return err
		}
		refs = append(refs, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": "fake"})
		if err := unstructured.SetNestedSlice(u.Object, refs, "spec", "crossplane", "resourceRefs"); err != nil {
			return err
		}
		if err := unstructured.SetNestedStringSlice(u.Object, []string{"Observe"}, "spec", "managementPolicies"); err != nil {
			return err
		}
		return team.Update(s.Context(), u)
	})
	s.stays("no role object is made of it", func() error {
		for _, u := range s.composed("Role", c.composite()) {
			return fmt.Errorf("there is %s, about %s", u.GetName(), u.GetAnnotations()["crossplane.io/external-name"])
		}
		return nil
	})
	s.eventually("Crossplane refers to it no longer", func() error {
		refs, _, err := unstructured.NestedSlice(c.get().Object, "spec", "crossplane", "resourceRefs")
		if text := fmt.Sprint(refs); err != nil || strings.Contains(text, "fake") {
			return fmt.Errorf("the references are %s: %v", text, err)
		}
		return nil
	})
	for _, u := range s.composed("Role", c.composite()) {
		s.Errorf("a role object %s was made, about %s", u.GetName(), u.GetAnnotations()["crossplane.io/external-name"])
	}
	c.says("Valid", "True", "Valid")
}

// as returns a client with the rights of a user who may do what the rules say in the scene's namespace, and nothing else.
func (s *scene) as(user string, rules ...rbacv1.PolicyRule) client.Client {
	s.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: s.project, Name: user}, Rules: rules}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.project, Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
	for _, o := range []client.Object{role, binding} {
		if err := s.lab.Client.Create(s.Context(), o); err != nil {
			s.Fatal(err)
		}
	}
	config := rest.CopyConfig(s.lab.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	c, err := client.New(config, client.Options{})
	if err != nil {
		s.Fatal(err)
	}
	return c
}
