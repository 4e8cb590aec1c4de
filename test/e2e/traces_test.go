package e2e_test

import "github.com/ontopix/crossplane-ecr/internal/fake/cloud"

var traces = []behaviour{
	{
		name:   "the trace of a claim",
		reason: "A page that shows the output of a command must show what it really prints.",
		only:   claimed,
		run: func(s *scene) {
			s.must(s.lab.Namespace(s.Context(), "maxcolchon"))
			s.registryIn("maxcolchon", "agent-support").settle(`images: [{name: agent-support}]`).traces("claim")
		},
	},
	{
		name:    "the trace of a repository that AWS refuses",
		reason:  "A page that shows the output of a command must show what it really prints.",
		only:    namespaced,
		standin: true,
		run: func(s *scene) {
			s.must(s.lab.Namespace(s.Context(), "shop"))
			denied := &cloud.Error{Code: "AccessDeniedException", Message: "is not authorized to perform: ecr:CreateRepository"}
			defer s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: func(k cloud.Key) bool { return k.ID == "shop/web" }, Err: denied})()
			c := s.registryIn("shop", "images")
			c.apply(`images: [{name: api}, {name: web}]`)
			c.says("Valid", "True", "Valid")
			c.traces("refused-by-aws")
		},
	},
}
