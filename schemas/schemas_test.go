package schemas_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// modeline matches the line that tells editors the schema of a file.
var modeline = regexp.MustCompile(`(?m)^# yaml-language-server: \$schema=(\S+)$`)

// TestExamples wants each example that people write to name the schema of its kind.
func TestExamples(t *testing.T) {
	claims, _ := filepath.Glob("../examples/*/*/claim.yaml")
	xrs, _ := filepath.Glob("../examples/*/*/xr.yaml")
	named := 0
	for _, file := range append(claims, xrs...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := modeline.FindSubmatch(raw)
		if m == nil {
			// The XR of a claim is written by `make golden`.
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), "claim.yaml")); err != nil || filepath.Base(file) == "claim.yaml" {
				t.Errorf("%s names no schema", file)
			}
			continue
		}
		named++
		var object struct{ APIVersion, Kind string }
		var schema struct {
			Properties struct {
				APIVersion, Kind struct{ Enum []string }
			}
		}
		if err := yaml.Unmarshal(raw, &object); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), string(m[1])))
		if err == nil {
			err = json.Unmarshal(text, &schema)
		}
		p := schema.Properties
		if err != nil || !slices.Contains(p.APIVersion.Enum, object.APIVersion) || !slices.Contains(p.Kind.Enum, object.Kind) {
			t.Errorf("%s is %s of %s, and its schema %s is not: %v", file, object.Kind, object.APIVersion, m[1], err)
		}
	}
	if named == 0 {
		t.Error("no example names a schema")
	}
}
