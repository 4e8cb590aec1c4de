package check_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/cli/check"
	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

const head = "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: registry, namespace: agents}\n"

const orgAccess = `apiVersion: ecr.ontopix.io/v1alpha1
kind: XEcrOrgAccess
metadata: {name: ontopix}
spec: {accountId: "111122223333", region: eu-west-1, github: {organization: ontopix, organizationId: "1"}, pull: {enabled: false}}
`

const platform = `apiVersion: apiextensions.crossplane.io/v1beta1
kind: EnvironmentConfig
metadata: {name: ecr-platform}
data:
  region: eu-west-1
  guardrails:
`

// repositories are too many for the default quota of a trust policy.
var repositories = []string{"r01", "r02", "r03", "r04", "r05", "r06", "r07", "r08", "r09", "r10", "r11", "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19", "r20"}

// write writes files into a new folder, and makes it the working directory.
func write(t *testing.T, texts map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range texts {
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A checked case has files and the expected output of check.
type checked struct {
	reason string
	files  map[string]string
	args   []string
	code   int

	// out are the beginnings of the lines on standard output.
	out []string

	// err is a part of standard error.
	err string
}

func (tc checked) run(t *testing.T) {
	write(t, tc.files)
	got := clitest.Run(t, append([]string{"check"}, tc.args...)...)
	lines := strings.FieldsFunc(got.Out, func(r rune) bool { return r == '\n' })
	ok := got.Code == tc.code && len(lines) == len(tc.out) && strings.Contains(got.Err, tc.err)
	for i := range min(len(lines), len(tc.out)) {
		ok = ok && strings.HasPrefix(lines[i], tc.out[i])
	}
	if !ok {
		t.Errorf("%s\ncheck %q: exit code %d, want %d\n%s\nstderr: %s\nwant: %q, %q", tc.reason, tc.args, got.Code, tc.code, got.Out, got.Err, tc.out, tc.err)
	}
}

func TestCheck(t *testing.T) {
	claim := head + "spec: {region: eu-west-1, images: [{name: a}]}\n"
	cases := map[string]checked{
		"Clean": {
			reason: "Without findings, only a note names the settings.",
			files:  map[string]string{"c.yaml": claim},
			args:   []string{"c.yaml"},
			err:    "the Input that the packages ship is used",
		},
		"Function": {
			reason: "Findings of the function have a place.",
			files:  map[string]string{"c.yaml": head + "spec:\n  region: eu-west-1\n  images:\n    - name: Big\n    - {name: b, deletionPolicy: Delete}\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:7:7: error: spec.images[0].name "Big": must be lower case`, `c.yaml:8:17: error: spec.images[1].deletionPolicy "Delete": `},
		},
		"Schema": {
			reason: "Findings of the schema have a place, and are not repeated by the function.",
			files:  map[string]string{"c.yaml": head + "spec:\n  region: eu-west-1\n  compositeDeletePolicy: Sometimes\n  imagez: []\n  images: [{name: a}]\n"},
			args:   []string{"-f", "c.yaml"},
			code:   1,
			out:    []string{`c.yaml:6:3: error: spec.compositeDeletePolicy "Sometimes": must be one of`, `c.yaml:7:3: error: spec.imagez: unknown field`},
		},
		"OtherType": {
			reason: "Below a value of the wrong type, the schema reports no more faults.",
			files:  map[string]string{"c.yaml": head + "spec: {region: eu-west-1, images: {web: {}, api: {}}}\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:4:27: error: spec.images {"api":{},"web":{}}: must be a list: write `},
		},
		"GivenOrgAccess": {
			reason: "An org access beside the settings counts: its quota allows this many repositories.",
			files: map[string]string{
				"c.yaml": "apiVersion: ecr.m.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {namespace: shop, name: c}\n" +
					"spec: {region: eu-west-1, images: [{name: web}], github: {branches: [main], repositories: [" + strings.Join(repositories, ", ") + "]}}\n",
				"set.yaml": platform + "    orgAccessNamespaces: [platform]\n  orgAccess: octo\n  orgAccessNamespace: platform\n---\n" +
					"apiVersion: ecr.m.ontopix.io/v1alpha1\nkind: EcrOrgAccess\nmetadata: {namespace: platform, name: octo}\n" +
					"spec: {accountId: \"111122223333\", quotas: {trustPolicyLength: 8192}, github: {organization: octo, organizationId: \"65\"}}\n",
			},
			args: []string{"c.yaml", "--settings", "set.yaml"},
		},
		"Metadata": {
			reason: "The API server refuses labels that are not strings, and unknown fields of metadata.",
			files: map[string]string{"c.yaml": "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\n" +
				"metadata: {name: registry, namespace: agents, labels: {version: 1.0, team: a}, annotation: {a: b}}\n" +
				"spec: {region: eu-west-1, images: [{name: a}]}\n"},
			args: []string{"c.yaml"},
			code: 1,
			out: []string{
				`c.yaml:3:56: error: metadata.labels[version] 1: must be a string: quote it`,
				`c.yaml:3:80: error: metadata.annotation: unknown field, did you mean "annotations"?`,
			},
		},
		"Name": {
			reason: "An invalid name is reported once.",
			files: map[string]string{
				"a.yaml": "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: 7, namespace: agents}\n" +
					"spec: {region: eu-west-1, images: [{name: a}]}\n",
				"b.yaml": "apiVersion: ecr.m.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: Shop, namespace: shop}\n" +
					"spec: {region: eu-west-1, images: [{name: a}]}\n",
				"c.yaml": "apiVersion: ecr.m.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {namespace: more}\n" +
					"spec: {region: eu-west-1, images: [{name: a}]}\n",
			},
			args: []string{"."},
			code: 1,
			out: []string{
				`a.yaml:3:12: error: metadata.name 7: must be a string: quote it`,
				`b.yaml:3:12: error: metadata.name "Shop": must be lower case letters`,
				`c.yaml:3:1: error: metadata.name: required`,
			},
		},
		"Fraction": {
			reason: "A number that is not an integer is reported once, at its field.",
			files:  map[string]string{"c.yaml": head + "spec: {region: eu-west-1, images: [{name: web, lifecycle: {keepImages: 1.5}}]}\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:4:60: error: spec.images[0].lifecycle.keepImages 1.5: must be an integer`},
		},
		"EveryAction": {
			reason: "A list that is not one of the allowed lists is reported once.",
			files:  map[string]string{"c.yaml": head + "spec: {region: eu-west-1, managementPolicies: [\"*\"], images: [{name: web}]}\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:4:27: error: spec.managementPolicies "[*]": must be [Observe],`},
		},
		"Missing": {
			reason: "A missing field is reported at its parent's key.",
			files:  map[string]string{"c.yaml": head + "spec:\n  region: eu-west-1\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{"c.yaml:4:1: error: spec.images: required"},
		},
		"YAML": {
			reason: "A claim that is not YAML is refused at its line.",
			files:  map[string]string{"d/c.yaml": head + "spec: {\n"},
			args:   []string{"d"},
			code:   1,
			out:    []string{"d/c.yaml:4:1: error: not YAML: "},
		},
		"SomebodyElses": {
			reason: "Files that have nothing to do with this project are skipped.",
			files:  map[string]string{"d/values.yaml": "a: {{ .b }}\n", "d/pod.yaml": "apiVersion: v1\nkind: Pod\n", "d/x.yml": "a: b"},
			args:   []string{"d"},
			err:    "nothing to check",
		},
		"Kinds": {
			reason: "A kind that only looks like ours is an error.",
			files: map[string]string{"c.yaml": "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistri\n---\napiVersion: ecr.example.com/v1\nkind: XEcrOrgAccess\n" +
				"---\napiVersion: ecr.m.ontopix.io/v1\nkind: ProjectRegistry\n---\napiVersion: ecr.ontopix.io/v1alpha1\n"},
			args: []string{"c.yaml"},
			code: 1,
			out: []string{
				`c.yaml:2:1: error: kind ProjectRegistri: must be ProjectRegistry or`, `c.yaml:4:1: error: apiVersion ecr.example.com/v1: must be ecr.ontopix.io/v1alpha1`,
				`c.yaml:7:1: error: apiVersion ecr.m.ontopix.io/v1: must be ecr.m.ontopix.io/v1alpha1`, `c.yaml:10:1: error: kind: required: `,
			},
		},
		"Twice": {
			reason: "A duplicate key is an error.",
			files:  map[string]string{"c.yaml": head + "spec:\n  region: eu-west-1\n  images: [{name: a}]\n  region: eu-west-1\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:7:3: error: the key "region" is written twice, first in line 5`},
		},
		"Settings": {
			reason: "Settings among the files are in force, and a warning does not make the check fail.",
			files: map[string]string{
				"c.yaml": head + "spec:\n  images:\n    - name: a\n      scanOnPush: false\n",
				"p.yaml": platform + "    requireScanOnPush: true\n    warn: [requireScanOnPush]\n",
			},
			args: []string{"."},
			out:  []string{"c.yaml:7:7: warning: spec.images[0].scanOnPush false: ", "c.yaml:7:7: advice: "},
		},
		"WarningsAsErrors": {
			reason: "With --warnings-as-errors, a warning makes the check fail.",
			files: map[string]string{
				"c.yaml": head + "spec:\n  images:\n    - name: a\n      scanOnPush: false\n",
				"p.yaml": platform + "    requireScanOnPush: true\n    warn: [requireScanOnPush]\n",
			},
			args: []string{"c.yaml", "--settings", "p.yaml", "--warnings-as-errors"},
			code: 1,
			out:  []string{"c.yaml:7:7: warning: ", "c.yaml:7:7: advice: "},
		},
		"SettingsAlone": {
			reason: "Settings are checked without a claim, and their faults have a place in their own file.",
			files:  map[string]string{"p.yaml": platform + "    requireScan: true\n"},
			args:   []string{"p.yaml"},
			code:   1,
			out:    []string{"p.yaml:7:5: error: platformConfig.guardrails.requireScan: unknown field"},
		},
		"NoSettings": {
			reason: "A file of --settings must have settings.",
			files:  map[string]string{"c.yaml": claim},
			args:   []string{"c.yaml", "--settings", "c.yaml"},
			code:   2,
			err:    "c.yaml: no settings",
		},
		"Tenancy": {
			reason: "A claim in a namespace that may not have the project is an error.",
			files:  map[string]string{"c.yaml": head + "spec:\n  project: billing\n  region: eu-west-1\n  images: [{name: a}]\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:5:3: error: spec.project "billing": `},
		},
		"Namespace": {
			reason: "-n is the namespace of objects that name none.",
			files:  map[string]string{"c.yaml": strings.Replace(claim, ", namespace: agents", "", 1)},
			args:   []string{"c.yaml", "-n", "agents"},
		},
		"NoNamespace": {
			reason: "Without a namespace nobody knows whose project it is.",
			files:  map[string]string{"c.yaml": strings.Replace(claim, ", namespace: agents", "", 1)},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{"c.yaml:3:1: error: metadata.namespace: required: "},
		},
		"Owners": {
			reason: "Two owners of one repository are both reported. An observer owns nothing, and a duplicate object counts once.",
			files: map[string]string{
				"a.yaml": claim, "b.yaml": claim,
				"c.yaml": strings.Replace(claim, "registry", "other", 1),
				"d.yaml": strings.Replace(strings.Replace(claim, "registry", "observer", 1), "spec: {", "spec: {managementPolicies: [Observe], ", 1),
			},
			args: []string{"."},
			code: 1,
			out: []string{
				"a.yaml:4:37: error: spec.images[0].name: the repository agents/a in eu-west-1 would be owned by two objects: this one and ProjectRegistry agents/other in c.yaml:1",
				"c.yaml:4:37: error: spec.images[0].name: the repository agents/a in eu-west-1 would be owned by two objects: this one and ProjectRegistry agents/registry in a.yaml:1",
			},
		},
		"OwnersInOrder": {
			reason: "Conflicts are reported in the same order each time.",
			files: map[string]string{
				"a.yaml": orgAccess, "b.yaml": strings.Replace(orgAccess, "name: ontopix", "name: other", 1),
			},
			args: []string{"."},
			code: 1,
			out: []string{
				"a.yaml:4:1: error: spec: RolePolicy ecr-org-push-ontopix-",
				"a.yaml:4:1: error: spec: Role ecr-org-push-ontopix-",
				"b.yaml:4:1: error: spec: RolePolicy ecr-org-push-ontopix-",
				"b.yaml:4:1: error: spec: Role ecr-org-push-ontopix-",
			},
		},
		"OrgAccess": {
			reason: "A missing org access is noted, and nothing is refused for it.",
			files:  map[string]string{"c.yaml": head + "spec: {region: eu-west-1, images: [{name: a}], github: {repositories: [a], branches: [main]}, orgAccessRef: {name: ontopix}}\n"},
			args:   []string{"c.yaml"},
			err:    "the org access ontopix was not given",
		},
		"Namespaced": {
			reason: "Without settings, the namespace of an org access is not refused.",
			files: map[string]string{"c.yaml": strings.Replace(head, "ecr.ontopix", "ecr.m.ontopix", 1) +
				"spec: {region: eu-west-1, images: [{name: a}], github: {repositories: [a], branches: [main]}, orgAccessRef: {name: ontopix, namespace: platform}}\n"},
			args: []string{"c.yaml"},
			err:  "ontopix was not given",
		},
		"Shapes": {
			reason: "A spec that is not an object, and a missing name, are errors of their own.",
			files: map[string]string{"c.yaml": head + "spec: hello\n---\n" + strings.Replace(head, "name: registry, ", "", 1) + "spec: {region: eu-west-1, images: [{name: a}]}\n---\n" +
				strings.Replace(head, "registry", "Bad_Name", 1) + "spec: {region: eu-west-1, images: [{name: b}]}\n"},
			args: []string{"c.yaml"},
			code: 1,
			out:  []string{"c.yaml:4:1: error: spec: must be an object", "c.yaml:8:1: error: metadata.name: required", `c.yaml:13:12: error: metadata.name "Bad_Name": `},
		},
		"Control": {
			reason: "Control characters are escaped.",
			files:  map[string]string{"c.yaml": head + "spec: {region: eu-west-1, images: [{name: a, \"\\e[31m\\nb\": 1}]}\n"},
			args:   []string{"c.yaml"},
			code:   1,
			out:    []string{`c.yaml:4:46: error: spec.images[0].\x1b[31m\nb: unknown field`},
		},
		"Arguments": {reason: "No files are wrong usage.", args: []string{}, code: 2, err: "name files or folders"},
		"Unread":    {reason: "A missing file is wrong usage.", args: []string{"none.yaml"}, code: 2, err: "none.yaml: no such file"},
		"Form":      {reason: "An unknown form is wrong usage.", args: []string{"x", "-o", "xml"}, code: 2, err: "must be one of text, json, github, sarif"},
	}
	for name, tc := range cases {
		t.Run(name, tc.run)
	}
}

const bad = head + "spec:\n  region: eu-west-1\n  images:\n    - name: \"100%\\n::x\"\n"

func TestJSON(t *testing.T) {
	write(t, map[string]string{"c.yaml": bad})
	got := clitest.Run(t, "check", "c.yaml", "-o", "json")
	var r check.Report
	if err := json.Unmarshal([]byte(got.Out), &r); err != nil || got.Code != 1 {
		t.Fatalf("exit code %d, %v\n%s", got.Code, err, got.Out)
	}
	for i := range r.Findings {
		r.Findings[i].Message = ""
	}
	want := check.Report{Version: "v1", Findings: []check.Result{{
		File: "c.yaml", Line: 7, Column: 7, Level: "error", Object: "ProjectRegistry agents/registry",
		Path: "spec.images[0].name", Value: `"100%\n::x"`, Rule: "repository.name", Owner: "AWS",
	}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want, +got\n%s", diff)
	}
}

func TestGitHub(t *testing.T) {
	write(t, map[string]string{"a,b:c.yaml": bad})
	got := clitest.Run(t, "check", ".", "-o", "github")
	want := `::error file=a%2Cb%3Ac.yaml,line=7,col=7,title=kubectl-ecr check::spec.images[0].name "100%25\n::x": must be`
	if !strings.HasPrefix(got.Out, want) || strings.Count(got.Out, "\n") != 1 {
		t.Errorf("an annotation is one line, and escapes what ends its parts: %s", got.Out)
	}
}

// Of settings in several folders, those in the nearest folder around an object are in force.
func TestNearestSettings(t *testing.T) {
	claim := func(region string) string { return head + "spec: {region: " + region + ", images: [{name: a}]}\n" }
	regions := func(allowed string) string { return platform + "    regions: [" + allowed + "]\n" }
	input := func(allowed string) string {
		return "apiVersion: ecr.fn.ontopix.io/v1beta1\nkind: Input\nguardrails: {regions: [" + allowed + "]}\n"
	}
	refused := func(file, region, allowed string) string {
		return file + `:4:8: error: spec.region "` + region + `": this region is not allowed; allowed: ` + allowed
	}
	pushed := func(region string) string {
		return head + "spec: {region: " + region + ", orgAccessRef: {name: acme}, github: {repositories: [web], branches: [main]}, images: [{name: a}]}\n"
	}
	const org = `apiVersion: ecr.ontopix.io/v1alpha1
kind: XEcrOrgAccess
metadata: {name: acme}
spec: {accountId: "111122223333", region: %s, partition: %s, github: {organization: acme, organizationId: "1"}}
---
`
	cases := map[string]checked{
		"Siblings": {
			reason: "Each folder has its own settings.",
			files: map[string]string{
				"a/p.yaml": regions("eu-west-1"), "a/c.yaml": claim("us-east-1"),
				"b/p.yaml": regions("us-east-1"), "b/c.yaml": claim("us-east-1"), "b/d/c.yaml": claim("eu-west-1"),
			},
			args: []string{"."}, code: 1,
			out: []string{refused("a/c.yaml", "us-east-1", "eu-west-1"), refused("b/d/c.yaml", "eu-west-1", "us-east-1")},
		},
		"Nested": {
			reason: "Only the nearest are in force, not those in folders around them.",
			files: map[string]string{
				"p.yaml": regions("eu-west-1"), "c.yaml": claim("us-east-1"), "a/p.yaml": regions("us-east-1"), "a/b/c.yaml": claim("us-east-1"),
			},
			args: []string{"."}, code: 1,
			out: []string{refused("c.yaml", "us-east-1", "eu-west-1")},
		},
		"Named": {
			reason: "It does not matter how files and folders are named.",
			files:  map[string]string{"a/p.yaml": regions("eu-west-1"), "a/c.yaml": claim("us-east-1"), "b/p.yaml": regions("us-east-1")},
			args:   []string{"./a/c.yaml", "b/../a/p.yaml", "b"}, code: 1,
			out: []string{refused("./a/c.yaml", "us-east-1", "eu-west-1")},
		},
		"Elsewhere": {
			reason: "Settings in only one folder are in force for all.",
			files:  map[string]string{"p/p.yaml": regions("eu-west-1"), "a/c.yaml": claim("us-east-1")},
			args:   []string{"."}, code: 1,
			out: []string{refused("a/c.yaml", "us-east-1", "eu-west-1")},
		},
		"Neither": {
			reason: "Several settings, none of them around the claim, are ambiguous.",
			files:  map[string]string{"p/p.yaml": regions("eu-west-1"), "q/p.yaml": regions("us-east-1"), "a/c.yaml": claim("us-east-1")},
			args:   []string{"."}, code: 2,
			err: "p/p.yaml and q/p.yaml both have settings, and neither is nearer to a/c.yaml: give one of them with --settings",
		},
		"SameFolder": {
			reason: "Different settings in one folder are ambiguous.",
			files:  map[string]string{"p.yaml": regions("eu-west-1"), "q.yaml": regions("us-east-1")},
			args:   []string{"."}, code: 2,
			err: "p.yaml and q.yaml both have settings, and neither is nearer to p.yaml",
		},
		"Equal": {
			reason: "Equal settings are not ambiguous.",
			files:  map[string]string{"p/p.yaml": regions("eu-west-1"), "q/p.yaml": regions("eu-west-1"), "a/c.yaml": claim("eu-west-1")},
			args:   []string{"."},
		},
		"Given": {
			reason: "Given settings are in force everywhere.",
			files:  map[string]string{"p.yaml": regions("us-east-1"), "f/a/p.yaml": regions("eu-west-1"), "f/a/c.yaml": claim("us-east-1"), "f/b/p.yaml": regions("x")},
			args:   []string{"f", "--settings", "p.yaml"},
		},
		"Input": {
			reason: "An Input is chosen in the same way.",
			files: map[string]string{
				"a/i.yaml": input("eu-west-1"), "a/c.yaml": claim("us-east-1"), "b/i.yaml": input("us-east-1"), "b/c.yaml": claim("us-east-1"),
			},
			args: []string{"."}, code: 1,
			out: []string{refused("a/c.yaml", "us-east-1", "eu-west-1")},
		},
		"Wrong": {
			reason: "Settings are checked without a claim in their folder.",
			files: map[string]string{
				"a/p.yaml": regions("eu-west-1"), "a/c.yaml": claim("eu-west-1"), "b/p.yaml": regions("moon"),
			},
			args: []string{"."}, code: 1,
			out: []string{`b/p.yaml:7:15: error: platformConfig.guardrails.regions[0] "moon": `},
		},
		"WrongInput": {
			reason: "An Input is checked without a claim in its folder.",
			files:  map[string]string{"a/i.yaml": input("eu-west-1"), "a/c.yaml": claim("eu-west-1"), "b/i.yaml": input("mars")},
			args:   []string{"."}, code: 1,
			out: []string{`b/i.yaml:3:24: error: input.guardrails.regions[0] "mars": `},
		},
		"Clusters": {
			reason: "A claim in the folders of two clusters is two claims with two repositories.",
			files: map[string]string{
				"a/p.yaml": regions("eu-west-1"), "a/c.yaml": claim("us-east-1"), "b/p.yaml": regions("us-east-1"), "b/c.yaml": claim("us-east-1"),
				"c/p.yaml": regions("us-east-1, eu-west-1"), "c/c.yaml": head + "spec: {region: us-east-1, images: [{name: a, scanOnPush: true}]}\n",
			},
			args: []string{"."}, code: 1,
			out: []string{refused("a/c.yaml", "us-east-1", "eu-west-1")},
		},
		"OrgAccess": {
			reason: "The org access of the same cluster counts.",
			files: map[string]string{
				"a/p.yaml": regions("eu-west-1"), "a/c.yaml": fmt.Sprintf(org, "eu-west-1", "aws") + pushed("eu-west-1"),
				"b/p.yaml": regions("cn-north-1"), "b/c.yaml": fmt.Sprintf(org, "cn-north-1", "aws-cn") + pushed("cn-north-1"),
			},
			args: []string{"."},
		},
	}
	for name, tc := range cases {
		t.Run(name, tc.run)
	}
}

// TestSARIF checks the parts of SARIF 2.1.0 that its schema requires and that GitHub's code scanning reads.
func TestSARIF(t *testing.T) {
	write(t, map[string]string{"a b.yaml": bad})
	got := clitest.Run(t, "check", ".", "-o", "sarif")
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(got.Out), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 {
		t.Fatalf("%v\n%s", err, got.Out)
	}
	run := log.Runs[0]
	r := run.Results[0]
	at := r.Locations[0].PhysicalLocation
	if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Level != "error" || r.Message.Text == "" ||
		at.ArtifactLocation.URI != "a%20b.yaml" || at.Region.StartLine != 7 || at.Region.StartColumn != 7 {
		t.Errorf("%s", got.Out)
	}
	if empty := clitest.Run(t, "check", "-", "-o", "sarif"); !strings.Contains(empty.Out, `"results": []`) || !strings.Contains(empty.Out, `"rules": []`) {
		t.Errorf("without findings there are empty lists: %s", empty.Out)
	}
}

// A thousand claims are checked in one run.
func TestThousandClaims(t *testing.T) {
	texts := map[string]string{}
	for i := range 1000 {
		texts[fmt.Sprintf("f/%d.yaml", i)] = fmt.Sprintf("apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: r, namespace: p%d}\nspec:\n"+
			"  region: eu-west-1\n  images: [{name: a}, {name: b}, {name: c, lifecycle: {keepImages: 5}}]\n", i)
	}
	write(t, texts)
	start := time.Now()
	got := clitest.Run(t, "check", "f")
	t.Logf("%v", time.Since(start))
	if got.Code != 0 || got.Out != "" {
		t.Errorf("exit code %d\n%s", got.Code, got.Out)
	}
}
