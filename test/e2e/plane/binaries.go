package plane

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// A binary is a program that is built from a Go module.
type binary struct {
	name    string
	dir     string // of the module, relative to the repository's root
	pkg     string // the package to build
	ldflags string
	// static builds with the product's flags. Other binaries use the flags of the tests, so that the libraries that
	// they share (most of Kubernetes') are compiled once.
	static bool
}

var (
	// kubeBinary is the control plane of cmd/kube.
	kubeBinary = binary{name: "kube", dir: "test/e2e", pkg: "./cmd/kube"}
	// functionBinary is the product.
	functionBinary = binary{name: "function", pkg: "./fn", static: true}
	// floorBinary is the function that the product is compared with.
	floorBinary = binary{name: "floor", pkg: "./test/bench/cmd/floor", static: true}
	// cliBinary is Crossplane's command line 2.2, one of those that render the examples.
	cliBinary = binary{
		name: "crossplane-cli", dir: "test/render/engines/crossplane-2.2", pkg: "github.com/crossplane/crossplane/v2/cmd/crank", static: true,
	}
)

// crossplaneBinary returns the binary of Crossplane's core.
func crossplaneBinary(v Version) binary {
	return binary{name: "crossplane-" + v.Name, dir: v.dir, pkg: v.path + "/cmd/crossplane", ldflags: v.ldflags}
}

// building allows one build at a time, since Go uses every core by itself.
var building sync.Mutex

// build builds a binary and returns its path. A plane keeps the first build of each binary, so that a later build does
// not change what the plane starts again. If nothing has changed, Go sees that in a second or two.
func (p *Plane) build(ctx context.Context, b binary) (string, error) {
	building.Lock()
	defer building.Unlock()
	file := filepath.Join(p.dir, "bin", b.name)
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	built := p.tree.cache("bin", b.name)
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-o", built)
	cmd.Dir = filepath.Join(p.tree.Root, b.dir)
	if b.static {
		cmd.Args = append(cmd.Args, "-trimpath")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	} else {
		cmd.Args = append(cmd.Args, "-ldflags", strings.TrimSpace("-s -w "+b.ldflags))
	}
	cmd.Args = append(cmd.Args, b.pkg)
	if err := p.Steps.Do("build "+b.name, func() error { return p.Steps.Build(b.name, cmd) }); err != nil {
		return "", err
	}
	return file, os.Link(built, file)
}
