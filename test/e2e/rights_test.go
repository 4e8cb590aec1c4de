package e2e_test

import (
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func rights() []behaviour {
	return []behaviour{{
		name:   "rights of a team",
		reason: "a team that has the shipped ClusterRole in its namespace writes registries there, and nothing that gets around a guardrail",
		run:    rightsOfATeam,
	}}
}

func rightsOfATeam(s *scene) {
	roles, err := s.lab.Manifests("deploy/rbac/project-team.yaml", "deploy/rbac/platform-team.yaml")
	s.must(err)
	s.must(s.lab.Apply(s.Context(), roles...))
	team, platform := "team-of-"+s.project, "platform-of-"+s.project
	group := func(name string) []rbacv1.Subject {
		return []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: name}}
	}
	role := func(name string) rbacv1.RoleRef {
		return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}
	}
	s.must(s.lab.Client.Create(s.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.project, Name: team}, RoleRef: role("ecr-project-team"), Subjects: group(team),
	}))
	s.must(s.lab.Client.Create(s.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: platform}, RoleRef: role("ecr-platform-team"), Subjects: group(platform),
	}))

	const read = "get list watch"
	const write = "create update patch delete"
	for _, of := range []struct{ who, namespace, resource, may string }{
		{team, s.project, "projectregistries." + s.group, read + " " + write},
		{team, s.project, "projectregistries/status." + s.group, ""},
		{team, s.project, "ecrorgaccesses." + s.group, read},
		{team, s.project, "repositories.ecr.aws.m.upbound.io", read},
		{team, s.project, "rolepolicies.iam.aws.m.upbound.io", read},
		{team, s.project, "configmaps.", read},
		{team, s.project, "secrets.", ""},
		{team, "default", "projectregistries." + s.group, ""},
		{team, "", "xprojectregistries.ecr.ontopix.io", ""},
		{team, "", "repositories.ecr.aws.upbound.io", ""},
		{team, "", "environmentconfigs.apiextensions.crossplane.io", ""},
		{team, "", "compositions.apiextensions.crossplane.io", ""},
		{platform, "", "environmentconfigs.apiextensions.crossplane.io", read + " " + write},
		{platform, "", "xecrorgaccesses.ecr.ontopix.io", read + " " + write},
		{platform, s.project, "ecrorgaccesses." + s.group, read + " " + write},
		{platform, s.project, "projectregistries." + s.group, read},
		{platform, s.project, "roles.iam.aws.m.upbound.io", read},
	} {
		resource, apiGroup, _ := strings.Cut(of.resource, ".")
		resource, subresource, _ := strings.Cut(resource, "/")
		for _, verb := range strings.Fields(read + " " + write) {
			review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: "somebody", Groups: []string{of.who},
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: of.namespace, Verb: verb, Group: apiGroup, Resource: resource, Subresource: subresource,
				},
			}}
			want := slices.Contains(strings.Fields(of.may), verb)
			s.eventually(fmt.Sprintf("%s may %s %s in namespace %q: %t", of.who, verb, of.resource, of.namespace, want), func() error {
				review := review.DeepCopy()
				if err := s.lab.Client.Create(s.Context(), review); err != nil {
					return err
				}
				if review.Status.Allowed != want {
					return fmt.Errorf("the authorizer says %t", review.Status.Allowed)
				}
				return nil
			})
		}
	}
}
