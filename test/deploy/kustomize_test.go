// Package deploy_test tests what is shipped beside the packages with the tools that read it: kustomize, Prometheus,
// Argo CD's Lua, Flux's CEL and kstatus.
package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// render returns the objects of a kustomization, as "Kind name", and their YAML.
func render(t *testing.T, dir string) ([]string, string) {
	t.Helper()
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rendered.Resources() {
		names = append(names, r.GetKind()+" "+r.GetName())
	}
	text, err := rendered.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return names, string(text)
}

// TestOverlays shows the objects of each installation, and that the platform team's settings are applied before any
// package.
func TestOverlays(t *testing.T) {
	base, _ := render(t, filepath.Join(deploy, "kustomize", "base"))
	cases := map[string]struct {
		reason string
		want   []string
	}{
		"claims": {
			reason: "Crossplane 1.20 has no ManagedResourceActivationPolicy, so this overlay has none.",
			want:   []string{"Configuration configuration-ecr"},
		},
		"namespaced": {
			reason: "A new installation on Crossplane 2.",
			want:   []string{"Configuration configuration-ecr-namespaced", "ManagedResourceActivationPolicy crossplane-ecr"},
		},
		"both": {
			reason: "A cluster that moves from claims.",
			want:   []string{"Configuration configuration-ecr-namespaced", "ManagedResourceActivationPolicy crossplane-ecr", "Configuration configuration-ecr"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _ := render(t, filepath.Join(deploy, "kustomize", "overlays", name))
			if diff := cmp.Diff(append(slices.Clone(base), tc.want...), got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			settings := slices.Index(got, "EnvironmentConfig ecr-platform")
			for i, o := range got {
				kind, _, _ := strings.Cut(o, " ")
				if slices.Contains([]string{"Configuration", "Function", "Provider"}, kind) && i < settings {
					t.Errorf("%s comes before the settings", o)
				}
			}
		})
	}
}

// TestSettings shows that one file has every placeholder: after a change there, nothing is left of the old value.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(deploy, "kustomize"))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "base", "settings.yaml")
	changes := []struct{ old, with string }{
		{"arn:aws:iam::111122223333:role/crossplane-provider-aws", "arn:aws-cn:iam::999988887777:role/other"},
		{"region: eu-west-1", "region: cn-north-1"},
		{"orgAccess: ontopix", "orgAccess: acme"},
		{"registry: ghcr.io", "registry: mirror.example.org"},
		{"version: v0.1.0", "version: v9.9.9"},
		{"providerVersion: v2.5.0", "providerVersion: v2.7.1"},
	}
	edited := readFile(t, file)
	for _, c := range changes {
		if !strings.Contains(edited, c.old) {
			t.Fatalf("settings.yaml does not hold %q", c.old)
		}
		edited = strings.ReplaceAll(edited, c.old, c.with)
	}
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	_, got := render(t, filepath.Join(dir, "overlays", "both"))
	for _, old := range []string{"111122223333", "eu-west-1", "orgAccess: ontopix", "ghcr.io", "v0.1.0", "v2.5.0"} {
		if strings.Contains(got, old) {
			t.Errorf("%s is written in another file than settings.yaml", old)
		}
	}
	for _, with := range []string{
		"eks.amazonaws.com/role-arn: arn:aws-cn:iam::999988887777:role/other",
		"region: cn-north-1", "orgAccess: acme",
		"package: mirror.example.org/ontopix/function-ecr:v9.9.9",
		"package: mirror.example.org/ontopix/configuration-ecr:v9.9.9",
		"package: mirror.example.org/ontopix/configuration-ecr-namespaced:v9.9.9",
		"package: xpkg.upbound.io/upbound/provider-aws-ecr:v2.7.1",
	} {
		if !strings.Contains(got, with) {
			t.Errorf("want %q in:\n%s", with, got)
		}
	}
}
