package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestChangelog shows that every section of the changelog has the headings that docs/versioning.md promises, in order,
// and no others.
func TestChangelog(t *testing.T) {
	promised := []string{"Breaking", "Defaults", "Added", "Fixed", "Security"}
	versioning := readFile(t, root, "docs", "versioning.md")
	for _, h := range promised {
		if !strings.Contains(versioning, "**"+h+"**") {
			t.Errorf("docs/versioning.md does not name the heading %s", h)
		}
	}
	release := regexp.MustCompile(`^(Unreleased|v\d+\.\d+\.\d+(-[0-9a-z.]+)? \(\d{4}-\d{2}-\d{2}\))$`)
	sections := strings.Split("\n"+readFile(t, root, "CHANGELOG.md"), "\n## ")[1:]
	if len(sections) == 0 {
		t.Fatal("the changelog has no section")
	}
	for _, s := range sections {
		title, body, _ := strings.Cut(s, "\n")
		if !release.MatchString(title) {
			t.Errorf("%q must be Unreleased, or a version and its day", title)
		}
		at := -1
		for _, line := range strings.Split(body, "\n") {
			h, ok := strings.CutPrefix(line, "### ")
			if !ok {
				continue
			}
			i := slices.Index(promised, h)
			if i <= at {
				t.Errorf("%s: the heading %q must be one of %v, in this order", title, h, promised)
			}
			at = i
		}
	}
}
