package root_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

func TestUsage(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		out    string
		err    string
	}{
		"Bare":           {"Without arguments it prints the help.", nil, 0, "Available Commands", ""},
		"UnknownCommand": {"An unknown command is wrong usage. The error suggests a command.", []string{"verson"}, 2, "", "version"},
		"UnknownFlag":    {"An unknown flag is wrong usage.", []string{"version", "--loud"}, 2, "", "unknown flag: --loud"},
		"Backslash":      {"A backslash is not a control character.", []string{`C:\repo`}, 2, "", `C:\\repo`},
		"Control":        {"Control characters in arguments are escaped.", []string{"\x1b[31m"}, 2, "", `\x1b[31m`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := clitest.Run(t, tc.args...)
			if got.Code != tc.code || !strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) || tc.code == 2 && got.Out != "" {
				t.Errorf("%s\nRun(%q): %+v", tc.reason, tc.args, got)
			}
		})
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := clitest.Run(t, "completion", shell); got.Code != 0 || !strings.Contains(got.Out, "kubectl-ecr") {
			t.Errorf("completion %s: exit code %d, %d bytes", shell, got.Code, len(got.Out))
		}
	}
}

// The function's image has nothing that only the command line needs.
func TestTheFunctionLinksNoneOfIt(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/ontopix/crossplane-ecr/fn").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range strings.Fields(string(out)) {
		for _, unwanted := range []string{"github.com/spf13/cobra", "github.com/google/cel-go", "github.com/ontopix/crossplane-ecr/internal/cli"} {
			if strings.HasPrefix(dep, unwanted) {
				t.Errorf("the function links %s", dep)
			}
		}
	}
}
