package xrd

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// providers are the folders of the modules that require the oldest and the newest provider that the packages admit.
var providers = map[string]string{"Oldest": root, "Newest": "newest"}

// A module is a Go module in the module cache. CRDs are in no Go package, so they cannot be imported.
type module struct{ Version, Dir string }

// download downloads a module, in the version that the module in folder requires or, after an @, the path names.
func download(t *testing.T, folder, path string) module {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", path)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.Output()
	var m module
	if jsonErr := json.Unmarshal(out, &m); err != nil || jsonErr != nil {
		t.Fatalf("cannot download %s: %v\n%s", path, err, out)
	}
	return m
}

// providerOf returns the provider that the module in a folder requires.
func providerOf(t *testing.T, folder string) module {
	t.Helper()
	return download(t, folder, "github.com/upbound/provider-aws/v2")
}

// withProvider returns a validator of a provider's managed resources and of this project's composite resources and
// claims.
func withProvider(t *testing.T, provider module) validator {
	t.Helper()
	v := projectValidator(t)
	for _, group := range []string{"ecr.aws.upbound.io", "iam.aws.upbound.io", "ecr.aws.m.upbound.io", "iam.aws.m.upbound.io"} {
		v.addFiles(t, filepath.Join(provider.Dir, "package", "crds", group+"_*.yaml"))
	}
	return v
}

// examples returns the folders of the examples, relative to examples/.
func examples(t *testing.T) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(filepath.Join(root, "examples")), ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Base(name) == "xr.yaml" {
			all = append(all, path.Dir(name))
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return all
}

// objects returns the objects of a file for which there is a schema: no ConfigMaps and no Results.
func objects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	all, err := manifest.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var custom []*unstructured.Unstructured
	for _, u := range all {
		if u.GetKind() != "Result" && u.GetKind() != "ConfigMap" {
			custom = append(custom, u)
		}
	}
	return custom
}

// TestExamples shows that the API server accepts every claim, composite resource and observed resource of the examples.
func TestExamples(t *testing.T) {
	v := withProvider(t, providerOf(t, root))
	for _, e := range examples(t) {
		for _, name := range []string{"claim.yaml", "xr.yaml", "observed.yaml"} {
			file := filepath.Join(root, "examples", e, name)
			if _, err := os.Stat(file); name == "claim.yaml" && err != nil {
				continue
			}
			for _, u := range objects(t, file) {
				accepted(t, v, file, u)
			}
		}
	}
}

// TestRendered shows that the API server accepts everything in the golden files: managed resources as each provider
// defines them, and the status of the composite resource, in which an undeclared field would stop the whole run.
func TestRendered(t *testing.T) {
	for name, folder := range providers {
		t.Run(name, func(t *testing.T) {
			v := withProvider(t, providerOf(t, folder))
			for _, e := range examples(t) {
				for _, stage := range []string{"first.yaml", "observed.yaml"} {
					file := filepath.Join(root, "test", "render", "testdata", e, stage)
					rendered := objects(t, file)
					accepted(t, v, file, withStatus(t, objects(t, filepath.Join(root, "examples", e, "xr.yaml"))[0], rendered[0]))
					for _, u := range rendered[1:] {
						accepted(t, v, file, u)
					}
				}
			}
		})
	}
}

func accepted(t *testing.T, v validator, file string, u *unstructured.Unstructured) {
	t.Helper()
	for _, err := range v.validate(t, u, nil) {
		t.Errorf("%s: the API server would refuse %s %q: %s", file, u.GetKind(), u.GetName(), err)
	}
}

// withStatus returns the XR with its rendered status. Golden files omit the conditions' times, which the API requires.
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
	xr.Object["status"] = status
	return xr
}

// TestValidate shows that the checks above can fail, for faults that the tables of cases do not have.
func TestValidate(t *testing.T) {
	cases := map[string]struct {
		reason, object string
		want           string // part of an error
	}{
		"UnknownField": {
			reason: "A field that the provider does not know is refused: server-side apply fails on it.",
			object: "{apiVersion: ecr.aws.upbound.io/v1beta2, kind: Repository, metadata: {name: a}, spec: {forProvider: {region: eu-west-1, immutable: true}}}",
			want:   "spec.forProvider.immutable: Forbidden: unknown field",
		},
		"UnknownStatusField": {
			reason: "The status is validated, too.",
			object: "{apiVersion: ecr.aws.upbound.io/v1beta2, kind: Repository, metadata: {name: a}, spec: {forProvider: {region: eu-west-1}}, status: {atProvider: {url: x}}}",
			want:   "status.atProvider.url: Forbidden: unknown field",
		},
		"ProviderRule": {
			reason: "The provider's CEL rules are run: a RepositoryPolicy that may be created needs a policy.",
			object: "{apiVersion: ecr.aws.upbound.io/v1beta1, kind: RepositoryPolicy, metadata: {name: a}, spec: {forProvider: {region: eu-west-1, repository: a}}}",
			want:   "spec.forProvider.policy is a required parameter",
		},
		"UnknownKind": {
			reason: "A kind without a CRD is refused.",
			object: "{apiVersion: ecr.aws.upbound.io/v1beta1, kind: Repo, metadata: {name: a}}",
			want:   "no definition for ecr.aws.upbound.io/v1beta1, Kind=Repo",
		},
		"ClaimWithoutNamespace": {
			reason: "A claim has a namespace.",
			object: "{apiVersion: ecr.ontopix.io/v1alpha1, kind: ProjectRegistry, metadata: {name: a}, spec: {images: [{name: x}]}}",
			want:   "metadata.namespace",
		},
		"XRInNamespace": {
			reason: "The composite resource of a claim has no namespace.",
			object: "{apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, metadata: {name: a, namespace: b}, spec: {images: [{name: x}]}}",
			want:   "metadata.namespace",
		},
	}
	v := withProvider(t, providerOf(t, root))
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(tc.object), &u.Object); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(v.validate(t, u, nil), "\n"); !strings.Contains(got, tc.want) {
				t.Errorf("%s\nvalidate(...): want an error with %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
