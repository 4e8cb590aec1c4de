package main

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
)

const repository = "../.."

func testBuild(t *testing.T) *build {
	t.Helper()
	return &build{root: repository, out: t.TempDir(), version: "v1.2.3", registry: "ghcr.io", architectures: []string{"amd64", "arm64"}}
}

// packed returns a package of the repository with a fake program.
func packed(t *testing.T, r recipe, arch string) v1.Image {
	t.Helper()
	var base v1.Image
	if r.name == functionRecipe.name {
		var err error
		if base, err = functionProgram.image([]byte("program"), []byte("notices"), arch); err != nil {
			t.Fatal(err)
		}
	}
	img, err := r.pack(t.Context(), testBuild(t), base)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestPackages checks the packages against Crossplane's specification of xpkg (contributing/specifications/xpkg.md):
// Crossplane reads one layer that only has package.yaml, with a label and an annotation. All media types are OCI's:
// Docker's have no annotations. Two builds give the same digest, so nothing may tell when an image was made.
func TestPackages(t *testing.T) {
	configuration := []string{"Composition", "Composition", "CompositeResourceDefinition", "CompositeResourceDefinition", "Configuration"}
	cases := map[string]struct {
		recipe   recipe
		arch     string
		layers   []string // annotation, media type and files of each
		objects  []string // their kinds
		examples string   // their group
		config   v1.Config
	}{
		"Function": {
			recipe: functionRecipe, arch: "arm64",
			layers:  []string{" NOTICES function", "base package.yaml"},
			objects: []string{"CustomResourceDefinition", "Function"},
			config:  functionConfig,
		},
		"Configuration": {
			recipe: configurationRecipes[0], arch: "amd64",
			layers:   []string{"base package.yaml", "upbound .up/examples.yaml"},
			objects:  configuration,
			examples: "ecr.ontopix.io",
		},
		"Namespaced": {
			recipe: configurationRecipes[1], arch: "amd64",
			layers:   []string{"base package.yaml", "upbound .up/examples.yaml"},
			objects:  configuration,
			examples: "ecr.m.ontopix.io",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			img := packed(t, tc.recipe, tc.arch)
			if err := validate.Image(img); err != nil {
				t.Fatal(err)
			}
			if first, second := digest(t, img), digest(t, packed(t, tc.recipe, tc.arch)); first != second {
				t.Errorf("two builds give %s and %s", first, second)
			}
			cfg, err := img.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			manifest, err := img.Manifest()
			if err != nil {
				t.Fatal(err)
			}
			layers, err := img.Layers()
			if err != nil {
				t.Fatal(err)
			}

			types := []string{string(manifest.MediaType), string(manifest.Config.MediaType)}
			var got []string
			files := map[string][]byte{}
			for i, d := range manifest.Layers {
				types = append(types, string(d.MediaType))
				kind := d.Annotations[xpkg.AnnotationKey]
				if label := cfg.Config.Labels[xpkg.Label(d.Digest.String())]; label != kind {
					t.Errorf("layer %d is annotated %q, and labelled %q", i, kind, label)
				}
				names := untar(t, layers[i], files)
				got = append(got, kind+" "+strings.Join(names, " "))
			}
			if diff := cmp.Diff(tc.layers, got); diff != "" {
				t.Errorf("layers: -want, +got\n%s", diff)
			}
			want := append([]string{"application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json"},
				slices.Repeat([]string{"application/vnd.oci.image.layer.v1.tar+gzip"}, len(layers))...)
			if diff := cmp.Diff(want, types); diff != "" {
				t.Errorf("media types: -want, +got\n%s", diff)
			}
			if got, want := cfg.Platform().String(), "linux/"+tc.arch; got != want {
				t.Errorf("the platform is %s, want %s", got, want)
			}
			cfg.Config.Labels = nil
			if diff := cmp.Diff(tc.config, cfg.Config); diff != "" {
				t.Errorf("what is run: -want, +got\n%s", diff)
			}

			var kinds []string
			for _, u := range decode(t, files[xpkg.StreamFile]) {
				kinds = append(kinds, u.GetKind())
				if u.GetKind() == tc.objects[len(tc.objects)-1] {
					checkManifest(t, u)
				}
			}
			slices.Sort(kinds)
			slices.Sort(tc.objects)
			if diff := cmp.Diff(tc.objects, kinds); diff != "" {
				t.Errorf("objects: -want, +got\n%s", diff)
			}
			shown := decode(t, files[xpkg.XpkgExamplesFile])
			if (len(shown) > 0) != (tc.examples != "") {
				t.Errorf("there are %d examples", len(shown))
			}
			for _, u := range shown {
				kind := strings.TrimPrefix(u.GetKind(), "X")
				if u.GroupVersionKind().Group != tc.examples || kind != "ProjectRegistry" && kind != "EcrOrgAccess" || u.Object["status"] != nil {
					t.Errorf("the example %s %s is nothing to apply: of another package, or with a status", u.GetKind(), u.GetName())
				}
			}
		})
	}
}

// checkManifest wants a package's manifest to have an icon and everything that the specification asks for.
func checkManifest(t *testing.T, u *unstructured.Unstructured) {
	t.Helper()
	icon, ok := strings.CutPrefix(u.GetAnnotations()[iconAnnotation], iconPrefix)
	if picture, err := base64.StdEncoding.DecodeString(icon); !ok || err != nil || !bytes.HasPrefix(picture, []byte("<svg")) {
		t.Errorf("the icon is no SVG picture in a data URI: %.80q", icon)
	}
	for name, form := range map[string]string{
		"maintainer":  `^[^\n]+$`,
		"source":      `^https://[^/\n]+/.+$`,
		"license":     `^[A-Za-z0-9][A-Za-z0-9.+-]*$`, // an SPDX identifier
		"description": `^([^.\n]|\.[^ \n])+\.$`,       // one sentence
		"readme":      `\S`,
	} {
		if value := u.GetAnnotations()["meta.crossplane.io/"+name]; !regexp.MustCompile(form).MatchString(value) {
			t.Errorf("the manifest's annotation %s is %q, want %s", name, value, form)
		}
	}
}

// untar adds the files of a layer, which must be regular files, and returns their names.
func untar(t *testing.T, l v1.Layer, files map[string][]byte) []string {
	t.Helper()
	rc, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rc.Close() }()
	var names []string
	for r := tar.NewReader(rc); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil || h.Typeflag != tar.TypeReg {
			t.Fatalf("a layer has something that is no regular file: %v, %v", h, err)
		}
		names = append(names, h.Name)
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// decode returns the objects of a YAML stream.
func decode(t *testing.T, stream []byte) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for d := kyaml.NewYAMLOrJSONDecoder(bytes.NewReader(stream), 4096); ; {
		u := &unstructured.Unstructured{}
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if len(u.Object) > 0 {
			all = append(all, u)
		}
	}
}

func digest(t *testing.T, img v1.Image) v1.Hash {
	t.Helper()
	d, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSave wants an archive to hold the image that is published, except what an archive cannot hold.
func TestSave(t *testing.T) {
	b := testBuild(t)
	img := packed(t, functionRecipe, "arm64")
	if err := b.save("function-ecr-linux-arm64", img); err != nil {
		t.Fatal(err)
	}
	saved, err := tarball.ImageFromPath(filepath.Join(b.out, "function-ecr-linux-arm64-v1.2.3.xpkg"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	got, err := saved.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("the archive's config is %s, want %s", got, want)
	}
}

// TestPush wants a registry to have an index from which a node finds its image, and the image of a configuration.
func TestPush(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := testBuild(t)
	b.mirror = at.Host
	function, err := indexOf("function-ecr", []v1.Image{packed(t, functionRecipe, "amd64"), packed(t, functionRecipe, "arm64")})
	if err != nil {
		t.Fatal(err)
	}
	configuration := packed(t, configurationRecipes[0], "amd64")
	if err := b.push(t.Context(), []artifact{function, {"configuration-ecr", configuration}}); err != nil {
		t.Fatal(err)
	}

	tag := func(pkg string) name.Reference {
		ref, err := name.ParseReference(at.Host + "/ontopix/" + pkg + ":v1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	if img, err := remote.Image(tag("configuration-ecr")); err != nil || digest(t, img) != digest(t, configuration) {
		t.Errorf("the configuration in the registry is another: %v", err)
	}
	index, err := remote.Index(tag("function-ecr"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{string(m.MediaType)}
	for _, d := range m.Manifests {
		got = append(got, string(d.MediaType)+" "+d.Platform.String())
	}
	want := []string{
		"application/vnd.oci.image.index.v1+json",
		"application/vnd.oci.image.manifest.v1+json linux/amd64",
		"application/vnd.oci.image.manifest.v1+json linux/arm64",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the index: -want, +got:\n%s", diff)
	}
}
