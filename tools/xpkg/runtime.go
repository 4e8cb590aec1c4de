package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const (
	// runtimeUser is the user that the function runs as, Crossplane's own choice for
	// functions.
	runtimeUser = "2000:2000"
	// functionPort is where Crossplane calls functions.
	functionPort = "9443/tcp"
	// programFile is the function's binary, in the root of its image.
	programFile = "function"
)

// compile builds the function's binary for an architecture: static, and the same
// wherever it is built.
func compile(ctx context.Context, root, out, arch, version string) error {
	cmd := exec.CommandContext(ctx, "go", //nolint:gosec // the arguments are this program's own
		"build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid= -X main.version="+version, "-o", out, "./fn")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cannot build the function for %s: %w", arch, err)
	}
	return nil
}

// runtimeImage is the image that the function runs from: its binary and nothing else.
func runtimeImage(binary []byte, arch string) (v1.Image, error) {
	layer, err := fileLayer(programFile, binary)
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	cfg = cfg.DeepCopy()
	cfg.OS, cfg.Architecture = "linux", arch
	cfg.Config = v1.Config{
		Env:          []string{"GOGC=400"},
		User:         runtimeUser,
		Entrypoint:   []string{"/" + programFile},
		ExposedPorts: map[string]struct{}{functionPort: {}},
	}
	return mutate.ConfigFile(img, cfg)
}

// emptyImage is what a configuration is built on: it has nothing to run. It serves every
// platform, but an OCI image has to name one; this is the one that Crossplane looks for
// first.
func emptyImage() (v1.Image, error) {
	cfg, err := empty.Image.ConfigFile()
	if err != nil {
		return nil, err
	}
	cfg = cfg.DeepCopy()
	cfg.OS, cfg.Architecture = "linux", "amd64"
	return mutate.ConfigFile(empty.Image, cfg)
}

// fileLayer is a layer with one executable file that anybody may read.
func fileLayer(name string, body []byte) (v1.Layer, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(body)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}); err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buf.Bytes())), nil
	})
}
