package e2e_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

func owners() []behaviour {
	return []behaviour{
		{
			name:   "a repository has one owner",
			reason: "two claims that write one repository would fight for ever, and nobody would see why",
			run:    oneOwner,
		},
		{name: "an owner leaves", reason: "what one claim gives up, another can have", run: ownerLeaves},
	}
}

func oneOwner(s *scene) {
	first := s.registry("first")
	first.apply(`images: [{name: api}]`)
	first.ready()
	start := time.Now()

	second := s.registry("second")
	second.apply(`images: [{name: api, imageTagMutability: MUTABLE}, {name: web}]`)
	second.says("Valid", "False", "RepositoryTaken", s.project+"/api", "first")
	// The rest of the second claim's project goes on, but it does not call itself ready.
	s.exists(s.repository("web"))
	s.stays("the second claim is not ready", func() error {
		if c := plane.ConditionOf(second.get(), "Ready"); c.Status == "True" {
			return fmt.Errorf("it is")
		}
		return nil
	})
	first.ready()
	if s.lab.Cloud != nil {
		if got := s.happened(start, "api"); len(got) != 0 {
			s.Errorf("nothing happens to the first claim's repository: %v", got)
		}
	}

	// And the loser takes nothing with it.
	second.delete()
	second.gone()
	first.ready()
	s.exists(s.repository("api"))
}

func ownerLeaves(s *scene) {
	first := s.registry("first")
	first.apply(`images: [{name: api}, {name: web}]`)
	first.ready()
	second := s.registry("second")
	second.apply(`images: [{name: api}]`)
	second.says("Valid", "False", "RepositoryTaken", s.project+"/api")

	first.apply(`images: [{name: web}]`)
	second.ready()
	first.ready()
	if got := second.status("repositories"); !strings.Contains(got, s.project+"/api") {
		s.Errorf("the second claim has it now: %s", got)
	}
}
