package main

import (
	"os"
	"os/exec"
	"path/filepath"
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

func TestRunRefusesVersions(t *testing.T) {
	for _, version := range []string{"", "1.2.3", "v1.2", "latest", "v1.2.3.4"} {
		b := &build{root: repository, out: t.TempDir(), version: version}
		if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "semantic version") {
			t.Errorf("version %q is taken (%v), and no dependency would find it", version, err)
		}
	}
}
