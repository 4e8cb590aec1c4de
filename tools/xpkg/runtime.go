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
	// runtimeUser is the user that programs run as: the one that Crossplane uses for functions.
	runtimeUser = "2000:2000"
	// functionPort is where Crossplane calls functions.
	functionPort = "9443/tcp"
	// noticesFile has the licences of the binary's libraries, and is in the same folder.
	noticesFile = "NOTICES"
	// workingDir is the folder in which files are mounted for the command line.
	workingDir = "/work"
)

// A program that has an image of its own.
type program struct {
	name    string // of the binary, in the root of the image
	pkg     string // Go package
	version string // variable that the linker sets to the version
	config  v1.Config
}

var (
	functionProgram = program{
		name: "function", pkg: "./fn", version: "main.version",
		config: v1.Config{Env: []string{"GOGC=400"}, ExposedPorts: map[string]struct{}{functionPort: {}}},
	}
	commandLine = program{
		name: "kubectl-ecr", pkg: "./cmd/kubectl-ecr", version: "github.com/ontopix/crossplane-ecr/internal/cli/version.number",
		config: v1.Config{WorkingDir: workingDir},
	}
)

// compile builds a static and reproducible program for an architecture.
func (p program) compile(ctx context.Context, root, out, arch, version string) error {
	cmd := exec.CommandContext(ctx, "go", //nolint:gosec // the arguments are this program's own
		"build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid= -X "+p.version+"="+version, "-o", out, p.pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cannot build %s for %s: %w", p.name, arch, err)
	}
	return nil
}

// notices returns the notices that the licences of a program's libraries ask for. It fails if a licence is not allowed.
func (p program) notices(ctx context.Context, root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "notices")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	out := filepath.Join(dir, noticesFile)
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-C", root, "-o", out, p.pkg) //nolint:gosec // the arguments are this program's own
	cmd.Dir = filepath.Join(root, "tools", "licences")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot write the notices: %w", err)
	}
	return os.ReadFile(out) //nolint:gosec // just written
}

// images builds a program for each architecture, and returns its images.
func (p program) images(ctx context.Context, b *build) ([]v1.Image, error) {
	text, err := p.notices(ctx, b.root)
	if err != nil {
		return nil, err
	}
	all := make([]v1.Image, len(b.architectures))
	for i, arch := range b.architectures {
		binary, err := filepath.Abs(filepath.Join(b.out, p.name+"-linux-"+arch))
		if err != nil {
			return nil, err
		}
		if err := p.compile(ctx, b.root, binary, arch, b.version); err != nil {
			return nil, err
		}
		body, err := os.ReadFile(binary) //nolint:gosec // just written
		if err != nil {
			return nil, err
		}
		if all[i], err = p.image(body, text, arch); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// image returns an image with a program's binary and its notices, and nothing else.
func (p program) image(binary, notices []byte, arch string) (v1.Image, error) {
	// Crossplane's builder needs a base of one layer.
	layer, err := fileLayer(file{noticesFile, 0o644, notices}, file{p.name, 0o755, binary})
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	config := p.config
	config.User, config.Entrypoint = runtimeUser, []string{"/" + p.name}
	return configured(img, arch, config)
}

// configured returns an image for Linux on an architecture.
func configured(img v1.Image, arch string, config v1.Config) (v1.Image, error) {
	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	cfg = cfg.DeepCopy()
	cfg.OS, cfg.Architecture, cfg.Config = "linux", arch, config
	return mutate.ConfigFile(img, cfg)
}

// A file of an image.
type file struct {
	name string
	mode int64
	body []byte
}

// fileLayer returns a layer with some files.
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
