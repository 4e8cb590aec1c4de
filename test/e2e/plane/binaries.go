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
	dir     string // of the module, below the repository's root
	pkg     string // what is built
	ldflags string
	// static builds it as the product is built. The others are built as the tests themselves are, since what they have in
	// common (most of Kubernetes' libraries) is then compiled once.
	static bool
}

var (
	// kubeBinary is the control plane of cmd/kube.
	kubeBinary = binary{name: "kube", dir: "test/e2e", pkg: "./cmd/kube"}
	// functionBinary is the product.
	functionBinary = binary{name: "function", pkg: "./fn", static: true}
	// floorBinary is the function that the product is measured against.
	floorBinary = binary{name: "floor", pkg: "./test/bench/cmd/floor", static: true}
	// cliBinary is Crossplane's command line, as the examples are rendered with it.
	cliBinary = binary{
		name: "crossplane-cli", dir: "test/render/engines/crossplane-2.2", pkg: "github.com/crossplane/crossplane/v2/cmd/crank", static: true,
	}
)

// crossplaneBinary is Crossplane's core.
func crossplaneBinary(v Version) binary {
	return binary{name: "crossplane-" + v.Name, dir: v.dir, pkg: v.path + "/cmd/crossplane", ldflags: v.ldflags}
}

// building lets one build go on at a time: Go uses every core by itself.
var building sync.Mutex

// build returns the built program, as it was when the plane needed it first: what is built later must not change what the plane
// starts again. Where nothing has changed, Go sees that in a second or two.
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
