package e2e_test

import (
	"fmt"
	"time"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var owners = []behaviour{
	{
		name:   "a repository has one owner",
		reason: "Two claims that managed one repository would fight for ever, and nobody would see why.",
		run: func(s *scene) {
			first := s.registry("first").settle(`images: [{name: api}]`)
			start := time.Now()

			second := s.registry("second")
			second.apply(`images: [{name: api, imageTagMutability: MUTABLE}, {name: web}]`)
			second.says("Valid", "False", "RepositoryTaken", s.project+"/api", "first")
			// The second claim gets its other repository, but does not become ready.
			s.exists(s.repository("web"))
			s.stays("the second claim is not ready", func() error {
				if c := plane.ConditionOf(second.get(), "Ready"); c.Status == "True" {
					return fmt.Errorf("it says %s", c)
				}
				return nil
			})
			first.ready()
			s.nothingDone(start, "api")

			// Deleting the second claim deletes nothing of the first.
			second.deleted()
			first.ready()
			s.exists(s.repository("api"))
		},
	},
	{
		name:   "an owner gives up a repository",
		reason: "Another claim can have a repository that its owner has removed.",
		run: func(s *scene) {
			first := s.registry("first").settle(`images: [{name: api}, {name: web}]`)
			second := s.registry("second")
			second.apply(`images: [{name: api}]`)
			second.says("Valid", "False", "RepositoryTaken", s.project+"/api")
			second.recorded("taken")

			first.apply(`images: [{name: web}]`)
			second.ready()
			first.ready()
			second.tells("repositories", s.project+"/api")
		},
	},
}
