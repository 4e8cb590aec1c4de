package plane

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// providerModule is the provider whose kinds the product renders, in the version that the product is built with.
const providerModule = "github.com/upbound/provider-aws/v2"

// stored are the cluster-scoped kinds of which the provider's sources store v1beta1 beside a v1beta2 of another shape. Its
// package adds a webhook that converts; without one, a v1beta2 object would be pruned by the schema of v1beta1. A plane
// without the provider stores v1beta2 and serves nothing else.
var stored = map[string]string{
	"repositories.ecr.aws.upbound.io":              "v1beta2",
	"replicationconfigurations.ecr.aws.upbound.io": "v1beta2",
}

// InstallProviderCRDs installs the provider's own CRDs of the ECR and IAM families and its provider configs, of both the
// cluster-scoped and the namespaced generation. With kinds given (resource.group, as CRDs are named), it installs only those.
// The webhook is the real provider's, which converts between the versions of a kind; empty if the provider does not run.
func (p *Plane) InstallProviderCRDs(ctx context.Context, webhook string, kinds ...string) error {
	source, err := moduleDir(ctx, p.tree.Root, providerModule)
	if err != nil {
		return err
	}
	var patterns []string
	for _, group := range []string{"aws.upbound.io", "aws.m.upbound.io"} {
		patterns = append(patterns,
			filepath.Join(source, "package", "crds", group+"_*.yaml"),
			filepath.Join(source, "package", "crds", "ecr."+group+"_*.yaml"),
			filepath.Join(source, "package", "crds", "iam."+group+"_*.yaml"))
	}
	crds, err := ReadManifests(patterns...)
	if err != nil {
		return err
	}
	crds = slices.DeleteFunc(crds, func(crd *unstructured.Unstructured) bool {
		group, _, _ := unstructured.NestedString(crd.Object, "spec", "group")
		providerConfig := group == "aws.upbound.io" || group == "aws.m.upbound.io"
		return len(kinds) > 0 && !providerConfig && !slices.Contains(kinds, crd.GetName())
	})
	for _, crd := range crds {
		version, several := stored[crd.GetName()]
		switch {
		case !several:
		case webhook != "":
			err = p.convertBy(crd, webhook)
		default:
			err = keepVersion(crd, version)
		}
		if err != nil {
			return err
		}
	}
	return p.applyCRDs(ctx, crds)
}

// convertBy lets a webhook convert between the versions of a CRD, as Crossplane does when it installs the provider's package.
func (p *Plane) convertBy(crd *unstructured.Unstructured, webhook string) error {
	return unstructured.SetNestedField(crd.Object, map[string]any{
		"strategy": "Webhook",
		"webhook": map[string]any{
			"clientConfig":             map[string]any{"url": webhook + "/convert", "caBundle": base64.StdEncoding.EncodeToString(p.authority.cert)},
			"conversionReviewVersions": []any{"v1"},
		},
	}, "spec", "conversion")
}

// keepVersion makes a version the only one that a CRD serves and stores.
func keepVersion(crd *unstructured.Unstructured, version string) error {
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil {
		return err
	}
	found := false
	for _, v := range versions {
		m := v.(map[string]any)
		keep := m["name"] == version
		found = found || keep
		m["served"], m["storage"] = keep, keep
	}
	if !found {
		return fmt.Errorf("%s has no version %s", crd.GetName(), version)
	}
	return unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions")
}

// applyCRDs applies CRDs and waits until their kinds are served.
func (p *Plane) applyCRDs(ctx context.Context, crds []*unstructured.Unstructured) error {
	for _, crd := range crds {
		unstructured.RemoveNestedField(crd.Object, "status")
	}
	if err := p.Apply(ctx, crds...); err != nil {
		return err
	}
	return p.WaitForCondition(ctx, time.Minute, "Established", crds...)
}
