package render_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/settings"
	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
)

const claim = `apiVersion: ecr.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {name: registry, namespace: agents}
spec:
  region: eu-west-1
  images:
    - name: a
      imageTagMutability: IMMUTABLE_WITH_EXCLUSION
      imageTagMutabilityExclusionFilters: [latest]
    - {name: b, lifecycle: {rules: []}}
`

func write(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("c.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTable(t *testing.T) {
	write(t, claim)
	got := clitest.Run(t, "render", "c.yaml")
	l := settings.BuiltIn().Lifecycle
	want := strings.Join([]string{
		"ProjectRegistry agents/registry",
		"  REPOSITORY REGION TAGS LIFECYCLE PULL PUSH",
		fmt.Sprintf("  agents/a eu-west-1 immutable but latest expires untagged images %d days after they were pushed; expires all tagged images but the newest %d "+
			"the account the organisation's role", l.UntaggedExpiryDays.Value, l.KeepImages.Value),
		"  agents/b eu-west-1 immutable nothing expires the account the organisation's role",
		"",
	}, "\n")
	var lines []string
	for l := range strings.SplitSeq(got.Out, "\n") {
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		lines = append(lines, indent+strings.Join(strings.Fields(l), " "))
	}
	if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" || got.Code != 0 {
		t.Errorf("exit code %d, -want, +got\n%s\n%s", got.Code, diff, got.Err)
	}
}

func TestYAML(t *testing.T) {
	write(t, claim)
	got := clitest.Run(t, "render", "c.yaml", "-o", "yaml")
	f, err := files.Parse("out", []byte(got.Out))
	if err != nil || len(f.Faults) > 0 || got.Code != 0 {
		t.Fatalf("exit code %d, %v, %v\n%s", got.Code, err, f.Faults, got.Out)
	}
	var kinds []string
	for _, o := range f.Objects {
		kinds = append(kinds, o.GetKind())
	}
	if diff := cmp.Diff([]string{"LifecyclePolicy", "Repository", "Repository"}, kinds); diff != "" {
		t.Errorf("-want, +got\n%s", diff)
	}
}

// Without settings, the namespace of an org access is taken as allowed: the table has the registry's repositories and role.
func TestOrgAccessOfOtherNamespace(t *testing.T) {
	const registry = `apiVersion: ecr.m.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {name: agents, namespace: agents}
spec: {region: eu-west-1, images: [{name: a}], github: {repositories: [a], branches: [main]}, orgAccessRef: {name: octo, namespace: platform}}
`
	const orgAccess = `---
apiVersion: ecr.m.ontopix.io/v1alpha1
kind: EcrOrgAccess
metadata: {name: octo, namespace: platform}
spec: {accountId: "111122223333", region: eu-west-1, github: {organization: octo, organizationId: "123456789"}}
`
	cases := map[string]struct {
		reason string
		text   string
		want   []string
		note   string
	}{
		"Missing": {
			reason: "An org access that was not given has a stand-in.",
			text:   registry,
			want:   []string{"agents/a", "repo:organization/a:ref:refs/heads/main"},
			note:   "the org access platform/octo was not given",
		},
		"Given": {
			reason: "The org access is in the file.",
			text:   registry + orgAccess,
			want:   []string{"agents/a", "repo:octo/a:ref:refs/heads/main"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			write(t, tc.text)
			got := clitest.Run(t, "render", "c.yaml")
			for _, want := range tc.want {
				if !strings.Contains(got.Out, want) {
					t.Errorf("%s\nthe table has no %s:\n%s", tc.reason, want, got.Out)
				}
			}
			if strings.Contains(got.Err, "was not given") != (tc.note != "") || !strings.Contains(got.Err, tc.note) {
				t.Errorf("%s\nwant the note %q, got %s", tc.reason, tc.note, got.Err)
			}
		})
	}
}

// Of settings in several folders, those in the nearest folder around an object are in force.
func TestNearestSettings(t *testing.T) {
	write(t, claim)
	for folder, days := range map[string]string{"a": "3", "b": "5"} {
		settings := "apiVersion: apiextensions.crossplane.io/v1beta1\nkind: EnvironmentConfig\nmetadata: {name: ecr-platform}\n" +
			"data: {region: eu-west-1, defaults: {lifecycle: {untaggedExpiryDays: " + days + "}}}\n"
		object := "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: registry, namespace: agents}\nspec: {images: [{name: x}]}\n"
		if err := os.MkdirAll(filepath.Join(folder, "claims"), 0o750); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"settings.yaml": settings, filepath.Join("claims", "c.yaml"): object} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := clitest.Run(t, "render", "a", "b")
	a, b := strings.Index(got.Out, "expires untagged images 3 days"), strings.Index(got.Out, "expires untagged images 5 days")
	if got.Code != 0 || a < 0 || b < a {
		t.Errorf("exit code %d\n%s%s", got.Code, got.Out, got.Err)
	}
}

func TestRefused(t *testing.T) {
	cases := map[string]struct {
		reason   string
		text     string
		code     int
		out, err string
	}{
		"Refused":  {"A refused object is shown with its faults.", strings.Replace(claim, "name: a", "name: A", 1), 1, `c.yaml:7:7: error: spec.images[0].name "A"`, ""},
		"OneOfTwo": {"The other objects are rendered, and the faults go to standard error.", claim + "---\n" + strings.NewReplacer("name: a", "name: A", "registry,", "other,").Replace(claim), 1, "agents/a", `c.yaml:18:7: error: spec.images[0].name "A"`},
		"Nothing":  {"Files without an object to render are wrong usage.", "kind: Pod", 2, "", "no claim"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			write(t, tc.text)
			got := clitest.Run(t, "render", "c.yaml")
			if got.Code != tc.code || !strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) {
				t.Errorf("%s\n%+v", tc.reason, got)
			}
		})
	}
}
