package standin_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// kube is a control plane without Crossplane, which the provider does not need.
var kube *plane.Plane

func TestMain(m *testing.M) { plane.Main(onPlane{m}) }

// An onPlane runs tests on a control plane.
type onPlane struct{ *testing.M }

// Run starts the control plane and runs the tests.
func (m onPlane) Run() int {
	ctx := context.Background()
	var err error
	if kube, err = plane.Start(ctx, plane.Options{KubernetesOnly: true}); err == nil {
		err = kube.InstallProviderCRDs(ctx, "", standin.CRDs()...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.M.Run()
}

// A bench is a provider with an account of its own on the shared control plane. Tests use one at a time.
type bench struct {
	*testing.T
	cloud    *cloud.Cloud
	provider *standin.Provider
}

// newBench starts a provider. It removes the test's objects when the test ends.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, cloud: cloud.New()}
	b.provider = standin.New(kube.Config, b.cloud, standin.Options{Times: provider.Times{CreateBackoff: 2 * time.Second, MaxBackoff: time.Second}})
	b.apply(`{apiVersion: aws.upbound.io/v1beta1, kind: ProviderConfig, metadata: {name: default}, spec: {credentials: {source: None}}}`)
	if err := b.provider.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.purge()
		if err := b.provider.Stop(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// purge deletes every object of the provider's kinds, without waiting for its finalizers.
func (b *bench) purge() {
	ctx := context.Background()
	for _, k := range provider.Kinds() {
		all, err := kube.List(ctx, k.GroupVersion().String(), k.Kind)
		if err != nil {
			b.Error(err)
		}
		for _, u := range all {
			_ = kube.Client.Delete(ctx, u)
			b.eventually("finalizer removed", func() error {
				err := kube.Client.Patch(ctx, u, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
				return client.IgnoreNotFound(err)
			})
		}
	}
}

// controller returns a controller reference to a namespace: any object that exists can be a controller here.
func (b *bench) controller(namespace string) string {
	b.Helper()
	u := &unstructured.Unstructured{}
	u.SetAPIVersion("v1")
	u.SetKind("Namespace")
	if err := kube.Client.Get(b.Context(), client.ObjectKey{Name: namespace}, u); err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Namespace, name: %s, uid: %s, controller: true}", namespace, u.GetUID())
}

// apply applies manifests.
func (b *bench) apply(manifests string) {
	b.Helper()
	objects, err := manifest.Read(strings.NewReader(manifests))
	if err == nil {
		err = kube.Apply(b.Context(), objects...)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// get returns a cluster-scoped object, or nil if it does not exist.
func (b *bench) get(kind, name string) *unstructured.Unstructured {
	b.Helper()
	kinds := provider.Kinds() // of two kinds of a name, the cluster-scoped one comes first
	k := kinds[slices.IndexFunc(kinds, func(k provider.Kind) bool { return k.Kind == kind })]
	u, err := kube.Get(context.Background(), plane.Object(k.GroupVersion().String(), kind, "", name))
	if err != nil {
		b.Fatal(err)
	}
	return u
}

// delete deletes an object, and does not wait until it is gone.
func (b *bench) delete(kind, name string) {
	b.Helper()
	if err := kube.Client.Delete(b.Context(), b.get(kind, name)); err != nil {
		b.Fatal(err)
	}
}

// ready waits until an object is Ready and Synced.
func (b *bench) ready(kind, name string) {
	b.Helper()
	b.says(kind, name, "Ready", "True", "")
	b.says(kind, name, "Synced", "True", "")
}

// says waits until an object's condition has a status and a message that contains a text.
func (b *bench) says(kind, name, condition, status, message string) {
	b.Helper()
	b.eventually(fmt.Sprintf("%s %s is %s=%s %q", kind, name, condition, status, message), func() error {
		u := b.get(kind, name)
		if u == nil {
			return fmt.Errorf("it does not exist")
		}
		c := plane.ConditionOf(u, condition)
		if c.Status != status || !strings.Contains(c.Message, message) {
			return fmt.Errorf("it says %v", u.Object["status"])
		}
		return nil
	})
}

// gone waits until an object does not exist.
func (b *bench) gone(kind, name string) {
	b.Helper()
	b.eventually(kind+" "+name+" is gone", func() error {
		if u := b.get(kind, name); u != nil {
			return fmt.Errorf("it says %v", u.Object["status"])
		}
		return nil
	})
}

// eventually waits until a check returns nil.
func (b *bench) eventually(what string, check func() error) {
	b.Helper()
	if err := plane.Eventually(context.Background(), 15*time.Second, func(context.Context) error { return check() }); err != nil {
		b.Fatalf("not true: %s: %v", what, err)
	}
}

// stays checks that something holds for a while.
func (b *bench) stays(what string, check func() error) {
	b.Helper()
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := check(); err != nil {
			b.Fatalf("not true: %s: %v", what, err)
		}
	}
}

// restart stops the provider and starts it again. It forgets what it did not write down.
func (b *bench) restart() {
	b.Helper()
	if err := b.provider.Stop(); err != nil {
		b.Fatal(err)
	}
	if err := b.provider.Start(); err != nil {
		b.Fatal(err)
	}
}

// attribute waits until an attribute in AWS has a value.
func (b *bench) attribute(k cloud.Key, name string, want any) {
	b.Helper()
	b.eventually(fmt.Sprintf("%s has %s=%v", k, name, want), func() error {
		thing, ok := b.cloud.Look(k)
		if !ok || thing.Attributes[name] != want {
			return fmt.Errorf("%v %v", ok, thing.Attributes)
		}
		return nil
	})
}
