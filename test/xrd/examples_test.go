package xrd

import (
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/test/render/example"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// providers are the oldest and the newest provider that the packages admit, by the folder of the module that requires them.
var providers = map[string]string{"Oldest": root, "Newest": "newest"}

// providerOf returns the provider that the module in a folder requires.
func providerOf(t *testing.T, folder string) Module {
	t.Helper()
	m, err := Download(t.Context(), folder, "github.com/upbound/provider-aws/v2")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// withProvider returns a validator of all kinds that this project uses: the managed resources as a provider defines them,
// and its own composite resources and claims.
func withProvider(t *testing.T, provider Module) *Validator {
	t.Helper()
	v := validator(t)
	for _, group := range []string{"ecr.aws.upbound.io", "iam.aws.upbound.io", "ecr.aws.m.upbound.io", "iam.aws.m.upbound.io"} {
		if err := v.AddCRDs(filepath.Join(provider.Dir, "package", "crds", group+"_*.yaml")); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func examples(t *testing.T) []example.Example {
	t.Helper()
	all, err := example.Repository{Root: root}.Examples()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// objects returns the objects of a file that a schema is there for: none of core Kubernetes, and no Result.
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

// TestExamples has the API server accept every claim, composite resource and observed resource of the examples.
func TestExamples(t *testing.T) {
	v := withProvider(t, providerOf(t, root))
	for _, e := range examples(t) {
		for _, file := range []string{e.Claim, e.XR, e.Observed} {
			if file == "" {
				continue
			}
			for _, u := range objects(t, file) {
				accepted(t, v, file, u)
			}
		}
	}
}

// TestRendered has the API server accept everything that the golden files show: the managed resources as each provider
// defines them, and the status of the composite resource, of which an undeclared field would stop the whole run.
func TestRendered(t *testing.T) {
	for name, folder := range providers {
		t.Run(name, func(t *testing.T) {
			v := withProvider(t, providerOf(t, folder))
			for _, e := range examples(t) {
				for _, stage := range []string{"first.yaml", "observed.yaml"} {
					file := filepath.Join(root, "test", "render", "testdata", e.Name, stage)
					rendered := objects(t, file)
					accepted(t, v, file, withStatus(t, objects(t, e.XR)[0], rendered[0]))
					for _, u := range rendered[1:] {
						accepted(t, v, file, u)
					}
				}
			}
		})
	}
}

func accepted(t *testing.T, v *Validator, file string, u *unstructured.Unstructured) {
	t.Helper()
	for _, err := range v.Validate(t.Context(), u, nil) {
		t.Errorf("%s: the API server would refuse %s %q: %s", file, u.GetKind(), u.GetName(), err)
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
	xr.Object["status"] = status
	return xr
}

// TestValidate shows that the checks above can fail, by what the tables of cases do not have.
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
			want:   []string{"no definition for ecr.aws.upbound.io/v1beta1, Kind=Repo"},
		},
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
	}
	v := withProvider(t, providerOf(t, root))
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(tc.object), &u.Object); err != nil {
				t.Fatal(err)
			}
			if tc.change != nil {
				tc.change(u)
			}
			errs := v.Validate(t.Context(), u, nil)
			if len(tc.want) == 0 && len(errs) > 0 {
				t.Errorf("%s\nValidate(...): %q", tc.reason, errs)
			}
			got := strings.Join(errs, "\n")
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s\nValidate(...): want an error with %q, got %q", tc.reason, w, got)
				}
			}
		})
	}
}
