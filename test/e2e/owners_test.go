package e2e_test

import (
	"fmt"
	"time"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var owners = []behaviour{
	{
		name:   "a repository has one owner",
		reason: "two claims that write one repository would fight for ever, and nobody would see why",
		run: func(s *scene) {
			first := s.registry("first").settle(`images: [{name: api}]`)
			start := time.Now()

			second := s.registry("second")
			second.apply(`images: [{name: api, imageTagMutability: MUTABLE}, {name: web}]`)
			second.says("Valid", "False", "RepositoryTaken", s.project+"/api", "first")
			// The rest of the second claim's project goes on, but it does not call itself ready.
			s.exists(s.repository("web"))
			s.stays("the second claim is not ready", func() error {
				if c := plane.ConditionOf(second.get(), "Ready"); c.Status == "True" {
					return fmt.Errorf("it says %s", c)
				}
				return nil
			})
			first.ready()
			s.nothingDone(start, "api")

			// And the loser takes nothing with it.
			second.deleted()
			first.ready()
			s.exists(s.repository("api"))
		},
	},
	{
		name:   "an owner leaves",
		reason: "what one claim gives up, another can have",
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
