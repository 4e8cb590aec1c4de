package e2e_test

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var images = []behaviour{
	{
		name:   "only the image that is edited changes",
		reason: "A change of one image is no risk to the others.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}, {name: web}]`)
			objects := c.objectNames()

			start := time.Now()
			c.apply(`images: [{name: api, imageTagMutability: MUTABLE, scanOnPush: false}, {name: web}]`)
			s.attribute(s.repository("api"), "imageTagMutability", "MUTABLE")
			if s.lab.Cloud != nil { // an emulator may misread what the SDK sends for false: docs/e2e.md
				s.attribute(s.repository("api"), "imageScanningConfiguration", map[string]any{"scanOnPush": false})
			}
			c.apply(`images: [{name: first}, {name: api, imageTagMutability: MUTABLE, scanOnPush: false}, {name: web}]`)
			s.exists(s.lifecyclePolicy("first"))
			c.ready()

			s.nothingDone(start, "web")
			s.nothingDone(start, "api", "update Repository")
			after := c.objectNames()
			for _, name := range objects {
				if !slices.Contains(after, name) {
					s.Errorf("%s was replaced: %v", name, after)
				}
			}
		},
	},
	{
		name:   "an image is removed and added again",
		reason: "Removing an image from the spec deletes nothing: its repository stays in AWS, and is managed again when the image returns.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}, {name: web}]`)
			before := s.things(s.repository("web"), s.lifecyclePolicy("web")) // a retained repository keeps its lifecycle policy

			start := time.Now()
			c.apply(`images: [{name: api}]`)
			c.oneImage()
			c.tells("retained", s.project+"/web")
			c.ready()
			s.kept(before)

			c.settle(`images: [{name: api}, {name: web}]`)
			c.until("no longer says that web is retained", func(u *unstructured.Unstructured) bool {
				return holds(c.status("retained"), "/web") != nil
			})
			s.kept(before)
			s.nothingDone(start, "api")
		},
	},
	{
		name:   "a claim is deleted and created again",
		reason: "Deleting a claim by mistake costs nothing but time.",
		run: func(s *scene) {
			s.registry("app").settle(`images: [{name: api}]`).deleted()
			s.exists(s.repository("api"))
			s.registry("other-name").settle(`images: [{name: api, lifecycle: {keepImages: 7}}]`)
			s.policyHolds("api", "newest 7 tagged")
		},
	},
	{
		name:   "tag exclusions are added and removed",
		reason: "A team that tries a mode with exclusions can go back to a plain one.",
		run: func(s *scene) {
			c := s.registry("app")
			for _, step := range []struct{ more, want string }{
				{``, "IMMUTABLE"},
				{`, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest, "dev-*"]`, "IMMUTABLE_WITH_EXCLUSION"},
				{`, imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["v*"]`, "MUTABLE_WITH_EXCLUSION"},
				{``, "IMMUTABLE"},
			} {
				c.apply("images: [{name: api" + step.more + "}]")
				s.attribute(s.repository("api"), "imageTagMutability", step.want)
				c.ready()
			}
		},
	},
}
