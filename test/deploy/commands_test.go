package deploy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ambiguous are the names that more than one kind has where both generations are installed, or that another project's
// kind has too: kubectl picks one of them, and shows nothing of the other.
var ambiguous = func() []string {
	names := []string{"pr", "eoa", "epr", "mepr", "meoa"} // Short names are for people at a terminal.
	for _, kind := range []string{"projectregistr", "repositor", "lifecyclepolic", "repositorypolic", "rolepolic", "registrypolic"} {
		names = append(names, kind+"y", kind+"ies")
	}
	return append(names, "ecrorgaccess", "ecrorgaccesses", "role", "roles", "openidconnectprovider", "openidconnectproviders")
}()

var kubectl = regexp.MustCompile("kubectl (?:-n [a-z<>-]+ )?(?:annotate|apply|delete|describe|edit|get|label|patch|wait)[^|`\"\\n]*")

// TestCommands shows that each kubectl command in pages, messages and scripts names its kinds with their group, so that it
// works in a cluster where both generations are installed.
func TestCommands(t *testing.T) {
	checked := 0
	for name, text := range texts(t) {
		for _, command := range kubectl.FindAllString(text, -1) {
			checked++
			for _, word := range strings.FieldsFunc(command, func(r rune) bool { return r == ' ' || r == ',' }) {
				kind, _, _ := strings.Cut(word, "/")
				if slices.Contains(ambiguous, kind) {
					t.Errorf("%s: %q: write %s with its group: more than one kind has this name", name, command, kind)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("found only %d commands", checked)
	}
}

// texts returns all that may tell people a command, by path from the root.
func texts(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".github" && p != root || d.Name() == "bin" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !slices.Contains([]string{".md", ".go", ".yaml", ".yml", ".mk", ".sh"}, filepath.Ext(p)) || strings.HasSuffix(p, "_test.go") || d.Name() == "CHANGELOG.md" {
			return nil
		}
		text, err := os.ReadFile(p) //nolint:gosec // A file of this repository.
		all[p] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
