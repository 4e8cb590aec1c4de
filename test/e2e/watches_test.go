package e2e_test

import (
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

// withheld is an admission policy that refuses the composite resource's CRD, so that the claim's is created first.
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

// TestClaimsAreWatched shows that claims follow their composite resources even if the claim's CRD was created first. It
// fails with Crossplane 1.20.1, which then never watches the composite resources (crossplane/crossplane#6884): the
// claim shows no condition until somebody changes it.
func TestClaimsAreWatched(t *testing.T) {
	for _, version := range versions(t) {
		t.Run("crossplane-"+version.Name, func(t *testing.T) {
			p, err := plane.Start(t.Context(), plane.Options{Crossplane: version})
			if err != nil {
				t.Fatal(err)
			}
			p.EndWith(t)
			claimIsWatched(&scene{T: t, lab: &lab.Lab{Plane: p}})
		})
	}
}

// claimIsWatched makes Crossplane create the claim's CRD before the composite resource's, and waits until a claim is
// valid.
func claimIsWatched(s *scene) {
	ctx, p := s.Context(), s.lab
	s.must(p.InstallProviderCRDs(ctx, "", standin.CRDs()...))
	_, err := p.StartFunction(ctx, lab.FunctionName)
	s.must(err)
	product, err := p.Manifests("apis/xprojectregistry/*.yaml")
	s.must(err)
	claims, err := p.Manifests("examples/project-registry/agent-support/claim.yaml")
	s.must(err)

	s.must(p.Applyf(ctx, withheld))
	time.Sleep(2 * time.Second) // A policy is in force a moment after it is created.
	s.must(p.Apply(ctx, product...))
	kind := plane.Object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "projectregistries.ecr.ontopix.io")
	s.must(p.WaitForCondition(ctx, patience, "Established", kind))
	time.Sleep(2 * time.Second) // Crossplane tries to watch the missing kind.
	for _, kind := range []string{"ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"} {
		s.must(p.Client.Delete(ctx, plane.Object("admissionregistration.k8s.io/v1", kind, "", "withheld")))
	}
	xrd := plane.Object("apiextensions.crossplane.io/v1", "CompositeResourceDefinition", "", "xprojectregistries.ecr.ontopix.io")
	s.must(p.WaitForCondition(ctx, patience, "Established", xrd))
	s.must(p.WaitForCondition(ctx, patience, "Offered", xrd))

	s.must(p.Namespace(ctx, claims[0].GetNamespace()))
	s.must(p.Apply(ctx, claims...))
	s.must(p.WaitForCondition(ctx, 30*time.Second, "Valid", claims...))
}
