package reference

import (
	"strings"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
)

// TestEveryFieldIsDocumented wants the reference to have all fields: for its reader no others exist.
func TestEveryFieldIsDocumented(t *testing.T) {
	types, err := api.Load("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for root, pkg := range map[string]string{
		"XProjectRegistry": api.CompositesPackage,
		"XEcrOrgAccess":    api.CompositesPackage,
		"ProjectRegistry":  api.NamespacedPackage,
		"EcrOrgAccess":     api.NamespacedPackage,
		"Input":            api.InputPackage,
	} {
		page, err := Kind(types, root, pkg)
		if err != nil {
			t.Fatal(err)
		}
		m := newModel(types, pkg)
		for path := range paths(m.schema(root), "") {
			name := path[strings.LastIndex(path, ".")+1:]
			if name == "apiVersion" || name == "kind" || name == "metadata" {
				continue
			}
			if !strings.Contains(page, "`"+name+"`") {
				t.Errorf("%s: the page says nothing about %s", root, path)
			}
		}
		for _, broken := range []string{"](#)", "%!", "<nil>", "e+09"} {
			if strings.Contains(page, broken) {
				t.Errorf("%s: the page holds %q", root, broken)
			}
		}
	}
}

// paths returns the paths of all fields below a schema.
func paths(s extv1.JSONSchemaProps, at string) map[string]bool {
	found := map[string]bool{}
	for name, below := range s.Properties {
		found[at+"."+name] = true
		for path := range paths(below, at+"."+name) {
			found[path] = true
		}
	}
	if below := items(s); below != nil {
		for path := range paths(*below, at) {
			found[path] = true
		}
	}
	return found
}

func TestCell(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
		want   string
	}{
		"Bar":        {reason: "A bar would end the cell.", text: "a|b", want: `a\|b`},
		"Paragraphs": {reason: "A cell is one line.", text: "one\ntwo\n\nthree", want: "one two<br>three"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := cell(tc.text); got != tc.want {
				t.Errorf("%s\ncell(%q): want %q, got %q", tc.reason, tc.text, tc.want, got)
			}
		})
	}
}

func TestProse(t *testing.T) {
	if got, want := prose("a <b> and `<c>`"), "a \\<b> and `<c>`"; got != want {
		t.Errorf("Angle brackets are HTML outside of code.\nprose(...): want %q, got %q", want, got)
	}
}
