package e2e_test

import (
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/test/e2e/cloud"
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

// orgAccess is the platform team's composite resource of a name, without a claim.
func (s *scene) orgAccess(name string) claim { return claim{s, "XEcrOrgAccess", "", name} }

// orgAccessSpec is the spec of an org access of a GitHub organisation. All in one account share the OIDC provider, which is
// created once per lab.
func orgAccessSpec(organization string) string {
	return fmt.Sprintf(`{accountId: "%s", region: eu-west-1, github: {organization: %s, organizationId: "42"}, oidcProvider: {mode: Existing}}`, cloud.Account, organization)
}

// oidcProvider makes sure that the account has the OIDC provider of GitHub.
func (s *scene) oidcProvider() {
	s.Helper()
	c := s.orgAccess("oidc")
	c.apply(fmt.Sprintf(`{accountId: "%s", region: eu-west-1, github: {organization: oidc, organizationId: "41"}}`, cloud.Account))
	c.ready()
}

func role(name string) cloud.Key { return cloud.Key{Kind: "Role", ID: name} }

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
	org := s.orgAccess("acme-first")
	org.apply(orgAccessSpec("acme-first"))
	org.ready()
	s.trusts(role("ecr-org-push-acme-first"), "repo:acme-first/*")
	s.exists(role("ecr-org-pull-acme-first"))

	c := s.registry("app")
	c.apply(`
images: [{name: api}]
github: {repositories: [api], branches: [main]}
orgAccessRef: {name: acme-first}
writeConnectionSecretToRef: {name: ecr}
`)
	c.ready()
	push := c.projectRole()
	if prefix := "ecr-push-" + s.project[:10]; !strings.HasPrefix(push.ID, prefix) {
		s.Errorf("the role %s is named after the project: want prefix %s", push.ID, prefix)
	}
	s.trusts(push, "repo:acme-first/api:ref:refs/heads/main")
	s.secretHolds("ecr", "pushRoleArn", c.status("pushRoleArn"))
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
	c.apply(`{images: [{name: api}], github: {repositories: [api]}, orgAccessRef: {name: acme-last}}`)
	c.says("Valid", "False", "OrgAccessNotFound", "acme-last")

	org := s.orgAccess("acme-last")
	org.apply(orgAccessSpec("acme-last"))
	org.ready()
	c.ready()
	s.trusts(c.projectRole(), "repo:acme-last/api:")
}

func revokedGrantEnds(s *scene) {
	s.oidcProvider()
	org := s.orgAccess("acme-gone")
	org.apply(orgAccessSpec("acme-gone"))
	org.ready()
	c := s.registry("app")
	c.apply(`{images: [{name: api}], github: {repositories: [api]}, orgAccessRef: {name: acme-gone}}`)
	c.ready()
	push := c.projectRole()
	s.exists(push)

	c.apply(`images: [{name: api}]`)
	s.notInCloud(push)
	s.exists(s.repository("api"))
	c.ready()

	if err := s.lab.Client.Delete(s.Context(), org.object()); err != nil {
		s.Fatal(err)
	}
	s.notInCloud(role("ecr-org-push-acme-gone"))
	s.notInCloud(role("ecr-org-pull-acme-gone"))
	// Others push with it too.
	s.exists(cloud.Key{Kind: "OpenIDConnectProvider", ID: "arn:aws:iam::" + cloud.Account + ":oidc-provider/token.actions.githubusercontent.com"})
}

func orgAccessClaimed(s *scene) {
	s.oidcProvider()
	c := claim{s, "EcrOrgAccess", s.project, "everything"}
	c.apply(orgAccessSpec("acme-stolen"))
	c.says("Valid", "False", "GuardrailViolation", s.project)
	s.notInCloud(role("ecr-org-push-acme-stolen"))

	if err := s.lab.Namespace(s.Context(), "platform"); err != nil {
		s.Fatal(err)
	}
	allowed := claim{s, "EcrOrgAccess", "platform", "acme-claimed"}
	allowed.apply(orgAccessSpec("acme-claimed"))
	allowed.ready()
	s.exists(role("ecr-org-push-acme-claimed"))
}
