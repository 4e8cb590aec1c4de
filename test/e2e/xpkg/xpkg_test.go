package xpkg_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// version is the version of the packages in this test.
const version = "v0.1.0"

// patience is the maximum time for a step on a busy machine.
const patience = 2 * time.Minute

// TestInstall installs the published packages on each version of Crossplane and applies claims of their kinds.
func TestInstall(t *testing.T) {
	registry := startRegistry(t)
	tree, err := plane.FindTree()
	must(t, err)
	publish(t, tree, registry)
	publishProviders(t, tree, registry)

	versions, err := plane.Versions(os.Getenv("E2E_VERSION"))
	must(t, err)
	for _, v := range versions {
		t.Run("crossplane-"+v.Name, func(t *testing.T) { install(t, v, registry) })
	}
}

func install(t *testing.T, v plane.Version, registry string) {
	ctx := t.Context()
	c := startCluster(t, v)
	must(t, c.Applyf(ctx, imageConfigs, registry))
	k := startKubelet(t, c)

	installation := overlay(t, c, v)
	must(t, c.Steps.Do("install by kustomize", func() error {
		if err := c.Apply(ctx, installation...); err != nil {
			return err
		}
		configurations := slices.DeleteFunc(slices.Clone(installation), func(u *unstructured.Unstructured) bool {
			return u.GetKind() != "Configuration"
		})
		return c.waitFor(ctx, configurations, "Installed", "Healthy")
	}))
	must(t, c.Steps.Do("wait for the function and the providers", func() error {
		return c.waitFor(ctx, parse(t, `
# The name in every Composition.
{apiVersion: pkg.crossplane.io/v1, kind: Function, metadata: {name: ontopix-function-ecr}}
---
{apiVersion: pkg.crossplane.io/v1, kind: Provider, metadata: {name: upbound-provider-aws-ecr}}
---
{apiVersion: pkg.crossplane.io/v1, kind: Provider, metadata: {name: upbound-provider-aws-iam}}
---
{apiVersion: pkg.crossplane.io/v1, kind: Provider, metadata: {name: upbound-provider-family-aws}}
`), "Healthy")
	}))
	k.checkFunction(t, installation)

	// The stand-in watches kinds of the packages. In 2.x a CRD follows its ManagedResourceDefinition.
	var crds []*unstructured.Unstructured
	for _, name := range standin.CRDs() {
		crds = append(crds, plane.Object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name))
	}
	must(t, c.waitFor(ctx, crds, "Established"))
	provider := standin.New(c.Config, cloud.New(), standin.Options{})
	c.OnStop(func() { _ = provider.Stop() })
	must(t, provider.Start())
	must(t, c.Applyf(ctx, lab.ProviderConfigs, "{credentials: {source: None}}"))

	wantValid(t, c, installation)

	claims, err := c.Manifests("examples/project-registry/agent-support/claim.yaml")
	must(t, err)
	if v.Modern {
		claims = append(claims, parse(t, `
apiVersion: ecr.m.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {namespace: shop, name: shop}
spec: {region: eu-west-1, images: [{name: api}]}
`)...)
	}
	for _, claim := range claims {
		must(t, c.Namespace(ctx, claim.GetNamespace()))
		must(t, c.Steps.Do("apply "+claim.GetAPIVersion()+" "+claim.GetKind(), func() error {
			if err := c.Apply(ctx, claim); err != nil {
				return err
			}
			return c.waitFor(ctx, []*unstructured.Unstructured{claim}, "Valid", "Compliant", "Synced", "Ready")
		}))
	}

	wantManaged(t, c, "ecr.aws.upbound.io/v1beta2", "Repository", "maxcolchon/agent-support")
	wantManaged(t, c, "ecr.aws.upbound.io/v1beta1", "LifecyclePolicy", "maxcolchon/agent-support")
	if v.Modern {
		wantManaged(t, c, "ecr.aws.m.upbound.io/v1beta1", "Repository", "shop/api")
		wantManaged(t, c, "ecr.aws.m.upbound.io/v1beta1", "LifecyclePolicy", "shop/api")
	}
}

// waitFor waits until each object has each condition.
func (c *cluster) waitFor(ctx context.Context, objects []*unstructured.Unstructured, conditions ...string) error {
	for _, condition := range conditions {
		if err := c.WaitForCondition(ctx, patience, condition, objects...); err != nil {
			return err
		}
	}
	return nil
}

// wantManaged checks that exactly one managed resource of a kind exists, and that it has an external-name.
func wantManaged(t *testing.T, c *cluster, apiVersion, kind, externalName string) {
	t.Helper()
	all, err := c.List(t.Context(), apiVersion, kind)
	must(t, err)
	if len(all) != 1 || all[0].GetAnnotations()["crossplane.io/external-name"] != externalName {
		t.Errorf("want one %s %s, of %s, got %d: %v", apiVersion, kind, externalName, len(all), all)
	}
}

// wantValid checks that the API server accepts every object of an installation, by strict field validation.
func wantValid(t *testing.T, c *cluster, installation []*unstructured.Unstructured) {
	t.Helper()
	strict := client.WithFieldValidation(c.Client, metav1.FieldValidationStrict)
	for _, u := range append(kustomize(t, c, "credentials"), installation...) {
		u = u.DeepCopy()
		u.SetName(u.GetName() + "-valid") // since the names are taken
		if err := strict.Create(t.Context(), u, client.DryRunAll); err != nil {
			t.Errorf("%s %s: %v", u.GetKind(), u.GetName(), err)
		}
	}
}

// overlay returns the objects of the installation for a version of Crossplane, with the function serving on loopback.
func overlay(t *testing.T, c *cluster, v plane.Version) []*unstructured.Unstructured {
	t.Helper()
	name := "overlays/claims"
	if v.Modern {
		name = "overlays/both"
	}
	objects := kustomize(t, c, name)
	runtime := find(t, objects, "DeploymentRuntimeConfig", "function-ecr")
	path := []string{"spec", "deploymentTemplate", "spec", "template", "spec", "containers"}
	containers, _, err := unstructured.NestedSlice(runtime.Object, path...)
	must(t, err)
	container := containers[0].(map[string]any)
	args, _ := container["args"].([]any)
	container["args"] = append(args, "--address="+c.service, "--metrics-address=")
	must(t, unstructured.SetNestedSlice(runtime.Object, containers, path...))
	return objects
}

// kustomize returns the objects that a directory below deploy/kustomize renders, in the order in which they are applied.
func kustomize(t *testing.T, c *cluster, dir string) []*unstructured.Unstructured {
	t.Helper()
	kustomizer := krusty.MakeKustomizer(krusty.MakeDefaultOptions())
	rendered, err := kustomizer.Run(filesys.MakeFsOnDisk(), filepath.Join(c.Tree().Root, "deploy", "kustomize", dir))
	must(t, err)
	text, err := rendered.AsYaml()
	must(t, err)
	return parse(t, "%s", text)
}

// find returns the object of a kind and name.
func find(t *testing.T, objects []*unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	t.Helper()
	for _, u := range objects {
		if u.GetKind() == kind && u.GetName() == name {
			return u
		}
	}
	t.Fatalf("the installation has no %s %s", kind, name)
	return nil
}

// imageConfigs send Crossplane to a mirror for the packages of this project and of the providers.
const imageConfigs = `
apiVersion: pkg.crossplane.io/v1beta1
kind: ImageConfig
metadata: {name: ontopix}
spec: {matchImages: [{type: Prefix, prefix: ghcr.io/ontopix/}], rewriteImage: {prefix: "%[1]s/ontopix/"}}
---
apiVersion: pkg.crossplane.io/v1beta1
kind: ImageConfig
metadata: {name: upbound}
spec: {matchImages: [{type: Prefix, prefix: xpkg.upbound.io/upbound/}], rewriteImage: {prefix: "%[1]s/upbound/"}}
`

// parse returns the objects of a YAML stream, which is formatted as by fmt.Sprintf.
func parse(t *testing.T, format string, args ...any) []*unstructured.Unstructured {
	t.Helper()
	objects, err := manifest.Read(strings.NewReader(fmt.Sprintf(format, args...)))
	must(t, err)
	return objects
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
