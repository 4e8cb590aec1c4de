package example

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkout writes files below a new folder and returns it.
func checkout(t *testing.T, files map[string]string) Repository {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Repository{Root: root}
}

const (
	compositionOfA = "{kind: Composition, spec: {compositeTypeRef: {apiVersion: x/v1, kind: A}}}"
	compositionOfB = "{kind: Composition, spec: {compositeTypeRef: {apiVersion: x/v1, kind: B}}}"
	xrOfA          = "{apiVersion: x/v1, kind: A}"
	xrOfB          = "{apiVersion: x/v1, kind: B}"

	compositionOfNamespaced = "{kind: Composition, spec: {compositeTypeRef: {apiVersion: x.m/v1, kind: A}}}"
	xrOfNamespaced          = "{apiVersion: x.m/v1, kind: A, metadata: {namespace: team}}"
)

func TestExamples(t *testing.T) {
	r := checkout(t, map[string]string{
		"apis/a/composition.yaml":             compositionOfA,
		"apis/b/composition.yaml":             compositionOfB,
		"apis/m/a/composition.yaml":           compositionOfNamespaced,
		"examples/namespaced/xr.yaml":         xrOfNamespaced,
		"examples/notes/claim.yaml":           "{kind: not an example}",
		"examples/small/xr.yaml":              xrOfB,
		"examples/deep/er/xr.yaml":            xrOfA,
		"examples/deep/er/claim.yaml":         "{kind: claim}",
		"examples/deep/er/required.yaml":      "{kind: required}",
		"examples/deep/er/observed.yaml":      "{kind: observed}",
		"examples/deep/own/xr.yaml":           xrOfA,
		"examples/deep/own/composition.yaml":  compositionOfA,
		"examples/deep/own/xr.yaml.bak":       "no",
		"examples/deep/own/something/else.md": "no",
	})
	got, err := r.Examples()
	if err != nil {
		t.Fatal(err)
	}
	p := func(name string) string { return filepath.Join(r.Root, filepath.FromSlash(name)) }
	fns := p("examples/functions.yaml")
	want := []Example{
		{
			Name: "deep/er", XR: p("examples/deep/er/xr.yaml"), Claim: p("examples/deep/er/claim.yaml"),
			Required: p("examples/deep/er/required.yaml"), Observed: p("examples/deep/er/observed.yaml"),
			Composition: p("apis/a/composition.yaml"), XRD: p("apis/a/definition.yaml"), Functions: fns,
		},
		{
			Name: "deep/own", XR: p("examples/deep/own/xr.yaml"),
			Composition: p("examples/deep/own/composition.yaml"), XRD: p("apis/a/definition.yaml"), Functions: fns,
		},
		{
			Name: "namespaced", XR: p("examples/namespaced/xr.yaml"),
			Composition: p("apis/m/a/composition.yaml"), XRD: p("apis/m/a/definition.yaml"), Functions: fns,
		},
		{
			Name: "small", XR: p("examples/small/xr.yaml"),
			Composition: p("apis/b/composition.yaml"), XRD: p("apis/b/definition.yaml"), Functions: fns,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("An example is a folder with an xr.yaml; what it does not bring itself is found by its kind.\nExamples(): -want, +got\n%s", diff)
	}
}

func TestExamplesErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  map[string]string
		want   string
	}{
		"None": {
			reason: "Examples that are not there must not pass for rendered.",
			files:  map[string]string{"examples/a/claim.yaml": "", "apis/a/composition.yaml": compositionOfA},
			want:   "no xr.yaml below",
		},
		"NoAPIs": {
			reason: "In a wrong folder the reader is told so.",
			files:  map[string]string{"examples/a/xr.yaml": xrOfA},
			want:   "is this the root of the repository?",
		},
		"UnknownKind": {
			reason: "An XR that nothing composes is a mistake.",
			files:  map[string]string{"examples/a/xr.yaml": xrOfA, "apis/b/composition.yaml": compositionOfB},
			want:   "no Composition below apis/ composes A of x/v1",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := checkout(t, tc.files).Examples()
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nExamples(): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

// TestTable has examples/README.md say of every example of this repository what it shows.
func TestTable(t *testing.T) {
	r := Repository{Root: filepath.Join("..", "..", "..")}
	all, err := r.Examples()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.Table()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, e := range all {
		want = append(want, e.Name)
	}
	for _, row := range rows {
		got = append(got, row.Name)
		if row.Shows == "" || strings.ContainsAny(row.Shows, "`[]") {
			t.Errorf("%s: what it shows must be words for a terminal, got %q", row.Name, row.Shows)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("examples/README.md must have a row for each example.\nTable(): -want, +got\n%s", diff)
	}
}
