package e2e_test

import (
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
)

var rights = []behaviour{{
	name:   "the rights of a project team",
	reason: "A team with the shipped ClusterRole may write registries in its namespace, and nothing that gets around a guardrail.",
	run:    rightsOfATeam,
}}

func rightsOfATeam(s *scene) {
	roles, err := s.lab.Manifests("deploy/rbac/project-team.yaml", "deploy/rbac/platform-team.yaml")
	s.must(err)
	s.must(s.lab.Apply(s.Context(), roles...))
	team, platform := "team-of-"+s.project, "platform-of-"+s.project
	s.must(s.lab.Applyf(s.Context(), `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {namespace: %[1]s, name: %[2]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ecr-project-team}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: %[2]s}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: %[3]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ecr-platform-team}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: %[3]s}]
`, s.project, team, platform))

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
