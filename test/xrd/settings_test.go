package xrd

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// block matches a block of YAML in a page.
var block = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")

// TestSettingsInPages shows that the platform team's settings in every page are valid: in an EnvironmentConfig, or in a
// part of one that begins with data or guardrails.
func TestSettingsInPages(t *testing.T) {
	v := inputValidator(t)
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(text, -1) {
			for _, document := range regexp.MustCompile("(?m)^---\n").Split(string(m[2]), -1) {
				in := settings(document)
				if in == nil {
					continue
				}
				found++
				in["apiVersion"], in["kind"] = "ecr.fn.ontopix.io/v1beta1", "Input"
				in["metadata"] = map[string]any{"name": "input", "namespace": "default"}
				for _, err := range v.validate(t, decode(t, in), nil) {
					t.Errorf("%s: %s\n%s", file, err, document)
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("found only %d settings in the pages", found)
	}
}

// settings returns the settings in a YAML document, which may be a part of an EnvironmentConfig, or nil if it has none.
func settings(document string) map[string]any {
	var object map[string]any
	if yaml.Unmarshal([]byte(document), &object) != nil {
		return nil
	}
	data, ours := object["data"].(map[string]any)
	switch {
	case object["kind"] == "EnvironmentConfig" && ours:
		return data
	case object["kind"] == nil && ours:
		return data
	case object["kind"] == nil && object["guardrails"] != nil:
		return object
	}
	return nil
}

// TestExceptionTemplate shows that the form in which a team asks for an exception has the fields of an exception, and
// offers every guardrail that may be lifted.
func TestExceptionTemplate(t *testing.T) {
	var form struct {
		Body []struct {
			ID          string
			Attributes  struct{ Options []string }
			Validations struct{ Required bool }
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "examples/github/ISSUE_TEMPLATE/ecr-exception.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &form); err != nil {
		t.Fatal(err)
	}
	exceptions := readCRD(t, inputCRD).Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["guardrails"].Properties["exceptions"].Items.Schema
	var guardrails []string
	for _, value := range exceptions.Properties["guardrail"].Enum {
		var name string
		if err := yaml.Unmarshal(value.Raw, &name); err != nil {
			t.Fatal(err)
		}
		guardrails = append(guardrails, name)
	}
	required := map[string]bool{}
	for name := range exceptions.Properties {
		required[name] = false
	}
	for _, name := range exceptions.Required {
		required[name] = true
	}

	asked := map[string]bool{}
	for _, field := range form.Body {
		if field.ID == "guardrail" {
			if diff := cmp.Diff(guardrails, field.Attributes.Options); diff != "" {
				t.Errorf("guardrails that may be lifted: -want, +got\n%s", diff)
			}
		}
		if _, ok := required[field.ID]; ok {
			asked[field.ID] = field.Validations.Required
		}
	}
	if diff := cmp.Diff(required, asked); diff != "" {
		t.Errorf("fields of an exception, and whether they are required: -want, +got\n%s", diff)
	}
}
