package e2e_test

import (
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var deletions = []behaviour{
	{
		name:   "what may be deleted is deleted",
		reason: "a preview environment must not leave repositories behind",
		run: func(s *scene) {
			s.registry("app").settle(`{images: [{name: api}], defaults: {deletionPolicy: Delete}}`).deleted()
			s.notInCloud(s.repository("api"))
		},
	},
	{
		name:   "an image that may be deleted leaves",
		reason: "Delete holds for a single image too, and only for it",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: keep}, {name: temporary, deletionPolicy: Delete}]`)
			c.apply(`images: [{name: keep}]`)
			s.notInCloud(s.repository("temporary"))
			s.exists(s.repository("keep"))
			c.ready()
		},
	},
	{
		name:    "AWS refuses to delete images",
		reason:  "images are not lost with a claim unless the team said so, and the way out that the documentation gives works",
		standin: true,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: keep}, {name: full, deletionPolicy: Delete}]`)
			s.withImages("full")
			// Crossplane takes its labels from what leaves the claim, so the object is found while it is there.
			full := c.objectOf("full")
			c.apply(`images: [{name: keep}]`)
			s.eventually("AWS's refusal is on the Repository", func() error {
				return holds(plane.Conditions(s.get(full)), "RepositoryNotEmptyException")
			})
			s.exists(s.repository("full"))
			// The rest of the project does not suffer.
			c.ready()

			// The way out: kubectl patch repository.ecr.aws.upbound.io (or .aws.m.) <name> --type merge -p '…'
			s.patch(full, `{"spec":{"forProvider":{"forceDelete":true}}}`)
			s.notInCloud(s.repository("full"))
			s.gone(full)
		},
	},
}
