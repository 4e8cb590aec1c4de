package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestComplianceOfWhatIsObserved shows that with [Observe] the condition Compliant is about what AWS has.
func TestComplianceOfWhatIsObserved(t *testing.T) {
	const (
		spec  = `{region: eu-west-1, managementPolicies: [Observe], images: [{name: web}]}`
		input = `guardrails: {imageTagMutability: [IMMUTABLE], requireScanOnPush: true, pull: {accounts: ["111111111111"]}}`
	)
	type test struct {
		reason             string
		repository, policy string // what AWS has of the one, and the object of the other
		want               string
	}
	cases := map[string]test{
		"NothingYet": {reason: "Before anything is observed, nothing is judged.", want: "Unknown NotChecked nothing is reported of the repositories in AWS yet"},
		"Within": {
			reason:     "AWS keeps the rules.",
			repository: `imageTagMutability: IMMUTABLE, imageScanningConfiguration: {scanOnPush: true}`,
			want:       "True Compliant",
		},
		"Without": {
			reason:     "AWS breaks them, whatever the settings would do.",
			repository: `imageTagMutability: MUTABLE, imageScanningConfiguration: {scanOnPush: false}`,
			want: `False GuardrailWarning spec.images[0].imageTagMutability "MUTABLE": this tag mutability is not allowed; allowed: IMMUTABLE; this is what AWS has (the platform team's rule imageTagMutability)
spec.images[0].scanOnPush false: repositories must scan on push; this is what AWS has (the platform team's rule requireScanOnPush)`,
		},
		"Grant": {
			reason:     "A grant that AWS has counts.",
			repository: `imageTagMutability: IMMUTABLE`,
			policy:     `{apiVersion: ecr.aws.upbound.io/v1beta1, kind: RepositoryPolicy, metadata: {name: a, annotations: {crossplane.io/external-name: shop/web}}, spec: {managementPolicies: [Observe]}, status: {atProvider: {policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"ecr:BatchGetImage"}]}'}}}`,
			want:       `False GuardrailWarning spec.images[0].pull "arn:aws:iam::222222222222:root": pull may not be granted to a principal of this account; allowed: 111111111111; this is what AWS has (the platform team's rule pull)`,
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		observed := map[string]string{}
		if tc.repository != "" {
			observed = made("eu-west-1", tc.repository)
		}
		if tc.policy != "" {
			observed["policy/web"] = tc.policy
		}
		rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: spec}.XR(t, g), Input: input, Observed: ofGeneration(g, observed)})
		if got := fntest.Condition(rsp, "Compliant"); got != tc.want {
			t.Errorf("%s\nwant: %s\ngot:  %s\nfatal: %s", tc.reason, tc.want, got, fntest.Fatal(rsp))
		}
	})
}

// TestSettingsOfWhatIsObserved shows that with [Observe] the status has the settings in AWS.
func TestSettingsOfWhatIsObserved(t *testing.T) {
	const policy = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}`
	observed := made("eu-west-1", "imageTagMutability: MUTABLE, imageScanningConfiguration: {scanOnPush: false}")
	observed["lifecycle/web/a"] = `{apiVersion: ecr.aws.upbound.io/v1beta1, kind: LifecyclePolicy, metadata: {name: b}, status: {atProvider: {policy: '` + policy + `'}}}`
	type test struct{ reason, policies, mutability, layer string }
	cases := map[string]test{
		"Observed": {reason: "What AWS has is in force.", policies: "[Observe]", mutability: "MUTABLE", layer: "AWS"},
		"Managed":  {reason: "What is written is in force.", policies: "[Observe, Create, Update]", mutability: "IMMUTABLE", layer: "built in"},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		spec := `{region: eu-west-1, managementPolicies: ` + tc.policies + `, images: [{name: web}]}`
		rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: spec}.XR(t, g), Observed: ofGeneration(g, observed)})
		status := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue().AsMap()
		settings := status["repositories"].([]any)[0].(map[string]any)["settings"].(map[string]any)
		got := []any{settings["imageTagMutability"], settings["lifecycle"].(map[string]any)["layer"]}
		if diff := cmp.Diff([]any{tc.mutability, tc.layer}, got); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
		}
	})
}
