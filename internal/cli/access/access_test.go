package access_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

const estate = "testdata/estate.yaml"

// token has the claims of a workflow of octo/api that runs for main.
const token = `{"iss":"https://token.actions.githubusercontent.com","aud":"sts.amazonaws.com",` +
	`"sub":"repo:octo/api:ref:refs/heads/main","repository_owner_id":"65"}`

func TestAccess(t *testing.T) {
	with := func(from, to string) string { return strings.Replace(token, from, to, 1) }
	for _, tc := range []struct {
		name, reason string
		args         []string
		code         int
		out, err     string // parts of the streams
	}{
		{
			"Push", "The org-wide role lets main push.",
			[]string{"--token", token, "--can", "push", "--on", "team/api"}, 0, "Allowed: push on team/api", "",
		},
		{
			"Decides", "The answer names the statements that decide.", []string{"--token", token, "--can", "push", "--on", "team/api"}, 0,
			"identity policy of ecr-org-push-octo, Statement[1] (Push)", "",
		},
		{
			"Reach", "The role reaches only its own repositories.", []string{"--token", token, "--can", "push", "--on", "base/os"}, 1,
			"expected arn:aws:ecr:*:111122223333:repository/team/*", "",
		},
		{
			"Branch", "The role does not admit another branch, and the answer says why.",
			[]string{"--token", with("heads/main", "heads/x"), "--can", "push", "--on", "team/api"}, 1,
			"      expected repo:octo/*:ref:refs/heads/main\n      or repo:octo@65/*:ref:refs/heads/main\n" +
				"      got repo:octo/api:ref:refs/heads/x\n", "",
		},
		{
			"Pulls", "Another branch may pull.",
			[]string{"--token", with("heads/main", "heads/x"), "--can", "pull", "--on", "team/api"}, 0,
			"ecr-org-pull-octo", "",
		},
		{
			"Owner", "Another owner with the same name may not pull.",
			[]string{"--token", with(`"65"`, `"66"`), "--can", "pull", "--on", "team/api"}, 1,
			"expected 65\n      got 66", "",
		},
		{
			"NoOwner", "A token without the owner's number may not pull.",
			[]string{"--token", with(`,"repository_owner_id":"65"`, ""), "--can", "pull", "--on", "team/api"},
			1, "expected 65\n      got nothing", "",
		},
		{
			"Audience", "A token for another audience may not pull.",
			[]string{"--token", with("sts.amazonaws.com", "x"), "--can", "pull", "--on", "team/api"}, 1, "got x",
			"",
		},
		{
			"Issuer", "A token of another issuer may not pull.",
			[]string{"--token", with("https://token", "https://evil"), "--can", "pull", "--on", "team/api"}, 1,
			"Principal", "",
		},
		{
			"NoIssuer", "A token without an issuer is assumed to have the issuer that the roles trust.",
			[]string{"--token", with(`"iss":"https://token.actions.githubusercontent.com",`, ""), "--can", "pull", "--on", "team/api"},
			0, "Allowed", "is assumed",
		},
		{
			"Action", "The right may be one action, with or without its prefix.",
			[]string{"--token", token, "--can", "PutImage", "--on", "team/api"}, 0, "Allowed: ecr:PutImage", "",
		},
		{
			"OtherAction", "Nobody may delete.",
			[]string{"--token", token, "--can", "ecr:BatchDeleteImage", "--on", "team/api"}, 1,
			"cannot: ecr:BatchDeleteImage", "",
		},
		{
			"Login", "Some actions need no repository.",
			[]string{"--token", token, "--can", "ecr:GetAuthorizationToken"}, 0, "Allowed", "",
		},
		{
			"Everything", "Without --can, the answer says everything that the token may do.", []string{"--token", token}, 0,
			"team/web: push, pull", "",
		},
		{
			"EverythingNothing", "A workflow that no role admits may assume no role.",
			[]string{"--token", with("repo:octo/", "repo:octox/")}, 1, "The token may assume no role.", "",
		},
		{
			"NotInTheFiles", "A repository that is in no file is where all others are.",
			[]string{"--token", token, "--can", "push", "--on", "team/new"}, 0, "Allowed", "",
		},

		{
			"Job", "The flags describe a workflow in place of a token.",
			[]string{"--repository", "octo/api", "--can", "push", "--on", "team/api"}, 0,
			"repo:octo/api:ref:refs/heads/main", "--owner-id",
		},
		{
			"BothForms", "Both forms of the subject are tried, and the answer shows both.",
			[]string{"--repository", "octo/api", "--repository-id", "74", "--can", "push", "--on", "team/api"}, 0,
			"repo:octo@65/api@74:ref:refs/heads/main: allowed", "",
		},
		{
			"OneForm", "A flag chooses one form.",
			[]string{"--repository", "octo/api", "--repository-id", "74", "--subject-form", "immutable", "--can", "push", "--on", "team/api"}, 0,
			"lets in repo:octo@65/api@74:ref:refs/heads/main", "",
		},
		{
			"PullRequest", "A pull request is not the branch main.",
			[]string{"--repository", "octo/api", "--event", "pull_request", "--can", "push", "--on", "team/api"},
			1, "got repo:octo/api:pull_request", "",
		},
		{
			"Environment", "A project's own role admits an environment.",
			[]string{"--repository", "octo/base-images", "--environment", "production", "--can", "push", "--on", "base/os"},
			0, "ProjectRegistry base/images", "",
		},
		{
			"Tag", "A project's own role admits tags.",
			[]string{"--repository", "octo/base-images", "--ref", "refs/tags/v1", "--can", "push", "--on", "base/os"},
			0, "Allowed", "",
		},
		{
			"ProjectReach", "A project's own role reaches only its project.",
			[]string{"--repository", "octo/base-images", "--ref", "refs/tags/v1", "--can", "push", "--on", "team/api"},
			1, "Not allowed", "",
		},
		{
			"OwnOrganization", "The registry policy lets roles pull whose account is in the organisation.",
			[]string{
				"--organization-id", "o-a1b2c3d4e5", "--repository", "octo/base-images", "--ref", "refs/tags/v1",
				"--can", "pull", "--on", "base/os",
			},
			0,
			"(PullByOrganizations)", "",
		},

		{
			"WhoPushes", "The role, with its subjects.", []string{"--who-can", "push", "--on", "team/api"}, 0,
			"role ecr-org-push-octo, by XEcrOrgAccess octo", "",
		},
		{
			"WhoPulls", "An account pulls.", []string{"--who-can", "pull", "--on", "team/api"}, 0,
			"account 444455556666, by ProjectRegistry team/images", "",
		},
		{
			"WhoPullsService", "A service pulls for the functions of an account.",
			[]string{"--who-can", "pull", "--on", "team/api"}, 0, "service lambda.amazonaws.com", "",
		},
		{
			"WhoPullsOrganization", "An organisation pulls.", []string{"--who-can", "pull", "--on", "base/os"}, 0,
			"organization o-a1b2c3d4e5, by XEcrOrgAccess octo", "",
		},
		{
			"WhoReplicates", "An account replicates.",
			[]string{"--who-can", "ecr:ReplicateImage", "--on", "base/os"}, 0, "account 777788889999", "",
		},
		{
			"Nobody", "Nobody may delete.", []string{"--who-can", "ecr:BatchDeleteImage", "--on", "base/os"}, 1,
			"Nobody can ecr:BatchDeleteImage on base/os.", "",
		},
		{
			"Matrix", "The matrix is a table.", []string{"--matrix", "-o", "markdown"}, 0,
			"| base/os | organization o-a1b2c3d4e5 |  | yes |  |", "",
		},
		{
			"MatrixOther", "The table lists the actions beyond push and pull.", []string{"--matrix"}, 0,
			"ecr:CreateRepository, ecr:ReplicateImage", "",
		},

		{"NothingAsked", "One of the questions is required.", nil, 2, "", "--who-can"},
		{
			"TwoAsked", "The questions exclude each other.", []string{"--matrix", "--who-can", "push", "--on", "a/b"}, 2, "",
			"exclude each other",
		},
		{"NoOn", "A right needs a repository.", []string{"--token", token, "--can", "push"}, 2, "", "--on"},
		{"WhoNoOn", "--who-can needs a repository.", []string{"--who-can", "push"}, 2, "", "--on"},
		{"OnAlone", "A repository needs a right.", []string{"--token", token, "--on", "team/api"}, 2, "", "--can"},
		{
			"UnknownAction", "An action must be one of ECR's.",
			[]string{"--who-can", "ecr:Push", "--on", "team/api"}, 2, "", "ecr:Push",
		},
		{
			"NoRepository", "A repository must have a name that ECR allows.", []string{"--who-can", "push", "--on", "Team"}, 2, "",
			"Team",
		},
		{
			"NoToken", "A token must be JSON or the token itself.", []string{"--token", "x", "--can", "push", "--on", "team/api"}, 2, "",
			"--token",
		},
		{
			"NoSubject", "A token must have a subject.", []string{"--token", "{}", "--can", "push", "--on", "team/api"}, 2, "",
			"sub",
		},
		{
			"Principal", "The subject of a token is no principal of AWS.",
			[]string{"--token", `{"sub":"arn:aws:iam::444455556666:root"}`, "--can", "pull", "--on", "team/api"}, 2, "", "--who-can",
		},
		{"Ref", "A ref must be a full one.", []string{"--repository", "octo/api", "--ref", "main"}, 2, "", "refs/heads/"},
		{
			"RefAlone", "A ref needs --repository.", []string{"--token", token, "--ref", "refs/heads/main"}, 2,
			"", "--repository",
		},
		{"JobName", "A GitHub repository must have an owner.", []string{"--repository", "api"}, 2, "", "octo/api"},
		{"Scope", "There are two scopes.", []string{"--matrix", "--registry-scope", "V3"}, 2, "", "V1 or V2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := clitest.Run(t, append([]string{"access", estate}, tc.args...)...)
			if got.Code != tc.code || !strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) || tc.code == 2 && got.Out != "" {
				t.Errorf("%s\nwant code %d, %q, %q; got code %d\n%s%s", tc.reason, tc.code, tc.out, tc.err, got.Code, got.Out, got.Err)
			}
		})
	}
}

// The claims may come from standard input, as JSON or as the token itself.
func TestTokenForms(t *testing.T) {
	const payload = "eyJpc3MiOiJodHRwczovL3Rva2VuLmFjdGlvbnMuZ2l0aHVidXNlcmNvbnRlbnQuY29tIiwiYXVkIjpbInN0cy5hbWF6b25hd3MuY29tIl0s" +
		"InN1YiI6InJlcG86b2N0by9hcGk6cmVmOnJlZnMvaGVhZHMvbWFpbiIsInJlcG9zaXRvcnlfb3duZXJfaWQiOjY1fQ"
	for name, text := range map[string]string{"JSON": token + "\n", "Token": "e30." + payload + ".c2ln"} {
		if got := clitest.RunWith(t, text, "access", estate, "--token", "-", "--can", "push", "--on", "team/api"); got.Code != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := clitest.RunWith(t, token, "access", "-", "--token", "-"); got.Code != 2 {
		t.Errorf("standard input cannot be both: %+v", got)
	}
}

// The scope of a registry policy decides whether it lets anybody pull.
func TestRegistryScope(t *testing.T) {
	for scope, want := range map[string]bool{"V1": false, "V2": true} {
		var answer struct{ Who []struct{ Kind, Name string } }
		unmarshal(t, clitest.Run(t, "access", estate, "--who-can", "pull", "--on", "base/os", "--registry-scope", scope, "-o", "json"), &answer)
		got := slices.ContainsFunc(answer.Who, func(w struct{ Kind, Name string }) bool { return w.Kind == "organization" })
		if got != want {
			t.Errorf("%s: want the organisation to pull %t, got %+v", scope, want, answer.Who)
		}
	}
}

func unmarshal(t *testing.T, r clitest.Result, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Out), into); err != nil {
		t.Fatalf("%v in %+v", err, r)
	}
}

// In JSON, who is [] for nobody, and missing has what was expected and what the token has.
func TestJSON(t *testing.T) {
	got := clitest.Run(t, "access", estate, "--who-can", "ecr:BatchDeleteImage", "--on", "team/web", "-o", "json")
	want := `{
  "whoCan": "ecr:BatchDeleteImage",
  "on": "team/web",
  "arn": "arn:aws:ecr:eu-west-1:111122223333:repository/team/web",
  "who": []
}
`
	if diff := cmp.Diff(want, got.Out); diff != "" || got.Code != 1 {
		t.Errorf("code %d, -want, +got:\n%s", got.Code, diff)
	}

	type missing struct {
		Element, Operator, Key string
		Expected, Got          []string
	}
	var answer struct {
		Allowed *bool
		Roles   []struct {
			Name    string
			Allowed *bool
			Assumed bool
			Missing []missing
			Cannot  []string
		}
	}
	of := strings.Replace(token, "main", "x", 1)
	unmarshal(t, clitest.Run(t, "access", estate, "--token", of, "--can", "push", "--on", "team/api", "-o", "json"), &answer)
	if answer.Allowed == nil || *answer.Allowed {
		t.Error("allowed must be false")
	}
	byName := map[string][]missing{}
	for _, r := range answer.Roles {
		if r.Allowed == nil || *r.Allowed {
			t.Errorf("%s: allowed must be false", r.Name)
		}
		byName[r.Name] = r.Missing
		puts, gets := !slices.Contains(r.Cannot, "ecr:PutImage"), !slices.Contains(r.Cannot, "ecr:BatchGetImage")
		if r.Name == "ecr-org-pull-octo" && (!r.Assumed || puts || !gets) {
			t.Errorf("the pull role admits the token and cannot put images: %+v", r)
		}
	}
	wantMissing := []missing{{
		Element: "Condition", Operator: "StringLike", Key: "token.actions.githubusercontent.com:sub",
		Expected: []string{"repo:octo/*:ref:refs/heads/main", "repo:octo@65/*:ref:refs/heads/main"},
		Got:      []string{"repo:octo/api:ref:refs/heads/x"},
	}}
	if diff := cmp.Diff(wantMissing, byName["ecr-org-push-octo"]); diff != "" {
		t.Errorf("missing: -want, +got:\n%s", diff)
	}
}

// TestAgainstTheSpec compares the answers for every job, right and repository with the specs.
func TestAgainstTheSpec(t *testing.T) {
	type job struct {
		repository, ref, environment, event string
		immutable                           bool
	}
	var jobs []job
	for _, repository := range []string{"octo/api", "octo/base-images", "octox/base-images", "mallory/api"} {
		for _, immutable := range []bool{false, true} {
			for _, j := range []job{
				{}, {ref: "refs/heads/main2"}, {ref: "refs/tags/v1"}, {ref: "refs/tags/main"}, {event: "pull_request"},
				{environment: "production"}, {environment: "production2"},
			} {
				j.repository, j.immutable = repository, immutable
				jobs = append(jobs, j)
			}
		}
	}
	may := func(j job, right, on string) bool {
		owner, name, _ := strings.Cut(j.repository, "/")
		main := j.ref == "" && j.environment == "" && j.event == ""
		project := name == "base-images" && (j.ref == "refs/tags/v1" || j.environment == "production")
		switch {
		case owner != "octo":
			return false
		case right == "pull":
			return true
		case strings.HasPrefix(on, "team/"):
			return main
		}
		return project
	}
	allowed := 0
	for _, j := range jobs {
		form := map[bool]string{false: "names", true: "immutable"}[j.immutable]
		for _, right := range []string{"push", "pull"} {
			for _, on := range []string{"team/api", "base/os"} {
				got := clitest.Run(t, "access", estate, "--repository", j.repository, "--owner-id", "65", "--repository-id", "74",
					"--subject-form", form,
					"--ref", j.ref, "--environment", j.environment, "--event", j.event, "--can", right, "--on", on)
				want := map[bool]int{true: 0, false: 1}[may(j, right, on)]
				if got.Code != want {
					t.Errorf("%+v: %s on %s: want exit code %d\n%s%s", j, right, on, want, got.Out, got.Err)
				}
				if got.Code == 0 {
					allowed++
				}
			}
		}
	}
	if allowed == 0 {
		t.Error("nobody is allowed: that proves little")
	}
}

// What is missing from the answer is noted, and a matrix is then not complete.
func TestIncomplete(t *testing.T) {
	const claim = `{"apiVersion":"ecr.ontopix.io/v1alpha1","kind":"ProjectRegistry",`
	for _, tc := range []struct {
		name, reason, file, err string
		args                    []string
		code                    int
	}{
		{
			"Refused", "A refused claim is noted, with the place of the fault.",
			claim + `"metadata":{"namespace":"bad","name":"x"},"spec":{"images":[{"name":"A"}]}}`,
			"ProjectRegistry bad/x is refused", []string{estate, "--matrix"}, 1,
		},
		{
			"RefusedElsewhere", "It does not change the answer to a question about something else.",
			claim + `"metadata":{"namespace":"bad","name":"x"},"spec":{"images":[{"name":"A"}]}}`,
			"<stdin>:1:127: error: spec.images[0].name", []string{estate, "--who-can", "push", "--on", "team/api"}, 0,
		},
		{
			"NoNamespace", "The namespace decides whose project it is, and has no default.",
			claim + `"metadata":{"name":"x"},"spec":{"region":"eu-west-1","images":[{"name":"a"}]}}`,
			"metadata.namespace", []string{"--matrix"}, 1,
		},
		{
			"Namespace", "-n gives the namespace.",
			claim + `"metadata":{"name":"x"},"spec":{"region":"eu-west-1","images":[{"name":"a"}]}}`,
			"", []string{"--matrix", "-n", "team"}, 0,
		},
		{
			"NoOrgAccess", "Without the org access nobody knows whom a role admits, so the role is left out.",
			claim + `"metadata":{"namespace":"team","name":"x"},"spec":{"region":"eu-west-1","orgAccessRef":{"name":"octo"},` +
				`"github":{"repositories":["a"],"branches":["main"]},"images":[{"name":"a"}]}}`,
			"The org access octo was not given: roles of ProjectRegistry team/x are left out.", []string{"--matrix"}, 1,
		},
		{
			"Settings", "Settings may be given as in check: those of the file let this account pull.",
			claim + `"metadata":{"namespace":"team","name":"x"},"spec":{"images":[{"name":"a","pull":{"accounts":["444455556666"]}}]}}`,
			"", []string{"--who-can", "pull", "--on", "team/a", "--settings", estate}, 0,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := clitest.RunWith(t, tc.file, append([]string{"access", "-"}, tc.args...)...)
			if got.Code != tc.code || !strings.Contains(got.Err, tc.err) || got.Out == "" {
				t.Errorf("%s\nwant exit code %d and %q, got %+v", tc.reason, tc.code, tc.err, got)
			}
		})
	}
}

// An organisation is one grantee, not one for each role that is a member.
func TestOwnOrganization(t *testing.T) {
	got := clitest.Run(t, "access", estate, "--matrix", "--organization-id", "o-a1b2c3d4e5")
	if !strings.Contains(got.Out, "Every role above is a member of the organization o-a1b2c3d4e5") {
		t.Errorf("the answer must say that the roles are members: %s", got.Out)
	}
	for line := range strings.Lines(got.Out) {
		if strings.HasPrefix(line, "base/os ") && strings.Contains(line, "ecr-org-push") {
			t.Errorf("the role pulls only as a member: %s", line)
		}
	}
}

// If no role allows something, the nearest comes first.
func TestNearestFirst(t *testing.T) {
	got := clitest.Run(t, "access", estate, "--can", "push", "--on", "base/os", "--token",
		strings.Replace(token, "api:ref:refs/heads/main", "base-images:ref:refs/heads/v1", 1))
	pulls, pushes := strings.Index(got.Out, "role ecr-org-pull-octo"), strings.Index(got.Out, "role ecr-push-base")
	if pulls < 0 || pushes < pulls || got.Code != 1 {
		t.Errorf("a role that lets the token in comes before one that does not: %+v", got)
	}
}

// A fault in the settings is noted once, however many objects it refuses.
func TestSettingsToldOnce(t *testing.T) {
	const stream = `
{apiVersion: apiextensions.crossplane.io/v1beta1, kind: EnvironmentConfig, metadata: {name: ecr-platform}, data: {region: europe}}
---
{apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, metadata: {name: r, namespace: a}, spec: {images: [{name: web}]}}
---
{apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, metadata: {name: r, namespace: b}, spec: {images: [{name: web}]}}
`
	got := clitest.RunWith(t, stream, "access", "-", "--matrix")
	if n := strings.Count(got.Err, `platformConfig.region "europe"`); n != 1 || strings.Count(got.Err, "is refused") != 2 || got.Code != 1 {
		t.Errorf("noted %d times: %+v", n, got)
	}
}

// Repositories of one name differ in account or region. The provider config tells the account.
func TestPlaces(t *testing.T) {
	var b strings.Builder
	for i, account := range []string{"111122223333", "222233334444"} {
		fmt.Fprintf(&b, `---
apiVersion: ecr.ontopix.io/v1alpha1
kind: XEcrOrgAccess
metadata: {name: octo%[1]d}
spec: {accountId: "%[2]s", providerConfigRef: {name: c%[1]d}, github: {organization: octo, organizationId: "65"}, pull: {enabled: false}}
---
apiVersion: ecr.ontopix.io/v1alpha1
kind: XProjectRegistry
metadata: {name: r%[1]d}
spec: {project: shop, region: eu-west-1, providerConfigRef: {name: c%[1]d}, images: [{name: api}]}
`, i, account)
	}
	got := clitest.RunWith(t, b.String(), "access", "-", "--who-can", "push", "--on", "shop/api")
	if got.Code != 2 || !strings.Contains(got.Err, "several") {
		t.Errorf("the flags must choose one of several: %+v", got)
	}
	for _, on := range [][]string{{"shop/api", "--account", "222233334444"}, {"arn:aws:ecr:eu-west-1:222233334444:repository/shop/api"}} {
		var answer struct{ Who []struct{ ARN string } }
		args := append([]string{"access", "-", "-o", "json", "--who-can", "push", "--on"}, on...)
		unmarshal(t, clitest.RunWith(t, b.String(), args...), &answer)
		if len(answer.Who) != 1 || answer.Who[0].ARN != "arn:aws:iam::222233334444:role/ecr/ecr-org-push-octo" {
			t.Errorf("%v: want only the role of that account, got %+v", on, answer.Who)
		}
	}
}

// The policy of a repository that is in no file is not known, and a note says so.
func TestUnknownRepository(t *testing.T) {
	for _, tc := range []struct {
		reason, on string
		told       bool
	}{
		{"The files have this repository.", "team/api", false},
		{"No file has this repository.", "team/unheard-of", true},
	} {
		got := clitest.Run(t, "access", estate, "--who-can", "pull", "--on", tc.on)
		if told := strings.Contains(got.Err, "No file has the repository "+tc.on); told != tc.told || got.Code != 0 {
			t.Errorf("%s\n%+v", tc.reason, got)
		}
	}
}
