package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

var root = filepath.Join("..", "..", "..")

// providers are the oldest and the newest provider that the packages admit, by the module that requires them.
var providers = map[string]string{"Oldest": root, "Newest": "newest"}

// provider returns the version of the provider that the module in a directory requires, and where it is.
func provider(t *testing.T, module string) (version, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/upbound/provider-aws/v2")
	cmd.Dir = module
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot find the provider's module: %v", err)
	}
	var found struct{ Version, Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found.Version, found.Dir
}

// kinds returns all kinds that this project uses: the managed resources as a
// provider defines them, and its own composite resources and claims.
func kinds(t *testing.T, module string) *Set {
	t.Helper()
	_, dir := provider(t, module)
	s := &Set{}
	for _, group := range []string{"ecr.aws.upbound.io", "iam.aws.upbound.io", "ecr.aws.m.upbound.io", "iam.aws.m.upbound.io"} {
		if err := s.AddCRDs(filepath.Join(dir, "package", "crds", group+"_*.yaml")); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files(t, "apis", "definition.yaml") {
		if err := s.AddXRD(f); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestProviderRange shows that the packages admit the providers from the oldest to the newest that
// the examples are held against, with their patches, and no others.
func TestProviderRange(t *testing.T) {
	oldest, _ := provider(t, providers["Oldest"])
	newest, _ := provider(t, providers["Newest"])
	var major, minor int
	if _, err := fmt.Sscanf(newest, "v%d.%d.", &major, &minor); err != nil {
		t.Fatalf("%s: %v", newest, err)
	}
	want := fmt.Sprintf(">=%s, <v%d.%d.0", oldest, major, minor+1)
	for _, f := range []string{"crossplane.yaml", "apis/m/crossplane.yaml"} {
		dependencies, _, err := unstructured.NestedSlice(objects(t, filepath.Join(root, f))[0].Object, "spec", "dependsOn")
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, d := range dependencies {
			if d := d.(map[string]any); d["kind"] == "Provider" {
				found++
				if d["version"] != want {
					t.Errorf("%s: %s must have the version %q, not %q", f, d["package"], want, d["version"])
				}
			}
		}
		if found == 0 {
			t.Errorf("%s depends on no provider", f)
		}
	}
}

func objects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var objs []*unstructured.Unstructured
	dec := kyaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096)
	for {
		u := &unstructured.Unstructured{}
		if err := dec.Decode(&u.Object); errors.Is(err, io.EOF) {
			return objs
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(u.Object) > 0 {
			objs = append(objs, u)
		}
	}
}

// files returns all files of a name below a folder of the repository.
func files(t *testing.T, dir string, names ...string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		for _, n := range names {
			if d != nil && d.Name() == n {
				out = append(out, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("no %s below %s", strings.Join(names, " or "), dir)
	}
	return out
}

// TestExamples has the API server accept every claim, composite resource and
// observed resource of the examples.
func TestExamples(t *testing.T) {
	s := kinds(t, providers["Oldest"])
	for _, f := range files(t, "examples", "claim.yaml", "xr.yaml", "observed.yaml") {
		for _, u := range objects(t, f) {
			if u.GetKind() == "ConfigMap" {
				continue
			}
			if errs := s.Validate(t.Context(), u); len(errs) > 0 {
				t.Errorf("%s: the API server would refuse %s %q: %v", f, u.GetKind(), u.GetName(), errs.ToAggregate())
			}
		}
	}
}

// TestRendered has the API server accept everything that the golden files show:
// the managed resources as each provider defines them, and the status of the
// composite resource, of which an undeclared field would stop the whole run.
func TestRendered(t *testing.T) {
	for name, module := range providers {
		t.Run(name, func(t *testing.T) { accepted(t, kinds(t, module)) })
	}
}

func accepted(t *testing.T, s *Set) {
	t.Helper()
	for _, f := range files(t, filepath.Join("test", "render", "testdata"), "first.yaml", "observed.yaml") {
		example, err := filepath.Rel(filepath.Join(root, "test", "render", "testdata"), filepath.Dir(f))
		if err != nil {
			t.Fatal(err)
		}
		for i, u := range objects(t, f) {
			// A ConfigMap is no custom resource, and has no schema to be held against.
			if u.GetKind() == "Result" || u.GetKind() == "ConfigMap" {
				continue
			}
			if i == 0 {
				u = withStatus(t, objects(t, filepath.Join(root, "examples", example, "xr.yaml"))[0], u)
			}
			if errs := s.Validate(t.Context(), u); len(errs) > 0 {
				t.Errorf("%s: the API server would refuse %s %q: %v", f, u.GetKind(), u.GetName(), errs.ToAggregate())
			}
		}
	}
}

// withStatus returns the XR with the status that was rendered for it. Golden files
// leave out the conditions' times, which the API needs.
func withStatus(t *testing.T, xr, rendered *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	status, found, err := unstructured.NestedMap(rendered.Object, "status")
	if err != nil || !found {
		t.Fatalf("%s %q has no status: %v", rendered.GetKind(), rendered.GetName(), err)
	}
	conditions, _, err := unstructured.NestedSlice(status, "conditions")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conditions {
		c.(map[string]any)["lastTransitionTime"] = "2024-01-01T00:00:00Z"
	}
	status["conditions"] = conditions
	out := xr.DeepCopy()
	out.Object["status"] = status
	return out
}

// TestValidate shows that the checks above can fail.
func TestValidate(t *testing.T) {
	const repository = `
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata: {name: a}
spec:
  forProvider: {region: eu-west-1, imageScanningConfiguration: {scanOnPush: true}}
`
	const registry = `
apiVersion: ecr.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {name: a, namespace: b}
spec:
  images: [{name: x}]
`
	cases := map[string]struct {
		reason string
		object string
		change func(u *unstructured.Unstructured)
		want   []string
	}{
		"Repository": {reason: "A plain managed resource is accepted.", object: repository},
		"UnknownField": {
			reason: "A field that the provider does not know is refused: server-side apply fails on it.",
			object: repository,
			change: func(u *unstructured.Unstructured) {
				_ = unstructured.SetNestedField(u.Object, true, "spec", "forProvider", "immutable")
			},
			want: []string{"spec.forProvider.immutable", "unknown field"},
		},
		"UnknownStatusField": {
			reason: "Status is held against the schema, too.",
			object: repository,
			change: func(u *unstructured.Unstructured) {
				_ = unstructured.SetNestedField(u.Object, "x", "status", "atProvider", "url")
			},
			want: []string{"status.atProvider.url", "unknown field"},
		},
		"WrongType": {
			reason: "A list where v1beta2 has an object is refused.",
			object: repository,
			change: func(u *unstructured.Unstructured) {
				_ = unstructured.SetNestedSlice(u.Object, []any{map[string]any{"scanOnPush": true}}, "spec", "forProvider", "imageScanningConfiguration")
			},
			want: []string{"spec.forProvider.imageScanningConfiguration", "must be of type object"},
		},
		"Missing": {
			reason: "A required field that is missing is refused.",
			object: repository,
			change: func(u *unstructured.Unstructured) {
				unstructured.RemoveNestedField(u.Object, "spec", "forProvider", "region")
			},
			want: []string{"spec.forProvider.region", "Required value"},
		},
		"ProviderRule": {
			reason: "The provider's CEL rules are run: a RepositoryPolicy that may be created needs a policy.",
			object: `{apiVersion: ecr.aws.upbound.io/v1beta1, kind: RepositoryPolicy, metadata: {name: a}, spec: {forProvider: {region: eu-west-1, repository: a}}}`,
			want:   []string{"spec.forProvider.policy is a required parameter"},
		},
		"Name": {
			reason: "An object's name is held against the API's rules.",
			object: repository,
			change: func(u *unstructured.Unstructured) { u.SetName("a/b") },
			want:   []string{"metadata.name"},
		},
		"Label": {
			reason: "So is a label's value.",
			object: repository,
			change: func(u *unstructured.Unstructured) { u.SetLabels(map[string]string{"a": "b/c"}) },
			want:   []string{"metadata.labels"},
		},
		"UnknownKind": {
			reason: "A kind that nobody defines is refused.",
			object: `{apiVersion: ecr.aws.upbound.io/v1beta1, kind: Repo, metadata: {name: a}}`,
			want:   []string{"kind", "Unsupported value"},
		},
		"Claim": {reason: "A small claim is accepted.", object: registry},
		"ClaimWithoutNamespace": {
			reason: "A claim lives in a namespace.",
			object: registry,
			change: func(u *unstructured.Unstructured) { u.SetNamespace("") },
			want:   []string{"metadata.namespace"},
		},
		"XRInNamespace": {
			reason: "Its composite resource does not.",
			object: registry,
			change: func(u *unstructured.Unstructured) { u.SetKind("XProjectRegistry") },
			want:   []string{"metadata.namespace"},
		},
		"SameImageTwice": {
			reason: "The keys of a list map are unique.",
			object: registry,
			change: func(u *unstructured.Unstructured) {
				_ = unstructured.SetNestedSlice(u.Object, []any{map[string]any{"name": "x"}, map[string]any{"name": "x"}}, "spec", "images")
			},
			want: []string{"spec.images[1]", "Duplicate value"},
		},
		"OwnRule": {
			reason: "Our own CEL rules are run: shorthands and rules exclude each other.",
			object: registry,
			change: func(u *unstructured.Unstructured) {
				_ = unstructured.SetNestedMap(u.Object, map[string]any{"keepImages": int64(1), "rules": []any{}}, "spec", "defaults", "lifecycle")
			},
			want: []string{"spec.defaults.lifecycle", "exclude each other"},
		},
	}
	s := kinds(t, providers["Oldest"])
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(tc.object), &u.Object); err != nil {
				t.Fatal(err)
			}
			if tc.change != nil {
				tc.change(u)
			}
			errs := s.Validate(t.Context(), u)
			if len(tc.want) == 0 && len(errs) > 0 {
				t.Errorf("%s\nValidate(...): %v", tc.reason, errs.ToAggregate())
			}
			got := ""
			if len(errs) > 0 {
				got = errs.ToAggregate().Error()
			}
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s\nValidate(...): want an error with %q, got %q", tc.reason, w, got)
				}
			}
		})
	}
}
