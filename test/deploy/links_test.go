package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile("(?m)^#+ +(.+)$")
	dropped  = regexp.MustCompile(`[^\p{L}\p{N}\s_-]`) // GitHub omits it from an anchor
	fence    = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	code     = regexp.MustCompile("`[^`\\n]+`")
	makes    = regexp.MustCompile("(?m)(?:`|^\\s*\\$ )make ([a-z][a-z0-9-]*)")
	target   = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	path     = regexp.MustCompile("`((?:fn|internal|cmd|apis|input|test|tools|deploy|examples|package|schemas|docs)/[A-Za-z0-9_./-]+)`")
	external = regexp.MustCompile(`^[a-z]+:`)
)

// TestLinks shows that each page names only files, headings and make targets that exist.
func TestLinks(t *testing.T) {
	targets := makeTargets(t)
	for name, text := range pages(t) {
		prose := fence.ReplaceAllString(text, "")
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(prose, ""), -1) {
			if external.MatchString(m[1]) {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := name
			if file != "" {
				to = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s links to %s: there is no such file", name, m[1])
			} else if anchor != "" && !anchors(t, to)[anchor] {
				t.Errorf("%s links to %s: there is no such heading", name, m[1])
			}
		}
		for _, m := range path.FindAllStringSubmatch(prose, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s: there is no such file", name, m[1])
			}
		}
		for _, m := range makes.FindAllStringSubmatch(text, -1) {
			if !targets[m[1]] {
				t.Errorf("%s names make %s: there is no such target", name, m[1])
			}
		}
	}
}

// anchors returns the anchors that GitHub gives the headings of a page.
func anchors(t *testing.T, name string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(readFile(t, root, name), ""), -1) {
		found[strings.ReplaceAll(strings.ToLower(dropped.ReplaceAllString(m[1], "")), " ", "-")] = true
	}
	return found
}

// makeTargets returns the targets of the Makefile and of what it includes.
func makeTargets(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "make", "*.mk"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, f := range append(files, filepath.Join(root, "Makefile")) {
		for _, m := range target.FindAllStringSubmatch(readFile(t, f), -1) {
			targets[m[1]] = true
		}
	}
	return targets
}
