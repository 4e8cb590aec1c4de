package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestCompile wants a program that runs in an image that holds nothing else, and that knows its version.
func TestCompile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the program is for Linux")
	}
	out := filepath.Join(t.TempDir(), "function")
	if err := compile(t.Context(), repository, out, runtime.GOARCH, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(out) //nolint:gosec // just built
	if err != nil {
		t.Fatal(err)
	}
	if err := checkProgram(body, runtime.GOARCH); err != nil {
		t.Error(err)
	}
	if help, err := exec.Command(out, "--help").CombinedOutput(); err != nil || !strings.Contains(string(help), "--tls-certs-dir") { //nolint:gosec // just built
		t.Errorf("--help says %q, %v, want the flags", help, err)
	}
	text, err := exec.Command(out, "--version").CombinedOutput() //nolint:gosec // just built
	if err != nil || strings.TrimSpace(string(text)) != "v1.2.3" {
		t.Errorf("--version says %q, %v, want v1.2.3", text, err)
	}
}

// TestNotices shows that the image has the licence of each module that the function is built from.
func TestNotices(t *testing.T) {
	out := filepath.Join(t.TempDir(), "function")
	if err := compile(t.Context(), repository, out, runtime.GOARCH, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	text, err := notices(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range info.Deps {
		// A library is a module, or a part of one, without what Go adds to its version.
		library := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(module.Path) + `\S* ` + regexp.QuoteMeta(strings.TrimSuffix(module.Version, "+incompatible")) + `$`)
		if !library.Match(text) {
			t.Errorf("the notices lack %s %s", module.Path, module.Version)
		}
	}
}

func TestRunRefusesVersions(t *testing.T) {
	for _, version := range []string{"", "1.2.3", "v1.2", "latest", "v1.2.3.4"} {
		b := &build{root: repository, out: t.TempDir(), version: version}
		if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "semantic version") {
			t.Errorf("version %q is taken (%v), and no dependency would find it", version, err)
		}
	}
}
