package xrd

import (
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/test/cases"
)

// patterned are the fields that the API server refuses by a regular expression: a rule with a message would cost too
// much there, or few people write the field.
var patterned = []string{
	"principals", // a hundred of up to 2,048 characters for each image
	"branches", "tags", "environments",
	"filters", "prefixes", "tagPatternList",
}

// TestWords shows that the schema refuses common mistakes in words, as the function does.
func TestWords(t *testing.T) {
	v := projectValidator(t)
	for kind := range kinds {
		table, err := cases.Invalid(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range table {
			for _, err := range v.validate(t, decode(t, c.Object), nil) {
				path, _, _ := strings.Cut(err, ":")
				name := path[strings.LastIndexByte(path, '.')+1:]
				name, _, _ = strings.Cut(name, "[")
				if strings.Contains(err, "should match") && !slices.Contains(patterned, name) {
					t.Errorf("%s/%s: %s is refused by a regular expression: %s", kind, c.Name, path, err)
				}
			}
		}
	}
}
