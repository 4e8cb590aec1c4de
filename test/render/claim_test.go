package render

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/xr"
	"github.com/ontopix/crossplane-ecr/test/render/example"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

var update = flag.Bool("update", false, "write the examples' derived files and the golden files anew")

var repository = example.Repository{Root: filepath.Join("..", "..")}

// TestXR shows that each example's xr.yaml is what Crossplane makes of its claim.yaml.
func TestXR(t *testing.T) {
	claims, err := filepath.Glob(filepath.Join(repository.Root, "examples", "*", "*", example.ClaimFile))
	if err != nil || len(claims) == 0 {
		t.Fatalf("found no claims: %v", err)
	}
	for _, file := range claims {
		t.Run(filepath.ToSlash(filepath.Dir(file)), func(t *testing.T) {
			claim, err := manifest.ReadOne(file)
			if err != nil {
				t.Fatal(err)
			}
			u, err := xr.FromClaim(claim)
			if err != nil {
				t.Fatal(err)
			}
			b, err := manifest.Bytes(u)
			if err != nil {
				t.Fatal(err)
			}
			const head = "# What Crossplane makes of claim.yaml, but for the five characters at the end of its name.\n# Written by `make golden`.\n"
			check(t, "An example's XR and its claim must say the same.", filepath.Join(filepath.Dir(file), example.XRFile), append([]byte(head), b...))
		})
	}
}

// check compares a file with what it should hold, or writes it with -update.
func check(t *testing.T, reason, file string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	if !*update {
		t.Errorf("%s\n%s differs; `make golden` writes it anew: -is, +should be\n%s", reason, file, cmp.Diff(string(got), string(want)))
		return
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
}
