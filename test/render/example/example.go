// Package example finds the examples of this repository and what each of them is
// rendered with.
//
// An example is a folder below examples/ with an xr.yaml. Beside it there may be
//
//   - claim.yaml: the claim that the XR comes from;
//   - required.yaml: objects of the cluster that the function asks for, such as the
//     platform team's settings;
//   - observed.yaml: the composed resources as the provider reports them, for a
//     second render;
//   - composition.yaml: a Composition of its own, for another Input.
//
// The XRD and the Composition of the XR's kind are in its folder below apis/, or
// below apis/m/ for namespaced ones.
package example

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/xr"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// Names of an example's files.
const (
	XRFile          = "xr.yaml"
	ClaimFile       = "claim.yaml"
	RequiredFile    = "required.yaml"
	ObservedFile    = "observed.yaml"
	CompositionFile = "composition.yaml"
)

// An Example has what one composite resource is rendered with.
type Example struct {
	engine.Request

	// Name is its folder below examples/, with slashes.
	Name string

	// Claim that the composite resource comes from; empty if it has none.
	Claim string
}

// A Repository is a checkout of this repository.
type Repository struct {
	Root string
}

// Examples returns all examples, sorted by name.
func (r Repository) Examples() ([]Example, error) {
	dir := filepath.Join(r.Root, "examples")
	var found []Example
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != XRFile {
			return err
		}
		name, err := filepath.Rel(dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		req, err := r.For(path)
		if err != nil {
			return err
		}
		e := Example{Request: req, Name: filepath.ToSlash(name)}
		for name, file := range map[string]*string{
			ClaimFile: &e.Claim, RequiredFile: &e.Required, ObservedFile: &e.Observed, CompositionFile: &e.Composition,
		} {
			beside := filepath.Join(filepath.Dir(path), name)
			if _, err := os.Stat(beside); err == nil {
				*file = beside
			}
		}
		found = append(found, e)
		return nil
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no %s below %s", XRFile, dir)
	}
	return found, err
}

// A Row of the table of examples in examples/README.md.
type Row struct {
	Name  string
	Shows string
}

var (
	row = regexp.MustCompile(`(?m)^\| \[[^\]]+\]\(([^)]+)\) \| (.+) \|$`)

	// markup matches what a terminal does not show: links in parentheses, and backticks.
	markup = regexp.MustCompile("`| \\(\\[[^\\]]*\\]\\([^)]*\\)\\)")
)

// Table returns the rows of examples/README.md, in its order.
func (r Repository) Table() ([]Row, error) {
	readme, err := os.ReadFile(filepath.Join(r.Root, "examples", "README.md"))
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, m := range row.FindAllStringSubmatch(string(readme), -1) {
		rows = append(rows, Row{Name: m[1], Shows: markup.ReplaceAllString(m[2], "")})
	}
	return rows, nil
}

// For returns what renders the composite resource in any file: only the Composition and the XRD of its kind.
func (r Repository) For(file string) (engine.Request, error) {
	u, err := manifest.ReadOne(file)
	if err != nil {
		return engine.Request{}, err
	}
	kind, ok := xr.KindOf(u.GroupVersionKind())
	if !ok || kind.Claims != "" {
		var composed []string
		for _, k := range xr.Kinds {
			if k.Claims == "" {
				composed = append(composed, k.Kind+" of "+k.GroupVersion().String())
			}
		}
		return engine.Request{}, fmt.Errorf("%s: no Composition composes %s of %s; they compose %s", file, u.GetKind(), u.GetAPIVersion(), strings.Join(composed, ", "))
	}
	apis := filepath.Join(r.Root, "apis")
	if kind.Namespaced {
		apis = filepath.Join(apis, "m")
	}
	apis = filepath.Join(apis, strings.ToLower(kind.Kind))
	return engine.Request{
		XR:          file,
		Composition: filepath.Join(apis, "composition.yaml"),
		XRD:         filepath.Join(apis, "definition.yaml"),
		Functions:   filepath.Join(r.Root, "examples", "functions.yaml"),
	}, nil
}
