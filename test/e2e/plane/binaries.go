package plane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/ontopix/crossplane-ecr/internal/progress"
)

// A binary is a program that is built from a Go module.
type binary struct {
	name    string
	dir     string // of the module
	pkg     string // what is built
	ldflags string
	// static builds it as the product is built. The others are built as the tests themselves are, since what they have in
	// common (most of Kubernetes' libraries) is then compiled once.
	static bool
	// sources are the patterns of files, beside go.mod and go.sum, that decide what the program is. A program with sources
	// "..." is built every time, which takes Go a second or two when nothing has changed.
	sources []string
}

// kubeBinary is the control plane of cmd/kube.
func (t Tree) kubeBinary() binary {
	return binary{name: "kube", dir: t.e2e(), pkg: "./cmd/kube", sources: []string{"cmd/kube/*.go"}}
}

// crossplaneBinary is Crossplane's core.
func (t Tree) crossplaneBinary(v Version) binary {
	return binary{name: "crossplane-" + v.Name, dir: t.e2e(v.module), pkg: v.path + "/cmd/crossplane", ldflags: v.ldflags}
}

// functionBinary is the product.
func (t Tree) functionBinary() binary {
	return binary{name: "function", dir: t.Root, pkg: "./fn", static: true, sources: []string{"..."}}
}

// floorBinary is the function that the product is measured against.
func (t Tree) floorBinary() binary {
	return binary{name: "floor", dir: t.Root, pkg: "./test/bench/cmd/floor", static: true, sources: []string{"..."}}
}

// path returns the built program, and builds it unless the cache has it.
func (b binary) path(ctx context.Context, t Tree, steps *progress.Steps) (string, error) {
	always := len(b.sources) == 1 && b.sources[0] == "..."
	file := t.cache("bin", b.name)
	if !always {
		key, err := b.key()
		if err != nil {
			return "", err
		}
		file += "-" + key
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	building.Lock()
	defer building.Unlock()
	return file, steps.Do("build "+b.name, func() error { return b.build(ctx, file, always, steps) })
}

// building lets one build go on at a time: Go uses every core by itself.
var building sync.Mutex

// key returns a short hash over everything that decides what the program is.
func (b binary) key() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, b.pkg, b.ldflags)
	for _, pattern := range append([]string{"go.mod", "go.sum"}, b.sources...) {
		files, err := filepath.Glob(filepath.Join(b.dir, pattern))
		if err != nil {
			return "", err
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%s %x\n", filepath.Base(f), sha256.Sum256(data))
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// build builds the program beside file and moves it there, so that runs at the same time do not see half of it; or in place,
// where Go itself sees that nothing has changed.
func (b binary) build(ctx context.Context, file string, inPlace bool, steps *progress.Steps) error {
	part := file
	if !inPlace {
		part = fmt.Sprintf("%s.%d.part", file, os.Getpid())
		defer os.Remove(part)
	}

	args := []string{"build", "-v", "-o", part}
	cmd := exec.CommandContext(ctx, "go")
	cmd.Dir = b.dir
	if b.static {
		args = append(args, "-trimpath")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	} else {
		args = append(args, "-ldflags", strings.TrimSpace("-s -w "+b.ldflags))
	}
	cmd.Args = append(append(cmd.Args, args...), b.pkg)
	if err := steps.Build(b.name, cmd); err != nil {
		return err
	}
	if inPlace {
		return nil
	}
	if err := os.Rename(part, file); err != nil {
		return err
	}
	// Each takes 100 MB, and what went into the older ones is history.
	old, err := filepath.Glob(filepath.Join(filepath.Dir(file), b.name+"-*"))
	for _, other := range old {
		if other != file {
			err = errors.Join(err, os.Remove(other))
		}
	}
	return err
}
