package xpkg_test

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// startRegistry starts a registry on loopback and returns its host. Clients use plain HTTP on loopback.
func startRegistry(t *testing.T) string {
	t.Helper()
	return serve(t, registry.New(registry.Logger(log.New(io.Discard, "", 0))))
}

// publish builds and pushes the packages, with the command that releases use.
func publish(t *testing.T, tree plane.Tree, registry string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".",
		"-version="+version, "-push="+registry, "-out="+t.TempDir(), "-arch="+runtime.GOARCH)
	cmd.Dir = filepath.Join(tree.Root, "tools", "xpkg")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("cannot build and push the packages: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// publishProviders pushes packages of the AWS provider families. They have the provider's real CRDs, in the version
// that the function is built with, and no program.
func publishProviders(t *testing.T, tree plane.Tree, registry string) {
	t.Helper()
	for _, family := range []string{"", "ecr", "iam"} {
		crds, version, err := tree.ProviderCRDs(t.Context(), family)
		must(t, err)
		for _, crd := range crds {
			must(t, plane.KeepNewest(crd))
		}
		name, dependsOn := "provider-family-aws", "[]"
		if family != "" {
			name, dependsOn = "provider-aws-"+family, `[{provider: xpkg.upbound.io/upbound/provider-family-aws, version: ">=`+version+`"}]`
		}
		objects := parse(t, `
apiVersion: meta.pkg.crossplane.io/v1
kind: Provider
metadata: {name: %s}
spec: {dependsOn: %s}
`, name, dependsOn)
		pushPackage(t, registry+"/upbound/"+name+":"+version, append(objects, crds...))
	}
}

// pushPackage pushes a minimal package: an image of one annotated layer with package.yaml.
func pushPackage(t *testing.T, ref string, objects []*unstructured.Unstructured) {
	t.Helper()
	stream, err := manifest.Bytes(objects...)
	must(t, err)
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	must(t, w.WriteHeader(&tar.Header{Name: "package.yaml", Mode: 0o644, Size: int64(len(stream))}))
	_, err = w.Write(stream)
	must(t, err)
	must(t, w.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
	must(t, err)
	img, err := mutate.Append(empty.Image, mutate.Addendum{Layer: layer, Annotations: map[string]string{"io.crossplane.xpkg": "base"}})
	must(t, err)
	tag, err := name.NewTag(ref)
	must(t, err)
	must(t, remote.Write(tag, img))
}

// extract writes an image's files below dir, and returns the image's entrypoint and user.
func extract(image, dir string) (entrypoint []string, user string, err error) {
	ref, err := name.ParseReference(image)
	if err != nil {
		return nil, "", err
	}
	img, err := remote.Image(ref, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	if err != nil {
		return nil, "", err
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, "", err
	}
	files := mutate.Extract(img)
	defer files.Close()
	for r := tar.NewReader(files); ; {
		h, err := r.Next()
		if err == io.EOF {
			return cfg.Config.Entrypoint, cfg.Config.User, nil
		}
		if err != nil {
			return nil, "", err
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
			continue
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return nil, "", err
		}
		if err := write(filepath.Join(dir, h.Name), body, h.FileInfo().Mode().Perm()); err != nil {
			return nil, "", err
		}
	}
}

// write writes a file and creates its directories.
func write(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, mode)
}
