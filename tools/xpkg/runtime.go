package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

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
	// noticesFile has the licences of what the binary is built from, and stands beside it.
	noticesFile = "NOTICES"
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

// notices returns the notices that the licences of the function's libraries ask for. It fails if one of these
// licences is not allowed.
func notices(ctx context.Context, root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "notices")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	out := filepath.Join(dir, noticesFile)
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-C", root, "-o", out, "./fn") //nolint:gosec // the arguments are this program's own
	cmd.Dir = filepath.Join(root, "tools", "licences")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot write the notices: %w", err)
	}
	return os.ReadFile(out) //nolint:gosec // just written
}

// runtimeImage is the image that the function runs from: its binary and the notices for it, and nothing else.
func runtimeImage(binary, notices []byte, arch string) (v1.Image, error) {
	// Crossplane's builder takes a base of one layer.
	layer, err := fileLayer(file{noticesFile, 0o644, notices}, file{programFile, 0o755, binary})
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

// A file of an image.
type file struct {
	name string
	mode int64
	body []byte
}

// fileLayer is a layer with some files.
func fileLayer(files ...file) (v1.Layer, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.body)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.body); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buf.Bytes())), nil
	})
}
