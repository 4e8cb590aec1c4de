package e2e_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// withheld is an admission policy that withholds the composite resource's kind, while its claim's is made.
const withheld = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: withheld}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apiextensions.k8s.io], apiVersions: [v1], operations: [CREATE], resources: [customresourcedefinitions]}
  validations:
  - {expression: "object.metadata.name != 'xprojectregistries.ecr.ontopix.io'", message: not yet}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: withheld}
spec: {policyName: withheld, validationActions: [Deny]}
`

// TestClaimsAreWatched wants claims to follow their composite resources also where the claim's kind was there first. It fails
// with Crossplane 1.20.1, which then never watches the composite resources (crossplane/crossplane#6884): the claim shows no
// condition until somebody touches it.
func TestClaimsAreWatched(t *testing.T) {
	for _, version := range versions(t) {
		t.Run("crossplane-"+version.Name, func(t *testing.T) {
			p, err := plane.Start(t.Context(), plane.Options{Crossplane: version, Steps: progress.NewSteps(os.Stderr)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Stop)
			if err := claimIsWatched(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// claimIsWatched installs the product in the order in question, and waits until a claim says that it is valid.
func claimIsWatched(ctx context.Context, p *plane.Plane) error {
	if err := p.InstallProviderCRDs(ctx, "", standin.CRDs()...); err != nil {
		return err
	}
	if _, err := p.StartFunction(ctx, lab.FunctionName); err != nil {
		return err
	}
	policy, err := manifest.Read(strings.NewReader(withheld))
	if err != nil {
		return err
	}
	product, err := p.Manifests("apis/xprojectregistry/*.yaml")
	if err != nil {
		return err
	}
	claims, err := p.Manifests("examples/project-registry/agent-support/claim.yaml")
	if err != nil {
		return err
	}
	if err := installClaimFirst(ctx, p, policy, product); err != nil {
		return err
	}
	if err := p.Apply(ctx, named("v1", "Namespace", claims[0].GetNamespace())); err != nil {
		return err
	}
	if err := p.Apply(ctx, claims...); err != nil {
		return err
	}
	return p.WaitForCondition(ctx, 30*time.Second, "Valid", claims...)
}

// installClaimFirst lets Crossplane make the claim's kind before the composite resource's.
func installClaimFirst(ctx context.Context, p *plane.Plane, policy, product []*unstructured.Unstructured) error {
	if err := p.Apply(ctx, policy...); err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // The API server heeds a policy a moment after it was made.
	if err := p.Apply(ctx, product...); err != nil {
		return err
	}
	kind := named("apiextensions.k8s.io/v1", "CustomResourceDefinition", "projectregistries.ecr.ontopix.io")
	if err := p.WaitForCondition(ctx, patience, "Established", kind); err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // Crossplane tries to watch what is not there.
	for _, u := range policy {
		if err := p.Client.Delete(ctx, u); err != nil {
			return err
		}
	}
	xrd := named("apiextensions.crossplane.io/v1", "CompositeResourceDefinition", "xprojectregistries.ecr.ontopix.io")
	if err := p.WaitForCondition(ctx, patience, "Established", xrd); err != nil {
		return err
	}
	return p.WaitForCondition(ctx, patience, "Offered", xrd)
}

// named returns an object that has only a name.
func named(apiVersion, kind, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	u.SetName(name)
	return u
}
