package e2e_test

import (
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var deletions = []behaviour{
	{
		name:   "a claim with deletionPolicy Delete",
		reason: "A preview environment leaves no repositories behind.",
		run: func(s *scene) {
			s.registry("app").settle(`{images: [{name: api}], defaults: {deletionPolicy: Delete}}`).deleted()
			s.notInCloud(s.repository("api"))
		},
	},
	{
		name:   "an image with deletionPolicy Delete",
		reason: "A team can have one image deleted when it is removed from the spec, and only that image.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: keep}, {name: temporary, deletionPolicy: Delete}]`)
			c.apply(`images: [{name: keep}]`)
			s.notInCloud(s.repository("temporary"))
			s.exists(s.repository("keep"))
			c.ready()
		},
	},
	{
		name:    "AWS refuses to delete a repository with images",
		reason:  "Images are deleted with a repository only if the team says so, and the documented way out works.",
		standin: true,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: keep}, {name: full, deletionPolicy: Delete}]`)
			s.withImages("full")
			// Crossplane removes its labels from an object that leaves the claim, so it must be found before.
			full := c.objectOf("full")
			c.apply(`images: [{name: keep}]`)
			s.eventually("AWS's refusal is on the Repository", func() error {
				return holds(plane.Conditions(s.get(full)), "RepositoryNotEmptyException")
			})
			s.exists(s.repository("full"))
			// The rest of the project is not affected.
			c.ready()

			// The way out: kubectl patch repository.ecr.aws.upbound.io (or .aws.m.) <name> --type merge -p '…'
			s.patch(full, `{"spec":{"forProvider":{"forceDelete":true}}}`)
			s.notInCloud(s.repository("full"))
			s.gone(full)
		},
	},
}
