package guardrail_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestTenancy shows which namespace may claim a project, and that the platform team may claim any.
func TestTenancy(t *testing.T) {
	const spec = `region: eu-west-1, images: [{name: web}]`
	listed := `projects: [{project: bank, namespaces: [shop, finance]}, {project: attic, namespaces: []}]`
	cases := map[string]struct {
		reason     string
		spec       string
		namespace  string
		unclaimed  bool
		guardrails string
		want       string
	}{
		"Own":       {reason: "The project is named after the namespace by default.", spec: spec},
		"OwnByName": {reason: "The spec may name it too.", spec: spec + `, project: shop`},
		"Other": {
			reason: "The project of another namespace is refused, whatever a label says.", spec: spec + `, project: bank`,
			want: `spec.project "bank": a project belongs to the namespace of its name, and this is namespace "shop"`,
		},
		"OtherThatIsListed": {reason: "A listed project belongs to its namespaces.", spec: spec + `, project: bank`, guardrails: listed},
		"ListedForOthers": {
			reason: "It belongs to no other, not even to the namespace of its name.", spec: spec, namespace: "bank", guardrails: listed,
			want: `spec.project "bank": the project does not belong to namespace "bank"`,
		},
		"ListedForNobody": {
			reason: "An empty list means that no namespace may claim the project.", spec: spec, namespace: "attic", guardrails: listed,
			want: `spec.project "attic": the project does not belong to namespace "attic"`,
		},
		"Any": {reason: "With tenancy Any a namespace may claim any project that is not listed.", spec: spec + `, project: bank`, guardrails: `tenancy: Any`},
		"AnyButListed": {
			reason: "A listed project still belongs to its namespaces.", spec: spec + `, project: attic`, guardrails: "tenancy: Any\n  " + listed,
			want: `spec.project "attic": the project does not belong to namespace "shop"`,
		},
		"LookAlike": {
			reason: "The names must be equal: a common beginning does not count.", spec: spec + `, project: shop-web`,
			want: `spec.project "shop-web": a project belongs to the namespace of its name`,
		},
		"PlatformTeam": {reason: "A cluster-scoped composite resource without a claim is the platform team's.", spec: spec + `, project: bank`, unclaimed: true},
		"EmptyClaimRef": {
			reason: "A claim without a namespace is in no namespace of the project.", spec: spec + `, project: bank, claimRef: {}`, unclaimed: true,
			want: `spec.project "bank": a project belongs to the namespace of its name, and this is namespace ""`,
		},
		"OddClaimRef": {
			reason: "A claimRef that cannot be read still counts as a claim.", spec: spec + `, project: bank, claimRef: bank`, unclaimed: true,
			want: `spec.project "bank": a project belongs to the namespace of its name, and this is namespace ""`,
		},
		"NullClaimRef":          {reason: "Null is absent.", spec: spec + `, project: bank, claimRef: null`, unclaimed: true},
		"PlatformTeamAnyConfig": {reason: "The platform team may name any provider config.", spec: spec + `, project: bank, providerConfigRef: {name: admin}`, unclaimed: true},
		"PlatformTeamPinned":    {reason: "The platform team may pin a revision.", spec: spec + `, project: bank, compositionUpdatePolicy: Manual`, unclaimed: true},
		"PlatformTeamGuardrails": {
			reason: "All other guardrails apply to the platform team.", spec: spec + `, project: bank`, unclaimed: true, guardrails: `requireKMS: true`,
			want: `spec.images[0].encryption.type "AES256": repositories must be encrypted with KMS`,
		},
		"PlatformTeamNoProject": {
			reason: "Without a claim there is no namespace to name the project after.", spec: spec, unclaimed: true,
			want: `spec.project: required: the project, since without a claim there is no namespace to name it after`,
		},
		"PinnedBySelector": {
			reason: "A selector pins as well.", spec: spec + `, compositionRevisionSelector: {matchLabels: {channel: old}}`,
			want: `spec.compositionRevisionSelector: a revision of the Composition may not be pinned`,
		},
		"PinnedInMachinery": {
			reason: "So does the field of Crossplane 2.", spec: spec + `, crossplane: {compositionUpdatePolicy: Manual}`,
			want: `spec.crossplane.compositionUpdatePolicy: a revision of the Composition may not be pinned`,
		},
		"PinnedTwice": {
			reason: "Each field that pins is reported.", spec: spec + `, compositionUpdatePolicy: Manual, crossplane: {compositionRevisionSelector: {matchLabels: {channel: old}}}`,
			want: `spec.compositionUpdatePolicy: a revision of the Composition may not be pinned, since older settings would be pinned with it: leave the field out (the platform team's rule allowPinnedRevisions)
spec.crossplane.compositionRevisionSelector: a revision`,
		},
		"OwnProviderConfig": {reason: "The provider config of the settings may be named.", spec: spec + `, providerConfigRef: {name: default}`},
		"UnlistedProviderConfig": {
			reason: "Without the guardrail no other provider config may be named.", spec: spec + `, providerConfigRef: {name: admin}`,
			want: `spec.providerConfigRef.name "admin": this provider config may not be named here; none is`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				if tc.unclaimed && g.Namespaced {
					return // A namespaced composite resource is never the platform team's.
				}
				rsp := fntest.Run(t, fntest.Request{
					XR: fntest.Registry{
						Spec: "{" + tc.spec + "}", Namespace: tc.namespace, Unclaimed: tc.unclaimed,
						Labels: map[string]string{"crossplane.io/claim-namespace": "bank"},
					}.XR(t, g),
					Input: input(tc.guardrails),
				})
				fntest.Refused(t, tc.reason, rsp, tc.want)
			})
		})
	}
}

// TestProviderConfigOfTheStatus shows that the guardrail providerConfigs applies to the status of a namespaced
// composite resource, which a team may be able to write.
func TestProviderConfigOfTheStatus(t *testing.T) {
	const refused = `status.providerConfig "admin": this provider config may not be named here; none is`
	const repository = `{apiVersion: ecr.aws.upbound.io/v1beta2, kind: Repository, metadata: {annotations: {crossplane.io/external-name: shop/web}}, spec: {providerConfigRef: {kind: ClusterProviderConfig, name: admin}, forProvider: {region: eu-west-1}}}`
	cases := map[string]struct {
		reason, guardrails, input string
		observed                  string
		namespaced, claimed       string // Messages; empty if it is accepted.
	}{
		"Written":  {reason: "A team may have written the status of a namespaced composite resource; only Crossplane writes the other.", namespaced: refused},
		"Listed":   {reason: "The status may name what the spec may name.", guardrails: `providerConfigs: [admin]`},
		"Settings": {reason: "The status may name the provider config of the settings.", input: "\nproviderConfigRef: {name: admin}"},
		"Observed": {
			reason: "A team may have written the observed object too.", observed: repository,
			namespaced: `spec.images[0] "admin": the repository is managed with a provider config that may not be named here; none is (the platform team's rule providerConfigs)`,
		},
		"ObservedAndListed": {reason: "A listed provider config is allowed.", guardrails: `providerConfigs: [admin]`, observed: repository},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				seen := map[string]string{}
				if tc.observed != "" {
					seen["repository/web"] = strings.Replace(tc.observed, "ecr.aws.upbound.io/v1beta2", g.APIVersion("ecr.aws.upbound.io/v1beta2"), 1)
				}
				rsp := fntest.Run(t, fntest.Request{
					XR:       fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web}]}`, Status: `{providerConfig: admin}`}.XR(t, g),
					Input:    input(tc.guardrails) + tc.input,
					Observed: seen,
				})
				want := tc.claimed
				if g.Namespaced {
					want = tc.namespaced
				}
				fntest.Refused(t, tc.reason, rsp, want)
			})
		})
	}
}

// TestNamespacedProviderConfigs shows that a ProviderConfig is not taken for the ClusterProviderConfig of its name.
func TestNamespacedProviderConfigs(t *testing.T) {
	cases := map[string]struct {
		reason, ref, guardrails, want string
	}{
		"OtherKind": {
			reason: "It may be of another account, and the team can write it.", ref: `{kind: ProviderConfig, name: default}`,
			want: `spec.providerConfigRef.name "ProviderConfig/default": this provider config may not be named here`,
		},
		"ListedByNameAlone": {
			reason: "A name without a kind is that of a ClusterProviderConfig.", ref: `{kind: ProviderConfig, name: own}`, guardrails: `providerConfigs: [own]`,
			want: `spec.providerConfigRef.name "ProviderConfig/own": this provider config may not be named here`,
		},
		"Listed": {reason: "A ProviderConfig is listed with its kind.", ref: `{kind: ProviderConfig, name: own}`, guardrails: `providerConfigs: [ProviderConfig/own]`},
		"NotListedAsCluster": {
			reason: "A listed ProviderConfig does not allow the ClusterProviderConfig of its name.", ref: `{kind: ClusterProviderConfig, name: own}`, guardrails: `providerConfigs: [ProviderConfig/own]`,
			want: `spec.providerConfigRef.name "own": this provider config may not be named here`,
		},
		"Disguised": {
			reason: "A slash in the name does not make it a ProviderConfig.", ref: `{kind: ClusterProviderConfig, name: ProviderConfig/own}`, guardrails: `providerConfigs: [ProviderConfig/own]`,
			want: `spec.providerConfigRef.name "ProviderConfig/own": `,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := fntest.Run(t, fntest.Request{
				XR:    fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web}], providerConfigRef: ` + tc.ref + `}`}.XR(t, managed.Namespaced),
				Input: input(tc.guardrails),
			})
			fntest.Refused(t, tc.reason, rsp, tc.want)
		})
	}
}
