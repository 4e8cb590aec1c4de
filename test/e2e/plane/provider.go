package plane

import (
	"context"
	"encoding/base64"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// providerModule is the provider whose kinds the product renders.
const providerModule = "github.com/upbound/provider-aws/v2"

// ProviderCRDs returns the provider's CRDs of a family, in both generations, and their version, which is the one that
// the product is built with. The family is ecr, iam, or empty for the provider configs.
func (t Tree) ProviderCRDs(ctx context.Context, family string) (crds []*unstructured.Unstructured, version string, err error) {
	source, version, err := t.Module(ctx, ".", providerModule)
	if err != nil {
		return nil, "", err
	}
	if family != "" {
		family += "."
	}
	crds, err = ReadManifests(
		filepath.Join(source, "package", "crds", family+"aws.upbound.io_*.yaml"),
		filepath.Join(source, "package", "crds", family+"aws.m.upbound.io_*.yaml"))
	return crds, version, err
}

// InstallProviderCRDs installs the provider's CRDs: all of them or, if kinds are given by the names of their CRDs, only
// those and the provider configs. The webhook of the real provider converts between the versions of a kind. It is empty
// if that provider does not run.
func (p *Plane) InstallProviderCRDs(ctx context.Context, webhook string, kinds ...string) error {
	all, _, err := p.tree.ProviderCRDs(ctx, "")
	if err != nil {
		return err
	}
	for _, family := range []string{"ecr", "iam"} {
		crds, _, err := p.tree.ProviderCRDs(ctx, family)
		if err != nil {
			return err
		}
		all = append(all, slices.DeleteFunc(crds, func(crd *unstructured.Unstructured) bool {
			return len(kinds) > 0 && !slices.Contains(kinds, crd.GetName())
		})...)
	}
	for _, crd := range all {
		if webhook == "" {
			err = KeepNewest(crd)
		} else {
			err = p.convertBy(crd, webhook)
		}
		if err != nil {
			return err
		}
	}
	return p.applyCRDs(ctx, all)
}

// KeepNewest removes all versions of a CRD but the newest. Some of the provider's CRDs store v1beta1 and also serve a
// v1beta2 of another shape. Without the webhook of its package, v1beta1's schema would prune v1beta2 objects.
func KeepNewest(crd *unstructured.Unstructured) error {
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil {
		return err
	}
	newest, _ := versions[len(versions)-1].(map[string]any)
	newest["served"], newest["storage"] = true, true
	return unstructured.SetNestedSlice(crd.Object, []any{newest}, "spec", "versions")
}

// convertBy makes a webhook convert between the versions of a CRD that has several, as Crossplane does when it installs
// the provider's package.
func (p *Plane) convertBy(crd *unstructured.Unstructured, webhook string) error {
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil || len(versions) == 1 {
		return err
	}
	return unstructured.SetNestedField(crd.Object, map[string]any{
		"strategy": "Webhook",
		"webhook": map[string]any{
			"clientConfig":             map[string]any{"url": webhook + "/convert", "caBundle": base64.StdEncoding.EncodeToString(p.authority.cert)},
			"conversionReviewVersions": []any{"v1"},
		},
	}, "spec", "conversion")
}

// applyCRDs applies CRDs and waits until they are established.
func (p *Plane) applyCRDs(ctx context.Context, crds []*unstructured.Unstructured) error {
	for _, crd := range crds {
		unstructured.RemoveNestedField(crd.Object, "status")
	}
	if err := p.Apply(ctx, crds...); err != nil {
		return err
	}
	return p.WaitForCondition(ctx, time.Minute, "Established", crds...)
}

// StartProvider starts a provider's binary on the plane and waits until it is ready. It returns the URL of the webhook
// that converts between the versions of the provider's kinds.
func (p *Plane) StartProvider(ctx context.Context, name, bin string) (provider *Process, webhook string, err error) {
	ports, err := FreePorts(3)
	if err != nil {
		return nil, "", err
	}
	certs := filepath.Join(p.dir, name+"-tls")
	if err := p.authority.writeTLSDir(certs, name); err != nil {
		return nil, "", err
	}
	cmd := exec.Command(bin,
		"--debug",
		"--certs-dir", certs,
		fmt.Sprintf("--webhook-port=%d", ports[0]),
		fmt.Sprintf("--metrics-bind-address=127.0.0.1:%d", ports[1]),
		fmt.Sprintf("--health-probe-bind-addr=127.0.0.1:%d", ports[2]))
	cmd.Env = p.env()
	if provider, err = p.Run(name, cmd); err != nil {
		return nil, "", err
	}
	err = provider.ready(ctx, p.answers(fmt.Sprintf("http://127.0.0.1:%d/readyz", ports[2])))
	return provider, fmt.Sprintf("https://127.0.0.1:%d", ports[0]), err
}
