package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// A CLI is a Crossplane command line that can render.
type CLI struct {
	// Release is its minor version, such as 2.2.
	Release string

	// Command is the binary and the words before the arguments, such as
	// `crossplane beta render`.
	Command []string

	// Core is the `crossplane` server binary, for CLIs that leave rendering to it.
	Core string

	// NoXRD reports whether the CLI lacks --xrd.
	NoXRD bool

	// TempDir is the directory for temporary files; empty for the system's.
	TempDir string
}

// OnlyClusterScoped reports whether the CLI renders no namespaced composite resources: those of Crossplane 1 treat
// everything as cluster-scoped.
func (c CLI) OnlyClusterScoped() bool { return strings.HasPrefix(c.Release, "1.") }

// Args returns the arguments after the command.
func (c CLI) Args(req Request) []string {
	args := []string{req.XR, req.Composition, req.Functions, "--include-function-results"}
	if c.Core != "" {
		args = append(args, "--crossplane-binary="+c.Core)
	}
	if req.XRD != "" && !c.NoXRD {
		args = append(args, "--xrd="+req.XRD)
	}
	if req.Observed != "" {
		args = append(args, "--observed-resources="+req.Observed)
	}
	if req.Required != "" {
		// From 2.0 on it is --required-resources; this name still works.
		args = append(args, "--extra-resources="+req.Required)
	}
	return args
}

// ErrNamespaced is the error of a release that renders no namespaced composite resources.
var ErrNamespaced = errors.New("namespaced composite resources need Crossplane 2: use ENGINE=2.2 or ENGINE=2.5")

// Render runs the command line. A fatal result of the function is an error.
func (c CLI) Render(ctx context.Context, req Request) (*Rendering, error) {
	if c.OnlyClusterScoped() {
		xr, err := manifest.ReadOne(req.XR)
		if err != nil {
			return nil, err
		}
		if xr.GetNamespace() != "" {
			return nil, ErrNamespaced
		}
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.Command[0], append(append([]string{}, c.Command[1:]...), c.Args(req)...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.TempDir != "" {
		cmd.Env = append(os.Environ(), "TMPDIR="+c.TempDir)
	}
	inOwnGroup(cmd)
	if err := cmd.Run(); err != nil {
		if msg := strings.TrimSpace(stderr.String()); msg != "" {
			return nil, errors.New(msg)
		}
		return nil, fmt.Errorf("%s: %w", strings.Join(c.Command, " "), err)
	}
	objs, err := manifest.Read(&stdout)
	if err != nil {
		return nil, err
	}
	if len(objs) == 0 {
		return nil, fmt.Errorf("%s printed nothing", strings.Join(c.Command, " "))
	}
	r := &Rendering{XR: objs[0]}
	for _, o := range objs[1:] {
		if o.GetKind() == "Result" && strings.HasPrefix(o.GetAPIVersion(), "render.crossplane.io/") {
			r.Results = append(r.Results, o)
			continue
		}
		r.Composed = append(r.Composed, o)
	}
	return r, nil
}

// FunctionsAt writes a copy of a functions file into dir that names another
// target for the running function, and returns its path.
func FunctionsAt(file, target, dir string) (string, error) {
	fns, err := manifest.ReadFile(file)
	if err != nil {
		return "", err
	}
	for _, fn := range fns {
		a := fn.GetAnnotations()
		a["render.crossplane.io/runtime-development-target"] = target
		fn.SetAnnotations(a)
	}
	b, err := manifest.Bytes(fns...)
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "functions.yaml")
	return out, os.WriteFile(out, b, 0o600)
}
