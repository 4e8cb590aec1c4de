package access_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
	"github.com/ontopix/crossplane-ecr/internal/iamtest/simulator"
)

// managed is a managed resource as `render -o yaml` writes it.
type managed struct {
	Kind     string
	Metadata struct{ Annotations map[string]string }
	Spec     struct {
		ForProvider struct{ Policy, AssumeRolePolicy, Path string }
	}
}

func (m managed) name() string { return m.Metadata.Annotations["crossplane.io/external-name"] }

// simulated has the rendered policies of the tests' files for the simulator. They are of one account and region.
type simulated struct {
	trust    map[string]string   // of roles, by ARN
	identity map[string][]string // of roles, by ARN
	policy   map[string]string   // of repositories, by name
	registry string
}

const simulatedRegistry = "arn:aws:ecr:eu-west-1:111122223333:repository/"

func simulate(t *testing.T) simulated {
	t.Helper()
	s := simulated{trust: map[string]string{}, identity: map[string][]string{}, policy: map[string]string{}}
	var all []managed
	for _, text := range strings.Split(clitest.Run(t, "render", estate, "-o", "yaml").Out, "\n---\n") {
		var m managed
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	arns := map[string]string{} // of roles, by name
	for _, m := range all {
		switch m.Kind {
		case "Repository":
			s.policy[m.name()] = ""
		case "Role":
			arns[m.name()] = "arn:aws:iam::111122223333:role" + m.Spec.ForProvider.Path + m.name()
			s.trust[arns[m.name()]] = m.Spec.ForProvider.AssumeRolePolicy
		}
	}
	for _, m := range all {
		switch m.Kind {
		case "RolePolicy": // Here it has the name of its role.
			role := arns[m.name()]
			s.identity[role] = append(s.identity[role], m.Spec.ForProvider.Policy)
		case "RepositoryPolicy":
			s.policy[m.name()] = m.Spec.ForProvider.Policy
		case "RegistryPolicy":
			s.registry = m.Spec.ForProvider.Policy
		}
	}
	return s
}

// may reports whether the simulator lets a caller do an action on a repository.
func (s simulated) may(caller string, identity []string, action, repository, scope string, keys map[string][]string) bool {
	r := simulator.Request{Identity: identity, Caller: caller, Session: "s", Action: action, Resource: "*", Keys: keys}
	if action != "ecr:GetAuthorizationToken" {
		r.Resource, r.Repository, r.Registry, r.Scope = simulatedRegistry+repository, s.policy[repository], s.registry, scope
	}
	return simulator.Decide(r) == simulator.Allowed
}

var simulatedActions = []string{
	"ecr:PutImage", "ecr:BatchGetImage", "ecr:BatchDeleteImage", "ecr:ReplicateImage", "ecr:CreateRepository", "ecr:ListImages",
}

// A token may do what the simulator allows by the rendered policies.
func TestSimulatedTokens(t *testing.T) {
	s := simulate(t)
	const issuer = "token.actions.githubusercontent.com"
	allowed := 0
	for _, subject := range []string{
		"repo:octo/api:ref:refs/heads/main", "repo:octo@65/api@74:ref:refs/heads/main", "repo:octo/api:pull_request",
		"repo:octo/base-images:ref:refs/tags/v1", "repo:octo@65/base-images@75:environment:production", "repo:octo@66/api@74:ref:refs/heads/main",
		"repo:octo/base-images:environment:pull_request", "repo:octo/base-images:pull_request", "repo:octox/api:ref:refs/heads/main",
	} {
		for _, owner := range []string{"65", ""} {
			keys := map[string][]string{issuer + ":sub": {subject}, issuer + ":aud": {"sts.amazonaws.com"}}
			claims := map[string]string{"iss": "https://" + issuer, "aud": "sts.amazonaws.com", "sub": subject}
			if owner != "" {
				claims["repository_owner_id"], keys[issuer+":repository_owner_id"] = owner, []string{owner}
			}
			token, err := json.Marshal(claims)
			if err != nil {
				t.Fatal(err)
			}
			for _, scope := range []string{"V1", "V2"} {
				for _, action := range simulatedActions {
					for repository := range s.policy {
						got := clitest.Run(t, "access", estate, "--token", string(token), "--can", action, "--on", repository, "--registry-scope", scope)
						want := slices.ContainsFunc(slices.Collect(maps.Keys(s.trust)), func(role string) bool {
							return simulator.Admits(s.trust[role], "arn:aws:iam::111122223333:oidc-provider/"+issuer, keys) == simulator.Allowed &&
								s.may(role, s.identity[role], action, repository, scope, nil)
						})
						if (got.Code == 0) != want {
							t.Errorf("%s, owner %q, %s on %s, %s: the simulator says %t\n%s", subject, owner, action, repository, scope, want, got.Out)
						}
						if want {
							allowed++
						}
					}
				}
			}
		}
	}
	if allowed == 0 {
		t.Error("nobody is allowed: the test proves little")
	}
}

// --who-can lists those whom the simulator allows the action.
func TestSimulatedWho(t *testing.T) {
	s := simulate(t)
	everything := []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}
	for _, action := range simulatedActions {
		for repository := range s.policy {
			for _, scope := range []string{"V1", "V2"} {
				var answer struct{ Who []struct{ Kind, Name string } }
				unmarshal(t, clitest.Run(t, "access", estate, "--who-can", action, "--on", repository, "--registry-scope", scope, "-o", "json"), &answer)
				got, want := []string{}, []string{}
				for _, w := range answer.Who {
					got = append(got, w.Kind+" "+w.Name)
				}
				for role := range s.trust {
					if s.may(role, s.identity[role], action, repository, scope, nil) {
						want = append(want, "role "+role[strings.LastIndex(role, "/")+1:])
					}
				}
				for _, account := range []string{"444455556666", "777788889999", "000011112222"} {
					if s.may("arn:aws:iam::"+account+":role/any", everything, action, repository, scope, nil) {
						want = append(want, "account "+account)
					}
				}
				inOrganization := map[string][]string{"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}}
				if s.may("arn:aws:iam::000011112222:role/any", everything, action, repository, scope, inOrganization) {
					want = append(want, "organization o-a1b2c3d4e5")
				}
				function := map[string][]string{"aws:SourceArn": {"arn:aws:lambda:eu-west-1:444455556666:function:f"}}
				if s.may("lambda.amazonaws.com", nil, action, repository, scope, function) {
					want = append(want, "service lambda.amazonaws.com")
				}
				slices.Sort(got)
				slices.Sort(want)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s on %s, %s: -want, +got:\n%s", action, repository, scope, diff)
				}
			}
		}
	}
}
