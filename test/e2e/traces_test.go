package e2e_test

import "github.com/ontopix/crossplane-ecr/internal/fake/cloud"

var traces = []behaviour{
	{
		name:   "the trace of a claim",
		reason: "a page that shows what a command prints must show what it prints",
		only:   claimed,
		run: func(s *scene) {
			s.must(s.lab.Namespace(s.Context(), "maxcolchon"))
			s.registryIn("maxcolchon", "agent-support").settle(`images: [{name: agent-support}]`).traces("claim")
		},
	},
	{
		name:    "the trace of what AWS refuses",
		reason:  "a page that shows what a command prints must show what it prints",
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
