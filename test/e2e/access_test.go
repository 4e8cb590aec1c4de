package e2e_test

import (
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

func access() []behaviour {
	return []behaviour{
		{
			name:   "org access first, then a project role",
			reason: "a project's workflows push with a role of their own, limited to the project's repositories",
			run:    orgAccessFirst,
		},
		{
			name:   "a project role first, then org access",
			reason: "the order in which a platform is set up must not matter, and what is waited for must be told",
			run:    projectRoleFirst,
		},
		{
			name:   "a revoked grant ends",
			reason: "access ends with the field, and the object, that gives it",
			run:    revokedGrantEnds,
		},
		{
			name:   "an org access claimed from anywhere",
			reason: "only the platform team's namespace may say who pushes to every repository",
			run:    orgAccessClaimed,
		},
	}
}

// orgAccess is the platform team's, for a GitHub organisation that it is called after. Without claims it is in the platform
// team's namespace.
func (s *scene) orgAccess(organization string) claim {
	if s.namespaced() {
		return claim{s, "EcrOrgAccess", platformNamespace, organization}
	}
	return claim{s, "XEcrOrgAccess", "", organization}
}

// organization is the name of a GitHub organisation that no other scene has.
func (s *scene) organization(name string) string { return name + s.suffix }

// orgAccessSpec is the spec of an org access of a GitHub organisation. All in one account share the OIDC provider, which is
// created once per lab.
func orgAccessSpec(organization string) string {
	return fmt.Sprintf(`{accountId: "%s", region: eu-west-1, github: {organization: %s, organizationId: "42"}, oidcProvider: {mode: Existing}}`, cloud.Account, organization)
}

// oidcProvider makes sure that the account has the OIDC provider of GitHub.
func (s *scene) oidcProvider() {
	s.Helper()
	c := s.orgAccess(s.organization("oidc"))
	c.apply(fmt.Sprintf(`{accountId: "%s", region: eu-west-1, github: {organization: %s, organizationId: "41"}}`, cloud.Account, c.name))
	c.ready()
}

func role(name string) cloud.Key    { return cloud.Key{Kind: "Role", ID: name} }
func pushRole(org string) cloud.Key { return role("ecr-org-push-" + org) }
func pullRole(org string) cloud.Key { return role("ecr-org-pull-" + org) }

// trusts waits until a role in AWS trusts a subject.
func (s *scene) trusts(k cloud.Key, subject string) {
	s.Helper()
	s.inCloud(k, func(got cloud.Thing) error {
		if trust := fmt.Sprint(got.Attributes["assumeRolePolicy"]); !strings.Contains(trust, subject) {
			return fmt.Errorf("%q is not in %s", subject, trust)
		}
		return nil
	})
}

// projectRole returns the name of a claim's push role, from the ARN in its status.
func (c claim) projectRole() cloud.Key {
	c.Helper()
	var name string
	c.eventually("the status tells the push role's ARN", func() error {
		arn := c.status("pushRoleArn")
		name = arn[strings.LastIndex(arn, "/")+1:]
		if name == "" {
			return fmt.Errorf("it does not: %s", conditions(c.get()))
		}
		return nil
	})
	return role(name)
}

func orgAccessFirst(s *scene) {
	s.oidcProvider()
	org := s.orgAccess(s.organization("acme-first"))
	org.apply(orgAccessSpec(org.name))
	org.ready()
	s.trusts(pushRole(org.name), "repo:"+org.name+"/*")
	s.exists(pullRole(org.name))

	c := s.registry("app")
	c.apply(`
images: [{name: api}]
github: {repositories: [api], branches: [main]}
orgAccessRef: {name: ` + org.name + `}
writeConnectionSecretToRef: {name: ecr}
`)
	c.ready()
	push := c.projectRole()
	if prefix := "ecr-push-" + s.project[:10]; !strings.HasPrefix(push.ID, prefix) {
		s.Errorf("the role %s is named after the project: want prefix %s", push.ID, prefix)
	}
	s.trusts(push, "repo:"+org.name+"/api:ref:refs/heads/main")
	c.tellsPipelines("pushRoleArn", c.status("pushRoleArn"))
	if s.lab.Cloud != nil {
		s.eventually("the role's policy reaches the project's repositories alone", func() error {
			for _, k := range s.lab.Cloud.Keys("RolePolicy") {
				if !strings.HasPrefix(k.ID, push.ID+":") {
					continue
				}
				thing, _ := s.lab.Cloud.Look(k)
				policy := fmt.Sprint(thing.Attributes["policy"])
				if !strings.Contains(policy, ":repository/"+s.project+"/*") || strings.Contains(policy, ":repository/*") {
					return fmt.Errorf("%s", policy)
				}
				return nil
			}
			return fmt.Errorf("it has none")
		})
	}
}

func projectRoleFirst(s *scene) {
	s.oidcProvider()
	c := s.registry("app")
	org := s.orgAccess(s.organization("acme-last"))
	c.apply(`{images: [{name: api}], github: {repositories: [api]}, orgAccessRef: {name: ` + org.name + `}}`)
	c.says("Valid", "False", "OrgAccessNotFound", org.name)

	org.apply(orgAccessSpec(org.name))
	org.ready()
	c.ready()
	s.trusts(c.projectRole(), "repo:"+org.name+"/api:")
}

func revokedGrantEnds(s *scene) {
	s.oidcProvider()
	org := s.orgAccess(s.organization("acme-gone"))
	org.apply(orgAccessSpec(org.name))
	org.ready()
	c := s.registry("app")
	c.apply(`{images: [{name: api}], github: {repositories: [api]}, orgAccessRef: {name: ` + org.name + `}}`)
	c.ready()
	push := c.projectRole()
	s.exists(push)

	c.apply(`images: [{name: api}]`)
	s.notInCloud(push)
	s.exists(s.repository("api"))
	c.ready()

	org.delete()
	s.notInCloud(pushRole(org.name))
	s.notInCloud(pullRole(org.name))
	// Others push with it too.
	s.exists(cloud.Key{Kind: "OpenIDConnectProvider", ID: "arn:aws:iam::" + cloud.Account + ":oidc-provider/token.actions.githubusercontent.com"})
}

func orgAccessClaimed(s *scene) {
	s.oidcProvider()
	c := claim{s, "EcrOrgAccess", s.project, "everything"}
	stolen := s.organization("acme-stolen")
	c.apply(orgAccessSpec(stolen))
	c.says("Valid", "False", "GuardrailViolation", s.project)
	s.notInCloud(pushRole(stolen))

	allowed := claim{s, "EcrOrgAccess", platformNamespace, s.organization("acme-claimed")}
	allowed.apply(orgAccessSpec(allowed.name))
	allowed.ready()
	s.exists(pushRole(allowed.name))
}
