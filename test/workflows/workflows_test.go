// Package workflows_test checks that the workflows pin each action by the digest of its commit, with the version beside
// it, since a tag can be moved.
package workflows_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	uses   = regexp.MustCompile(`^\s*(?:-\s+)?uses:\s*(.*)$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}\s+#\s*v[0-9]+\.[0-9]+\.[0-9]+$`)
)

// unpinned returns the actions that a workflow uses without pinning them. This repository's own need no pin.
func unpinned(workflow string) []string {
	var found []string
	for line := range strings.Lines(workflow) {
		m := uses.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil || strings.HasPrefix(m[1], "./") || pinned.MatchString(m[1]) {
			continue
		}
		found = append(found, m[1])
	}
	return found
}

func TestPinned(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../.github/workflows/*.y*ml", "../../examples/github/workflows/*.y*ml", "../../.github/actions/*/action.y*ml", "../../action.y*ml"} {
		some, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
	}
	if len(files) == 0 {
		t.Fatal("no workflow was found")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range unpinned(string(text)) {
			t.Errorf("%s uses %s: write <action>@<commit> # <version>", file, action)
		}
	}
}

func TestUnpinned(t *testing.T) {
	const commit = "11bd71901bbe5b1630ceea73d27597364c9af683"
	cases := map[string]struct {
		reason, line string
		want         []string
	}{
		"Commit":  {reason: "A commit never changes.", line: "      - uses: actions/checkout@" + commit + " # v4.2.2"},
		"Named":   {reason: "The key can be on a line below a name.", line: "        uses: actions/checkout@v4", want: []string{"actions/checkout@v4"}},
		"Tag":     {reason: "A tag can be moved.", line: "      - uses: actions/checkout@v4", want: []string{"actions/checkout@v4"}},
		"Branch":  {reason: "A branch moves.", line: "- uses: a/b@main", want: []string{"a/b@main"}},
		"Short":   {reason: "A short digest is not unique.", line: "- uses: a/b@11bd719 # v1.0.0", want: []string{"a/b@11bd719 # v1.0.0"}},
		"NoName":  {reason: "A commit alone does not show its version.", line: "- uses: a/b@" + commit, want: []string{"a/b@" + commit}},
		"Docker":  {reason: "An image has no commit.", line: "- uses: docker://alpine:3", want: []string{"docker://alpine:3"}},
		"Local":   {reason: "This repository's actions have the same commit.", line: "- uses: ./.github/actions/x"},
		"Subpath": {reason: "An action can be below a repository's root.", line: "- uses: a/b/c@" + commit + " # v0.24.0"},
		"Other":   {reason: "Other lines are not about actions.", line: "- run: make lint"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, unpinned(tc.line+"\n")); diff != "" {
				t.Errorf("%s\nunpinned(%q): -want, +got:\n%s", tc.reason, tc.line, diff)
			}
		})
	}
}

// TestShown shows that docs/first-push.md has the workflow that is checked here.
func TestShown(t *testing.T) {
	workflow, err := os.ReadFile("../../examples/github/workflows/push.yml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/first-push.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```yaml\n"+string(workflow)+"```\n") {
		t.Error("docs/first-push.md does not show examples/github/workflows/push.yml as it is")
	}
}
