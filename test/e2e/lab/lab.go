package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// FunctionName is what the Compositions call the function.
const FunctionName = "ontopix-function-ecr"

// PlatformConfig is the name of the EnvironmentConfig in which a platform team keeps its settings.
const PlatformConfig = "ecr-platform"

// Options say what a lab shall be.
type Options struct {
	plane.Options
	// Provider are the stand-in's times.
	Provider standin.Options
	// Cloud is an account that is there already; nil for an empty one.
	Cloud *cloud.Cloud
}

// A Lab is a control plane on which claims can be made.
type Lab struct {
	*plane.Plane
	// Function is the product's process.
	Function *plane.Function
	// Cloud is the stand-in's account; nil with the real provider.
	Cloud *cloud.Cloud
	// Provider is the stand-in; nil with the real provider.
	Provider *standin.Provider

	real  *RealProvider
	steps *progress.Steps
}

// Start starts a lab. When it fails, nothing is left running.
func Start(ctx context.Context, o Options) (*Lab, error) {
	if o.Steps == nil {
		o.Steps = &progress.Steps{}
	}
	p, err := plane.Start(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	l := &Lab{Plane: p, steps: o.Steps}
	if err := l.install(ctx, o); err != nil {
		kept, kerr := p.KeepLogs()
		l.Stop()
		return nil, errors.Join(err, kerr, errors.New("logs: "+kept))
	}
	return l, nil
}

func (l *Lab) install(ctx context.Context, o Options) error {
	if err := l.steps.Do("install the provider's kinds, start the provider", func() error { return l.installProvider(ctx, o) }); err != nil {
		return err
	}
	var err error
	if l.Function, err = l.StartFunction(ctx, FunctionName); err != nil {
		return err
	}
	return l.steps.Do("install the product", func() error { return l.InstallProduct(ctx) })
}

func (l *Lab) installProvider(ctx context.Context, o Options) error {
	var err error
	if l.real, err = realProvider(); err != nil {
		return err
	}
	if l.real != nil {
		return l.real.start(ctx, l.Plane)
	}
	if err := l.InstallProviderCRDs(ctx, "", standin.CRDs()...); err != nil {
		return err
	}
	if err := l.Apply(ctx, providerConfigs("default", nil)...); err != nil {
		return err
	}
	if l.Cloud = o.Cloud; l.Cloud == nil {
		l.Cloud = cloud.New()
	}
	l.Provider = standin.New(l.Config, l.Cloud, o.Provider)
	return l.Provider.Start()
}

// InstallProduct installs the XRDs and Compositions of the repository that the version of Crossplane can serve, and waits until
// claims and composite resources are served.
func (l *Lab) InstallProduct(ctx context.Context) error {
	xrds, compositions, err := l.product()
	if err != nil {
		return err
	}
	if err := l.Apply(ctx, append(slices.Clone(xrds), compositions...)...); err != nil {
		return err
	}
	if err := l.WaitForCondition(ctx, time.Minute, "Established", xrds...); err != nil {
		return err
	}
	for _, xrd := range xrds {
		if _, claimed, _ := unstructured.NestedMap(xrd.Object, "spec", "claimNames"); !claimed {
			continue
		}
		if err := l.WaitForCondition(ctx, time.Minute, "Offered", xrd); err != nil {
			return err
		}
	}
	return nil
}

// UninstallProduct deletes what InstallProduct installs, as whoever deletes the package does, and with it every claim. Crossplane
// does not get rid of namespaced composite resources by itself (it asks the API server to delete those of all namespaces at once,
// which is refused), so their XRDs wait for somebody who does. The function that is returned waits until all is gone.
func (l *Lab) UninstallProduct(ctx context.Context) (wait func(context.Context) error, err error) {
	xrds, compositions, err := l.product()
	if err != nil {
		return nil, err
	}
	all := append(xrds, compositions...)
	for _, u := range all {
		if err := l.Client.Delete(ctx, u); err != nil {
			return nil, fmt.Errorf("cannot delete %s %s: %w", u.GetKind(), u.GetName(), err)
		}
	}
	return func(ctx context.Context) error { return l.WaitUntilGone(ctx, time.Minute, all...) }, nil
}

// product returns the XRDs and Compositions of the repository that the version of Crossplane can serve.
func (l *Lab) product() (xrds, compositions []*unstructured.Unstructured, err error) {
	xrds, err = l.Manifests("apis/*/definition.yaml", "apis/m/*/definition.yaml")
	if err != nil {
		return nil, nil, err
	}
	compositions, err = l.Manifests("apis/*/composition.yaml", "apis/m/*/composition.yaml")
	if err != nil {
		return nil, nil, err
	}
	served := map[string]bool{} // groups
	xrds = slices.DeleteFunc(xrds, func(xrd *unstructured.Unstructured) bool {
		namespaced := xrd.GetAPIVersion() == "apiextensions.crossplane.io/v2"
		group, _, _ := unstructured.NestedString(xrd.Object, "spec", "group")
		served[group] = l.Version().Modern() || !namespaced
		return !served[group]
	})
	compositions = slices.DeleteFunc(compositions, func(c *unstructured.Unstructured) bool {
		apiVersion, _, _ := unstructured.NestedString(c.Object, "spec", "compositeTypeRef", "apiVersion")
		group, _, _ := strings.Cut(apiVersion, "/")
		return !served[group]
	})
	return xrds, compositions, nil
}

// Platform sets the platform team's settings: what they hold has the fields of the function's Input.
func (l *Lab) Platform(ctx context.Context, settings map[string]any) error {
	u := &unstructured.Unstructured{Object: map[string]any{"data": settings}}
	u.SetAPIVersion("apiextensions.crossplane.io/v1beta1")
	u.SetKind("EnvironmentConfig")
	u.SetName(PlatformConfig)
	return l.Apply(ctx, u)
}

// Namespace creates a namespace.
func (l *Lab) Namespace(ctx context.Context, name string) error {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion("v1")
	u.SetKind("Namespace")
	u.SetName(name)
	if err := l.Client.Create(ctx, u); client.IgnoreAlreadyExists(err) != nil {
		return fmt.Errorf("cannot create namespace %s: %w", name, err)
	}
	return nil
}

// Stop ends everything. Stopping twice does nothing.
func (l *Lab) Stop() {
	if l == nil {
		return
	}
	if l.Provider != nil {
		_ = l.Provider.Stop()
	}
	l.real.stop()
	l.Plane.Stop()
}

// providerConfigs returns a provider config of each generation under one name.
func providerConfigs(name string, spec map[string]any) []*unstructured.Unstructured {
	if spec == nil {
		spec = map[string]any{"credentials": map[string]any{"source": "None"}}
	}
	var configs []*unstructured.Unstructured
	for _, of := range []struct{ apiVersion, kind string }{
		{"aws.upbound.io/v1beta1", "ProviderConfig"},
		{"aws.m.upbound.io/v1beta1", "ClusterProviderConfig"},
	} {
		u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
		u.SetAPIVersion(of.apiVersion)
		u.SetKind(of.kind)
		u.SetName(name)
		configs = append(configs, u)
	}
	return configs
}
