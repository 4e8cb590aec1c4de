package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/progress"
)

// A Release of Crossplane's command line that renders the examples. Its binaries are built from Go modules below
// test/render/engines.
type Release struct {
	// Name is its minor version, such as 2.2.
	Name string

	cli binary

	// words after the binary that make the render command.
	words []string

	// core is the server's binary, for CLIs that leave rendering to it.
	core *binary

	// hasXRD reports whether the render command has --xrd.
	hasXRD bool
}

// A binary is built from a module below test/render/engines.
type binary struct {
	module string
	pkg    string
}

// Default is the release that builds fastest from nothing, of those that render without a server's binary.
const Default = "1.16"

// DefaultNamespaced is the same, of those that render namespaced composite resources.
const DefaultNamespaced = "2.2"

// Releases returns those that every example is rendered with, oldest first.
func Releases() []Release {
	return []Release{
		{Name: "1.16", cli: binary{"crossplane-1.16", "github.com/crossplane/crossplane/cmd/crank"}, words: []string{"beta", "render"}},
		{Name: "1.20", cli: binary{"crossplane-1.20", "github.com/crossplane/crossplane/cmd/crank"}, words: []string{"render"}},
		{Name: "2.2", cli: binary{"crossplane-2.2", "github.com/crossplane/crossplane/v2/cmd/crank"}, words: []string{"render"}, hasXRD: true},
		{
			Name: "2.5", cli: binary{"crossplane-2.5", "github.com/crossplane/cli/v2/cmd/crossplane"}, words: []string{"composition", "render"}, hasXRD: true,
			core: &binary{"core-2.4", "github.com/crossplane/crossplane/v2/cmd/crossplane"},
		},
	}
}

// Build builds the release's binaries into <root>/bin/engines, unless they exist and are newer than their modules, and
// returns the command line.
func (r Release) Build(ctx context.Context, root string, steps *progress.Steps) (CLI, error) {
	path, err := r.cli.build(ctx, root, steps)
	if err != nil {
		return CLI{}, err
	}
	c := CLI{Release: r.Name, Command: append([]string{path}, r.words...), NoXRD: !r.hasXRD}
	if r.core != nil {
		c.Core, err = r.core.build(ctx, root, steps)
	}
	return c, err
}

func (b binary) build(ctx context.Context, root string, steps *progress.Steps) (string, error) {
	dir := filepath.Join(root, "test", "render", "engines", b.module)
	out, err := filepath.Abs(filepath.Join(root, "bin", "engines", b.module))
	if err != nil {
		return "", err
	}
	if upToDate(out, filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")) {
		return out, nil
	}
	return out, steps.Do("build "+b.module+" (some minutes the first time)", func() error {
		return steps.Build(b.module, goBuild(ctx, dir, out, b.pkg))
	})
}

// BuildFunction builds the function into <root>/bin and returns its path. Go sees whether anything has changed.
func BuildFunction(ctx context.Context, root string, steps *progress.Steps) (string, error) {
	out, err := filepath.Abs(filepath.Join(root, "bin", "function"))
	if err != nil {
		return "", err
	}
	if err := steps.Build("function", goBuild(ctx, root, out, "./fn")); err != nil {
		return "", fmt.Errorf("cannot build the function: %w", err)
	}
	return out, nil
}

// goBuild returns the command that builds a package of the module in dir.
func goBuild(ctx context.Context, dir, out, pkg string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath", "-o", out, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return cmd
}

// upToDate reports whether a file exists and is newer than its sources.
func upToDate(file string, sources ...string) bool {
	f, err := os.Stat(file)
	if err != nil {
		return false
	}
	for _, s := range sources {
		if i, err := os.Stat(s); err != nil || i.ModTime().After(f.ModTime()) {
			return false
		}
	}
	return true
}

// Installed returns the `crossplane` on the PATH, if it can render on its own: 1.16 to 2.2 can. Newer ones leave
// rendering to a Crossplane server, which they run in Docker.
func Installed(ctx context.Context) (CLI, error) {
	path, err := exec.LookPath("crossplane")
	if err != nil {
		return CLI{}, err
	}
	b, err := exec.CommandContext(ctx, path, "version", "--client").Output()
	if err != nil {
		return CLI{}, fmt.Errorf("%s does not tell its version: %w", path, err)
	}
	major, minor, err := version(string(b))
	if err != nil {
		return CLI{}, fmt.Errorf("%s: %w", path, err)
	}
	// Not all of 2.0 to 2.2 have --xrd, and none of them needs it.
	c := CLI{Release: fmt.Sprintf("%d.%d", major, minor), Command: []string{path, "render"}, NoXRD: true}
	switch {
	case major == 1 && minor == 16:
		c.Command = []string{path, "beta", "render"}
	case major == 1 && minor > 16, major == 2 && minor <= 2:
	default:
		return CLI{}, fmt.Errorf("%s is version %s; 1.16 to 2.2 are needed", path, c.Release)
	}
	return c, nil
}

var clientVersion = regexp.MustCompile(`(?m)^Client Version: v?(\d+)\.(\d+)\.`)

func version(out string) (major, minor int, err error) {
	m := clientVersion.FindStringSubmatch(out)
	if m == nil {
		return 0, 0, errors.New("cannot read its version from: " + strings.TrimSpace(out))
	}
	// The pattern matched digits.
	major, _ = strconv.Atoi(m[1])
	minor, _ = strconv.Atoi(m[2])
	return major, minor, nil
}
