package deploy_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // Its source has the schema.
	"github.com/xeipuuv/gojsonschema"
)

// sarifPackage has OASIS' schema of SARIF 2.1.0, with its errata, as a constant in schema.go.
const sarifPackage = "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

// sarifSchema returns the schema of SARIF 2.1.0.
func sarifSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", sarifPackage).Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err = strconv.Unquote(lit.Value)
		}
		return true
	})
	if err != nil || !strings.Contains(text, "sarif-schema-2.1.0.json") {
		t.Fatalf("%s has no schema (%v)", sarifPackage, err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSARIF checks the output of `kubectl-ecr check -o sarif` against the schema of SARIF 2.1.0 and the requirements of
// GitHub's code scanning: each result has a place in a file, and a rule that the tool describes.
func TestSARIF(t *testing.T) {
	schema := sarifSchema(t)
	program := filepath.Join(t.TempDir(), "kubectl-ecr")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/kubectl-ecr")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const claim = "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: registry, namespace: shop}\n"
	settings := "apiVersion: ecr.fn.ontopix.io/v1beta1\nkind: Input\nguardrails: {requireScanOnPush: true, warn: [requireScanOnPush]}\n"
	cases := map[string]struct {
		reason string
		file   string
		text   string
		levels string // of the results, sorted
	}{
		"Clean":    {"A valid claim has no results.", "claim.yaml", claim + "spec: {region: eu-west-1, images: [{name: web}]}\n", ""},
		"Error":    {"A refusal is an error.", "claim.yaml", claim + "spec: {region: eu-west-1, images: [{name: Web}]}\n", "error"},
		"Warning":  {"A guardrail's warning is a warning.", "claim.yaml", claim + "spec: {region: eu-west-1, images: [{name: web, scanOnPush: false}]}\n---\n" + settings, "warning note"},
		"Advice":   {"Advice is a note.", "claim.yaml", claim + "spec: {region: eu-west-1, images: [{name: shop-web}]}\n", "note"},
		"Name":     {"A file may have any name.", "Größe 100%#1.yaml", claim + "spec: {region: eu-west-1, images: [{name: Web}]}\n", "error"},
		"NoYAML":   {"A file that is not YAML is an error.", "claim.yaml", claim + "spec: [\n", "error"},
		"Misspelt": {"An unknown kind is an error.", "claim.yaml", "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistri\n", "error"},
		"Control":  {"A value may have control characters.", "claim.yaml", claim + "spec: {region: \"\\e[31m\", images: [{name: web}]}\n", "error"},
		"Missing":  {"A missing field is reported where it belongs.", "claim.yaml", claim, "error error"},
	}
	for name, tc := range cases {
		for _, absolute := range []bool{false, true} {
			t.Run(name+map[bool]string{true: "/Absolute"}[absolute], func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, tc.file)
				if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
					t.Fatal(err)
				}
				if !absolute {
					path = tc.file
				}
				cmd := exec.CommandContext(t.Context(), program, "check", path, "-o", "sarif")
				cmd.Dir = dir
				out, err := cmd.Output()
				if exit := (&exec.ExitError{}); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
					t.Fatal(err)
				}
				result, err := schema.Validate(gojsonschema.NewBytesLoader(out))
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range result.Errors() {
					t.Errorf("%s\n%s", tc.reason, fault)
				}
				if got := sarifLevels(t, out); got != tc.levels {
					t.Errorf("%s\nlevels %q, want %q\n%s", tc.reason, got, tc.levels, out)
				}
			})
		}
	}
}

// sarifLevels returns the levels of the results, and checks what code scanning requires of each.
func sarifLevels(t *testing.T, log []byte) string {
	t.Helper()
	var l struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID               string
						ShortDescription struct{ Text string }
					}
				}
			}
			Results []struct {
				RuleID, Level string
				RuleIndex     int
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(log, &l); err != nil || len(l.Runs) != 1 {
		t.Fatalf("%d runs, %v", len(l.Runs), err)
	}
	var levels []string
	for _, r := range l.Runs[0].Results {
		levels = append(levels, r.Level)
		rules := l.Runs[0].Tool.Driver.Rules
		if r.RuleIndex >= len(rules) || rules[r.RuleIndex].ID != r.RuleID || rules[r.RuleIndex].ShortDescription.Text == "" {
			t.Errorf("rule %d %q is not one of the tool's: %v", r.RuleIndex, r.RuleID, rules)
		}
		if len(r.Locations) != 1 || r.Message.Text == "" {
			t.Fatalf("a result has %d places, and says %q", len(r.Locations), r.Message.Text)
		}
		at := r.Locations[0].PhysicalLocation
		if at.ArtifactLocation.URI == "" || at.Region.StartLine < 1 || at.Region.StartColumn < 1 {
			t.Errorf("a result is at %+v", at)
		}
	}
	return strings.Join(levels, " ")
}
