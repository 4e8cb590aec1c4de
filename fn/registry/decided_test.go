package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// webObject returns the Repository object of image web.
func webObject(external, region, config, atProvider string) map[string]string {
	return map[string]string{"repository/web": `
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata: {name: some, annotations: {crossplane.io/external-name: ` + external + `}}
spec: {managementPolicies: [Observe, Create, Update], providerConfigRef: {kind: ClusterProviderConfig, name: ` + config + `}, forProvider: {region: ` + region + `}}
status: {atProvider: {` + atProvider + `}}
`}
}

// made returns that object once AWS has shop/web.
func made(region, atProvider string) map[string]string {
	return webObject("shop/web", region, "default", `arn: "arn:aws:ecr:`+region+`:123456789012:repository/shop/web", `+atProvider)
}

// TestDecidedOnce shows that what AWS cannot change stays as AWS has it, or as the status tells it. A different value
// is refused in the spec, and has no effect in another layer. While AWS has nothing of the project, its project, region
// and provider config can be corrected.
func TestDecidedOnce(t *testing.T) {
	aes := made("eu-west-1", "encryptionConfiguration: [{encryptionType: AES256}]")
	const unmovable = ", and AWS cannot move them"
	const corrected = `{project: shop, region: eu-west-1, providerConfigRef: {name: default}, images: [{name: web}]}`
	const corrections = `guardrails: {tenancy: Any, providerConfigs: [default, other]}`
	const was = `{project: %s, region: %s, providerConfig: %s, repositories: [{image: web, name: x, ready: false, settings: {}}]%s}`
	type test struct {
		reason   string
		spec     string
		status   string
		input    string
		observed map[string]string
		fatal    string
		advice   string

		// released is true if the object of a mistake must go first, and nothing is rendered yet.
		released bool

		// region, config and encryption that are rendered.
		region, config, encryption string
	}
	cases := map[string]test{
		"RegionOfTheSpecAgainstObserved": {
			reason: "The repositories cannot move.", observed: aes,
			spec:  `{region: us-east-1, images: [{name: web}]}`,
			fatal: `spec.region "us-east-1": the repositories are in eu-west-1` + unmovable + ` (AWS's rule)`,
		},
		"RegionOfTheSpecAgainstStatus": {
			reason: "If nothing is observed, the status decides.", status: `{region: eu-west-1}`,
			spec:  `{region: us-east-1, images: [{name: web}]}`,
			fatal: `spec.region "us-east-1": the repositories are in eu-west-1` + unmovable + ` (AWS's rule)`,
		},
		"RegionOfTheInput": {
			reason: "A changed default moves nobody.", observed: aes,
			spec:   `{images: [{name: web}]}`,
			input:  `region: us-east-1`,
			advice: `input.region: has no effect here: the repositories are in eu-west-1` + unmovable,
			region: "eu-west-1",
		},
		"RegionOfNobody": {
			reason: "Neither does a removed default.", observed: aes,
			spec:   `{images: [{name: web}]}`,
			region: "eu-west-1",
		},
		"RegionObservedOverStatus": {
			reason: "Observed objects come before the status.", observed: aes, status: `{region: us-east-1}`,
			spec:   `{images: [{name: web}]}`,
			region: "eu-west-1",
		},
		"NoRegion": {
			reason: "The spec or the settings must have a region.",
			spec:   `{images: [{name: web}]}`,
			fatal:  `spec.region: required: the region of the repositories: the platform team's settings give no default (the API's rule)`,
		},
		"ProviderConfigOfTheSpec": {
			reason: "Another account is another place.", observed: aes,
			spec:  `{region: eu-west-1, providerConfigRef: {name: other}, images: [{name: web}]}`,
			input: `guardrails: {providerConfigs: [other]}`,
			fatal: `spec.providerConfigRef.name "other": the repositories are managed with default, and cannot move to another account (the API's rule)`,
		},
		"ProviderConfigOfTheInput": {
			reason: "A changed default moves nobody.", observed: aes,
			spec:   `{region: eu-west-1, images: [{name: web}]}`,
			input:  `{providerConfigRef: {name: other}, guardrails: {providerConfigs: [default]}}`,
			advice: `input.providerConfigRef.name: has no effect here: the repositories are managed with default, and cannot move to another account`,
			config: "default",
		},
		"ProviderConfigOfThePlatformConfig": {
			reason: "The advice has the path of the field that names it.", observed: aes,
			spec:   `{region: eu-west-1, images: [{name: web}]}`,
			input:  `{platformConfig: {name: ecr-platform}, guardrails: {providerConfigs: [default]}}`,
			advice: `platformConfig.providerConfigRef.name: has no effect here: the repositories are managed with default, and cannot move to another account`,
			config: "default",
		},
		"ProviderConfigOfTheStatus": {
			reason: "If nothing is observed, the status decides.", status: `{providerConfig: other}`,
			spec:   `{region: eu-west-1, images: [{name: web}]}`,
			input:  `guardrails: {providerConfigs: [other]}`,
			config: "other",
		},
		"RegionOfTheStatusThatIsNone": {
			reason: "A status with an invalid region decides nothing.", status: `{region: "*"}`,
			spec:   `{images: [{name: web}]}`,
			input:  `region: eu-west-1`,
			region: "eu-west-1",
		},
		"EncryptionOfTheImage": {
			reason: "The field is the image's own.", observed: aes,
			spec:  `{region: eu-west-1, images: [{name: web, encryption: {type: KMS}}]}`,
			fatal: `spec.images[0].encryption "KMS": the repository exists with AES256, and AWS cannot change it: leave the field out, or write what it has (AWS's rule)`,
		},
		"EncryptionOfTheProject": {
			reason: "A layer is for repositories that are created from now on.", observed: aes,
			spec:       `{region: eu-west-1, defaults: {encryption: {type: KMS}}, images: [{name: web}]}`,
			advice:     `spec.defaults.encryption: has no effect on the repositories that exist with another encryption: AWS cannot change it`,
			encryption: "AES256",
		},
		"EncryptionOfTheInput": {
			reason: "So does the platform team's.", observed: aes,
			spec:       `{region: eu-west-1, images: [{name: web}]}`,
			input:      `defaults: {encryption: {type: KMS}}`,
			advice:     `input.defaults.encryption: has no effect on the repositories that exist with another encryption: AWS cannot change it`,
			encryption: "AES256",
		},
		"EncryptionThatWasBuiltIn": {
			reason: "A repository that was taken over stays as it is.", observed: made("eu-west-1", "encryptionConfiguration: [{encryptionType: KMS_DSSE, kmsKey: k}]"),
			spec:       `{region: eu-west-1, images: [{name: web}]}`,
			encryption: "KMS_DSSE",
		},
		"Project": {
			reason: "The project is part of every name.", status: `{project: shop}`,
			spec:  `{region: eu-west-1, project: bank, images: [{name: web}]}`,
			input: `guardrails: {tenancy: Any}`,
			fatal: `spec.project "bank": the project is "shop" and cannot change: it is part of every repository's name (the API's rule)`,
		},
		"Namespace": {
			reason: "A project that was claimed in one namespace cannot be claimed in another.", status: `{namespace: bank}`,
			spec:  `{region: eu-west-1, project: shop, images: [{name: web}]}`,
			fatal: `"shop": the project was written in namespace "bank", and cannot move to another (the API's rule)`,
		},
		"StatusThatTellsNothing": {
			reason: "A status without these fields decides nothing.", status: `{conditions: []}`,
			spec:   `{region: eu-west-1, project: shop, images: [{name: web}]}`,
			region: "eu-west-1",
		},
		"StatusOfOddTypes": {
			reason: "A status is read leniently.", status: `{project: 3, region: [], providerConfig: {}, namespace: true, retained: x, platformConfig: 1}`,
			spec:   `{region: eu-west-1, images: [{name: web}]}`,
			region: "eu-west-1",
		},
		"CorrectedRegion": {
			spec: corrected, input: corrections,
			reason:   "Nothing was created in the wrong region: its object goes, and the next run makes another.",
			status:   fmt.Sprintf(was, "shop", "us-east-1", "default", ""),
			observed: webObject("shop/web", "us-east-1", "default", ""),
			released: true,
			advice:   `spec.images[0]: the object some is about shop/web in AWS and is removed; the one for shop/web is made once it is gone`,
		},
		"CorrectedAndGone": {
			spec: corrected, input: corrections,
			reason: "Once it is gone, the one for the right region is made.",
			status: fmt.Sprintf(was, "shop", "us-east-1", "default", ""),
			region: "eu-west-1",
		},
		"CorrectedProviderConfig": {
			spec: corrected, input: corrections,
			reason:   "A provider config that does not exist created nothing.",
			status:   fmt.Sprintf(was, "shop", "eu-west-1", "other", ""),
			observed: webObject("shop/web", "eu-west-1", "other", ""),
			released: true,
			advice:   `spec.images[0]: the object some is about shop/web in AWS and is removed; the one for shop/web is made once it is gone`,
		},
		"CorrectedProject": {
			spec: corrected, input: corrections,
			reason:   "Nor did a misspelt project.",
			status:   fmt.Sprintf(was, "shpo", "eu-west-1", "default", ""),
			observed: webObject("shpo/web", "eu-west-1", "default", ""),
			released: true,
			advice:   `spec.images[0]: the object some is about shpo/web in AWS and is removed; the one for shop/web is made once it is gone`,
		},
		"MadeByTheObject": {
			spec: corrected, input: corrections,
			reason:   "AWS has the repository, though the status did not say so yet.",
			status:   fmt.Sprintf(was, "shop", "us-east-1", "default", ""),
			observed: made("us-east-1", ""),
			fatal:    `spec.region "eu-west-1": the repositories are in us-east-1`,
		},
		"MadeByTheStatus": {
			spec: corrected, input: corrections,
			reason: "The status says that AWS has it.",
			status: `{project: shop, region: us-east-1, repositories: [{image: web, name: shop/web, arn: a}]}`,
			fatal:  `spec.region "eu-west-1": the repositories are in us-east-1`,
		},
		"Retained": {
			spec: corrected, input: corrections,
			reason: "A repository that left the spec is still there.",
			status: fmt.Sprintf(was, "shpo", "eu-west-1", "default", `, retained: [{image: api, name: shpo/api, arn: a}]`),
			fatal:  `spec.project "shop": the project is "shpo" and cannot change`,
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		rsp := fntest.Run(t, fntest.Request{
			XR:       fntest.Registry{Spec: tc.spec, Status: tc.status}.XR(t, g),
			Input:    tc.input,
			Observed: ofGeneration(g, tc.observed),
			Cluster:  fntest.EnvironmentConfig("ecr-platform", "providerConfigRef: {name: third}"),
		})
		fatal := fntest.Fatal(rsp)
		if tc.fatal == "" && fatal != "" || !strings.Contains(fatal, tc.fatal) {
			t.Fatalf("%s\nwant refused:\n%s\ngot:\n%s", tc.reason, tc.fatal, fatal)
		}
		if fatal != "" {
			return
		}
		if got := fntest.Advice(t, rsp); got != tc.advice {
			t.Errorf("%s\nwant advice:\n%s\ngot:\n%s", tc.reason, tc.advice, got)
		}
		if tc.released {
			if keys := fntest.Keys(rsp); slices.Contains(keys, "repository/web") {
				t.Errorf("%s\nit is rendered already: %q", tc.reason, keys)
			}
			return
		}
		var o fntest.Resource
		fntest.Desired(t, rsp, "repository/web", &o)
		if got := o.Spec.ForProvider["region"]; tc.region != "" && got != tc.region {
			t.Errorf("%s\nregion %v, want %s", tc.reason, got, tc.region)
		}
		if got := o.Spec.ProviderConfigRef["name"]; tc.config != "" && got != tc.config {
			t.Errorf("%s\nprovider config %v, want %s", tc.reason, got, tc.config)
		}
		e := o.Spec.ForProvider["encryptionConfiguration"].([]any)[0].(map[string]any)
		if got := e["encryptionType"]; tc.encryption != "" && got != tc.encryption {
			t.Errorf("%s\nencryption %v, want %s", tc.reason, got, tc.encryption)
		}
	})
}

// ofGeneration returns observed objects with the API versions of a generation.
func ofGeneration(g managed.Generation, objects map[string]string) map[string]string {
	all := map[string]string{}
	for key, text := range objects {
		for _, v := range []string{"ecr.aws.upbound.io/v1beta2", "ecr.aws.upbound.io/v1beta1", "iam.aws.upbound.io/v1beta1"} {
			text = strings.ReplaceAll(text, v, g.APIVersion(v))
		}
		all[key] = text
	}
	return all
}
