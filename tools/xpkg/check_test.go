package main

import (
	"encoding/base64"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
)

// TestPackChecks wants the faults of packages that somebody spoiled to be found: pack itself runs the check on what it made.
func TestPackChecks(t *testing.T) {
	layer := func(name, text string) v1.Layer {
		l, err := fileLayer(file{name, 0o644, []byte(text)})
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
		"OtherProgram": {
			reason: "a program of another processor does not start",
			recipe: functionRecipe,
			spoil:  func(i v1.Image) v1.Image { return config(i, func(c *v1.ConfigFile) { c.Architecture = "amd64" }) },
			want:   "the program is for EM_AARCH64, in an image for amd64",
		},
		"NoPort": {
			reason: "the image says where it serves",
			recipe: functionRecipe,
			spoil:  func(i v1.Image) v1.Image { return config(i, func(c *v1.ConfigFile) { c.Config.ExposedPorts = nil }) },
			want:   "want 9443/tcp",
		},
		"NoPlatformOfConfiguration": {
			reason: "OCI wants a platform of every image, also of one with nothing to run",
			recipe: configurationRecipes[0],
			spoil:  func(i v1.Image) v1.Image { return config(i, func(c *v1.ConfigFile) { c.OS = "" }) },
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
			reason: "a configuration has no files of its own to run",
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

// TestPackWantsNotices wants no function without the notices of its libraries.
func TestPackWantsNotices(t *testing.T) {
	base, err := functionProgram.image(binaryFor(t, "arm64"), nil, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := functionRecipe.pack(t.Context(), repository, base, "v1.2.3", "ghcr.io"); err == nil || !strings.Contains(err.Error(), "NOTICES is empty") {
		t.Errorf("pack says %v, want it to miss the notices", err)
	}
}

// TestManifestChecks wants a manifest to say what the specification has it say.
func TestManifestChecks(t *testing.T) {
	good := map[string]string{
		"maintainer":  "The authors",
		"source":      "https://github.com/ontopix/crossplane-ecr",
		"license":     "Apache-2.0",
		"description": "Does one thing.",
		"readme":      "It does one thing. It does it well.",
		"iconURI":     iconPrefix + base64.StdEncoding.EncodeToString([]byte("<svg/>")),
	}
	cases := map[string]struct {
		reason string
		spoil  map[string]string
		want   int // faults
	}{
		"Good":           {"all that is asked for is there", nil, 0},
		"Nothing":        {"every one of them is asked for", map[string]string{"maintainer": "", "source": "", "license": "", "description": "", "readme": "", "iconURI": ""}, 6},
		"NoURL":          {"a source is a URL", map[string]string{"source": "github.com/ontopix/crossplane-ecr"}, 1},
		"NoIdentifier":   {"a licence has an identifier", map[string]string{"license": "Apache License 2.0"}, 1},
		"TwoSentences":   {"a description is one sentence", map[string]string{"description": "Does one thing. Well."}, 1},
		"BrokenSentence": {"a description is shown on one line", map[string]string{"description": "Does one\nthing."}, 1},
		"NoPicture":      {"a browser shows pictures", map[string]string{"iconURI": iconPrefix + "?"}, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{Object: map[string]any{}}
			annotations := map[string]string{}
			for _, from := range []map[string]string{good, tc.spoil} {
				for k, v := range from {
					annotations["meta.crossplane.io/"+k] = v
				}
			}
			u.SetAnnotations(annotations)
			if faults := checkManifest(u); len(faults) != tc.want {
				t.Errorf("%s: %d faults, want %d: %v", tc.reason, len(faults), tc.want, faults)
			}
		})
	}
}

// TestExamplesChecks wants examples to be of what their package defines.
func TestExamplesChecks(t *testing.T) {
	xrd := &unstructured.Unstructured{Object: map[string]any{
		"kind": "CompositeResourceDefinition",
		"spec": map[string]any{
			"group": "ecr.ontopix.io", "names": map[string]any{"kind": "XEcrOrgAccess"}, "claimNames": map[string]any{"kind": "EcrOrgAccess"},
		},
	}}
	cases := map[string]struct {
		reason, examples string
		want             int // faults
	}{
		"Claim":     {"a team applies it", "{apiVersion: ecr.ontopix.io/v1alpha1, kind: EcrOrgAccess}", 0},
		"Composite": {"a platform team applies it", "{apiVersion: ecr.ontopix.io/v1alpha1, kind: XEcrOrgAccess}", 0},
		"None":      {"a layer of nothing is an oversight", "---", 1},
		"Other":     {"it is in another package", "{apiVersion: ecr.m.ontopix.io/v1alpha1, kind: EcrOrgAccess}", 1},
		"Observed":  {"a status is nothing to apply", "{apiVersion: ecr.ontopix.io/v1alpha1, kind: EcrOrgAccess, status: {}}", 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{xpkg.XpkgExamplesFile: []byte(tc.examples)}
			faults := configurationRecipes[0].checkExamples(files, []*unstructured.Unstructured{xrd})
			if len(faults) != tc.want {
				t.Errorf("%s: %d faults, want %d: %v", tc.reason, len(faults), tc.want, faults)
			}
		})
	}
}
