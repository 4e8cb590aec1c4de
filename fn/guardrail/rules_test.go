package guardrail_test

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// A rule is a guardrail with a spec that breaks it and one that does not.
type rule struct {
	reason string

	// guardrails that set it, in YAML.
	guardrails string

	// breaks and keeps are specs in YAML, one that breaks the guardrail and one that does not.
	breaks, keeps string

	// namespace of both; shop if empty.
	namespace string

	// want is the whole message about the spec that breaks it.
	want string

	// strict guardrails refuse when they are absent and cannot warn; binding ones have no exceptions; whole ones check
	// the project as a whole.
	strict, binding, whole bool
}

// Specs that break a rule do so in one image, at index 0.
var rules = map[string]rule{
	"imageTagMutability": {
		reason:     "A mode that is not listed is refused.",
		guardrails: `imageTagMutability: [IMMUTABLE, IMMUTABLE_WITH_EXCLUSION]`,
		breaks:     `{region: eu-west-1, images: [{name: web, imageTagMutability: MUTABLE}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest]}]}`,
		want:       `spec.images[0].imageTagMutability "MUTABLE": this tag mutability is not allowed; allowed: IMMUTABLE, IMMUTABLE_WITH_EXCLUSION (the platform team's rule imageTagMutability)`,
	},
	"imageTagMutabilityExclusionFilters": {
		reason:     "A filter that is not listed is refused.",
		guardrails: `imageTagMutabilityExclusionFilters: [latest, "dev-*"]`,
		breaks:     `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest, "*"]}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["dev-*"]}, {name: api}]}`,
		want:       `spec.images[0].imageTagMutabilityExclusionFilters[1] "*": this exclusion filter is not allowed; allowed: latest, dev-* (the platform team's rule imageTagMutabilityExclusionFilters)`,
	},
	"requireScanOnPush": {
		reason:     "A repository that is not scanned is refused.",
		guardrails: `requireScanOnPush: true`,
		breaks:     `{region: eu-west-1, images: [{name: web, scanOnPush: false}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web}]}`,
		want:       `spec.images[0].scanOnPush false: repositories must scan on push (the platform team's rule requireScanOnPush)`,
	},
	"requireKMS": {
		reason:     "A repository that is not encrypted with KMS is refused.",
		guardrails: `requireKMS: true`,
		breaks:     `{region: eu-west-1, images: [{name: web}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, encryption: {type: KMS}}]}`,
		want:       `spec.images[0].encryption.type "AES256": repositories must be encrypted with KMS (the platform team's rule requireKMS)`,
	},
	"kmsKeys": {
		reason:     "A key that is not listed is refused.",
		guardrails: `kmsKeys: ["arn:aws:kms:eu-west-1:123456789012:key/good"]`,
		breaks:     `{region: eu-west-1, images: [{name: web, encryption: {type: KMS, kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/bad"}}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, encryption: {type: KMS, kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/good"}}]}`,
		want:       `spec.images[0].encryption.kmsKey "arn:aws:kms:eu-west-1:123456789012:key/bad": repositories must be encrypted with an allowed key; allowed: arn:aws:kms:eu-west-1:123456789012:key/good (the platform team's rule kmsKeys)`,
	},
	"lifecycle.required": {
		reason:     "A repository without a lifecycle policy is refused.",
		guardrails: `lifecycle: {required: true}`,
		breaks:     `{region: eu-west-1, images: [{name: web, lifecycle: {rules: []}}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web}]}`,
		want:       `spec.images[0].lifecycle.rules: repositories must have a lifecycle policy (the platform team's rule lifecycle.required)`,
	},
	"lifecycle.maxImages": {
		reason:     "A policy that keeps more images than the maximum is refused.",
		guardrails: `lifecycle: {maxImages: 100}`,
		breaks:     `{region: eu-west-1, images: [{name: web, lifecycle: {keepImages: 101}}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, lifecycle: {keepImages: 100}}]}`,
		want:       `spec.images[0].lifecycle.keepImages 101: at most 100 images are kept (the platform team's rule lifecycle.maxImages)`,
	},
	"lifecycle.maxUntaggedDays": {
		reason:     "A policy that keeps untagged images longer is refused.",
		guardrails: `lifecycle: {maxUntaggedDays: 30}`,
		breaks:     `{region: eu-west-1, images: [{name: web, lifecycle: {untaggedExpiryDays: 31}}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, lifecycle: {untaggedExpiryDays: 30}}]}`,
		want:       `spec.images[0].lifecycle.untaggedExpiryDays 31: untagged images expire after at most 30 days (the platform team's rule lifecycle.maxUntaggedDays)`,
	},
	"regions": {
		reason:     "A region that is not listed is refused.",
		guardrails: `regions: [eu-west-1, eu-central-1]`,
		breaks:     `{region: us-east-1, images: [{name: web}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web}]}`,
		want:       `spec.region "us-east-1": this region is not allowed; allowed: eu-west-1, eu-central-1 (the platform team's rule regions)`,
		whole:      true,
	},
	"maxRepositories": {
		reason:     "A project with more repositories than the maximum is refused.",
		guardrails: `maxRepositories: 1`,
		breaks:     `{region: eu-west-1, images: [{name: web}, {name: api}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web}]}`,
		want:       `spec.images 2: a project has at most 1 repositories (the platform team's rule maxRepositories)`,
		whole:      true,
	},
	"requiredTags": {
		reason:     "A repository without a tag of each key is refused.",
		guardrails: `requiredTags: [team, project]`,
		breaks:     `{region: eu-west-1, images: [{name: web}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web}], defaults: {tags: {team: red}}}`,
		want:       `spec.images[0].tags: the tag "team" is required (the platform team's rule requiredTags)`,
	},
	"pull": {
		reason:     "A grant of pull to anyone who is not listed is refused. A principal counts by its account.",
		guardrails: `pull: {accounts: ["111111111111"], organizationIds: [o-aaaaaaaaaa]}`,
		breaks:     `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111", "222222222222"], organizationIds: [o-bbbbbbbbbb], principals: ["arn:aws:iam::222222222222:role/x", "arn:aws:iam::111111111111:role/x"]}}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, pull: {accounts: ["111111111111"], organizationIds: [o-aaaaaaaaaa], principals: ["arn:aws:iam::111111111111:role/x"], lambda: true}}]}`,
		want: `spec.images[0].pull.accounts[1] "222222222222": pull may not be granted to this account; allowed: 111111111111 (the platform team's rule pull)
spec.images[0].pull.organizationIds[0] "o-bbbbbbbbbb": pull may not be granted to this organization; allowed: o-aaaaaaaaaa (the platform team's rule pull)
spec.images[0].pull.principals[0] "arn:aws:iam::222222222222:role/x": pull may not be granted to a principal of this account; allowed: 111111111111 (the platform team's rule pull)`,
	},
	"allowDelete": {
		reason:     "A repository that is deleted with its image is refused.",
		guardrails: `allowDelete: false`,
		breaks:     `{region: eu-west-1, images: [{name: web, deletionPolicy: Delete}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, deletionPolicy: Delete}], managementPolicies: [Observe, Create, Update]}`,
		want:       `spec.images[0].deletionPolicy "Delete": repositories may not be deleted with their image: use Orphan (the platform team's rule allowDelete)`,
		strict:     true,
	},
	"allowForceDelete": {
		reason:     "A repository that is deleted with images in it is refused.",
		guardrails: `allowForceDelete: false`,
		breaks:     `{region: eu-west-1, images: [{name: web, forceDelete: true}]}`,
		keeps:      `{region: eu-west-1, images: [{name: web, forceDelete: false}]}`,
		want:       `spec.images[0].forceDelete true: repositories may not be deleted with images in them (the platform team's rule allowForceDelete)`,
		strict:     true,
	},
	"providerConfigs": {
		reason:     "A provider config that is neither in the settings nor listed is refused.",
		guardrails: `providerConfigs: [other]`,
		breaks:     `{region: eu-west-1, images: [{name: web}], providerConfigRef: {name: admin}}`,
		keeps:      `{region: eu-west-1, images: [{name: web}], providerConfigRef: {name: other}}`,
		want:       `spec.providerConfigRef.name "admin": this provider config may not be named here; allowed: other (the platform team's rule providerConfigs)`,
		strict:     true, binding: true, whole: true,
	},
	"tenancy": {
		reason:     "A project belongs to the namespace of its name.",
		guardrails: `tenancy: Namespace`,
		breaks:     `{region: eu-west-1, project: bank, images: [{name: web}]}`,
		keeps:      `{region: eu-west-1, project: shop, images: [{name: web}]}`,
		want:       `spec.project "bank": a project belongs to the namespace of its name, and this is namespace "shop" (the platform team's rule tenancy)`,
		strict:     true, binding: true, whole: true,
	},
	"allowPinnedRevisions": {
		reason:     "A pinned revision of the Composition is refused, since it may have older settings.",
		guardrails: `allowPinnedRevisions: false`,
		breaks:     `{region: eu-west-1, images: [{name: web}], compositionUpdatePolicy: Manual}`,
		keeps:      `{region: eu-west-1, images: [{name: web}], compositionUpdatePolicy: Automatic}`,
		want:       `spec.compositionUpdatePolicy: a revision of the Composition may not be pinned, since older settings would be pinned with it: leave the field out (the platform team's rule allowPinnedRevisions)`,
		strict:     true, whole: true,
	},
}

// input returns an Input with guardrails, in YAML.
func input(guardrails ...string) string {
	b := &strings.Builder{}
	b.WriteString("guardrails:\n")
	for _, g := range guardrails {
		if g != "" {
			b.WriteString("  " + g + "\n")
		}
	}
	if b.String() == "guardrails:\n" {
		return ""
	}
	return b.String()
}

func (r rule) run(t *testing.T, g managed.Generation, spec, input string) *fnv1.RunFunctionResponse {
	t.Helper()
	return fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: spec, Namespace: r.namespace}.XR(t, g), Input: input})
}

func TestGuardrails(t *testing.T) {
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				rsp := r.run(t, g, r.breaks, input(r.guardrails))
				if got := fntest.Fatal(rsp); got != r.want {
					t.Errorf("%s\nwant:\n%s\ngot:\n%s", r.reason, r.want, got)
				}
				if got, want := fntest.Condition(rsp, "Valid"), "False GuardrailViolation "+r.want; got != want {
					t.Errorf("%s\nwant condition:\n%s\ngot:\n%s", r.reason, want, got)
				}
				if keys := fntest.Keys(rsp); len(keys) > 0 {
					t.Errorf("%s\na Fatal answer desires %q", r.reason, keys)
				}
				mustAccept(t, "What keeps the rule is accepted.", r.run(t, g, r.keeps, input(r.guardrails)))

				rsp = r.run(t, g, r.breaks, "")
				if refused := fntest.Fatal(rsp) != ""; refused != r.strict {
					t.Errorf("Without the guardrail: refused %t, want %t:\n%s", refused, r.strict, fntest.Fatal(rsp))
				}
			})
		})
	}
}

func mustAccept(t *testing.T, reason string, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	if f := fntest.Fatal(rsp); f != "" {
		t.Errorf("%s\nrefused:\n%s", reason, f)
	}
	if got := fntest.Condition(rsp, "Compliant"); got != "True Compliant" {
		t.Errorf("%s\nnot compliant: %s", reason, got)
	}
	if got := fntest.Condition(rsp, "Valid"); got != "True Valid" {
		t.Errorf("%s\nnot valid: %s", reason, got)
	}
}
