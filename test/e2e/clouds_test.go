package e2e_test

import (
	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

var clouds = []behaviour{
	{
		name:    "AWS refuses a repository",
		reason:  "The claim shows AWS's error, and becomes ready once AWS accepts the repository.",
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
		reason:  "A claim is not ready before its repositories are.",
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
		reason:  "A claim is not ready while AWS refuses an update, although the provider leaves its object's Ready True.",
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
