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

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestPrograms wants programs that run in images that hold nothing else, that know their version, and that come with
// the licence of each module that they are built from.
func TestPrograms(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the programs are for Linux")
	}
	cases := map[string]struct {
		program program
		version string // argument that prints it
		help    string // what the help speaks of
		config  v1.Config
	}{
		"Function": {
			program: functionProgram, version: "--version", help: "--tls-certs-dir",
			config: v1.Config{
				User: "2000:2000", Entrypoint: []string{"/function"}, Env: []string{"GOGC=400"}, ExposedPorts: map[string]struct{}{"9443/tcp": {}},
			},
		},
		"CommandLine": {
			program: commandLine, version: "version", help: "Available Commands",
			config: v1.Config{User: "2000:2000", Entrypoint: []string{"/kubectl-ecr"}, WorkingDir: "/work"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b := &build{root: repository, out: t.TempDir(), version: "v1.2.3", architectures: []string{runtime.GOARCH}}
			images, err := tc.program.images(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := images[0].ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.config, cfg.Config); diff != "" {
				t.Errorf("the image's config: -want, +got:\n%s", diff)
			}
			layers, err := images[0].Layers()
			if err != nil {
				t.Fatal(err)
			}
			files, err := untar(layers[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range tc.program.check(cfg, files) {
				t.Error(fault)
			}

			binary := filepath.Join(b.out, tc.program.name+"-linux-"+runtime.GOARCH)
			if help, err := exec.Command(binary, "--help").CombinedOutput(); err != nil || !strings.Contains(string(help), tc.help) {
				t.Errorf("--help says %q, %v, want %s", help, err, tc.help)
			}
			text, err := exec.Command(binary, tc.version).CombinedOutput()
			if err != nil || strings.TrimSpace(string(text)) != "v1.2.3" {
				t.Errorf("%s says %q, %v, want v1.2.3", tc.version, text, err)
			}
			wantNotices(t, binary, files[noticesFile])
		})
	}
}

// wantNotices wants notices to have the licence of each module that a program is built from.
func wantNotices(t *testing.T, binary string, notices []byte) {
	t.Helper()
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range info.Deps {
		// A library is a module, or a part of one, without what Go adds to its version.
		library := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(module.Path) + `\S* ` + regexp.QuoteMeta(strings.TrimSuffix(module.Version, "+incompatible")) + `$`)
		if !library.Match(notices) {
			t.Errorf("the notices lack %s %s", module.Path, module.Version)
		}
	}
}

// TestBuildContext wants Docker to be given all that the Dockerfile compiles.
func TestBuildContext(t *testing.T) {
	given, err := os.ReadFile(filepath.Join(repository, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for line := range strings.Lines(string(given)) {
		path, ok := strings.CutPrefix(strings.TrimSpace(line), "!")
		if !ok {
			continue
		}
		from, to := filepath.Join(repository, path), filepath.Join(dir, path)
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			err = os.CopyFS(to, os.DirFS(from))
		} else {
			var body []byte
			if body, err = os.ReadFile(from); err == nil {
				err = write(to, body)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []struct{ in, pkg string }{{".", functionProgram.pkg}, {".", commandLine.pkg}, {"tools/licences", "."}} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", list.pkg)
		cmd.Dir = filepath.Join(dir, list.in)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s in %s: %v\n%s", list.pkg, list.in, err, text)
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
