package xpkg_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// version is that of the packages in this test.
const version = "v0.1.0"

// patience is how long something may take on a machine that has other things to do.
const patience = 2 * time.Minute

// TestInstall installs the published packages on each version of Crossplane and applies claims to what they brought.
func TestInstall(t *testing.T) {
	registry := startRegistry(t)
	tree, err := plane.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	publish(t, tree, registry)
	publishProviders(t, tree, registry)

	for _, v := range plane.Versions() {
		if only := os.Getenv("E2E_VERSION"); only != "" && only != v.Name {
			continue
		}
		t.Run("crossplane-"+v.Name, func(t *testing.T) { install(t, v, registry) })
	}
}

func install(t *testing.T, v plane.Version, registry string) {
	ctx := t.Context()
	c := startCluster(t, v)
	steps := c.steps
	t.Cleanup(func() {
		if t.Failed() {
			c.tell(t)
			c.keepLogs(t)
		}
	})

	must(t, c.Apply(ctx, imageConfigs(registry)...))
	k := startKubelet(t, c)

	installation := overlay(t, c, v)
	must(t, steps.Do("install by kustomize", func() error {
		if err := c.Apply(ctx, installation...); err != nil {
			return err
		}
		for _, u := range installation {
			if u.GetKind() != "Configuration" {
				continue
			}
			for _, condition := range []string{"Installed", "Healthy"} {
				if err := c.WaitForCondition(ctx, patience, condition, u); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	// The name that every Composition calls.
	fn := object("pkg.crossplane.io/v1", "Function", "", "ontopix-function-ecr")
	must(t, steps.Do("wait for the function and the providers", func() error {
		return c.WaitForCondition(ctx, patience, "Healthy", fn,
			object("pkg.crossplane.io/v1", "Provider", "", "upbound-provider-aws-ecr"),
			object("pkg.crossplane.io/v1", "Provider", "", "upbound-provider-aws-iam"),
			object("pkg.crossplane.io/v1", "Provider", "", "upbound-provider-family-aws"))
	}))
	k.checkFunction(t)

	// The stand-in watches kinds that the packages brought; in 2.x a CRD follows its ManagedResourceDefinition.
	var crds []*unstructured.Unstructured
	for _, name := range standin.CRDs() {
		crds = append(crds, object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name))
	}
	must(t, c.WaitForCondition(ctx, patience, "Established", crds...))
	provider := standin.New(c.Config, cloud.New(), standin.Options{})
	must(t, provider.Start())
	t.Cleanup(func() { _ = provider.Stop() })
	for _, u := range providerConfigs() {
		must(t, c.applyWhenServed(ctx, u))
	}

	wantValid(t, c, installation)

	claims, err := c.Manifests("examples/project-registry/agent-support/claim.yaml")
	must(t, err)
	if v.Modern() {
		modern := object("ecr.m.ontopix.io/v1alpha1", "ProjectRegistry", "shop", "shop")
		modern.Object["spec"] = map[string]any{
			"region": "eu-west-1",
			"images": []any{map[string]any{"name": "api"}},
		}
		claims = append(claims, modern)
	}
	for _, claim := range claims {
		must(t, client.IgnoreAlreadyExists(c.Client.Create(ctx, object("v1", "Namespace", "", claim.GetNamespace()))))
		must(t, steps.Do("apply "+claim.GetAPIVersion()+" "+claim.GetKind(), func() error {
			if err := c.applyWhenServed(ctx, claim); err != nil {
				return err
			}
			for _, condition := range []string{"Valid", "Compliant", "Synced", "Ready"} {
				if err := c.WaitForCondition(ctx, patience, condition, claim); err != nil {
					return err
				}
			}
			return nil
		}))
	}

	wantManaged(t, c, "ecr.aws.upbound.io/v1beta2", "Repository", "maxcolchon/agent-support")
	wantManaged(t, c, "ecr.aws.upbound.io/v1beta1", "LifecyclePolicy", "maxcolchon/agent-support")
	if v.Modern() {
		wantManaged(t, c, "ecr.aws.m.upbound.io/v1beta1", "Repository", "shop/api")
		wantManaged(t, c, "ecr.aws.m.upbound.io/v1beta1", "LifecyclePolicy", "shop/api")
	}
}

// wantManaged wants exactly one managed resource of a kind, of an external-name.
func wantManaged(t *testing.T, c *cluster, apiVersion, kind, externalName string) {
	t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(apiVersion)
	list.SetKind(kind + "List")
	must(t, c.Client.List(t.Context(), list))
	if len(list.Items) != 1 || list.Items[0].GetAnnotations()["crossplane.io/external-name"] != externalName {
		t.Errorf("want one %s %s, of %s, got %d: %v", apiVersion, kind, externalName, len(list.Items), list.Items)
	}
}

// wantValid wants the API server to take every object of an installation, without an unknown field.
func wantValid(t *testing.T, c *cluster, installation []*unstructured.Unstructured) {
	t.Helper()
	strict := client.WithFieldValidation(c.Client, metav1.FieldValidationStrict)
	for _, u := range append(kustomize(t, c, "credentials"), installation...) {
		u = u.DeepCopy()
		u.SetName(u.GetName() + "-valid") // beside what is installed
		if err := strict.Create(t.Context(), u, client.DryRunAll); err != nil {
			t.Errorf("%s %s: %v", u.GetKind(), u.GetName(), err)
		}
	}
}

// overlay returns the objects of the installation for a version of Crossplane, with the function serving on loopback.
func overlay(t *testing.T, c *cluster, v plane.Version) []*unstructured.Unstructured {
	t.Helper()
	name := "overlays/claims"
	if v.Modern() {
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
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), root(c.Tree(), "deploy", "kustomize", dir))
	must(t, err)
	var objects []*unstructured.Unstructured
	for _, r := range rendered.Resources() {
		text, err := r.AsYAML()
		must(t, err)
		u := &unstructured.Unstructured{}
		must(t, yaml.Unmarshal(text, &u.Object))
		objects = append(objects, u)
	}
	return objects
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
func imageConfigs(registry string) []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	for name, from := range map[string]string{"ontopix": "ghcr.io/ontopix/", "upbound": "xpkg.upbound.io/upbound/"} {
		u := object("pkg.crossplane.io/v1beta1", "ImageConfig", "", name)
		u.Object["spec"] = map[string]any{
			"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": from}},
			"rewriteImage": map[string]any{"prefix": registry + "/" + name + "/"},
		}
		all = append(all, u)
	}
	return all
}

// providerConfigs are those that claims use unless they are told otherwise.
func providerConfigs() []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	for apiVersion, kind := range map[string]string{
		"aws.upbound.io/v1beta1":   "ProviderConfig",
		"aws.m.upbound.io/v1beta1": "ClusterProviderConfig",
	} {
		u := object(apiVersion, kind, "", "default")
		u.Object["spec"] = map[string]any{"credentials": map[string]any{"source": "None"}}
		all = append(all, u)
	}
	return all
}

// object returns an object that has only a name.
func object(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// root is a path of the repository.
func root(tree plane.Tree, elem ...string) string {
	return filepath.Join(append([]string{tree.Root}, elem...)...)
}

// eventually waits until a check returns nil.
func eventually(ctx context.Context, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}
