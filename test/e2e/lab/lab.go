package lab

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// FunctionName is the function's name in the Compositions.
const FunctionName = "ontopix-function-ecr"

// PlatformConfig is the name of the EnvironmentConfig with the platform team's settings.
const PlatformConfig = "ecr-platform"

// Options configure a lab.
type Options struct {
	plane.Options
	// Provider configures the stand-in.
	Provider standin.Options
	// Cloud is the stand-in's account; nil for a new one.
	Cloud *cloud.Cloud
}

// A Lab is a control plane on which claims can be created.
type Lab struct {
	*plane.Plane
	// Function is the product's function.
	Function *plane.Function
	// Cloud is the stand-in's account; nil with the real provider.
	Cloud *cloud.Cloud
	// Provider is the stand-in; nil with the real provider.
	Provider *standin.Provider

	real *realProvider
}

// Start starts a lab. If it fails, it leaves nothing running.
func Start(ctx context.Context, o Options) (*Lab, error) {
	p, err := plane.Start(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	l := &Lab{Plane: p}
	if err := l.install(ctx, o); err != nil {
		return nil, p.Fail(err)
	}
	return l, nil
}

func (l *Lab) install(ctx context.Context, o Options) error {
	if err := l.Steps.Do("install the provider's kinds, start the provider", func() error { return l.installProvider(ctx, o) }); err != nil {
		return err
	}
	var err error
	if l.Function, err = l.StartFunction(ctx, FunctionName); err != nil {
		return err
	}
	return l.Steps.Do("install the product", func() error { return l.InstallProduct(ctx) })
}

func (l *Lab) installProvider(ctx context.Context, o Options) error {
	var err error
	if l.real, err = newRealProvider(); err != nil {
		return err
	}
	if l.real != nil {
		return l.real.start(ctx, l.Plane)
	}
	if err := l.InstallProviderCRDs(ctx, "", standin.CRDs()...); err != nil {
		return err
	}
	if err := l.Applyf(ctx, ProviderConfigs, "{credentials: {source: None}}"); err != nil {
		return err
	}
	if l.Cloud = o.Cloud; l.Cloud == nil {
		l.Cloud = cloud.New()
	}
	l.Provider = standin.New(l.Config, l.Cloud, o.Provider)
	l.OnStop(func() { _ = l.Provider.Stop() })
	return l.Provider.Start()
}

// InstallProduct installs the product, and waits until claims and composite resources are served.
func (l *Lab) InstallProduct(ctx context.Context) error {
	product, err := l.product()
	if err != nil {
		return err
	}
	if err := l.Apply(ctx, product...); err != nil {
		return err
	}
	for _, u := range product {
		if u.GetKind() != "CompositeResourceDefinition" {
			continue
		}
		if err := l.WaitForCondition(ctx, time.Minute, "Established", u); err != nil {
			return err
		}
		if _, claimed, _ := unstructured.NestedMap(u.Object, "spec", "claimNames"); !claimed {
			continue
		}
		if err := l.WaitForCondition(ctx, time.Minute, "Offered", u); err != nil {
			return err
		}
	}
	return nil
}

// UninstallProduct deletes what InstallProduct installs, as deleting the package does, and with it every claim.
// Crossplane cannot delete namespaced composite resources (the API server refuses to delete those of all namespaces at
// once), so their XRDs stay until somebody deletes them. The returned function waits until all is gone.
func (l *Lab) UninstallProduct(ctx context.Context) (wait func(context.Context) error, err error) {
	product, err := l.product()
	if err != nil {
		return nil, err
	}
	for _, u := range product {
		if err := l.Client.Delete(ctx, u); err != nil {
			return nil, fmt.Errorf("cannot delete %s %s: %w", u.GetKind(), u.GetName(), err)
		}
	}
	return func(ctx context.Context) error { return l.WaitUntilGone(ctx, time.Minute, product...) }, nil
}

// product returns the repository's XRDs and Compositions that the version of Crossplane can serve.
func (l *Lab) product() ([]*unstructured.Unstructured, error) {
	files := []string{"apis/*/definition.yaml", "apis/*/composition.yaml"}
	if l.Version().Modern {
		files = append(files, "apis/m/*/definition.yaml", "apis/m/*/composition.yaml")
	}
	return l.Manifests(files...)
}

// Platform applies the platform team's settings, in YAML, with the fields of the function's Input.
func (l *Lab) Platform(ctx context.Context, settings string) error {
	return l.Applyf(ctx, `
apiVersion: apiextensions.crossplane.io/v1beta1
kind: EnvironmentConfig
metadata: {name: %s}
data: %s
`, PlatformConfig, strings.ReplaceAll("\n"+settings, "\n", "\n  "))
}

// ProviderConfigs is a format for Applyf: the default provider config of each generation, with a spec in YAML.
const ProviderConfigs = `
{apiVersion: aws.upbound.io/v1beta1, kind: ProviderConfig, metadata: {name: default}, spec: %[1]s}
---
{apiVersion: aws.m.upbound.io/v1beta1, kind: ClusterProviderConfig, metadata: {name: default}, spec: %[1]s}
`
