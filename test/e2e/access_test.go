package e2e_test

import (
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

var access = []behaviour{
	{
		name:   "org access first, then a project role",
		reason: "A project's workflows push with a role of their own, which reaches only the project's repositories.",
		run: func(s *scene) {
			org := s.grants("acme-first")
			s.trusts(pushRole(org.name), "repo:"+org.name+"/*")
			s.exists(pullRole(org.name))

			c := s.registry("app").settle(`
images: [{name: api}]
github: {repositories: [api], branches: [main]}
orgAccessRef: {name: ` + org.name + `}
writeConnectionSecretToRef: {name: ecr}
`)
			push := c.projectRole()
			if prefix := "ecr-push-" + s.project[:10]; !strings.HasPrefix(push.ID, prefix) {
				s.Errorf("want the role %s named after the project, with prefix %s", push.ID, prefix)
			}
			s.trusts(push, "repo:"+org.name+"/api:ref:refs/heads/main")
			c.tellsPipelines("pushRoleArn", c.status("pushRoleArn"))
			if s.lab.Cloud != nil { // a real one is not found by its name alone
				policy := cloud.Key{Kind: "RolePolicy", ID: push.ID + ":" + push.ID}
				s.attributeHolds(policy, "policy", ":repository/"+s.project+"/*")
				if got := text(s.things(policy)[policy].Attributes["policy"]); strings.Contains(got, ":repository/*") {
					s.Errorf("want the role's policy to reach only the project's repositories, got %s", got)
				}
			}
		},
	},
	{
		name:   "a project role first, then org access",
		reason: "The order of setting up a platform does not matter, and a registry says what it waits for. Roles end with the spec that grants them.",
		run: func(s *scene) {
			s.oidcProvider()
			c, org := s.registry("app"), s.orgAccess("acme-last")
			c.apply(`{images: [{name: api}], github: {repositories: [api]}, orgAccessRef: {name: ` + org.name + `}}`)
			c.says("Valid", "False", "OrgAccessNotFound", org.name)

			org.settle(orgAccessSpec(org.name))
			c.ready()
			push := c.projectRole()
			s.trusts(push, "repo:"+org.name+"/api:")

			c.apply(`images: [{name: api}]`)
			s.notInCloud(push)
			s.exists(s.repository("api"))
			c.ready()

			org.delete()
			s.notInCloud(pushRole(org.name))
			s.notInCloud(pullRole(org.name))
			// Other org accesses use it too.
			s.exists(cloud.Key{
				Kind: "OpenIDConnectProvider", ID: "arn:aws:iam::" + cloud.Account + ":oidc-provider/token.actions.githubusercontent.com",
			})
		},
	},
	{
		name:   "an org access claimed in any namespace",
		reason: "Only the platform team's namespace may say who pushes to every repository.",
		run: func(s *scene) {
			s.oidcProvider()
			stolen := claim{s, "EcrOrgAccess", s.project, "acme-stolen" + s.suffix}
			stolen.apply(orgAccessSpec(stolen.name))
			stolen.says("Valid", "False", "GuardrailViolation", s.project)
			s.notInCloud(pushRole(stolen.name))

			allowed := claim{s, "EcrOrgAccess", platformNamespace, "acme-claimed" + s.suffix}
			allowed.settle(orgAccessSpec(allowed.name))
			s.exists(pushRole(allowed.name))
		},
	},
}

// orgAccess returns the platform team's org access, named after a GitHub organisation that no other scene uses. The
// namespaced generation has it in the platform team's namespace.
func (s *scene) orgAccess(organization string) claim {
	if s.namespaced() {
		return claim{s, "EcrOrgAccess", platformNamespace, organization + s.suffix}
	}
	return claim{s, "XEcrOrgAccess", "", organization + s.suffix}
}

// orgAccessSpec returns the spec of an org access of a GitHub organisation. It uses the OIDC provider that all org
// accesses of a lab share.
func orgAccessSpec(organization string) string {
	return fmt.Sprintf(`{
  accountId: "%s", region: eu-west-1, github: {organization: %s, organizationId: "42"}, oidcProvider: {mode: Existing}}`,
		cloud.Account, organization)
}

// oidcProvider makes sure that the account has GitHub's OIDC provider.
func (s *scene) oidcProvider() {
	s.Helper()
	c := s.orgAccess("oidc")
	c.settle(fmt.Sprintf(`{accountId: "%s", region: eu-west-1, github: {organization: %s, organizationId: "41"}}`, cloud.Account, c.name))
}

// grants creates an org access and waits until it is ready.
func (s *scene) grants(organization string) claim {
	s.Helper()
	s.oidcProvider()
	c := s.orgAccess(organization)
	return c.settle(orgAccessSpec(c.name))
}

func role(name string) cloud.Key    { return cloud.Key{Kind: "Role", ID: name} }
func pushRole(org string) cloud.Key { return role("ecr-org-push-" + org) }
func pullRole(org string) cloud.Key { return role("ecr-org-pull-" + org) }

// trusts waits until a role in AWS trusts a subject.
func (s *scene) trusts(k cloud.Key, subject string) {
	s.Helper()
	s.attributeHolds(k, "assumeRolePolicy", subject)
}

// projectRole returns a claim's push role, from the ARN in its status.
func (c claim) projectRole() cloud.Key {
	c.Helper()
	c.tells("pushRoleArn", "/")
	arn := c.status("pushRoleArn")
	return role(arn[strings.LastIndex(arn, "/")+1:])
}
