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

	"github.com/ontopix/crossplane-ecr/test/e2e/cloud"
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

	must(t, c.Apply(ctx, imageConfigs(t, c, registry, v)...))
	must(t, c.Apply(ctx, productionRuntime(t, c, v)))
	k := startKubelet(t, c)

	packages := []string{"configuration-ecr"}
	if v.Modern() {
		packages = append(packages, "configuration-ecr-namespaced")
	}
	must(t, steps.Do("install the packages", func() error {
		for _, name := range packages {
			u := object("pkg.crossplane.io/v1", "Configuration", "", name)
			u.Object["spec"] = map[string]any{"package": "ghcr.io/ontopix/" + name + ":" + version}
			if err := c.Apply(ctx, u); err != nil {
				return err
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

	wantValid(t, c, v)

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

// wantValid wants the API server to take every file of the install guide, without an unknown field.
func wantValid(t *testing.T, c *cluster, v plane.Version) {
	t.Helper()
	files, err := filepath.Glob(root(c.Tree(), "deploy", "*.yaml"))
	must(t, err)
	if len(files) == 0 {
		t.Fatal("there are no files of the install guide")
	}
	strict := client.WithFieldValidation(c.Client, metav1.FieldValidationStrict)
	for _, file := range files {
		if filepath.Base(file) == "imageconfig.yaml" && !v.Modern() {
			continue // 1.20 has no such field, as the guide says.
		}
		objects, err := plane.ReadManifests(file)
		must(t, err)
		for _, u := range objects {
			u.SetName(u.GetName() + "-valid") // beside what is installed
			if err := strict.Create(t.Context(), u, client.DryRunAll); err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
			}
		}
	}
}

// productionRuntime is the DeploymentRuntimeConfig that the install guide gives, serving on loopback.
func productionRuntime(t *testing.T, c *cluster, v plane.Version) *unstructured.Unstructured {
	t.Helper()
	files, err := c.Manifests("deploy/runtime.yaml")
	must(t, err)
	u := files[0]
	if !v.Modern() {
		// No ImageConfig names the runtime of a package that a dependency installs.
		u.SetName("default")
	}
	containers, _, err := unstructured.NestedSlice(u.Object, "spec", "deploymentTemplate", "spec", "template", "spec", "containers")
	must(t, err)
	runtime := containers[0].(map[string]any)
	args, _ := runtime["args"].([]any)
	runtime["args"] = append(args, "--address="+c.service, "--metrics-address=")
	must(t, unstructured.SetNestedSlice(u.Object, containers, "spec", "deploymentTemplate", "spec", "template", "spec", "containers"))
	return u
}

// imageConfigs send Crossplane to a mirror for the packages of this project and of the providers, and name the function's
// runtime where the version can.
func imageConfigs(t *testing.T, c *cluster, registry string, v plane.Version) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for name, from := range map[string]string{"ontopix": "ghcr.io/ontopix/", "upbound": "xpkg.upbound.io/upbound/"} {
		u := object("pkg.crossplane.io/v1beta1", "ImageConfig", "", name)
		u.Object["spec"] = map[string]any{
			"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": from}},
			"rewriteImage": map[string]any{"prefix": registry + "/" + name + "/"},
		}
		all = append(all, u)
	}
	if v.Modern() {
		files, err := c.Manifests("deploy/imageconfig.yaml")
		must(t, err)
		// Crossplane looks for a runtime by where the package was rewritten to.
		match := []any{map[string]any{"type": "Prefix", "prefix": registry + "/ontopix/function-ecr"}}
		must(t, unstructured.SetNestedSlice(files[0].Object, match, "spec", "matchImages"))
		all = append(all, files...)
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
