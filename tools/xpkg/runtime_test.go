package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
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

// functionConfig is the config of the function's image: its port, and a user that is not root.
var functionConfig = v1.Config{
	User: "2000:2000", Entrypoint: []string{"/function"}, Env: []string{"GOGC=400"},
	ExposedPorts: map[string]struct{}{"9443/tcp": {}},
}

// TestPrograms wants programs that run in images without anything else, know their version, and come with the licence
// of each module that they are built from.
func TestPrograms(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the programs are for Linux")
	}
	cases := map[string]struct {
		program program
		version string // argument that prints it
		config  v1.Config
	}{
		"Function": {program: functionProgram, version: "--version", config: functionConfig},
		"CommandLine": {
			program: commandLine, version: "version",
			config: v1.Config{User: "2000:2000", Entrypoint: []string{"/kubectl-ecr"}, WorkingDir: "/work"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b := testBuild(t)
			images, err := tc.program.images(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			for i, arch := range b.architectures {
				cfg, err := images[i].ConfigFile()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.config, cfg.Config); diff != "" {
					t.Errorf("the image's config: -want, +got:\n%s", diff)
				}
				layers, err := images[i].Layers()
				if err != nil {
					t.Fatal(err)
				}
				files := map[string][]byte{}
				if diff := cmp.Diff([]string{noticesFile, tc.program.name}, untar(t, layers[0], files)); diff != "" {
					t.Errorf("the image's files: -want, +got:\n%s", diff)
				}
				wantProgram(t, files[tc.program.name], arch)
				wantNotices(t, files[tc.program.name], files[noticesFile])
			}
			binary := filepath.Join(b.out, tc.program.name+"-linux-"+runtime.GOARCH)
			text, err := exec.Command(binary, tc.version).CombinedOutput()
			if err != nil || strings.TrimSpace(string(text)) != "v1.2.3" {
				t.Errorf("%s says %q, %v, want v1.2.3", tc.version, text, err)
			}
		})
	}
}

// wantProgram wants a program for an architecture that needs neither a loader nor libraries: its image has none.
func wantProgram(t *testing.T, program []byte, arch string) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]; f.Machine != want {
		t.Errorf("the program is for %s, in an image for %s", f.Machine, arch)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is not static: it has %s", p.Type)
		}
	}
}

// wantNotices wants notices to have the licence of each module that a program is built from.
func wantNotices(t *testing.T, program, notices []byte) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range info.Deps {
		// A library is a module or a part of one. Its version lacks the suffix that Go adds.
		library := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(module.Path) + `\S* ` + regexp.QuoteMeta(strings.TrimSuffix(module.Version, "+incompatible")) + `$`)
		if !library.Match(notices) {
			t.Errorf("the notices lack %s %s", module.Path, module.Version)
		}
	}
}

// TestBuildContext wants Docker's build context to have everything that the Dockerfile compiles.
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
		if body, err := os.ReadFile(from); err == nil {
			if err := os.WriteFile(to, body, 0o600); err != nil {
				t.Fatal(err)
			}
		} else if err := os.CopyFS(to, os.DirFS(from)); err != nil {
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
