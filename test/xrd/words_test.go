package xrd

import (
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/test/cases"
)

// patterned are the fields of which the API server says by a regular expression what they must
// be: a rule in words would cost too much there, or the field is one that few people write.
var patterned = []string{
	"principals", // a hundred of up to 2,048 characters for each image
	"branches", "tags", "environments",
	"filters", "prefixes", "tagPatternList",
}

// TestWords shows that the schema refuses in words, as the function does, what people get wrong.
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
