package clitest

import (
	"os"
	"strings"
	"testing"
)

// Doc runs the examples of a page of the documentation, from the root of the repository, and compares what they print
// with the page. An example is a block of the language console: lines that begin with "$ " are commands, the lines
// below are what they print. "# exit code: 1" says that a command ends with that code. With update the page is
// written anew.
//
// Commands are of this program, alone or as `kubectl ecr`. Their words may be quoted by apostrophes, and a backslash at
// the end of a line continues it.
func Doc(t *testing.T, page string, update bool) {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	examples := 0
	text := string(raw)
	for {
		before, rest, ok := strings.Cut(text, "```console\n")
		out.WriteString(before)
		if !ok {
			break
		}
		block, after, ok := strings.Cut(rest, "```\n")
		if !ok {
			t.Fatalf("%s: a block does not end", page)
		}
		out.WriteString("```console\n" + runBlock(t, block) + "```\n")
		text = after
		examples++
	}
	if examples == 0 {
		t.Errorf("%s has no example", page)
	}
	if got := out.String(); got != string(raw) {
		if update {
			if err := os.WriteFile(page, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("%s does not show what the commands print: run the test with -update. Now they print\n%s", page, got)
	}
}

// runBlock returns a block with what its commands print.
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
		r := Run(t, words...)
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
