package e2e_test

import (
	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

var clouds = []behaviour{
	{
		name:    "AWS refuses a repository",
		reason:  "AWS's own words reach the claim, and it heals when AWS does",
		standin: true,
		run: func(s *scene) {
			lift := s.lab.Cloud.Inject(cloud.Fault{
				Op: cloud.Create, Match: s.ofImage("api"),
				Err: &cloud.Error{Code: "LimitExceededException", Message: "the registry is full"},
			})
			defer lift()
			c := s.registry("app")
			c.apply(`images: [{name: api}, {name: web}]`)
			c.tells("", "the registry is full")
			s.exists(s.repository("web"))
			lift()
			c.ready()
		},
	},
	{
		name:    "AWS hangs",
		reason:  "a claim waits and does not lie: it is not ready before its repositories are",
		standin: true,
		run: func(s *scene) {
			lift := s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: s.ofImage("api")})
			defer lift()
			c := s.registry("app")
			c.apply(`images: [{name: api}, {name: web}]`)
			s.exists(s.repository("web"))
			c.says("Ready", "False", s.unready)
			c.says("Valid", "True", "Valid")
			c.recorded("being-made")
			lift()
			c.ready()
		},
	},
	{
		name:    "AWS refuses an update",
		reason:  "the provider leaves Ready alone when an update is refused: the claim must not look well all the same",
		standin: true,
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			lift := s.lab.Cloud.Inject(cloud.Fault{
				Op: cloud.Update, Match: s.ofImage("api"),
				Err: &cloud.Error{Code: "AccessDeniedException", Message: "not authorized to perform ecr:PutImageTagMutability"},
			})
			defer lift()
			c.apply(`images: [{name: api, imageTagMutability: MUTABLE}]`)
			c.says("Ready", "False", s.unready)
			c.tells("", "ecr:PutImageTagMutability")
			c.recorded("out-of-sync")
			lift()
			c.ready()
		},
	},
}
