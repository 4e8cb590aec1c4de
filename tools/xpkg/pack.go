package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/spf13/afero"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser/examples"
)

// A recipe says what goes into a package. Paths are below the repository's root.
type recipe struct {
	name     string
	meta     string   // the package's own manifest
	objects  []string // files, or folders whose YAML files are taken
	examples []string // folders of examples; of each only what a user would apply
}

var (
	functionRecipe = recipe{name: "function-ecr", meta: "package/crossplane.yaml", objects: []string{"package/input"}}

	configurationRecipes = []recipe{
		{
			name:     "configuration-ecr",
			meta:     "crossplane.yaml",
			objects:  []string{"apis/xprojectregistry", "apis/xecrorgaccess"},
			examples: []string{"examples/project-registry", "examples/org-access", "examples/platform"},
		},
		{
			name:     "configuration-ecr-namespaced",
			meta:     "package/namespaced/crossplane.yaml",
			objects:  []string{"apis/m/projectregistry", "apis/m/ecrorgaccess"},
			examples: []string{"examples/namespaced", "examples/platform"},
		},
	}
)

// icon is shown by package browsers.
const icon = "package/icon.svg"

// pack builds a package from a staging folder of its own, on a base image, which is
// empty for a configuration. dependency replaces the registry of the function that a
// configuration depends on, if it is not empty.
func (r recipe) pack(ctx context.Context, root string, base v1.Image, registry string) (v1.Image, error) {
	stage, err := os.MkdirTemp("", r.name+"-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(stage) }()
	if err := r.stage(root, stage, registry); err != nil {
		return nil, fmt.Errorf("cannot stage %s: %w", r.name, err)
	}

	meta, err := xpkg.BuildMetaScheme()
	if err != nil {
		return nil, err
	}
	objects, err := xpkg.BuildObjectScheme()
	if err != nil {
		return nil, err
	}
	filters := parser.FsFilters(parser.SkipDirs(), parser.SkipNotYAML(), parser.SkipEmpty())
	builder := xpkg.New(
		parser.NewFsBackend(afero.NewOsFs(), parser.FsDir(filepath.Join(stage, "package")), filters),
		parser.NewFsBackend(afero.NewOsFs(), parser.FsDir(filepath.Join(stage, "examples")), filters),
		parser.New(meta, objects),
		examples.New(),
	)
	if base == nil {
		base = empty.Image
	}
	img, _, err := builder.Build(ctx, xpkg.WithBase(base))
	if err != nil {
		return nil, fmt.Errorf("cannot build %s: %w", r.name, err)
	}
	return img, nil
}

// stage copies what goes into the package.
func (r recipe) stage(root, stage, registry string) error {
	meta, err := r.metadata(root, registry)
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
		err := copyYAML(filepath.Join(root, e), filepath.Join(stage, "examples", e), applied)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// metadata is the package's manifest with the icon in it and its dependency on the
// function in the registry that it is published to.
func (r recipe) metadata(root, registry string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(root, r.meta)) //nolint:gosec // a path of the recipes
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := yaml.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	picture, err := os.ReadFile(filepath.Join(root, icon)) //nolint:gosec // as above
	if err != nil {
		return nil, err
	}
	annotations := m["metadata"].(map[string]any)["annotations"].(map[string]any)
	annotations["meta.crossplane.io/iconURI"] = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(picture)
	if registry != "" {
		dependencies, _ := m["spec"].(map[string]any)["dependsOn"].([]any)
		for _, d := range dependencies {
			d := d.(map[string]any)
			host, path, _ := strings.Cut(d["package"].(string), "/")
			if host != "" && (d["kind"] == "Function" || os.Getenv("MIRROR_PROVIDERS") != "") {
				d["package"] = registry + "/" + path
			}
		}
	}
	return yaml.Marshal(m)
}

// applied tells whether a user would apply an example: claims, settings, composite
// resources without one. What is observed or required is for rendering.
func applied(path string) bool {
	switch filepath.Base(path) {
	case "claim.yaml", "environmentconfig.yaml", "ecr-platform.yaml", "input.yaml":
		return filepath.Base(path) != "input.yaml"
	case "xr.yaml":
		_, err := os.Stat(filepath.Join(filepath.Dir(path), "claim.yaml"))
		return err != nil
	}
	return false
}

// copyYAML copies a file, or the YAML files of a folder that are wanted.
func copyYAML(from, to string, wanted func(string) bool) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
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
		return write(filepath.Join(to, rel), body)
	})
}

func write(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}
