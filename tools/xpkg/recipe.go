package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/spf13/afero"
	"sigs.k8s.io/yaml"

	metav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
)

// A recipe says what goes into a package. Paths are relative to the repository's root.
type recipe struct {
	name     string
	meta     string   // the package's manifest
	objects  []string // folders with YAML files of objects
	examples []string // folders with claims
}

var (
	functionRecipe = recipe{name: "function-ecr", meta: "package/crossplane.yaml", objects: []string{"package/input"}}

	configurationRecipes = []recipe{
		{
			name:     "configuration-ecr",
			meta:     "crossplane.yaml",
			objects:  []string{"apis/xprojectregistry", "apis/xecrorgaccess"},
			examples: []string{"examples/project-registry", "examples/org-access"},
		},
		{
			name:     "configuration-ecr-namespaced",
			meta:     "apis/m/crossplane.yaml",
			objects:  []string{"apis/m/projectregistry", "apis/m/ecrorgaccess"},
			examples: []string{"examples/namespaced/project-registry", "examples/namespaced/org-access"},
		},
	}
)

const (
	// icon is the picture that package browsers show.
	icon = "package/icon.svg"
	// iconAnnotation holds the icon as a data URI.
	iconAnnotation = "meta.crossplane.io/iconURI"
	iconPrefix     = "data:image/svg+xml;base64,"
)

// stage returns the content of the package in the folders package and examples, from which Crossplane's builder takes
// every YAML file.
func (r recipe) stage(b *build) (afero.Fs, error) {
	stage := afero.NewMemMapFs()
	meta, err := r.metadata(b)
	if err != nil {
		return nil, err
	}
	if err := afero.WriteFile(stage, "package/crossplane.yaml", meta, 0o600); err != nil {
		return nil, err
	}
	for _, o := range r.objects {
		if err := copyYAML(stage, "package", b.root, o, func(string) bool { return true }); err != nil {
			return nil, err
		}
	}
	for _, e := range r.examples {
		if err := copyYAML(stage, "examples", b.root, e, appliedByUsers); err != nil {
			return nil, err
		}
	}
	return stage, nil
}

// metadata returns the package's manifest with the icon and with the dependency on the function: in the registry to
// which both are published, and in a version that knows everything that this package's Compositions may ask for.
func (r recipe) metadata(b *build) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(b.root, r.meta)) //nolint:gosec // a path of the recipes
	if err != nil {
		return nil, err
	}
	// The fields that are used here are the same for a Function.
	m := &metav1.Configuration{}
	if err := yaml.UnmarshalStrict(raw, m); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", r.meta, err)
	}
	if m.Name != r.name {
		return nil, fmt.Errorf("%s is the manifest of %q, want %q", r.meta, m.Name, r.name)
	}
	picture, err := os.ReadFile(filepath.Join(b.root, icon)) //nolint:gosec // a path of this project
	if err != nil {
		return nil, err
	}
	m.Annotations[iconAnnotation] = iconPrefix + base64.StdEncoding.EncodeToString(picture)
	for i := range m.Spec.DependsOn {
		d := &m.Spec.DependsOn[i]
		if d.Package == nil || d.Kind == nil {
			return nil, fmt.Errorf("%s: spec.dependsOn[%d] must name a package and its kind", r.meta, i)
		}
		if d.Version, err = readableRange(d.Version); err != nil {
			return nil, fmt.Errorf("%s depends on %s: %w", r.meta, *d.Package, err)
		}
		if *d.Kind != "Function" {
			continue
		}
		_, path, _ := strings.Cut(*d.Package, "/")
		*d.Package = b.registry + "/" + path
		if d.Version, err = compatible(b.version); err != nil {
			return nil, err
		}
	}
	return yaml.Marshal(m)
}

// compatible returns the versions of the function that a configuration of a version works with. An older one may lack
// what the configuration asks for. One of the next major version may refuse it (docs/versioning.md).
func compatible(version string) (string, error) {
	v, err := semver.NewVersion(version)
	if err != nil {
		return "", fmt.Errorf("version %q: %w", version, err)
	}
	// "-0" admits pre-releases at the lower end, and excludes those of the next major version.
	return fmt.Sprintf(">=%s, <v%d.0.0-0", version, v.Major()+1), nil
}

// readableRange separates the bounds of a version range by commas. The library of Crossplane 1.20 does not accept a
// blank. Crossplane then installs no dependency, and says only that they are missing.
func readableRange(bounds string) (string, error) {
	all := strings.FieldsFunc(bounds, func(r rune) bool { return r == ' ' || r == ',' })
	for _, bound := range all {
		if _, err := semver.NewConstraint(bound); err != nil {
			return "", fmt.Errorf("version %q: %w", bounds, err)
		}
	}
	if len(all) == 0 {
		return "", errors.New("the version is missing")
	}
	return strings.Join(all, ", "), nil
}

// appliedByUsers reports whether users apply a file of an example. Composed, observed and required resources are only
// for rendering, and would do harm on a cluster.
func appliedByUsers(path string) bool {
	if filepath.Base(path) == "claim.yaml" {
		return true
	}
	// A platform team applies a composite resource that has no claim.
	_, err := os.Stat(filepath.Join(filepath.Dir(path), "claim.yaml"))
	return filepath.Base(path) == "xr.yaml" && errors.Is(err, fs.ErrNotExist)
}

// copyYAML copies the wanted YAML files of a folder of the repository to below a folder of the stage. If there is none,
// it returns an error: the recipe is out of date.
func copyYAML(stage afero.Fs, to, root, folder string, wanted func(string) bool) error {
	copied := 0
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" || !wanted(path) {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path) //nolint:gosec // a path of the recipes
		if err != nil {
			return err
		}
		copied++
		return afero.WriteFile(stage, filepath.Join(to, rel), body, 0o600)
	})
	if err == nil && copied == 0 {
		err = fmt.Errorf("no YAML file for the package in %s", folder)
	}
	return err
}
