package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser"
)

// check holds a package against Crossplane's specification of xpkg
// (contributing/specifications/xpkg.md) and against what the recipe wants in it. It
// returns every fault.
func (r recipe) check(img v1.Image) error {
	if err := validate.Image(img); err != nil {
		return err
	}
	manifest, err := img.Manifest()
	if err != nil {
		return err
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}

	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if manifest.MediaType != types.OCIManifestSchema1 || manifest.Config.MediaType != types.OCIConfigJSON {
		fault("is no OCI image: manifest %s, config %s", manifest.MediaType, manifest.Config.MediaType)
	}

	files := map[string]map[string][]byte{} // by the layer's annotation
	for i, d := range manifest.Layers {
		kind := d.Annotations[xpkg.AnnotationKey]
		if label := cfg.Config.Labels[xpkg.Label(d.Digest.String())]; label != kind {
			fault("layer %d is annotated %q, and labelled %q", i, kind, label)
		}
		if _, twice := files[kind]; twice {
			fault("two layers are annotated %q", kind)
		}
		if files[kind], err = untar(layers[i]); err != nil {
			return err
		}
	}

	faults = append(faults, r.checkBase(files[xpkg.PackageAnnotation])...)
	faults = append(faults, r.checkExamples(files[xpkg.ExamplesAnnotation])...)
	faults = append(faults, r.checkRuntime(cfg, files[""])...)
	return errors.Join(faults...)
}

// checkBase wants package.yaml alone in the layer that Crossplane reads: one meta, and
// the objects that the package manager takes from a package of that kind.
func (r recipe) checkBase(files map[string][]byte) []error {
	if names := keys(files); !slices.Equal(names, []string{xpkg.StreamFile}) {
		return []error{fmt.Errorf("the base layer has the files %q, want %s alone", names, xpkg.StreamFile)}
	}
	stream := files[xpkg.StreamFile]
	meta, err := xpkg.BuildMetaScheme()
	if err != nil {
		return []error{err}
	}
	objects, err := xpkg.BuildObjectScheme()
	if err != nil {
		return []error{err}
	}
	pkg, err := parser.New(meta, objects).Parse(context.Background(), io.NopCloser(bytes.NewReader(stream)))
	if err != nil {
		return []error{err}
	}
	if n := len(pkg.GetMeta()); n != 1 {
		return []error{fmt.Errorf("has %d package manifests, want 1", n)}
	}
	linter := xpkg.NewConfigurationLinter()
	if r.runs() {
		linter = xpkg.NewFunctionLinter()
	}
	if err := linter.Lint(pkg); err != nil {
		return []error{err}
	}

	all, err := decode(stream)
	if err != nil {
		return []error{err}
	}
	var faults []error
	kinds := map[string]int{}
	for _, u := range all {
		kinds[u.GetKind()]++
		if u.GetAnnotations()[iconAnnotation] == "" && strings.HasPrefix(u.GetAPIVersion(), "meta.pkg.crossplane.io/") {
			faults = append(faults, errors.New("the manifest has no icon"))
		}
	}
	want := map[string]int{"Configuration": 1, "CompositeResourceDefinition": 2, "Composition": 2}
	if r.runs() {
		want = map[string]int{"Function": 1, "CustomResourceDefinition": 1}
	}
	for kind, n := range want {
		if kinds[kind] != n {
			faults = append(faults, fmt.Errorf("has %d of kind %s, want %d", kinds[kind], kind, n))
		}
		delete(kinds, kind)
	}
	if len(kinds) > 0 {
		faults = append(faults, fmt.Errorf("has kinds that it should not have: %v", kinds))
	}
	manifest := all[0]
	for _, name := range []string{"maintainer", "source", "license", "description", "readme"} {
		if strings.TrimSpace(manifest.GetAnnotations()["meta.crossplane.io/"+name]) == "" {
			faults = append(faults, fmt.Errorf("the manifest's annotation meta.crossplane.io/%s is empty", name))
		}
	}
	return faults
}

// checkExamples wants examples of the kinds that the package defines, alone.
func (r recipe) checkExamples(files map[string][]byte) []error {
	if len(r.examples) == 0 {
		if len(files) > 0 {
			return []error{fmt.Errorf("has examples that nobody asked for: %q", keys(files))}
		}
		return nil
	}
	if names := keys(files); !slices.Equal(names, []string{xpkg.XpkgExamplesFile}) {
		return []error{fmt.Errorf("the examples layer has the files %q, want %s alone", names, xpkg.XpkgExamplesFile)}
	}
	all, err := decode(files[xpkg.XpkgExamplesFile])
	if err != nil {
		return []error{err}
	}
	if len(all) == 0 {
		return []error{errors.New("the examples layer is empty")}
	}
	var faults []error
	for _, u := range all {
		if !strings.HasPrefix(u.GetAPIVersion(), "ecr.") {
			faults = append(faults, fmt.Errorf("the example %s %s is not of this API", u.GetKind(), u.GetName()))
		}
		if _, ok := u.Object["status"]; ok {
			faults = append(faults, fmt.Errorf("the example %s %s has a status", u.GetKind(), u.GetName()))
		}
	}
	return faults
}

// checkRuntime wants the function's binary alone, run by a user who is not root, and
// nothing to run in a configuration.
func (r recipe) checkRuntime(cfg *v1.ConfigFile, files map[string][]byte) []error {
	if !r.runs() {
		if len(files) > 0 || len(cfg.Config.Entrypoint) > 0 {
			return []error{fmt.Errorf("a configuration has something to run: %q %q", keys(files), cfg.Config.Entrypoint)}
		}
		return nil
	}
	var faults []error
	if names := keys(files); !slices.Equal(names, []string{"function"}) {
		faults = append(faults, fmt.Errorf("the runtime image has the files %q, want function alone", names))
	}
	if cfg.OS != "linux" || cfg.Architecture == "" {
		faults = append(faults, fmt.Errorf("the platform is %q/%q, which no node has", cfg.OS, cfg.Architecture))
	}
	if !slices.Equal(cfg.Config.Entrypoint, []string{"/function"}) {
		faults = append(faults, fmt.Errorf("the entrypoint is %q, want /function", cfg.Config.Entrypoint))
	}
	if cfg.Config.User != runtimeUser {
		faults = append(faults, fmt.Errorf("the user is %q, want %s", cfg.Config.User, runtimeUser))
	}
	if !cfg.Created.IsZero() {
		faults = append(faults, fmt.Errorf("the image tells when it was made, %s: no two builds are the same", cfg.Created))
	}
	return faults
}

// runs tells whether the package has a program.
func (r recipe) runs() bool { return r.name == functionRecipe.name }

// untar returns the regular files of a layer; anything else in it is an error.
func untar(l v1.Layer) (map[string][]byte, error) {
	rc, err := l.Uncompressed()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rc.Close() }()
	files := map[string][]byte{}
	for r := tar.NewReader(rc); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("a layer has %s, which is no regular file", h.Name)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}

// decode returns the objects of a YAML stream.
func decode(stream []byte) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	r := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &u.Object); err != nil {
			return nil, err
		}
		if len(u.Object) > 0 {
			all = append(all, u)
		}
	}
}

// keys returns the names of files, sorted.
func keys(files map[string][]byte) []string {
	names := []string{}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
