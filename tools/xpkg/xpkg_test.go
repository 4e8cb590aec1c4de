package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
)

const repository = "../.."

// program stands for the function's binary, whose content no package depends on.
var program = []byte("\x7fELF a program")

// packed returns a package of the repository as it is.
func packed(t *testing.T, r recipe, arch, version string) v1.Image {
	t.Helper()
	var base v1.Image
	if r.runs() {
		var err error
		if base, err = runtimeImage(program, arch); err != nil {
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

// TestPackChecks wants the faults of packages that somebody spoiled to be found: pack itself runs the check on what it made.
func TestPackChecks(t *testing.T) {
	layer := func(name, text string) v1.Layer {
		l, err := fileLayer(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	add := func(img v1.Image, l v1.Layer, kind string) v1.Image {
		cfg, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		cfg = cfg.DeepCopy()
		digest, err := l.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if kind != "" {
			cfg.Config.Labels[xpkg.Label(digest.String())] = kind
		}
		if img, err = mutate.ConfigFile(img, cfg); err != nil {
			t.Fatal(err)
		}
		if img, err = mutate.AppendLayers(img, l); err != nil {
			t.Fatal(err)
		}
		if img, err = asPublished(img); err != nil {
			t.Fatal(err)
		}
		return img
	}
	config := func(img v1.Image, change func(*v1.ConfigFile)) v1.Image {
		cfg, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		cfg = cfg.DeepCopy()
		change(cfg)
		if img, err = mutate.ConfigFile(img, cfg); err != nil {
			t.Fatal(err)
		}
		return img
	}

	cases := map[string]struct {
		reason string
		recipe recipe
		spoil  func(v1.Image) v1.Image
		want   string // part of the error; empty for none
	}{
		"Function":      {reason: "what is built is good", recipe: functionRecipe, spoil: func(i v1.Image) v1.Image { return i }},
		"Configuration": {reason: "what is built is good", recipe: configurationRecipes[0], spoil: func(i v1.Image) v1.Image { return i }},
		"Namespaced":    {reason: "what is built is good", recipe: configurationRecipes[1], spoil: func(i v1.Image) v1.Image { return i }},
		"Root": {
			reason: "a function that runs as root is refused by many clusters",
			recipe: functionRecipe,
			spoil:  func(i v1.Image) v1.Image { return config(i, func(c *v1.ConfigFile) { c.Config.User = "" }) },
			want:   "the user is",
		},
		"NoEntrypoint": {
			reason: "Crossplane starts what the image says",
			recipe: functionRecipe,
			spoil:  func(i v1.Image) v1.Image { return config(i, func(c *v1.ConfigFile) { c.Config.Entrypoint = nil }) },
			want:   "the entrypoint is",
		},
		"NoPlatform": {
			reason: "a node picks the image of its platform",
			recipe: functionRecipe,
			spoil:  func(i v1.Image) v1.Image { return config(i, func(c *v1.ConfigFile) { c.Architecture = "" }) },
			want:   "the platform is",
		},
		"Labels": {
			reason: "label and annotation of a layer are the same thing",
			recipe: configurationRecipes[0],
			spoil: func(i v1.Image) v1.Image {
				return config(i, func(c *v1.ConfigFile) { c.Config.Labels = nil })
			},
			want: `annotated "base", and labelled ""`,
		},
		"TwoBases": {
			reason: "Crossplane reads one layer",
			recipe: configurationRecipes[0],
			spoil:  func(i v1.Image) v1.Image { return add(i, layer("package.yaml", "{}"), "base") },
			want:   `two layers are annotated "base"`,
		},
		"StrayFile": {
			reason: "a runtime image holds the binary and nothing else",
			recipe: configurationRecipes[0],
			spoil:  func(i v1.Image) v1.Image { return add(i, layer("etc/passwd", "root"), "") },
			want:   "a configuration has something to run",
		},
		"WrongRecipe": {
			reason: "a function has no Compositions",
			recipe: functionRecipe,
			spoil:  func(v1.Image) v1.Image { return packed(t, configurationRecipes[0], "", "v1.2.3") },
			want:   "package meta type is not Function",
		},
		"DockerImage": {
			reason: "Docker's media types know no annotations",
			recipe: configurationRecipes[0],
			spoil:  func(i v1.Image) v1.Image { return mutate.MediaType(i, types.DockerManifestSchema2) },
			want:   "is no OCI image",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := tc.recipe.check(tc.spoil(packed(t, tc.recipe, "arm64", "v1.2.3")))
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s: check says %v, want %q", tc.reason, err, tc.want)
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
