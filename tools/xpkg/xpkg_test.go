package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const repository = "../.."

// binaryFor stands for a program's binary: nothing but the header of one for an architecture.
func binaryFor(t *testing.T, arch string) []byte {
	t.Helper()
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machines[arch]), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, h); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed returns a package of the repository as it is.
func packed(t *testing.T, r recipe, arch, version string) v1.Image {
	t.Helper()
	var base v1.Image
	if r.runs() {
		var err error
		if base, err = functionProgram.image(binaryFor(t, arch), []byte("notices"), arch); err != nil {
			t.Fatal(err)
		}
	}
	img, err := r.pack(t.Context(), repository, base, version, "ghcr.io")
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func recipes() []recipe { return append([]recipe{functionRecipe}, configurationRecipes...) }

func TestPackTwiceGivesOneDigest(t *testing.T) {
	for _, r := range recipes() {
		for _, arch := range []string{"amd64", "arm64"} {
			t.Run(r.name+"/"+arch, func(t *testing.T) {
				first, err := packed(t, r, arch, "v1.2.3").Digest()
				if err != nil {
					t.Fatal(err)
				}
				second, err := packed(t, r, arch, "v1.2.3").Digest()
				if err != nil {
					t.Fatal(err)
				}
				if first != second {
					t.Errorf("two builds give %s and %s", first, second)
				}
			})
		}
	}
}

// TestIndex wants an index from which a node finds its image.
func TestIndex(t *testing.T) {
	cli := func(arch string) v1.Image {
		img, err := commandLine.image(binaryFor(t, arch), []byte("notices"), arch)
		if err != nil {
			t.Fatal(err)
		}
		if img, err = asPublished(img); err != nil {
			t.Fatal(err)
		}
		return img
	}
	for name, images := range map[string][]v1.Image{
		"Function":    {packed(t, functionRecipe, "amd64", "v1.2.3"), packed(t, functionRecipe, "arm64", "v1.2.3")},
		"CommandLine": {cli("amd64"), cli("arm64")},
	} {
		t.Run(name, func(t *testing.T) {
			index, err := indexOf(images)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate.Index(index); err != nil {
				t.Error(err)
			}
			m, err := index.IndexManifest()
			if err != nil {
				t.Fatal(err)
			}
			got := []string{string(m.MediaType)}
			for _, d := range m.Manifests {
				got = append(got, string(d.MediaType)+" "+d.Platform.String())
			}
			want := []string{
				"application/vnd.oci.image.index.v1+json",
				"application/vnd.oci.image.manifest.v1+json linux/amd64",
				"application/vnd.oci.image.manifest.v1+json linux/arm64",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the index: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestSave wants an archive to hold the image that is published, as far as an archive can.
func TestSave(t *testing.T) {
	b := &build{out: t.TempDir(), version: "v1.2.3"}
	img := packed(t, functionRecipe, "arm64", b.version)
	if err := b.save("function-ecr-linux-arm64", img); err != nil {
		t.Fatal(err)
	}
	saved, err := tarball.ImageFromPath(filepath.Join(b.out, "function-ecr-linux-arm64-v1.2.3.xpkg"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got, err := saved.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the archive's config: -want, +got:\n%s", diff)
	}
}

func TestCompatible(t *testing.T) {
	cases := map[string]struct{ reason, version, want string }{
		"Release":    {"not older, and not of the next major version", "v1.2.3", ">=v1.2.3, <v2.0.0-0"},
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
		t.Error("compatible takes a version that is none")
	}
}

func TestReadableRange(t *testing.T) {
	cases := map[string]struct{ reason, bounds, want string }{
		"Blank": {"1.20 takes a blank for a mistake", ">=v2.5.0 <v3.0.0", ">=v2.5.0, <v3.0.0"},
		"Comma": {"every version reads a comma", ">=v2.5.0, <v3.0.0", ">=v2.5.0, <v3.0.0"},
		"One":   {"one bound is one bound", ">=v0.1.0", ">=v0.1.0"},
		"None":  {"a dependency of any version is an oversight", "", ""},
		"Wrong": {"what nobody can read is an error at once", ">=v2.x.y", ""},
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
	dir := t.TempDir()
	for _, f := range []string{"claimed/claim.yaml", "claimed/xr.yaml", "claimed/observed.yaml", "platform/xr.yaml", "platform/required.yaml"} {
		if err := write(filepath.Join(dir, f), []byte("a: b\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyYAML(dir, filepath.Join(dir, "out"), appliedByUsers); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := filepath.WalkDir(filepath.Join(dir, "out"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(filepath.Join(dir, "out"), path)
			got = append(got, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"claimed/claim.yaml", "platform/xr.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims, and composite resources without one: -want, +got:\n%s", diff)
	}
	if err := copyYAML(filepath.Join(dir, "claimed"), t.TempDir(), func(string) bool { return false }); err == nil {
		t.Error("copyYAML of nothing is no error: a recipe that is out of date would pack nothing")
	}
}
