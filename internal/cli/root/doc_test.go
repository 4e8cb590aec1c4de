package root_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

var update = flag.Bool("update", false, "write what the commands print into the documentation")

// The page of a command shows what the command prints in the root of the repository. An example is a block of the language
// console. Lines that begin with "$ " are commands, the lines below are their output. "# exit code: 1" is the exit code of
// the command.
//
// Commands are kubectl-ecr or `kubectl ecr`. Their words may be quoted by apostrophes, and a backslash at
// the end of a line continues it.
func TestDocs(t *testing.T) {
	t.Chdir("../../..")
	pages, err := filepath.Glob("docs/kubectl-ecr/[a-z]*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no page of a command: %v", err)
	}
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			raw, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			blocks := strings.Split(string(raw), "```console\n")
			if len(blocks) == 1 {
				t.Fatal("the page has no example")
			}
			for i, b := range blocks[1:] {
				block, after, _ := strings.Cut(b, "```\n")
				blocks[i+1] = runBlock(t, block) + "```\n" + after
			}
			got := strings.Join(blocks, "```console\n")
			switch {
			case got == string(raw):
			case !*update:
				t.Errorf("the page does not show what the commands print: run the test with -update. Now they print\n%s", got)
			default:
				if err := os.WriteFile(page, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runBlock returns a block with the output of its commands.
func runBlock(t *testing.T, block string) string {
	t.Helper()
	var out strings.Builder
	lines := strings.SplitAfter(block, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "$ ") {
			continue // what a command printed
		}
		command := lines[i]
		for strings.HasSuffix(command, "\\\n") && i+1 < len(lines) {
			i++
			command += lines[i]
		}
		out.WriteString(command)
		words := split(strings.ReplaceAll(strings.TrimPrefix(command, "$ "), "\\\n", " "))
		switch {
		case len(words) > 1 && words[0] == "kubectl" && words[1] == "ecr":
			words = words[2:]
		case len(words) > 0 && words[0] == "kubectl-ecr":
			words = words[1:]
		default:
			t.Fatalf("%q is not a command of this program", command)
		}
		r := clitest.Run(t, words...)
		out.WriteString(r.Err + r.Out)
		if r.Code != 0 {
			out.WriteString("# exit code: " + string(rune('0'+r.Code)) + "\n")
		}
	}
	return out.String()
}

// split splits a command line into its words.
func split(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
