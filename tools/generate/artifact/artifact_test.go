package artifact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/tools/generate/jsonschema"
)

// root of the repository.
const root = "../../.."

// TestNoDrift wants no generated file to be edited, or to be older than the types. Two runs give the same bytes.
func TestNoDrift(t *testing.T) {
	files, err := All(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
			t.Errorf("%s: run `make generate`: -from the types, +in the repository\n%s", path, diff)
		}
	}
	second, err := All(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, second); diff != "" {
		t.Errorf("All(...): -first, +second\n%s", diff)
	}
}

// TestNothingLeftBehind wants no file with the mark of a generated one that nothing generates any more.
func TestNothingLeftBehind(t *testing.T) {
	files, err := All(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"apis", "package", "docs", "schemas"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			marked := strings.HasPrefix(string(raw), header) || strings.Contains(string(raw), generatedBegin) ||
				strings.Contains(string(raw), jsonschema.Comment)
			if _, ok := files[filepath.ToSlash(name)]; !ok && marked {
				t.Errorf("%s says that it is generated, and nothing generates it", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func lines(content []byte) []string { return strings.Split(string(content), "\n") }
