package deploy_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	// root of the repository.
	root = "../.."

	// deploy is the directory with the manifests.
	deploy = root + "/deploy"
)

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decodeFile reads a file in YAML or JSON, and ignores fields that into does not have.
func decodeFile(t *testing.T, into any, path ...string) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readFile(t, path...)), into); err != nil {
		t.Fatalf("%s: %v", filepath.Join(path...), err)
	}
}

// texts returns all files that may tell people something, by path relative to the root. It omits the changelog, which
// names what no longer exists.
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
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		all[name] = readFile(t, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// pages returns the text of each Markdown page, by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := texts(t)
	maps.DeleteFunc(all, func(name, _ string) bool { return filepath.Ext(name) != ".md" })
	if len(all) == 0 {
		t.Fatal("no pages")
	}
	return all
}
