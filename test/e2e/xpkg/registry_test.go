package xpkg_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// startRegistry starts a registry on loopback and returns its host. Clients speak plain HTTP to it by themselves.
func startRegistry(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: registry.New(registry.Logger(log.New(io.Discard, "", 0)))} //nolint:gosec // for this test alone
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// publish builds the packages and pushes them, by the command that releases do it with.
func publish(t *testing.T, tree plane.Tree, registry string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".",
		"-version="+version, "-push="+registry, "-out="+t.TempDir(), "-arch="+runtime.GOARCH)
	cmd.Dir = root(tree, "tools", "xpkg")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("cannot build and push the packages: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// publishProviders pushes packages of the AWS provider families: the provider's real CRDs, in the version that the function is
// built with, and nothing to run.
func publishProviders(t *testing.T, tree plane.Tree, registry string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", "github.com/upbound/provider-aws/v2")
	cmd.Dir = tree.Root
	out, err := cmd.Output()
	must(t, err)
	dir, providerVersion, _ := strings.Cut(strings.TrimSpace(string(out)), " ")

	for _, family := range []struct{ name, prefix, dependsOn string }{
		{"provider-family-aws", "", ""},
		{"provider-aws-ecr", "ecr.", "provider-family-aws"},
		{"provider-aws-iam", "iam.", "provider-family-aws"},
	} {
		meta := object("meta.pkg.crossplane.io/v1", "Provider", "", family.name)
		meta.Object["spec"] = map[string]any{}
		if family.dependsOn != "" {
			meta.Object["spec"] = map[string]any{"dependsOn": []any{map[string]any{
				"provider": "xpkg.upbound.io/upbound/" + family.dependsOn, "version": ">=" + providerVersion,
			}}}
		}
		objects := []*unstructured.Unstructured{meta}
		for _, group := range []string{"aws.upbound.io", "aws.m.upbound.io"} {
			crds, err := plane.ReadManifests(filepath.Join(dir, "package", "crds", family.prefix+group+"_*.yaml"))
			must(t, err)
			for _, crd := range crds {
				keepNewest(t, crd)
				objects = append(objects, crd)
			}
		}
		pushPackage(t, registry+"/upbound/"+family.name+":"+providerVersion, objects)
	}
}

// keepNewest leaves a CRD its version v1beta2 alone, if it has one. The provider's own package has a webhook that converts from
// what its sources store, v1beta1; without one, a v1beta2 object would be pruned by the schema of v1beta1.
func keepNewest(t *testing.T, crd *unstructured.Unstructured) {
	t.Helper()
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	must(t, err)
	for _, v := range versions {
		m := v.(map[string]any)
		if m["name"] != "v1beta2" {
			continue
		}
		m["served"], m["storage"] = true, true
		must(t, unstructured.SetNestedSlice(crd.Object, []any{m}, "spec", "versions"))
		return
	}
}

// pushPackage pushes the smallest image that is a package: a layer with package.yaml, annotated as such.
func pushPackage(t *testing.T, ref string, objects []*unstructured.Unstructured) {
	t.Helper()
	var stream bytes.Buffer
	for _, u := range objects {
		doc, err := yaml.Marshal(u.Object)
		must(t, err)
		fmt.Fprintf(&stream, "---\n%s", doc)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	must(t, w.WriteHeader(&tar.Header{Name: "package.yaml", Mode: 0o644, Size: int64(stream.Len())}))
	_, err := w.Write(stream.Bytes())
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

// extract writes an image's files below dir.
func extract(image, arch, dir string) (entrypoint []string, user string, err error) {
	ref, err := name.ParseReference(image)
	if err != nil {
		return nil, "", err
	}
	img, err := remote.Image(ref, remote.WithPlatform(platform(arch)))
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
		path := filepath.Join(dir, h.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, "", err
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return nil, "", err
		}
		if err := os.WriteFile(path, body, h.FileInfo().Mode().Perm()); err != nil {
			return nil, "", err
		}
	}
}
