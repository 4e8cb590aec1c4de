package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
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

	objects, baseFaults := r.checkBase(files[xpkg.PackageAnnotation])
	faults = append(faults, baseFaults...)
	faults = append(faults, r.checkExamples(files[xpkg.ExamplesAnnotation], objects)...)
	faults = append(faults, r.checkRuntime(cfg, files[""])...)
	return errors.Join(faults...)
}

// runs reports whether the package has a program.
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
