package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A Tree is a checkout of the repository.
type Tree struct{ Root string }

// FindTree returns the checkout that holds the working directory.
func FindTree() (Tree, error) {
	dir, err := os.Getwd()
	if err != nil {
		return Tree{}, err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "test", "e2e", "go.mod")); err == nil {
			return Tree{Root: dir}, nil
		}
		if dir == filepath.Dir(dir) {
			return Tree{}, errors.New("the working directory is not inside the repository")
		}
	}
}

// cache returns a path below .cache/e2e, which Git ignores.
func (t Tree) cache(elem ...string) string {
	return filepath.Join(append([]string{t.Root, ".cache", "e2e"}, elem...)...)
}

// newRun returns a new directory for a plane's files. It removes those of runs that were killed.
func (t Tree) newRun(name string) (string, error) {
	t.sweep()
	if err := os.MkdirAll(t.cache("runs"), 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(t.cache("runs"), fmt.Sprintf("%d-%s-", os.Getpid(), name))
}

// sweep removes the directories of runs that no longer exist. Their names begin with the process ID.
func (t Tree) sweep() {
	runs, _ := filepath.Glob(t.cache("runs", "*-*"))
	for _, run := range runs {
		number, _, _ := strings.Cut(filepath.Base(run), "-")
		pid, err := strconv.Atoi(number)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(run)
		}
	}
}

// Module returns the directory and the version of a Go module that the go.mod in dir requires, and downloads it.
func (t Tree) Module(ctx context.Context, dir, path string) (source, version string, err error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	cmd.Dir = filepath.Join(t.Root, dir)
	out, err := cmd.Output()
	var info struct{ Dir, Version, Error string }
	if jerr := json.Unmarshal(out, &info); jerr != nil || info.Dir == "" {
		return "", "", fmt.Errorf("cannot fetch module %s: %w: %s", path, errors.Join(err, jerr), info.Error)
	}
	return info.Dir, info.Version, nil
}
