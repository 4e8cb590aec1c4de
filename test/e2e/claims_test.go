package e2e_test

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

func claims() []behaviour {
	return []behaviour{
		{
			name:   "a claim becomes ready",
			reason: "a team that writes nothing but image names gets repositories with the recommended settings, and is told where they are",
			run:    claimBecomesReady,
		},
		{
			name:   "a guardrail speaks on the claim",
			reason: "a team sees what the platform team forbids where it looks: on its claim, not on an object that it may not read",
			run:    guardrailSpeaks,
		},
		{
			name:   "an edit that breaks a guardrail changes nothing",
			reason: "a mistake must not take away or change what is in use",
			run:    brokenEditChangesNothing,
		},
		{
			name:   "labels become tags",
			reason: "cost allocation works by the labels of the claim",
			run:    labelsBecomeTags,
		},
		{
			name:   "observing writes nothing",
			reason: "what Terraform made can be looked at before it is taken over, and keeps its images",
			run:    observingWritesNothing,
		},
	}
}

func claimBecomesReady(s *scene) {
	c := s.registry("app")
	c.apply(`
images: [{name: api}, {name: worker/batch}]
writeConnectionSecretToRef: {name: ecr}
`)
	c.ready()

	for _, image := range []string{"api", "worker/batch"} {
		s.inCloud(s.repository(image), func(got cloud.Thing) error {
			want := map[string]any{
				"imageTagMutability":         "IMMUTABLE",
				"imageScanningConfiguration": map[string]any{"scanOnPush": true},
				"encryptionConfiguration":    []any{map[string]any{"encryptionType": "AES256"}},
			}
			for name, value := range want {
				if diff := cmp.Diff(value, got.Attributes[name]); diff != "" {
					return fmt.Errorf("%s: -want, +got:\n%s", name, diff)
				}
			}
			return nil
		})
		s.inCloud(s.lifecyclePolicy(image), func(got cloud.Thing) error {
			policy := fmt.Sprint(got.Attributes["policy"])
			for _, rule := range []string{"expire untagged images after ", "keep the newest "} {
				if !strings.Contains(policy, rule) {
					return fmt.Errorf("%q is not in %s", rule, policy)
				}
			}
			return nil
		})
	}

	for field, want := range map[string]string{
		"project":         s.project,
		"namespace":       s.project,
		"region":          "eu-west-1",
		"registry":        cloud.Account + ".dkr.ecr.eu-west-1.amazonaws.com",
		"repositoryCount": "2",
	} {
		if diff := cmp.Diff(want, c.status(field)); diff != "" {
			s.Errorf("status.%s: -want, +got:\n%s", field, diff)
		}
	}
	uri := cloud.Account + ".dkr.ecr.eu-west-1.amazonaws.com/" + s.project + "/worker/batch"
	if got := c.status("repositories"); !strings.Contains(got, uri) {
		s.Errorf("status.repositories tells the URI %s: got %s", uri, got)
	}
	c.tellsPipelines("registry", cloud.Account+".dkr.ecr.eu-west-1.amazonaws.com")
	c.tellsPipelines("region", "eu-west-1")
}

// tellsPipelines waits until what a pipeline can read holds a value: the claim's connection secret, which is called ecr here, or
// the ConfigMap of a namespaced composite resource.
func (c claim) tellsPipelines(key, want string) {
	c.Helper()
	kind, name := "Secret", "ecr"
	if c.namespaced() {
		kind, name = "ConfigMap", c.name+"-ecr"
	}
	c.eventually(fmt.Sprintf("%s %s holds %s=%s", kind, name, key, want), func() error {
		u := claim{scene: c.scene, kind: kind, namespace: c.namespace, name: name}.object()
		u.SetAPIVersion("v1")
		live := c.scene.get(u)
		if live == nil {
			return fmt.Errorf("it does not exist")
		}
		got, _, _ := unstructured.NestedString(live.Object, "data", key)
		if kind == "Secret" {
			text, _ := base64.StdEncoding.DecodeString(got)
			got = string(text)
		}
		if got != want {
			return fmt.Errorf("it holds %q", got)
		}
		return nil
	})
}

func guardrailSpeaks(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api, lifecycle: {keepImages: 500}}]`)
	c.says("Valid", "False", "GuardrailViolation", "spec.images[0].lifecycle.keepImages", "100")
	s.notInCloud(s.repository("api"))

	c.apply(`images: [{name: api, lifecycle: {keepImages: 50}}]`)
	c.ready()
	s.exists(s.repository("api"))
}

func brokenEditChangesNothing(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	before := s.lab.Snapshot(s.project)

	c.apply(`images: [{name: api, imageTagMutability: MUTABLE, lifecycle: {keepImages: 500}}]`)
	c.says("Valid", "False", "GuardrailViolation")
	s.stays("AWS is as it was", func() error {
		if diff := cmp.Diff(before, s.lab.Snapshot(s.project)); diff != "" {
			return fmt.Errorf("-before, +after:\n%s", diff)
		}
		return nil
	})
	if got := len(s.composed("Repository", c.composite())); got != 2 {
		s.Errorf("both Repositories stay: got %d", got)
	}
}

func labelsBecomeTags(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api, tags: {tier: backend}}]`)
	c.ready()
	s.inCloud(s.repository("api"), func(got cloud.Thing) error {
		tags, _ := got.Attributes["tags"].(map[string]any)
		for name, want := range map[string]string{"team": "e2e", "tier": "backend", "project": s.project, "image": "api", "managed-by": "crossplane"} {
			if tags[name] != want {
				return fmt.Errorf("tag %s: want %q, got %v", name, want, tags)
			}
		}
		return nil
	})
}

func observingWritesNothing(s *scene) {
	if s.lab.Cloud == nil {
		s.Skip("the repository that is looked at is made by hand, which the stand-in's account alone allows")
	}
	made := map[string]any{"imageTagMutability": "MUTABLE", "tags": map[string]any{"by": "hand"}, "encryptionConfiguration": []any{map[string]any{"encryptionType": "AES256"}}}
	if err := s.lab.Cloud.Put(s.Context(), s.repository("api"), made); err != nil {
		s.Fatal(err)
	}
	whole := s.withImages("api")
	before := s.lab.Snapshot(s.project)

	c := s.registry("app")
	c.apply(`{images: [{name: api}], managementPolicies: [Observe]}`)
	c.ready()
	if got := c.status("advice"); !strings.Contains(got, "by") || !strings.Contains(got, "IMMUTABLE") {
		s.Errorf("advice tells what taking over would change, tags that would go included: got %s", got)
	}
	if diff := cmp.Diff(before, s.lab.Snapshot(s.project)); diff != "" {
		s.Errorf("observing changes nothing: -before, +after:\n%s", diff)
	}

	c.apply(`{images: [{name: api}]}`)
	s.inCloud(s.repository("api"), func(got cloud.Thing) error {
		if got.Attributes["imageTagMutability"] != "IMMUTABLE" {
			return fmt.Errorf("%v", got.Attributes)
		}
		return nil
	})
	c.ready()
	s.exists(s.lifecyclePolicy("api"))
	s.kept(s.repository("api"), whole)
}
