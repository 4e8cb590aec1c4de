package xrd

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	metav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
)

// compositionOf returns the path of the Composition that a definition enforces.
func compositionOf(definition string) string {
	return path.Join(path.Dir(definition), "composition.yaml")
}

// packages are this repository's packages, with releases of Crossplane that they must admit and refuse.
var packages = map[string]struct {
	admits, refuses []string

	// folder begins the paths of the package's definitions; Crossplane 1.20 has no namespaced ones.
	folder string
}{
	"crossplane.yaml":         {folder: "apis/x", admits: []string{"v1.20.0", "v1.20.9", "v2.0.0", "v2.4.0"}, refuses: []string{"v1.19.2"}},
	"package/crossplane.yaml": {admits: []string{"v1.20.0", "v1.20.9", "v2.0.0", "v2.4.0"}, refuses: []string{"v1.19.2"}},
	"apis/m/crossplane.yaml":  {folder: "apis/m/", admits: []string{"v2.0.0", "v2.4.0"}, refuses: []string{"v1.20.0", "v1.20.9"}},
}

// crossplanes maps the Crossplane releases that must accept the packages to the Go modules with their CRDs.
var crossplanes = map[string]string{
	"1.20": "github.com/crossplane/crossplane@v1.20.5",
	"2.4":  "github.com/crossplane/crossplane/v2@v2.4.0",
}

// TestCrossplaneAcceptsThePackages shows that each release of Crossplane accepts every file of its packages.
func TestCrossplaneAcceptsThePackages(t *testing.T) {
	for release, module := range crossplanes {
		t.Run(release, func(t *testing.T) {
			// Outside any module, since this one's go.sum does not list it.
			m := download(t, t.TempDir(), module)
			v := validator{}
			v.addFiles(t, filepath.Join(m.Dir, "cluster/crds/*.yaml"), filepath.Join(m.Dir, "cluster/meta/*.yaml"))
			for _, file := range filesFor(t, release) {
				obj := decode(t, object(t, file))
				// As the package manager and kubectl do for an object that they create.
				if strings.HasPrefix(obj.GetAPIVersion(), "meta.pkg.") {
					obj.SetNamespace("default")
				}
				for _, err := range v.validate(t, obj, nil) {
					t.Errorf("%s: %s", file, err)
				}
			}
		})
	}
}

// filesFor returns the files of all packages that a release of Crossplane must accept.
func filesFor(t *testing.T, release string) []string {
	t.Helper()
	var files []string
	for meta, p := range packages {
		if !slices.Contains(p.admits, "v"+release+".0") {
			continue
		}
		files = append(files, meta)
		for _, definition := range definitions {
			if p.folder != "" && strings.HasPrefix(definition, p.folder) {
				files = append(files, definition, compositionOf(definition))
			}
		}
	}
	if len(files) < 2 {
		t.Fatalf("no files for Crossplane %s", release)
	}
	return files
}

// TestNamesAgree shows that the names by which the parts of the packages refer to each other agree.
func TestNamesAgree(t *testing.T) {
	for _, definitionFile := range definitions {
		compositionFile := compositionOf(definitionFile)
		definition := readDefinition(t, definitionFile)
		composition := &xpv1.Composition{}
		unmarshal(t, compositionFile, composition)

		if diff := cmp.Diff(definition.Spec.EnforcedCompositionRef.Name, composition.GetName()); diff != "" {
			t.Errorf("%s: the definition enforces another Composition: %s", compositionFile, diff)
		}
		want := xpv1.TypeReference{
			APIVersion: definition.Spec.Group + "/" + definition.Spec.Versions[0].Name,
			Kind:       definition.Spec.Names.Kind,
		}
		if diff := cmp.Diff(want, composition.Spec.CompositeTypeRef); diff != "" {
			t.Errorf("%s: the Composition is of another kind: -want, +got\n%s", compositionFile, diff)
		}
		if n := len(composition.Spec.Pipeline); n != 1 {
			t.Fatalf("%s: %d steps, want 1", compositionFile, n)
		}
		if diff := cmp.Diff(installedName(t), composition.Spec.Pipeline[0].FunctionRef.Name); diff != "" {
			t.Errorf("%s: the package manager gives the function another name: -want, +got\n%s", compositionFile, diff)
		}
	}
}

// installedName returns the package manager's name for the function that both Configurations depend on: the image's
// repository, with hyphens for slashes.
func installedName(t *testing.T) string {
	t.Helper()
	names := map[string]bool{}
	for meta, p := range packages {
		if p.folder == "" {
			continue
		}
		configuration := &metav1.Configuration{}
		unmarshal(t, meta, configuration)
		for _, d := range configuration.Spec.DependsOn {
			if d.Kind != nil && *d.Kind == "Function" {
				_, repository, _ := strings.Cut(*d.Package, "/")
				names[strings.ReplaceAll(repository, "/", "-")] = true
			}
		}
	}
	if len(names) != 1 {
		t.Fatalf("the Configurations depend on %d Functions, want one", len(names))
	}
	return slices.Collect(maps.Keys(names))[0]
}

// TestProviderRange shows that the packages admit the providers from the oldest to the newest that the examples are
// tested with, including patches, and no others.
func TestProviderRange(t *testing.T) {
	newest, err := semver.NewVersion(providerOf(t, providers["Newest"]).Version)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(">=%s, <v%s", providerOf(t, providers["Oldest"]).Version, newest.IncMinor())
	configuration := &metav1.Configuration{}
	unmarshal(t, "crossplane.yaml", configuration)
	found := false
	for _, d := range configuration.Spec.DependsOn {
		if d.Kind == nil || *d.Kind != "Provider" {
			continue
		}
		found = true
		if d.Version != want {
			t.Errorf("%s must have the version %q, not %q", *d.Package, want, d.Version)
		}
	}
	if !found {
		t.Error("the Configuration depends on no provider")
	}
}

// TestConfigurationsDependOnTheSame shows that the Configurations depend on the same packages: both must be installed
// while a team moves from one to the other.
func TestConfigurationsDependOnTheSame(t *testing.T) {
	first, second := &metav1.Configuration{}, &metav1.Configuration{}
	unmarshal(t, "crossplane.yaml", first)
	unmarshal(t, "apis/m/crossplane.yaml", second)
	if diff := cmp.Diff(first.Spec.DependsOn, second.Spec.DependsOn); diff != "" {
		t.Errorf("-crossplane.yaml, +apis/m/crossplane.yaml\n%s", diff)
	}
}

// TestCrossplaneVersions shows that the packages can be installed on the oldest and the newest Crossplane that they
// support, and on no older one.
func TestCrossplaneVersions(t *testing.T) {
	for file, p := range packages {
		constraint, _, err := unstructured.NestedString(object(t, file), "spec", "crossplane", "version")
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		c, err := semver.NewConstraint(constraint)
		if err != nil {
			t.Fatalf("%s: %q: %v", file, constraint, err)
		}
		for _, version := range p.admits {
			if !c.Check(semver.MustParse(version)) {
				t.Errorf("%s: %q refuses Crossplane %s", file, constraint, version)
			}
		}
		for _, version := range p.refuses {
			if c.Check(semver.MustParse(version)) {
				t.Errorf("%s: %q admits Crossplane %s", file, constraint, version)
			}
		}
		if p.folder == "" {
			continue
		}
		meta := &metav1.Configuration{}
		unmarshal(t, file, meta)
		if len(meta.Spec.DependsOn) == 0 {
			t.Errorf("%s: depends on nothing", file)
		}
		for _, d := range meta.Spec.DependsOn {
			if _, err := semver.NewConstraint(d.Version); err != nil {
				t.Errorf("%s: %q: %v", *d.Package, d.Version, err)
			}
		}
	}
}

// inputCRD is the CRD of the function's Input, in its package.
var inputCRD = filepath.Join(root, "package/input/ecr.fn.ontopix.io_inputs.yaml")

func inputValidator(t *testing.T) validator {
	t.Helper()
	v := validator{}
	v.add(t, readCRD(t, inputCRD))
	return v
}

// TestInputs shows that the Input of each Composition is valid, and so are the settings in its comments, which users
// uncomment.
func TestInputs(t *testing.T) {
	v := inputValidator(t)
	for _, definition := range definitions {
		file := compositionOf(definition)
		composition := &xpv1.Composition{}
		unmarshal(t, file, composition)
		var input map[string]any
		if err := yaml.Unmarshal(composition.Spec.Pipeline[0].Input.Raw, &input); err != nil {
			t.Fatal(err)
		}
		shown := commented(t, file)
		shown["apiVersion"], shown["kind"] = input["apiVersion"], input["kind"]
		for name, in := range map[string]map[string]any{"input": input, "comment": shown} {
			in["metadata"] = map[string]any{"name": "input", "namespace": "default"}
			for _, err := range v.validate(t, decode(t, in), nil) {
				t.Errorf("%s: %s: %s", file, name, err)
			}
		}
		want := map[string]any{"accounts": []any{}, "organizationIds": []any{}}
		guardrails, _ := input["guardrails"].(map[string]any)
		if diff := cmp.Diff(want, guardrails["pull"]); diff != "" {
			t.Errorf("%s: as shipped, pull is granted to nobody outside: -want, +got\n%s", file, diff)
		}
	}
}

// comment matches the start of a line of commented settings in a Composition.
var comment = regexp.MustCompile(`^        # ?`)

// commented returns the settings in a Composition's last comment.
func commented(t *testing.T, file string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(raw), "typically set (see docs/reference/input.md):\n")
	if !found {
		t.Fatalf("%s shows no settings", file)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = comment.ReplaceAllString(line, "")
	}
	lines[0] = strings.TrimPrefix(lines[0], "#")
	settings := map[string]any{}
	if err := yaml.Unmarshal([]byte(strings.Join(lines, "\n")), &settings); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(settings) == 0 {
		t.Fatalf("%s shows no settings", file)
	}
	return settings
}

func object(t *testing.T, file string) map[string]any {
	t.Helper()
	var object map[string]any
	unmarshal(t, file, &object)
	return object
}

func unmarshal(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(raw, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
