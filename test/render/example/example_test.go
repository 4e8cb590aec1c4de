package example

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/test/render/engine"
)

// TestExamples shows which files of each example are found, in a checkout with few of them.
func TestExamples(t *testing.T) {
	const xr = "{apiVersion: ecr.m.ontopix.io/v1alpha1, kind: ProjectRegistry, metadata: {namespace: team}}"
	r := Repository{Root: t.TempDir()}
	path := func(name string) string { return filepath.Join(r.Root, filepath.FromSlash(name)) }
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("examples/notes/claim.yaml", "{kind: not an example}")
	if _, err := r.Examples(); err == nil || !strings.Contains(err.Error(), "no xr.yaml below") {
		t.Errorf("A checkout without examples must be an error, got %v", err)
	}
	write("examples/small/xr.yaml", "{apiVersion: ecr.ontopix.io/v1alpha1, kind: XEcrOrgAccess}")
	for _, name := range []string{"xr.yaml", "claim.yaml", "required.yaml", "observed.yaml", "composition.yaml", "xr.yaml.bak"} {
		write("examples/deep/er/"+name, xr)
	}
	got, err := r.Examples()
	if err != nil {
		t.Fatal(err)
	}
	want := []Example{
		{Name: "deep/er", Claim: path("examples/deep/er/claim.yaml"), Request: engine.Request{
			XR: path("examples/deep/er/xr.yaml"), Required: path("examples/deep/er/required.yaml"), Observed: path("examples/deep/er/observed.yaml"),
			Composition: path("examples/deep/er/composition.yaml"), XRD: path("apis/m/projectregistry/definition.yaml"), Functions: path("examples/functions.yaml"),
		}},
		{Name: "small", Request: engine.Request{
			XR: path("examples/small/xr.yaml"), Composition: path("apis/xecrorgaccess/composition.yaml"),
			XRD: path("apis/xecrorgaccess/definition.yaml"), Functions: path("examples/functions.yaml"),
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("An example is a folder with an xr.yaml; what it does not bring itself is found by its kind.\nExamples(): -want, +got\n%s", diff)
	}
	write("examples/wrong/xr.yaml", "{apiVersion: ecr.ontopix.io/v1alpha1, kind: EcrOrgAccess}")
	if _, err := r.Examples(); err == nil || !strings.Contains(err.Error(), "no Composition composes EcrOrgAccess of ecr.ontopix.io/v1alpha1") {
		t.Errorf("A composite resource that nothing composes is a mistake, got %v", err)
	}
}

// TestTable shows that examples/README.md says of every example what it shows.
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
