package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
)

func TestCompatible(t *testing.T) {
	cases := map[string]struct{ reason, version, want string }{
		"Release":    {"neither older, nor of the next major version", "v1.2.3", ">=v1.2.3, <v2.0.0-0"},
		"PreRelease": {"a candidate finds the candidate", "v0.2.0-rc.1", ">=v0.2.0-rc.1, <v1.0.0-0"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := compatible(tc.version)
			if err != nil || got != tc.want {
				t.Errorf("%s: compatible(%s) = %q, %v, want %q", tc.reason, tc.version, got, err, tc.want)
			}
		})
	}
	if _, err := compatible("latest"); err == nil {
		t.Error("compatible accepts a version that is not semantic")
	}
}

func TestReadableRange(t *testing.T) {
	cases := map[string]struct{ reason, bounds, want string }{
		"Blank": {"Crossplane 1.20 does not accept a blank", ">=v2.5.0 <v3.0.0", ">=v2.5.0, <v3.0.0"},
		"Comma": {"every version of Crossplane accepts a comma", ">=v2.5.0, <v3.0.0", ">=v2.5.0, <v3.0.0"},
		"One":   {"a single bound needs no separator", ">=v0.1.0", ">=v0.1.0"},
		"None":  {"a dependency of any version is an oversight", "", ""},
		"Wrong": {"a version that cannot be parsed is an error", ">=v2.x.y", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := readableRange(tc.bounds)
			if got != tc.want || (err != nil) != (tc.want == "") {
				t.Errorf("%s: readableRange(%q) = %q, %v, want %q", tc.reason, tc.bounds, got, err, tc.want)
			}
		})
	}
}

func TestAppliedByUsers(t *testing.T) {
	dir, stage := t.TempDir(), afero.NewMemMapFs()
	for _, f := range []string{"a/claimed/claim.yaml", "a/claimed/xr.yaml", "a/claimed/observed.yaml", "a/platform/xr.yaml", "a/platform/required.yaml"} {
		file := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("a: b\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyYAML(stage, "examples", dir, "a", appliedByUsers); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := afero.Walk(stage, "examples", func(path string, info fs.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			got = append(got, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"examples/a/claimed/claim.yaml", "examples/a/platform/xr.yaml"}, got); diff != "" {
		t.Errorf("claims, and composite resources without one: -want, +got:\n%s", diff)
	}
	if err := copyYAML(stage, "examples", dir, "a", func(string) bool { return false }); err == nil {
		t.Error("copyYAML of nothing is no error: a recipe that is out of date would pack nothing")
	}
}

func TestRunRefusesVersions(t *testing.T) {
	for _, version := range []string{"", "1.2.3", "v1.2", "latest", "v1.2.3.4"} {
		b := testBuild(t)
		b.version = version
		if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "semantic version") {
			t.Errorf("version %q is accepted (%v), and no dependency would find it", version, err)
		}
	}
}
