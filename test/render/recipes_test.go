package render

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/xr"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

var recipe = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestRecipes shows that the recipes for project teams can be rendered as they are written, and as claims, with the
// default objects of `make render CLAIM=…`.
func TestRecipes(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository.Root, "docs", "project-teams.md"))
	if err != nil {
		t.Fatal(err)
	}
	const (
		head       = "apiVersion: ecr.m.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: registry, namespace: agents}\nspec:\n  region: eu-west-1\n"
		namespaced = "ecr.m.ontopix.io/"
		claimed    = "ecr.ontopix.io/"
	)
	tried := 0
	for _, m := range recipe.FindAllStringSubmatch(string(page), -1) {
		claim := m[1]
		switch {
		case strings.HasPrefix(claim, "apiVersion:"):
		case strings.HasPrefix(claim, "spec:\n"):
			claim = head + "  images: [{name: support}]\n" + strings.TrimPrefix(claim, "spec:\n")
		case strings.HasPrefix(claim, "    - name:"):
			claim = head + "  images:\n" + claim
		case strings.HasPrefix(claim, "      lifecycle:"):
			claim = head + "  images:\n    - name: support\n" + claim
		default:
			continue // A workflow.
		}
		if strings.Contains(claim, "deletionPolicy: Delete") {
			continue // The platform team must allow it.
		}
		tried++
		for _, group := range []string{namespaced, claimed} {
			follow(t, strings.Replace(claim, namespaced, group, 1), filepath.Join(repository.Root, "examples", "required.yaml"))
		}
	}
	if tried < 6 {
		t.Errorf("found only %d recipes", tried)
	}
}

// TestInstall shows that the objects at the end of docs/install.md are accepted with the settings that it installs.
func TestInstall(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository.Root, "docs", "install.md"))
	if err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile(filepath.Join(repository.Root, "deploy", "kustomize", "base", "platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var objects []string
	for _, m := range recipe.FindAllStringSubmatch(string(page), -1) {
		if strings.HasPrefix(m[1], "apiVersion: ecr.m.ontopix.io/") {
			objects = append(objects, m[1])
		}
	}
	if len(objects) != 2 {
		t.Fatalf("found %d objects, want an org access and a registry", len(objects))
	}
	required := filepath.Join(t.TempDir(), "required.yaml")
	if err := os.WriteFile(required, []byte(string(settings)+"---\n"+objects[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		follow(t, o, required)
	}
}

// follow renders an object of a page or, if it is a claim, its composite resource.
func follow(t *testing.T, text, required string) {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(text), &u.Object); err != nil {
		t.Errorf("%v\n%s", err, text)
		return
	}
	if u.GroupVersionKind().Group == v1alpha1.Group {
		composite, err := xr.FromClaim(u)
		if err != nil {
			t.Fatal(err)
		}
		u = composite
	}
	composite, err := manifest.Bytes(u)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "xr.yaml")
	if err := os.WriteFile(file, composite, 0o600); err != nil {
		t.Fatal(err)
	}
	req, err := repository.For(file)
	if err != nil {
		t.Fatal(err)
	}
	req.Required = required
	if _, err := inProcess(engine.Protocol1).Render(t.Context(), req); err != nil {
		t.Errorf("A recipe must be one that can be followed: %v\n%s", err, text)
	}
}
