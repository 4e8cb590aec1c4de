package e2e_test

import (
	"encoding/base64"
	"fmt"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var claims = []behaviour{
	{
		name:   "a claim becomes ready",
		reason: "A team that writes only image names gets repositories with the recommended settings, and its claim says where they are.",
		run: func(s *scene) {
			c := s.registry("app").settle(`
images: [{name: api, tags: {tier: backend}}, {name: worker/batch}]
writeConnectionSecretToRef: {name: ecr}
`)
			for _, image := range []string{"api", "worker/batch"} {
				s.attribute(s.repository(image), "imageTagMutability", "IMMUTABLE")
				s.attribute(s.repository(image), "imageScanningConfiguration", map[string]any{"scanOnPush": true})
				s.attribute(s.repository(image), "encryptionConfiguration", []any{map[string]any{"encryptionType": "AES256"}})
				s.policyHolds(image, "expire untagged images after ", "keep the newest ")
			}
			// Cost allocation needs the claim's labels as tags.
			s.attributeHolds(s.repository("api"), "tags",
				`"team":"e2e"`, `"tier":"backend"`, `"project":"`+s.project+`"`, `"image":"api"`, `"managed-by":"crossplane"`)

			const registry = cloud.Account + ".dkr.ecr.eu-west-1.amazonaws.com"
			for field, want := range map[string]string{
				"project": s.project, "namespace": s.project, "region": "eu-west-1", "registry": registry, "repositoryCount": "2",
			} {
				if diff := cmp.Diff(want, c.status(field)); diff != "" {
					s.Errorf("status.%s: -want, +got:\n%s", field, diff)
				}
			}
			c.tells("repositories", registry+"/"+s.project+"/worker/batch")
			c.tellsPipelines("registry", registry)
			c.tellsPipelines("region", "eu-west-1")
			c.recorded("ready")
		},
	},
	{
		name:   "a claim says what a guardrail refuses",
		reason: "A team sees a refusal where it looks: on its claim, not on an object that it may not read.",
		run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api, pull: {accounts: ["111111111111"]}}]`)
			c.says("Valid", "False", "GuardrailViolation", "spec.images[0].pull.accounts[0]", puller)
			s.notInCloud(s.repository("api"))
			c.recorded("first-refusal")

			c.settle(`images: [{name: api}]`)
			s.exists(s.repository("api"))
		},
	},
	{
		name:   "an edit that breaks a guardrail changes nothing",
		reason: "A mistake does not delete or change what is in use.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}, {name: web}]`)
			c.rests()
			before := s.lab.Snapshot(s.project)

			c.apply(`images: [{name: api, imageTagMutability: MUTABLE, pull: {accounts: ["111111111111"]}}]`)
			c.says("Valid", "False", "GuardrailViolation")
			s.stays("AWS is as it was", func() error { return s.unchanged(before) })
			if got := len(s.composed("Repository", c.composite())); got != 2 {
				s.Errorf("both Repositories stay: got %d", got)
			}
			c.recorded("refused-edit")
		},
	},
	{
		name:    "observing writes nothing",
		reason:  "A team can observe what Terraform created before it takes it over, and loses no image.",
		standin: true,
		run: func(s *scene) {
			s.must(s.lab.Cloud.Put(s.Context(), s.repository("api"), map[string]any{
				"imageTagMutability": "MUTABLE", "tags": map[string]any{"by": "hand"},
				"encryptionConfiguration": []any{map[string]any{"encryptionType": "AES256"}},
			}))
			whole := s.withImages("api")
			before := s.lab.Snapshot(s.project)

			c := s.registry("app").settle(`{images: [{name: api}], managementPolicies: [Observe]}`)
			// Advice says what taking over would change, including the tags that it would remove.
			c.tells("advice", "by", "IMMUTABLE")
			s.must(s.unchanged(before))

			c.apply(`{images: [{name: api}]}`)
			s.attribute(s.repository("api"), "imageTagMutability", "IMMUTABLE")
			c.ready()
			s.exists(s.lifecyclePolicy("api"))
			s.kept(whole)
		},
	},
}

// tellsPipelines waits until the object that pipelines read has a value: the claim's connection secret, which is named
// ecr here, or the ConfigMap of a namespaced composite resource.
func (c claim) tellsPipelines(key, want string) {
	c.Helper()
	kind, name, encode := "Secret", "ecr", base64.StdEncoding.EncodeToString
	if c.namespaced() {
		kind, name, encode = "ConfigMap", c.name+"-ecr", func(text []byte) string { return string(text) }
	}
	c.eventually(fmt.Sprintf("%s %s holds %s=%s", kind, name, key, want), func() error {
		u := c.scene.get(plane.Object("v1", kind, c.namespace, name))
		if u == nil {
			return fmt.Errorf("it does not exist")
		}
		if got, _, _ := unstructured.NestedString(u.Object, "data", key); got != encode([]byte(want)) {
			return fmt.Errorf("it holds %q", got)
		}
		return nil
	})
}
