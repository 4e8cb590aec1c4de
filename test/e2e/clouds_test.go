package e2e_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

func clouds() []behaviour {
	return []behaviour{
		{
			name:    "AWS refuses a repository",
			reason:  "AWS's own words reach the claim, and it heals when AWS does",
			standin: true,
			run:     awsRefuses,
		},
		{
			name:    "AWS hangs",
			reason:  "a claim waits and does not lie: it is not ready before its repositories are",
			standin: true,
			run:     awsHangs,
		},
		{
			name:    "AWS refuses an update",
			reason:  "the provider leaves Ready alone when an update is refused: the claim must not look well all the same",
			standin: true,
			run:     awsRefusesUpdate,
		},
	}
}

// of matches what belongs to an image of the scene's project.
func (s *scene) of(image string) func(cloud.Key) bool {
	return func(k cloud.Key) bool { return k.ID == s.project+"/"+image }
}

func awsRefuses(s *scene) {
	lift := s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: s.of("api"), Err: &cloud.Error{Code: "LimitExceededException", Message: "the registry is full"}})
	defer lift()
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	s.eventually("the claim tells AWS's words", func() error {
		u := c.get()
		if text := fmt.Sprint(u.Object["status"]); !strings.Contains(text, "the registry is full") {
			return fmt.Errorf("it says %s", text)
		}
		return nil
	})
	s.exists(s.repository("web"))
	lift()
	c.ready()
}

func awsHangs(s *scene) {
	lift := s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: s.of("api")})
	defer lift()
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	s.exists(s.repository("web"))
	// A claim is Waiting for its composite resource, which is itself Creating.
	c.says("Ready", "False", map[bool]string{false: "Waiting", true: "Creating"}[s.namespaced()])
	lift()
	c.ready()
}

func awsRefusesUpdate(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	lift := s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Update, Match: s.of("api"), Err: errors.New("AccessDeniedException: not authorized to perform ecr:PutImageTagMutability")})
	defer lift()
	c.apply(`images: [{name: api, imageTagMutability: MUTABLE}]`)
	s.eventually("the claim is not ready and says why", func() error {
		text := fmt.Sprint(c.get().Object["status"])
		if !strings.Contains(conditions(c.get()), "Ready=False") || !strings.Contains(text, "ecr:PutImageTagMutability") {
			return fmt.Errorf("it says %s", text)
		}
		return nil
	})
	lift()
	c.ready()
}
