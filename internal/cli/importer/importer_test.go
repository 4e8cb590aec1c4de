package importer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/settings"
	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

// repository returns a resource of a state, with what differs from the rest.
func repository(address, name, values string) string {
	return fmt.Sprintf(`{"address": %q, "mode": "managed", "type": "aws_ecr_repository", "values": %s}`, address, merged(fmt.Sprintf(`{
		"arn": "arn:aws:ecr:eu-west-1:111122223333:repository/%[1]s", "name": "%[1]s", "registry_id": "111122223333", "id": "%[1]s",
		"encryption_configuration": [{"encryption_type": "AES256", "kms_key": ""}], "force_delete": null,
		"image_scanning_configuration": [{"scan_on_push": true}], "image_tag_mutability": "IMMUTABLE",
		"image_tag_mutability_exclusion_filter": [], "tags": null, "tags_all": {}, "timeouts": null}`, name), values))
}

func merged(base, over string) string {
	m := map[string]any{}
	for _, text := range []string{base, over} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			panic(err)
		}
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// policy returns a resource for a policy of a repository.
func policy(kind, address, name, text string) string {
	return fmt.Sprintf(`{"address": %q, "mode": "managed", "type": %q, "values": {"policy": %q, "registry_id": "111122223333", "repository": %q}}`, address, kind, text, name)
}

func lifecycle(name, rules string) string {
	return policy("aws_ecr_lifecycle_policy", "aws_ecr_lifecycle_policy.this", name, `{"rules":[`+rules+`]}`)
}

func access(name, statements string) string {
	return policy("aws_ecr_repository_policy", "aws_ecr_repository_policy.this", name, `{"Version":"2008-10-17","Statement":[`+statements+`]}`)
}

// state returns a state with resources in the root module.
func state(resources ...string) string {
	return `{"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": {"resources": [` + strings.Join(resources, ",") + `]}}}`
}

const (
	pullActions = `["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer","ecr:BatchCheckLayerAvailability","ecr:ListImages","ecr:DescribeImages"]`
	pushActions = `["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:CompleteLayerUpload","ecr:DescribeImageScanFindings","ecr:DescribeImages","ecr:GetDownloadUrlForLayer",
		"ecr:InitiateLayerUpload","ecr:ListImages","ecr:PutImage","ecr:UploadLayerPart"]`
)

// untagged and kept are the rules of the built-in shorthands.
var (
	untagged = fmt.Sprintf(`{"rulePriority":1,"description":"old","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":%d},"action":{"type":"expire"}}`,
		settings.BuiltIn().Lifecycle.UntaggedExpiryDays.Value)
	kept = newest(settings.BuiltIn().Lifecycle.KeepImages.Value)
)

// newest returns a rule that keeps the newest tagged images.
func newest(n int64) string {
	return fmt.Sprintf(`{"rulePriority":2,"selection":{"tagStatus":"tagged","tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":%d},"action":{"type":"expire"}}`, n)
}

func TestImport(t *testing.T) {
	web := repository("aws_ecr_repository.web", "shop/web", "")
	inForce := lifecycle("shop/web", untagged+","+kept)
	var many []string
	for n := range 41 {
		name := fmt.Sprintf("shop/image-%02d", n)
		many = append(many, repository(fmt.Sprintf(`module.ecr[%q].aws_ecr_repository.this[0]`, name), name, ""))
	}
	cases := map[string]struct {
		reason string
		state  string

		// out and err are parts of the output, not are parts that it must not have.
		out, err, not []string
	}{
		"Defaults": {
			reason: "A setting that is in force without a claim is not written.", state: state(web, inForce),
			out: []string{"namespace: shop", "managementPolicies: [Observe]", "    - name: web\n"}, not: []string{"lifecycle", "pull", "scanOnPush", "Mutability", "tags", "defaults"},
		},
		"NoLifecycle": {
			reason: "Without a lifecycle policy no image may begin to expire.", state: state(web), out: []string{"lifecycle:\n        rules: []"},
		},
		"Shorthand": {
			reason: "Only the shorthand that differs is written.", state: state(web, lifecycle("shop/web", untagged+","+newest(99))),
			out: []string{"keepImages: 99"}, not: []string{"untaggedExpiryDays", "rules"},
		},
		"Rules": {
			reason: "Rules that no shorthand expresses are written as they are.", state: state(web, lifecycle("shop/web", `{"rulePriority":10,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":500},"action":{"type":"expire"}}`)),
			out: []string{"tagStatus: any", "countNumber: 500"}, err: []string{"the priorities of its lifecycle rules have gaps"},
		},
		"UnknownRule": {
			reason: "A rule that this version does not understand stays in AWS.", state: state(web, lifecycle("shop/web", strings.Replace(kept, `"tagStatus"`, `"newer":1,"tagStatus"`, 1))),
			out: []string{"rules: []"}, err: []string{"its lifecycle policy stays as it is in AWS"},
		},
		"Pull": {
			reason: "Account ids, scalars and split statements make no difference.",
			state: state(web, inForce, access("shop/web", `{"Sid":"a","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]},
				{"Sid":"b","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},"Action":["ecr:batchchecklayeravailability","ecr:ListImages","ecr:DescribeImages"]}`)),
			out: []string{"pull:\n        accounts:\n          - \"444455556666\"", "kind: EnvironmentConfig"}, not: []string{"stays as it is"},
		},
		"PullOrganization": {
			reason: "An organisation is one by its condition.",
			state:  state(web, inForce, access("shop/web", `{"Effect":"Allow","Principal":"*","Action":`+pullActions+`,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}`)),
			out:    []string{"organizationIds:\n          - o-a1b2c3d4e5"}, not: []string{"stays as it is"},
		},
		"Narrower": {
			reason: "A policy that allows less is not widened.", state: state(web, inForce, access("shop/web", `{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"ecr:BatchGetImage"}`)),
			err: []string{"aws_ecr_repository.web: shop/web: its repository policy stays as it is in AWS", "only the API has: Allow ecr:BatchCheckLayerAvailability, ecr:DescribeImages"}, not: []string{"pull:"},
		},
		"Wider": {
			reason: "A policy that allows more is not narrowed.", state: state(web, inForce, access("shop/web", `{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":["ecr:PutImage",`+pullActions[1:]+`}`)),
			err: []string{"only the source has: Allow ecr:PutImage for 444455556666"}, not: []string{"pull:"},
		},
		"Conditions": {
			reason: "A condition that the API does not have makes a policy narrower.",
			state:  state(web, inForce, access("shop/web", `{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":`+pullActions+`,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)),
			err:    []string{"if Bool aws:securetransport true"}, not: []string{"pull:"},
		},
		"Deny": {
			reason: "The API writes no policy that denies.", state: state(web, inForce, access("shop/web", `{"Effect":"Deny","Principal":"*","Action":"ecr:DeleteRepository"}`)),
			err: []string{"only the source has: Deny ecr:DeleteRepository for *"}, not: []string{"pull:"},
		},
		"Settings": {
			reason: "What differs is written in the API's words.",
			state: state(inForce, repository("aws_ecr_repository.web", "shop/web", `{"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION", "image_tag_mutability_exclusion_filter": [{"filter": "latest", "filter_type": "WILDCARD"}],
				"image_scanning_configuration": [{"scan_on_push": false}], "encryption_configuration": [{"encryption_type": "KMS", "kms_key": "arn:aws:kms:eu-west-1:111122223333:key/a"}],
				"tags": {"team": "shop"}, "tags_all": {"team": "shop", "managed-by": "terraform", "aws:cloudformation:stack": "x"}}`)),
			out: []string{"imageTagMutability: IMMUTABLE_WITH_EXCLUSION", "- latest", "scanOnPush: false", "kmsKey: arn:aws:kms:eu-west-1:111122223333:key/a", "tags:\n        team: shop"},
			err: []string{"its tag managed-by=terraform becomes managed-by=crossplane"}, not: []string{"aws:cloudformation"},
		},
		"Unwritable": {
			reason: "What the API cannot write stays in AWS, and is listed.",
			state:  state(inForce, repository("aws_ecr_repository.web", "shop/web", `{"encryption_configuration": [{"encryption_type": "KMS_DSSE", "kms_key": "x"}], "force_delete": true}`)),
			err:    []string{"its encryption KMS_DSSE cannot be written", "force_delete is Terraform's alone"}, not: []string{"encryption:"},
		},
		"BadKey": {
			reason: "A setting that the API refuses is left out with its reason.",
			state:  state(inForce, repository("aws_ecr_repository.web", "shop/web", `{"encryption_configuration": [{"encryption_type": "KMS", "kms_key": "alias/mine"}]}`)),
			err:    []string{"its encryption is left out: spec.images[0].encryption.kmsKey"}, not: []string{"alias/mine\n"},
		},
		"NoFilters": {
			reason: "A mode is left out with its filters, since neither is valid without the other.",
			state:  state(inForce, repository("aws_ecr_repository.web", "shop/web", `{"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION"}`)),
			err:    []string{"its imageTagMutability would change from IMMUTABLE_WITH_EXCLUSION to IMMUTABLE"}, not: []string{"imageTagMutability:"},
		},
		"NoProject": {
			reason: "A repository without a project has no claim.", state: state(web, repository("aws_ecr_repository.old", "legacy", ""), repository("aws_ecr_repository.n", "4you/web", "")),
			err: []string{"aws_ecr_repository.old: repository legacy is not imported: its name has no project", `"4you" cannot be a project`}, not: []string{"legacy\n"},
		},
		"Namespace": {
			reason: "A project with a name that no namespace can have is written.", state: state(repository("aws_ecr_repository.web", "team.shop/web", "")), out: []string{"namespace: team-shop", "project: team.shop"},
		},
		"OtherAccount": {
			reason: "Repositories of other accounts are not mixed in.",
			state:  state(web, repository("aws_ecr_repository.a", "shop/a", ""), repository("aws_ecr_repository.b", "shop/b", `{"arn": "arn:aws:ecr:eu-west-1:999999999999:repository/shop/b"}`)),
			err:    []string{"it is in the account 999999999999, and most are in 111122223333"}, not: []string{"name: b"},
		},
		"Split": {
			reason: "A claim has at most 20 images, and equal settings are shared.", state: state(many...),
			out: []string{"name: registry\n", "name: registry-2\n", "name: registry-3\n", "defaults:\n    lifecycle:\n      rules: []"}, not: []string{"registry-4"},
		},
		"Regions": {
			reason: "Each region has a claim, and a lifecycle policy belongs to the repository of its module.",
			state: `{"format_version": "1.0", "values": {"root_module": {"child_modules": [{"address": "module.eu", "resources": [` +
				repository("module.eu.aws_ecr_repository.this", "shop/web", "") + "," + policy("aws_ecr_lifecycle_policy", "module.eu.aws_ecr_lifecycle_policy.this", "shop/web", `{"rules":[`+untagged+`,`+kept+`]}`) + `]},
				{"address": "module.us", "resources": [` + repository("module.us.aws_ecr_repository.this", "shop/web", `{"arn": "arn:aws:ecr:us-east-1:111122223333:repository/shop/web"}`) + `]}]}}}`,
			out: []string{"name: registry\n", "name: registry-us-east-1\n", "region: us-east-1\n  managementPolicies: [Observe]\n  images:\n    - name: web\n      lifecycle:\n        rules: []"},
		},
		"Plan": {
			reason: "A plan has its prior state.", state: `{"format_version": "1.2", "planned_values": {}, "prior_state": ` + state(web) + `}`, out: []string{"name: web"},
		},
		"NoValues": {reason: "An empty state is no error.", state: `{"format_version": "1.0", "terraform_version": "1.9.8"}`, err: []string{"the state has no values"}},
		"Others": {
			reason: "Only resources of ECR and roles that reach it are listed.",
			state: state(web, `{"address": "aws_ecr_pull_through_cache_rule.hub", "mode": "managed", "type": "aws_ecr_pull_through_cache_rule", "values": {}}`,
				`{"address": "aws_iam_role.push", "mode": "managed", "type": "aws_iam_role", "values": {"arn": "arn:aws:iam::111122223333:role/push", "name": "push", "inline_policy": [{"name": "ecr", "policy": "{\"Action\":[\"ecr:PutImage\"]}"}]}}`,
				`{"address": "aws_iam_role.other", "mode": "managed", "type": "aws_iam_role", "values": {"arn": "arn:aws:iam::111122223333:role/other", "name": "other"}}`),
			err: []string{"aws_ecr_pull_through_cache_rule.hub: this API has no field", "aws_iam_role.push: the role push is not imported"}, not: []string{"aws_iam_role.other"},
		},
		"Control": {reason: "Control characters of a file are not printed raw.", state: state(repository("aws_ecr_repository.web", "shop/web", `{"tags_all": {"a": "\u001b[31m"}}`)), err: []string{`\x1b[31m`}, not: []string{"\x1b"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := clitest.RunWith(t, tc.state, "import", "-")
			if got.Code != 0 {
				t.Fatalf("%s\nimport: exit code %d: %s", tc.reason, got.Code, got.Err)
			}
			for _, want := range tc.out {
				if !strings.Contains(got.Out, want) {
					t.Errorf("%s\nwant %q on standard output, got\n%s", tc.reason, want, got.Out)
				}
			}
			for _, want := range tc.err {
				if !strings.Contains(got.Err, want) {
					t.Errorf("%s\nwant %q on standard error, got\n%s", tc.reason, want, got.Err)
				}
			}
			for _, not := range tc.not {
				if strings.Contains(got.Out, not) || strings.HasPrefix(not, "aws_") && strings.Contains(got.Err, not) {
					t.Errorf("%s\n%q should not be there:\n%s\n%s", tc.reason, not, got.Out, got.Err)
				}
			}
			if got.Out == "" {
				return
			}
			// Composite resources of the namespaced generation are the same but for their group.
			namespaced := clitest.RunWith(t, tc.state, "import", "-", "--namespaced")
			if want := strings.ReplaceAll(got.Out, "ecr.ontopix.io/", "ecr.m.ontopix.io/"); namespaced.Out != want {
				t.Errorf("%s\n--namespaced: -want, +got\n%s", tc.reason, cmp.Diff(want, namespaced.Out))
			}
			if checked := clitest.RunWith(t, namespaced.Out, "check", "-"); checked.Code != 0 {
				t.Errorf("%s\ncheck: exit code %d\n%s\n%s", tc.reason, checked.Code, checked.Out, namespaced.Out)
			}
			// The output is valid, and a second run leaves it unchanged.
			if checked := clitest.RunWith(t, got.Out, "check", "-"); checked.Code != 0 {
				t.Errorf("%s\ncheck: exit code %d\n%s\n%s", tc.reason, checked.Code, checked.Out, got.Out)
			}
			if diff := cmp.Diff(got.Out, clitest.RunWith(t, got.Out, "import", "-").Out); diff != "" {
				t.Errorf("%s\na second run changes: -before, +after\n%s", tc.reason, diff)
			}
		})
	}
}

// identity returns the trust policy of a role that workflows assume, and its policy.
func identity(subject, conditions, actions string) (trust, policy string) {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"` + conditions + `},"StringLike":{"token.actions.githubusercontent.com:sub":` + subject + `}}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"},{"Effect":"Allow","Action":` + actions + `,"Resource":"arn:aws:ecr:*:111122223333:repository/*"}]}`
}

// iamRole returns a role of a state and its policy.
func iamRole(subject, conditions, actions string) string {
	trust, policy := identity(subject, conditions, actions)
	return fmt.Sprintf(`{"address": "aws_iam_role.github", "mode": "managed", "type": "aws_iam_role", "values": {"arn": "arn:aws:iam::111122223333:role/github", "name": "github", "path": "/",
		"assume_role_policy": %q, "max_session_duration": 5400, "inline_policy": [], "managed_policy_arns": [], "permissions_boundary": "", "tags_all": {"owner": "platform"}}},
		{"address": "aws_iam_role_policy.github", "mode": "managed", "type": "aws_iam_role_policy", "values": {"name": "ecr", "policy": %q, "role": "github"}}`, trust, policy)
}

func TestRoles(t *testing.T) {
	cases := map[string]struct {
		reason, role string
		out, err     string
		taken        bool
	}{
		"Unnumbered": {
			reason: "The organisation's id is asked for, not invented.", role: iamRole(`"repo:ontopix/*"`, "", pullActions), taken: true,
			out: "organization: ontopix\n  oidcProvider:\n    mode: Existing\n  deletionPolicy: Orphan\n  push:\n    enabled: false\n  pull:\n    roleName: github\n    path: /\n    maxSessionDuration: 1h30m\n",
			err: "`gh api orgs/ontopix --jq .id` prints it",
		},
		"Numbered": {
			reason: "The id in the trust policy is written, and whom it admits.", taken: true,
			role: iamRole(`["repo:ontopix/app:ref:refs/heads/main","repo:ontopix/app:environment:prod"]`, `,"token.actions.githubusercontent.com:repository_owner_id":"42"`, pullActions),
			out:  "organizationId: \"42\"", err: "loses its tag owner=platform",
		},
		"Wider":   {reason: "A role that may do more is not narrowed.", role: iamRole(`"repo:ontopix/*"`, "", `["ecr:*"]`), err: "the role github is not imported: the API would write something else: only the source has: Allow ecr:*"},
		"Anybody": {reason: "A role that admits another organisation is not narrowed.", role: iamRole(`["repo:ontopix/*","repo:other/*"]`, "", pullActions), err: "repo:ontopix/*"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			source := state(repository("aws_ecr_repository.web", "shop/web", ""), tc.role)
			if namespaced := clitest.RunWith(t, source, "import", "-", "--namespaced"); strings.Contains(namespaced.Out, "kind: EcrOrgAccess\nmetadata:\n  name: ontopix\n  namespace: platform\n") != tc.taken {
				t.Errorf("%s\n%s", tc.reason, namespaced.Out)
			}
			got := clitest.RunWith(t, source, "import", "-")
			if got.Code != 0 || !strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) || strings.Contains(got.Out, "kind: XEcrOrgAccess") != tc.taken {
				t.Errorf("%s\nexit code %d\n%s\n%s", tc.reason, got.Code, got.Err, got.Out)
			}
		})
	}
}

// Two roles of an organisation go into one org access, whichever of them has the organisation's id and comes first.
func TestRolesOfOneOrganization(t *testing.T) {
	id := func(id string) string {
		return `,"token.actions.githubusercontent.com:repository_owner_id":"` + id + `"`
	}
	cases := map[string]struct {
		reason, push, pull string
		out, err           string
	}{
		"First":  {"The id of the first role is the organisation's.", id("42"), "", "  pull:\n    roleName: reader\n", "the trust policy of the role reader will require the organisation's id\n"},
		"Second": {"The id of the second role is the organisation's.", "", id("42"), "  pull:\n    roleName: reader\n", "the trust policy of the role github will require the organisation's id\n"},
		"Other":  {"An organisation has one id.", id("42"), id("43"), "  pull:\n    enabled: false\n", "the role reader is not imported: its trust policy has 43 as the organisation's id, and that of another role has 42\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			reader := strings.NewReplacer("aws_iam_role.github", "aws_iam_role.reader", "role/github", "role/reader", `"github"`, `"reader"`,
				"aws_iam_role_policy.github", "aws_iam_role_policy.reader").Replace(iamRole(`"repo:ontopix/*"`, tc.pull, pullActions))
			source := state(repository("aws_ecr_repository.web", "shop/web", ""), iamRole(`"repo:ontopix/*"`, tc.push, pushActions), reader)
			got := clitest.RunWith(t, source, "import", "-")
			if got.Code != 0 || !strings.Contains(got.Out, "organizationId: \"42\"\n") || !strings.Contains(got.Out, "  push:\n    roleName: github\n") ||
				!strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) {
				t.Errorf("%s\nexit code %d\n%s\n%s", tc.reason, got.Code, got.Err, got.Out)
			}
		})
	}
}

// ofRegistry returns a resource of a state for a setting of the registry.
func ofRegistry(kind, values string) string {
	return fmt.Sprintf(`{"address": "%[1]s.this", "mode": "managed", "type": "%[1]s", "values": %[2]s}`, kind, merged(`{"id": "111122223333", "registry_id": "111122223333"}`, values))
}

func registryPolicy(statements string) string {
	return ofRegistry("aws_ecr_registry_policy", fmt.Sprintf(`{"policy": %q}`, `{"Version":"2012-10-17","Statement":[`+statements+`]}`))
}

// The registry's settings go into the org access of the organisation's roles, if that expresses them exactly.
func TestRegistry(t *testing.T) {
	const (
		all       = `"arn:aws:ecr:eu-west-1:111122223333:repository/*"`
		replicate = `{"Sid":"Any","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":` + all + `}`
	)
	cases := map[string]struct {
		reason, resource string
		without          bool // a role of the organisation
		out, err         string
	}{
		"Scanning": {
			reason:   "Filters keep their order.",
			resource: ofRegistry("aws_ecr_registry_scanning_configuration", `{"scan_type": "ENHANCED", "rule": [{"scan_frequency": "CONTINUOUS_SCAN", "repository_filter": [{"filter": "prod/*", "filter_type": "WILDCARD"}, {"filter": "*", "filter_type": "WILDCARD"}]}]}`),
			out:      "  registry:\n    scanning:\n      rules:\n        - filters:\n            - prod/*\n            - '*'\n          frequency: CONTINUOUS_SCAN\n      type: ENHANCED\n",
		},
		"Replication": {
			reason:   "Rules keep their order.",
			resource: ofRegistry("aws_ecr_replication_configuration", `{"replication_configuration": [{"rule": [{"destination": [{"region": "eu-central-1", "registry_id": "111122223333"}], "repository_filter": [{"filter": "prod", "filter_type": "PREFIX_MATCH"}]}]}]}`),
			out:      "    replication:\n      rules:\n        - destinations:\n            - accountId: \"111122223333\"\n              region: eu-central-1\n          prefixes:\n            - prod\n",
		},
		"Policy": {
			reason: "A policy's pulls and its replication become two fields.",
			resource: registryPolicy(replicate + `,{"Effect":"Allow","Principal":"*","Action":` + pullActions + `,"Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/shared/*",
				"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}`),
			out: "  crossAccountPull:\n    organizationIds:\n      - o-a1b2c3d4e5\n    repositories:\n      - shared/*\n",
		},
		"Replicated": {
			reason: "An account that replicates may create the repositories.", resource: registryPolicy(replicate),
			out: "  registry:\n    replication:\n      from:\n        - accountId: \"444455556666\"\n",
		},
		"Narrower": {
			reason:   "A policy that is narrower is not widened.",
			resource: registryPolicy(`{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"ecr:ReplicateImage","Resource":` + all + `}`),
			err:      "aws_ecr_registry_policy.this: it stays as it is: the API would write something else: only the API has: Allow ecr:CreateRepository for 444455556666",
		},
		"Denied": {
			reason:   "A policy that the API cannot express stays as it is.",
			resource: registryPolicy(`{"Effect":"Deny","Principal":"*","Action":"ecr:*","Resource":` + all + `}`),
			err:      "aws_ecr_registry_policy.this: it stays as it is: the API would write something else: only the source has: Deny ecr:* for *",
		},
		"Nobody": {
			reason: "Without a role the organisation that an org access needs is not known.", resource: registryPolicy(replicate), without: true,
			err: "aws_ecr_registry_policy.this: what concerns the registry as a whole is not imported, since that needs roles of exactly one organisation",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			resources := []string{repository("aws_ecr_repository.web", "shop/web", ""), tc.resource}
			if !tc.without {
				resources = append(resources, iamRole(`"repo:ontopix/*"`, `,"token.actions.githubusercontent.com:repository_owner_id":"42"`, pullActions))
			}
			got := clitest.RunWith(t, state(resources...), "import", "-")
			listed := strings.Contains(got.Err, "_registry_") || strings.Contains(got.Err, "_replication_")
			if got.Code != 0 || !strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) || listed != (tc.err != "") {
				t.Errorf("%s\nexit code %d\n%s\n%s", tc.reason, got.Code, got.Err, got.Out)
			}
			if checked := clitest.RunWith(t, got.Out, "check", "-"); checked.Code != 0 {
				t.Errorf("%s\ncheck: exit code %d\n%s\n%s", tc.reason, checked.Code, checked.Out, got.Out)
			}
		})
	}
}

// A role for the repositories of one project is not the organisation's: the project can have its own.
func TestRoleOfProject(t *testing.T) {
	const one = "aws_iam_role.shop: the role shop is not imported: an org access has one role that may push"
	cases := map[string]struct{ reason, subject, want string }{
		"Branch": {
			"The project admits the same workflows as the role.", `"repo:ontopix/shop:ref:refs/heads/main"`,
			". Its project can have an equivalent role of its own, with another name: write " +
				"`github: {\"branches\":[\"main\"],\"repositories\":[\"shop\"]}` into the registry of shop, and give the workflows the ARN in its status\n",
		},
		"Any":      {"A project names its repositories.", `"repo:ontopix/*"`, "\n"},
		"Wildcard": {"A project's repositories have no wildcards.", `"repo:ontopix/shop-*:ref:refs/heads/main"`, "\n"},
		"Each":     {"A project admits the same runs of each repository.", `["repo:ontopix/a:ref:refs/heads/main","repo:ontopix/b:ref:refs/heads/dev"]`, "\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			project := strings.NewReplacer("aws_iam_role.github", "aws_iam_role.shop", "role/github", "role/shop", `"github"`, `"shop"`,
				"aws_iam_role_policy.github", "aws_iam_role_policy.shop", "repository/*", "repository/shop/*").Replace(iamRole(tc.subject, "", pushActions))
			source := state(repository("aws_ecr_repository.web", "shop/web", ""), project, iamRole(`"repo:ontopix/*"`, "", pushActions))
			got := clitest.RunWith(t, source, "import", "-")
			if got.Code != 0 || !strings.Contains(got.Err, one+tc.want) || !strings.Contains(got.Out, "roleName: github\n") {
				t.Errorf("%s\nwant %q, got exit code %d\n%s\n%s", tc.reason, one+tc.want, got.Code, got.Err, got.Out)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	cases := map[string]struct {
		reason, stdin string
		args          []string
		err           string
	}{
		"Nothing":     {"Without a source there is nothing to do.", "", []string{"import"}, "name files or folders"},
		"RawState":    {"The form of a state file is internal to Terraform.", `{"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "a", "resources": []}`, []string{"import", "-"}, "terraform show -json"},
		"Other":       {"Other JSON is no source.", `{"a": 1}`, []string{"import", "-"}, "nothing to import"},
		"NoJSON":      {"A file that is not JSON is no source.", `{"a": `, []string{"import", "-"}, "<stdin>:"},
		"Missing":     {"A file that is not there cannot be read.", "", []string{"import", "nowhere.json"}, "nowhere.json"},
		"BadSettings": {"Settings must be settings.", state(), []string{"import", "-", "--settings", "importer_test.go"}, "importer_test.go"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := clitest.RunWith(t, tc.stdin, tc.args...); got.Code != 2 || got.Out != "" || !strings.Contains(got.Err, tc.err) {
				t.Errorf("%s\n%v: %+v", tc.reason, tc.args, got)
			}
		})
	}
}

// With settings, only differences from them are written, and changes that they would make are listed.
func TestSettings(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "settings.yaml")
	text := `{apiVersion: apiextensions.crossplane.io/v1beta1, kind: EnvironmentConfig, metadata: {name: ecr-platform}, data: {region: eu-west-1,
		defaults: {imageTagMutability: MUTABLE, pull: {accounts: ["444455556666"]}, tags: {owner: platform}, lifecycle: {rules: []}}, guardrails: {requireKMS: true}}}`
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := clitest.RunWith(t, state(repository("aws_ecr_repository.web", "shop/web", "")), "import", "-", "--settings", settings)
	want := `    - name: web
      imageTagMutability: IMMUTABLE
      pull: {}
`
	if !strings.Contains(got.Out, "  managementPolicies: [Observe]\n  images:\n") || !strings.HasSuffix(strings.ReplaceAll(got.Out, "      pull: {}\n      imageTagMutability: IMMUTABLE\n", want[strings.Index(want, "\n")+1:]), want) || strings.Contains(got.Out, "region:") {
		t.Errorf("want an image that closes what the settings open, got\n%s", got.Out)
	}
	for _, want := range []string{"the settings of the platform add the tag owner=platform", "refused as soon as it is managed: "} {
		if !strings.Contains(got.Err, want) {
			t.Errorf("want %q, got\n%s", want, got.Err)
		}
	}
}

// folder writes files and returns the folder that they are in.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A folder with the output of the AWS CLI, a file for each command, gives the same claims as a state.
func TestFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"repositories.json": `{"repositories": [
			{"repositoryArn": "arn:aws:ecr:eu-west-1:111122223333:repository/shop/web", "registryId": "111122223333", "repositoryName": "shop/web", "imageTagMutability": "MUTABLE", "createdAt": "2024-01-02T03:04:05.678000+01:00",
				"imageScanningConfiguration": {"scanOnPush": true}, "encryptionConfiguration": {"encryptionType": "AES256"}},
			{"repositoryArn": "arn:aws:ecr:eu-west-1:111122223333:repository/shop/web-api", "registryId": "111122223333", "repositoryName": "shop/web-api", "imageTagMutability": "IMMUTABLE", "createdAt": 1700000000.5,
				"imageScanningConfiguration": {"scanOnPush": true}, "encryptionConfiguration": {"encryptionType": "AES256"}}]}`,
		"lifecycle/shop-web.json": `{"registryId": "111122223333", "repositoryName": "shop/web", "lifecyclePolicyText": ` + fmt.Sprintf("%q", `{"rules":[`+untagged+`,`+kept+`]}`) + `}`,
		"policy/shop-web.json":    `{"registryId": "111122223333", "repositoryName": "shop/web", "policyText": ` + fmt.Sprintf("%q", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":`+pullActions+`}}`) + `}`,
		"tags/shop/web-api.json":  `{"tags": [{"Key": "team", "Value": "api"}]}`,
		"scanning.json":           `{"registryId": "111122223333", "scanningConfiguration": {"scanType": "BASIC", "rules": []}}`,
		"other.json":              `{"Vpcs": []}`,
	})
	got := clitest.Run(t, "import", dir)
	want := `    # its tags are not known`
	if got.Code != 0 || !strings.Contains(got.Out, want) || !strings.Contains(got.Out, "name: web-api\n      lifecycle:\n        rules: []\n      tags:\n        team: api\n") ||
		!strings.Contains(got.Out, `- "444455556666"`) || !strings.Contains(got.Out, "imageTagMutability: MUTABLE") || !strings.Contains(got.Err, "scanning.json") {
		t.Errorf("exit code %d\n%s\n%s", got.Code, got.Err, got.Out)
	}
	if again := clitest.Run(t, "import", dir); again.Out != got.Out {
		t.Errorf("a second run is another:\n%s", again.Out)
	}
}

// Roles are read from the output of `aws iam`: policies are objects or texts, and lists of names are in files that are
// named after their roles.
func TestFolderOfRoles(t *testing.T) {
	trust, push := identity(`"repo:ontopix/*"`, "", pushActions)
	_, pull := identity("", "", pullActions)
	dir := folder(t, map[string]string{
		"repositories.json": `{"repositories": [{"repositoryArn": "arn:aws:ecr:eu-west-1:111122223333:repository/shop/web", "repositoryName": "shop/web"}]}`,
		"role.json": `{"Role": {"Path": "/ci/", "RoleName": "push", "Arn": "arn:aws:iam::111122223333:role/ci/push", "MaxSessionDuration": 7200,
			"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/bound"}, "Tags": [{"Key": "owner", "Value": "platform"}], "AssumeRolePolicyDocument": ` + trust + `}}`,
		"push/names.json": `{"PolicyNames": ["ecr"]}`,
		"push/ecr.json":   `{"RoleName": "push", "PolicyName": "ecr", "PolicyDocument": ` + push + `}`,
		"roles.json": fmt.Sprintf(`{"Roles": [
			{"Path": "/", "RoleName": "pull", "Arn": "arn:aws:iam::111122223333:role/pull", "MaxSessionDuration": 3600, "AssumeRolePolicyDocument": %[1]q},
			{"Path": "/", "RoleName": "other", "Arn": "arn:aws:iam::111122223333:role/other", "AssumeRolePolicyDocument": %[1]q}]}`, trust),
		"attached-pull.json":  `{"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/read-ecr"}]}`,
		"read-ecr.json":       `{"PolicyVersion": {"Document": ` + pull + `}}`,
		"attached-other.json": `{"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"}]}`,
		"provider.json":       `{"Url": "gitlab.com", "ClientIDList": ["x"]}`,
		"cache.json":          `{"pullThroughCacheRules": [{"ecrRepositoryPrefix": "hub"}]}`,
		"templates.json":      `{"repositoryCreationTemplates": [{"prefix": "ROOT"}]}`,
		"replication.json":    `{"registryId": "111122223333", "replicationConfiguration": {"rules": [{"destinations": [{"region": "eu-central-1", "registryId": "111122223333"}]}]}}`,
		"policy.json": fmt.Sprintf(`{"registryId": "111122223333", "policyText": %q}`, `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
			"Principal":{"AWS":"444455556666"},"Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/*"}}`),
	})
	got := clitest.Run(t, "import", dir)
	const out = `
  push:
    roleName: push
    path: /ci/
    maxSessionDuration: 2h
    permissionsBoundary: arn:aws:iam::111122223333:policy/bound
  pull:
    roleName: pull
    path: /
  registry:
    replication:
      from:
        - accountId: "444455556666"
      rules:
        - destinations:
            - accountId: "111122223333"
              region: eu-central-1
`
	if got.Code != 0 || !strings.Contains(got.Out, out) {
		t.Errorf("exit code %d, want %q, got\n%s\n%s", got.Code, out, got.Err, got.Out)
	}
	for _, want := range []string{
		"the role push loses its tag owner=platform", "the role other is not imported: it stays as it is", "the OIDC provider gitlab.com is not imported",
		`no field for the pull through cache rule of prefix "hub"`, `no field for the repository creation template of prefix "ROOT"`,
	} {
		if !strings.Contains(got.Err, want) {
			t.Errorf("want %q, got\n%s", want, got.Err)
		}
	}
}

// A repository that is managed already, with the tags that the function and the provider set, becomes the same claim.
func TestAccount(t *testing.T) {
	clitest.ECR(t, "eu-west-1", func(operation string, _ *json.Decoder) (int, any) {
		var out any
		switch operation {
		case "DescribeRepositories":
			out = map[string]any{"repositories": []any{map[string]any{
				"repositoryArn": "arn:aws:ecr:eu-west-1:111122223333:repository/shop/web", "repositoryName": "shop/web", "imageTagMutability": "IMMUTABLE",
				"imageScanningConfiguration": map[string]any{"scanOnPush": true}, "encryptionConfiguration": map[string]any{"encryptionType": "AES256"},
			}}}
		case "ListTagsForResource":
			var tags []any
			for k, v := range map[string]string{"project": "shop", "image": "web", "managed-by": "crossplane", "crossplane-kind": "repository", "team": "shop"} {
				tags = append(tags, map[string]any{"Key": k, "Value": v})
			}
			out = map[string]any{"tags": tags}
		case "GetLifecyclePolicy":
			out = map[string]any{"lifecyclePolicyText": `{"rules":[` + untagged + `,` + kept + `]}`}
		case "DescribeRegistry":
			out = map[string]any{"registryId": "111122223333", "replicationConfiguration": map[string]any{"rules": []any{map[string]any{
				"destinations": []any{map[string]any{"region": "eu-central-1", "registryId": "111122223333"}},
			}}}}
		case "GetRegistryScanningConfiguration":
			out = map[string]any{"scanningConfiguration": map[string]any{"scanType": "BASIC", "rules": []any{map[string]any{
				"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": []any{map[string]any{"filter": "*", "filterType": "WILDCARD"}},
			}}}}
		case "GetRegistryPolicy":
			return http.StatusBadRequest, map[string]any{"__type": "RegistryPolicyNotFoundException", "message": "none"}
		case "GetRepositoryPolicy":
			return http.StatusBadRequest, map[string]any{"__type": "RepositoryPolicyNotFoundException", "message": "none"}
		}
		return http.StatusOK, out
	})
	got := clitest.Run(t, "import", "--aws")
	if want := "  images:\n    - name: web\n      tags:\n        team: shop\n"; got.Code != 0 || !strings.HasSuffix(got.Out, want) {
		t.Errorf("want one tag and nothing else, got exit code %d\n%s\n%s", got.Code, got.Err, got.Out)
	}
	// The roles are given as the AWS CLI prints them, and the registry goes where they go.
	got = clitest.RunWith(t, state(iamRole(`"repo:ontopix/*"`, "", pullActions)), "import", "-", "--aws")
	const want = "  registry:\n    replication:\n      rules:\n        - destinations:\n            - accountId: \"111122223333\"\n              region: eu-central-1\n" +
		"    scanning:\n      rules:\n        - filters:\n            - '*'\n          frequency: SCAN_ON_PUSH\n      type: BASIC\n"
	if got.Code != 0 || !strings.Contains(got.Out, want) {
		t.Errorf("want %q, got exit code %d\n%s\n%s", want, got.Code, got.Err, got.Out)
	}
}
