package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
	"github.com/ontopix/crossplane-ecr/internal/cli/root"
)

// asProgram makes the tests' binary the program, so that scripts can run it.
const asProgram = "KUBECTL_ECR_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(root.Run(cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Args[1:]...))
	}
	os.Exit(m.Run())
}

// The action's script runs as a workflow would run it.
func TestAction(t *testing.T) {
	raw, err := os.ReadFile("../../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct{ Description, Default string }
		Runs   struct {
			Using string
			Steps []struct {
				Name, Uses, Run, Shell string
				Env                    map[string]string
			}
		}
	}
	if err := yaml.UnmarshalStrict(raw, &struct {
		Name, Description string
		Branding          any
		Inputs            any
		Runs              any
	}{}); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &action); err != nil || action.Runs.Using != "composite" {
		t.Fatalf("%v, using %q", err, action.Runs.Using)
	}
	last := action.Runs.Steps[len(action.Runs.Steps)-1]
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	refused := head + "spec:\n  region: eu-west-1\n  images:\n    - name: Big\n"
	warned := platform + "    requireScanOnPush: true\n    warn: [requireScanOnPush]\n"
	unscanned := head + "spec:\n  images:\n    - name: a\n      scanOnPush: false\n"
	cases := map[string]struct {
		reason string
		files  map[string]string
		inputs map[string]string
		code   int
		out    string
	}{
		"Refused": {"An error fails the step, with an annotation.", map[string]string{"a b/c.yaml": refused}, map[string]string{"files": "a b\n"}, 1, "::error file=a b/c.yaml,line=7,col=7,"},
		"Warned":  {"A warning does not fail the step.", map[string]string{"c.yaml": unscanned, "p.yaml": warned}, map[string]string{"files": "c.yaml\n", "settings": "p.yaml\n"}, 0, "::warning file=c.yaml,line=7"},
		"Fails":   {"A warning fails the step if an input says so.", map[string]string{"c.yaml": unscanned, "p.yaml": warned}, map[string]string{"files": "c.yaml\np.yaml", "warnings-as-errors": "true"}, 1, "::warning file=c.yaml,line=7"},
		"Inert":   {"The script does not run its inputs.", map[string]string{"c.yaml": unscanned}, map[string]string{"files": "$(touch x)"}, 2, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			write(t, tc.files)
			temp := t.TempDir()
			program := filepath.Join(temp, "kubectl-ecr", "kubectl-ecr")
			if err := os.MkdirAll(filepath.Dir(program), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(program, []byte("#!/bin/sh\nexec '"+self+"' \"$@\"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", last.Run)
			cmd.Env = append(os.Environ(), asProgram+"=1", "RUNNER_TEMP="+temp)
			for key, expression := range last.Env {
				input := strings.TrimSuffix(strings.TrimPrefix(expression, "${{ inputs."), " }}")
				declared, ok := action.Inputs[input]
				if !ok {
					t.Fatalf("%s is %s, which is not an input", key, expression)
				}
				value := declared.Default
				if given, ok := tc.inputs[input]; ok {
					value = given
				}
				cmd.Env = append(cmd.Env, key+"="+value)
			}
			out, err := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != tc.code || !strings.Contains(string(out), tc.out) {
				t.Errorf("%s\nexit code %d, want %d: %v\n%s", tc.reason, got, tc.code, err, out)
			}
			if _, err := os.Stat("x"); err == nil {
				t.Error("an input was run")
			}
		})
	}
}

// pre-commit appends the names of the files that changed to the hook's entry.
func TestPreCommitHook(t *testing.T) {
	raw, err := os.ReadFile("../../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct{ ID, Name, Entry, Language string }
	if err := yaml.Unmarshal(raw, &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("%d hooks, %v", len(hooks), err)
	}
	write(t, map[string]string{"c.yaml": head + "spec:\n  region: eu-west-1\n  images:\n    - name: Big\n", "w.yml": "on: push\n"})
	words := strings.Fields(hooks[0].Entry)
	// pre-commit builds the programs of the module under the names of their folders.
	if words[0] != cli.Name || hooks[0].Language != "golang" {
		t.Errorf("%+v", hooks[0])
	}
	got := clitest.Run(t, append(words[1:], "c.yaml", "w.yml")...)
	if got.Code != 1 || !strings.Contains(got.Out, "c.yaml:7:7: error") {
		t.Errorf("%+v", got)
	}
}
