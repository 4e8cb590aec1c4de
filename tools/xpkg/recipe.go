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
	"sigs.k8s.io/yaml"
)

// A recipe says what goes into a package. Paths are below the repository's root.
type recipe struct {
	name     string
	meta     string   // the package's own manifest
	objects  []string // folders whose YAML files are taken
	examples []string // folders whose claims are taken
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
	// icon is shown by package browsers.
	icon = "package/icon.svg"
	// iconAnnotation holds it as a data URI.
	iconAnnotation = "meta.crossplane.io/iconURI"
	iconPrefix     = "data:image/svg+xml;base64,"
)

// stage copies what goes into the package to the folders package and examples of a
// staging folder: Crossplane's builder takes every YAML file that it finds.
func (r recipe) stage(root, stage, version, registry string) error {
	meta, err := r.metadata(root, version, registry)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(stage, "package", "crossplane.yaml"), meta); err != nil {
		return err
	}
	for _, o := range r.objects {
		if err := copyYAML(filepath.Join(root, o), filepath.Join(stage, "package", o), nil); err != nil {
			return err
		}
	}
	for _, e := range r.examples {
		if err := copyYAML(filepath.Join(root, e), filepath.Join(stage, "examples", e), appliedByUsers); err != nil {
			return err
		}
	}
	return nil
}

// metadata is the package's manifest with the icon in it, and with its dependency on
// the function: from the registry that both are published to, and of a version that
// knows all that this package's Compositions may ask for.
func (r recipe) metadata(root, version, registry string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(root, r.meta)) //nolint:gosec // a path of the recipes
	if err != nil {
		return nil, err
	}
	var m struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name        string            `json:"name"`
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Spec struct {
			Crossplane   map[string]string   `json:"crossplane,omitempty"`
			DependsOn    []map[string]string `json:"dependsOn,omitempty"`
			Capabilities []string            `json:"capabilities,omitempty"`
		} `json:"spec"`
	}
	if err := yaml.UnmarshalStrict(raw, &m); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", r.meta, err)
	}
	if m.Metadata.Name != r.name {
		return nil, fmt.Errorf("%s is the manifest of %q, want %q", r.meta, m.Metadata.Name, r.name)
	}
	picture, err := os.ReadFile(filepath.Join(root, icon)) //nolint:gosec // a path of this project
	if err != nil {
		return nil, err
	}
	if m.Metadata.Annotations == nil {
		m.Metadata.Annotations = map[string]string{}
	}
	m.Metadata.Annotations[iconAnnotation] = iconPrefix + base64.StdEncoding.EncodeToString(picture)
	for _, d := range m.Spec.DependsOn {
		if d["version"], err = readableRange(d["version"]); err != nil {
			return nil, fmt.Errorf("%s depends on %s: %w", r.meta, d["package"], err)
		}
		if d["kind"] != "Function" {
			continue
		}
		_, path, ok := strings.Cut(d["package"], "/")
		if !ok {
			return nil, fmt.Errorf("%s depends on %q, which names no registry", r.meta, d["package"])
		}
		d["package"] = registry + "/" + path
		if d["version"], err = compatible(version); err != nil {
			return nil, err
		}
	}
	return yaml.Marshal(m)
}

// compatible is the range of functions that a configuration of a version works with:
// not an older one, which may lack what it asks for, and not of the next major version,
// the first that may refuse what it asks for (docs/versioning.md).
func compatible(version string) (string, error) {
	v, err := semver.NewVersion(version)
	if err != nil {
		return "", fmt.Errorf("version %q: %w", version, err)
	}
	// "-0" lets pre-releases in at the lower end and keeps those of the next major out.
	return fmt.Sprintf(">=%s, <v%d.0.0-0", version, v.Major()+1), nil
}

// readableRange separates the bounds of a version range by commas. Crossplane 1.20 reads
// ranges by a library that takes a blank for a mistake, and then installs no dependency
// and says only that they are missing.
func readableRange(bounds string) (string, error) {
	all := strings.FieldsFunc(bounds, func(r rune) bool { return r == ' ' || r == ',' })
	for _, bound := range all {
		if _, err := semver.NewConstraint(bound); err != nil {
			return "", fmt.Errorf("version %q: %w", bounds, err)
		}
	}
	if len(all) == 0 {
		return "", errors.New("no version is asked for")
	}
	return strings.Join(all, ", "), nil
}

// appliedByUsers reports whether an example is what a user applies. What is composed,
// observed or required is there for rendering, and would do harm on a cluster.
func appliedByUsers(path string) bool {
	if filepath.Base(path) == "claim.yaml" {
		return true
	}
	// A composite resource that no claim makes is applied by a platform team.
	_, err := os.Stat(filepath.Join(filepath.Dir(path), "claim.yaml"))
	return filepath.Base(path) == "xr.yaml" && errors.Is(err, fs.ErrNotExist)
}

// copyYAML copies the YAML files of a folder, all or those that are wanted. None is an
// error: a recipe that names a folder without any is out of date.
func copyYAML(from, to string, wanted func(string) bool) error {
	copied := 0
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" || wanted != nil && !wanted(path) {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path) //nolint:gosec // a path of the recipes
		if err != nil {
			return err
		}
		copied++
		return write(filepath.Join(to, rel), body)
	})
	if err == nil && copied == 0 {
		err = fmt.Errorf("no YAML file for the package in %s", from)
	}
	return err
}

func write(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}
