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
// What is common to all is found by the XR's kind: the XRD and the Composition
// below apis/.
package example

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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

// An Example is what one composite resource is rendered with. Paths are those of
// files; an empty one says that there is no such file.
type Example struct {
	// Name is its folder below examples/, with slashes.
	Name string

	XR       string
	Claim    string
	Required string
	Observed string

	// Composition and XRD of the XR's kind.
	Composition string
	XRD         string

	// Functions that the Composition's steps run.
	Functions string
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
		if err != nil {
			return err
		}
		if d.IsDir() || d.Name() != XRFile {
			return nil
		}
		name, err := filepath.Rel(dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		e, err := r.For(path)
		if err != nil {
			return err
		}
		e.Name = filepath.ToSlash(name)
		for _, f := range []struct {
			path *string
			name string
		}{{&e.Claim, ClaimFile}, {&e.Required, RequiredFile}, {&e.Observed, ObservedFile}, {&e.Composition, CompositionFile}} {
			p := filepath.Join(filepath.Dir(path), f.name)
			if _, err := os.Stat(p); err == nil {
				*f.path = p
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

	// markup is what a terminal does not show: links in parentheses, and backticks.
	markup = regexp.MustCompile("`| \\(\\[[^\\]]*\\]\\([^)]*\\)\\)")
)

// Table returns what examples/README.md says of the examples, in its order.
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

// For returns what the XR of a file anywhere is rendered with: the Composition
// and the XRD of its kind, and nothing else.
func (r Repository) For(xr string) (Example, error) {
	u, err := manifest.ReadOne(xr)
	if err != nil {
		return Example{}, err
	}
	e := Example{Name: filepath.ToSlash(xr), XR: xr, Functions: filepath.Join(r.Root, "examples", "functions.yaml")}
	defs, err := r.Definitions()
	if err != nil {
		return Example{}, err
	}
	for _, d := range defs {
		if d.Kind == u.GetKind() && d.APIVersion == u.GetAPIVersion() {
			e.XRD, e.Composition = d.XRD, d.Composition
			return e, nil
		}
	}
	var known []string
	for _, d := range defs {
		known = append(known, d.Kind+" of "+d.APIVersion)
	}
	return Example{}, fmt.Errorf("%s: no Composition below apis/ composes %s of %s; they compose %s", xr, u.GetKind(), u.GetAPIVersion(), strings.Join(known, ", "))
}

// A Definition is a kind of composite resource that this repository defines.
type Definition struct {
	APIVersion  string
	Kind        string
	XRD         string
	Composition string
}

// Definitions returns the kinds that this repository defines: the folders below
// apis/, and below apis/m/ for namespaced ones, with a composition.yaml and a
// definition.yaml.
func (r Repository) Definitions() ([]Definition, error) {
	var comps []string
	for _, dir := range []string{"*", filepath.Join("m", "*")} {
		found, err := filepath.Glob(filepath.Join(r.Root, "apis", dir, "composition.yaml"))
		if err != nil {
			return nil, err
		}
		comps = append(comps, found...)
	}
	if len(comps) == 0 {
		return nil, errors.New("no composition.yaml below apis/: is this the root of the repository?")
	}
	var defs []Definition
	for _, c := range comps {
		u, err := manifest.ReadOne(c)
		if err != nil {
			return nil, err
		}
		d := Definition{Composition: c, XRD: filepath.Join(filepath.Dir(c), "definition.yaml")}
		d.APIVersion, _, _ = unstructured.NestedString(u.Object, "spec", "compositeTypeRef", "apiVersion")
		d.Kind, _, _ = unstructured.NestedString(u.Object, "spec", "compositeTypeRef", "kind")
		defs = append(defs, d)
	}
	return defs, nil
}
