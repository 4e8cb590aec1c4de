package guardrail_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// existing returns an observed Repository that exists in AWS with an encryption.
func existing(encryption string) map[string]string {
	return map[string]string{"repository/web": `
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata: {name: shop-web, annotations: {crossplane.io/external-name: shop/web}}
spec: {managementPolicies: [Observe, Create, Update], providerConfigRef: {name: default}, forProvider: {region: eu-west-1}}
status:
  atProvider: {arn: "arn:aws:ecr:eu-west-1:123456789012:repository/shop/web", encryptionConfiguration: [` + encryption + `]}
`}
}

// TestEncryptionThatExists shows that guardrails judge the encryption that AWS reports of an existing repository, and
// that they only warn, since it cannot change.
func TestEncryptionThatExists(t *testing.T) {
	const (
		good = "arn:aws:kms:eu-west-1:123456789012:key/good"
		last = ", and the encryption of one that exists cannot change (the platform team's rule "
	)
	cases := map[string]struct {
		reason     string
		guardrails string
		has        string
		spec       string
		want       string
	}{
		"AES256": {
			reason:     "A KMS setting in the spec does not change the encryption in AWS.",
			guardrails: `{requireKMS: true}`,
			has:        `{encryptionType: AES256}`,
			spec:       `{region: eu-west-1, images: [{name: web}], defaults: {encryption: {type: KMS}}}`,
			want:       `False GuardrailWarning spec.images[0].encryption.type "AES256": repositories must be encrypted with KMS` + last + "requireKMS)",
		},
		"DSSE": {
			reason:     "Dual-layer encryption with KMS is KMS, whatever the spec says.",
			guardrails: `{requireKMS: true}`,
			has:        `{encryptionType: KMS_DSSE, kmsKey: "` + good + `"}`,
			spec:       `{region: eu-west-1, images: [{name: web}]}`,
			want:       "True Compliant",
		},
		"OtherKey": {
			reason:     "A key that is no longer listed is a warning.",
			guardrails: `{kmsKeys: ["` + good + `"]}`,
			has:        `{encryptionType: KMS, kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/old"}`,
			spec:       `{region: eu-west-1, images: [{name: web}]}`,
			want:       `False GuardrailWarning spec.images[0].encryption.kmsKey "arn:aws:kms:eu-west-1:123456789012:key/old": repositories must be encrypted with an allowed key; allowed: ` + good + last + "kmsKeys)",
		},
		"GoodKeyThatTheSpecDoesNotName": {
			reason:     "The spec names no key, and AWS has one that is allowed.",
			guardrails: `{kmsKeys: ["` + good + `"]}`,
			has:        `{encryptionType: KMS, kmsKey: "` + good + `"}`,
			spec:       `{region: eu-west-1, images: [{name: web, encryption: {type: KMS}}]}`,
			want:       "True Compliant",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := fntest.Run(t, fntest.Request{
				XR:       fntest.Registry{Spec: tc.spec}.XR(t, managed.Claimed),
				Input:    "guardrails: " + tc.guardrails,
				Observed: existing(tc.has),
			})
			fntest.Refused(t, tc.reason, rsp, "")
			if got := fntest.Condition(rsp, "Compliant"); got != tc.want {
				t.Errorf("%s\nwant:\n%s\ngot:\n%s", tc.reason, tc.want, got)
			}
		})
	}
}
