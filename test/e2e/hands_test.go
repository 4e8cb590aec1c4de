package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
)

// hands are behaviours in which somebody does by hand what is not theirs to do.
func hands() []behaviour {
	return []behaviour{
		{
			name:   "a managed resource is deleted by hand",
			reason: "kubectl delete on a Repository object costs nothing: the repository stays, and is managed again",
			run:    managedDeletedByHand,
		},
		{
			name:   "a managed resource is changed by hand",
			reason: "a guardrail that could be removed by kubectl edit would protect nothing",
			run:    managedChangedByHand,
		},
		{
			name:   "the composite resource is deleted by hand",
			reason: "the claim still wants its repositories: they stay, and are managed again",
			only:   claimed,
			run:    compositeDeletedByHand,
		},
		{
			name:   "the namespace is deleted",
			reason: "whoever deletes a namespace by mistake has lost no image",
			run:    namespaceDeleted,
		},
		{
			name:    "a repository is deleted in AWS",
			reason:  "its images are gone, but the project goes on: the repository and its policy are made again",
			standin: true,
			alone:   true,
			run:     repositoryDeletedInAWS,
		},
		{
			name:    "the provider dies while it creates",
			reason:  "the provider then waits for a person; the claim says so, and the way out that it gives works",
			standin: true,
			alone:   true,
			run:     providerDiesCreating,
		},
		{
			name:   "the platform team's settings are deleted",
			reason: "without its settings a platform would refuse nothing and default to anything; so nothing changes until they are back",
			alone:  true,
			run:    settingsDeleted,
		},
		{
			name:   "a guardrail comes and goes",
			reason: "a rule reaches every claim that is there, and takes nothing away: first as a warning, then as a refusal",
			alone:  true,
			run:    guardrailComesAndGoes,
		},
	}
}

// repositoryObject returns the Repository object of an image of a claim.
func (c claim) repositoryObject(image string) *unstructured.Unstructured {
	c.Helper()
	var found *unstructured.Unstructured
	c.eventually("the object of "+image+" is there", func() error {
		for _, u := range c.composed("Repository", c.composite()) {
			if u.GetAnnotations()["crossplane.io/external-name"] == c.repository(image).ID {
				found = u
				return nil
			}
		}
		return fmt.Errorf("it is not")
	})
	return found
}

// kept checks that something in AWS is the one that was there before. Of the real AWS it is only seen that there is one.
func (s *scene) kept(k cloud.Key, before cloud.Thing) {
	s.Helper()
	if after := s.thing(k); after.Since != before.Since || after.Images != before.Images {
		s.Errorf("%s is there all along, with its images: before %v, after %v", k, before, after)
	}
}

// withImages puts images into an image's repository, where nothing needs to be uploaded for that, and returns it.
func (s *scene) withImages(image string) cloud.Thing {
	s.Helper()
	if s.lab.Cloud != nil {
		s.must(s.lab.Cloud.Push(s.repository(image), 3))
	}
	return s.thing(s.repository(image))
}

func managedDeletedByHand(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	before := s.withImages("api")
	o := c.repositoryObject("api")
	s.must(s.lab.Client.Delete(s.Context(), o))
	s.eventually("there is another object", func() error {
		if again := s.get(o); again == nil || again.GetUID() == o.GetUID() {
			return fmt.Errorf("it says %s", conditions(again))
		}
		return nil
	})
	c.ready()
	s.kept(s.repository("api"), before)
}

func managedChangedByHand(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"forProvider":{"imageTagMutability":"MUTABLE"}}}`))
	start := time.Now()
	s.must(s.lab.Client.Patch(s.Context(), c.repositoryObject("api"), patch))
	s.inCloud(s.repository("api"), func(got cloud.Thing) error {
		if mode := got.Attributes["imageTagMutability"]; mode != "IMMUTABLE" {
			return fmt.Errorf("it is %v", mode)
		}
		return nil
	})
	s.eventually("the object is as it was", func() error {
		mode, _, _ := unstructured.NestedString(c.repositoryObject("api").Object, "spec", "forProvider", "imageTagMutability")
		if mode != "IMMUTABLE" {
			return fmt.Errorf("it says %s", mode)
		}
		return nil
	})
	c.ready()
	for _, e := range s.happened(start, "api") {
		if e.Op != cloud.Update {
			s.Errorf("nothing is deleted or made: %v", e)
		}
	}
}

func compositeDeletedByHand(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	before := s.withImages("api")
	xr := c.composite()
	s.must(s.lab.Client.Delete(s.Context(), xr))
	s.eventually("the claim has another one", func() error {
		if again := c.composite(); again.GetUID() == xr.GetUID() {
			return fmt.Errorf("it says %s", conditions(again))
		}
		return nil
	})
	c.ready()
	s.kept(s.repository("api"), before)
}

func namespaceDeleted(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	before := s.withImages("api")
	namespace := &unstructured.Unstructured{}
	namespace.SetAPIVersion("v1")
	namespace.SetKind("Namespace")
	namespace.SetName(s.project)
	s.must(s.lab.Client.Delete(s.Context(), namespace))
	s.eventually("the namespace is gone", func() error {
		if u := s.get(namespace); u != nil {
			return fmt.Errorf("it says %s", conditions(u))
		}
		return nil
	})
	s.kept(s.repository("api"), before)

	s.must(s.lab.Namespace(s.Context(), s.project))
	c.apply(`images: [{name: api}]`)
	c.ready()
	s.kept(s.repository("api"), before)
}

func repositoryDeletedInAWS(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	for _, k := range []cloud.Key{s.lifecyclePolicy("api"), s.repository("api")} {
		s.must(s.lab.Cloud.Change(k, func(map[string]any) map[string]any { return nil }))
	}
	s.must(s.lab.Provider.Poll(s.Context()))
	s.exists(s.repository("api"))
	s.policyHolds("api", "newest 30 tagged")
	c.ready()
}

func providerDiesCreating(s *scene) {
	lift := s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: s.of("api")})
	defer lift()
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	s.eventually("the provider has begun", func() error {
		if c.repositoryObject("api").GetAnnotations()["crossplane.io/external-create-pending"] == "" {
			return fmt.Errorf("it has not")
		}
		return nil
	})
	s.must(s.lab.RestartProvider(s.Context()))
	lift()

	var annotate string
	s.eventually("the claim tells the way out", func() error {
		_, after, ok := strings.Cut(c.status("advice"), "kubectl annotate ")
		if !ok {
			return fmt.Errorf("it says %s", c.status("advice"))
		}
		annotate, _, _ = strings.Cut(after, `"`)
		return nil
	})
	o := c.repositoryObject("api")
	want := "repository." + o.GroupVersionKind().Group + " " + o.GetName()
	if ns := o.GetNamespace(); ns != "" {
		want += " -n " + ns
	}
	if want += " crossplane.io/external-create-pending-"; annotate != want {
		s.Errorf("the way out is %q, want %q", annotate, want)
	}
	s.must(s.lab.Client.Patch(s.Context(), o, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"annotations":{"crossplane.io/external-create-pending":null}}}`))))
	c.ready()
	s.exists(s.repository("api"))
}

// withSettings sets the platform team's settings until the scene is over.
func (s *scene) withSettings(text string) {
	s.Helper()
	s.must(s.lab.Platform(s.Context(), parse(s.T, text)))
}

// restoreSettings sets the settings that all scenes share, when the scene is over.
func (s *scene) restoreSettings() {
	shared := parse(s.T, settings)
	s.Cleanup(func() {
		if err := s.lab.Platform(context.Background(), shared); err != nil {
			s.Error(err)
		}
	})
}

func settingsDeleted(s *scene) {
	s.restoreSettings()
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	before := s.lab.Snapshot(s.project)

	config := &unstructured.Unstructured{}
	config.SetAPIVersion("apiextensions.crossplane.io/v1beta1")
	config.SetKind("EnvironmentConfig")
	config.SetName(lab.PlatformConfig)
	s.must(s.lab.Client.Delete(s.Context(), config))
	c.apply(`images: [{name: api, lifecycle: {keepImages: 500}}, {name: web}]`)
	c.says("Valid", "False", "InvalidInput", lab.PlatformConfig)
	s.notInCloud(s.repository("web"))
	if err := still(s.lab, before); err != nil {
		s.Error(err)
	}

	s.withSettings(settings)
	c.says("Valid", "False", "GuardrailViolation", "keepImages")
	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	s.exists(s.repository("web"))
}

func guardrailComesAndGoes(s *scene) {
	s.restoreSettings()
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	before := s.lab.Snapshot(s.project)
	with := func(rule string) {
		s.withSettings(strings.Replace(settings, "guardrails:\n", "guardrails:\n  "+rule+"\n", 1))
		c.touch()
	}

	with("requiredTags: [cost-center]\n  warn: [requiredTags]")
	c.says("Compliant", "False", "GuardrailWarning", "cost-center")
	c.says("Valid", "True", "Valid")

	with("requiredTags: [cost-center]")
	c.says("Valid", "False", "GuardrailViolation", "cost-center")
	if err := still(s.lab, before); err != nil {
		s.Error(err)
	}
	c.apply(`{images: [{name: api}, {name: web}], defaults: {tags: {cost-center: "7"}}}`)
	c.says("Valid", "True", "Valid")
	s.inCloud(s.repository("web"), func(got cloud.Thing) error {
		if tags, _ := got.Attributes["tags"].(map[string]any); tags["cost-center"] != "7" {
			return fmt.Errorf("it has %v", tags)
		}
		return nil
	})

	s.withSettings(settings)
	c.touch()
	c.ready()
}

// touch makes Crossplane look at a claim. 1.20 does not watch what a function reads: without it a change of the settings takes up to
// ten minutes to reach a claim that is well.
func (c claim) touch() {
	c.Helper()
	if c.lab.Version().Modern() {
		return
	}
	c.patch(types.MergePatchType, fmt.Sprintf(`{"metadata":{"annotations":{"touched":%q}}}`, time.Now()))
}
