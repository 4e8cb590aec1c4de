package e2e_test

import (
	"fmt"
	"time"
)

var lifecycles = []behaviour{
	{
		name:   "a lifecycle policy changes without a gap",
		reason: "the provider refuses to change a policy in place; without the function's exchange of objects an edit would never arrive",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api, lifecycle: {keepImages: 10}}]`)
			start := time.Now()
			// Back to the first as well: an old object must not be in the way of what it once held.
			for _, keep := range []int{20, 30, 10} {
				c.apply(fmt.Sprintf(`images: [{name: api, lifecycle: {keepImages: %d}}]`, keep))
				s.policyHolds("api", fmt.Sprintf("newest %d tagged", keep))
				c.ready()
				c.oneImage()
			}
			s.nothingDone(start, "api", "update LifecyclePolicy")
		},
	},
	{
		name:   "no rules take the policy away",
		reason: "a team that wants no policy must be able to get rid of the one it has, and to have one again",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			s.exists(s.lifecyclePolicy("api"))

			c.apply(`images: [{name: api, lifecycle: {rules: []}}]`)
			s.notInCloud(s.lifecyclePolicy("api"))
			c.ready()
			s.exists(s.repository("api"))

			c.apply(`images: [{name: api, lifecycle: {keepImages: 3}}]`)
			s.policyHolds("api", "newest 3 tagged")
			c.ready()
			c.oneImage()

			// Wanted again at once, while the object that held it is on its way out.
			c.apply(`images: [{name: api, lifecycle: {rules: []}}]`)
			c.settle(`images: [{name: api, lifecycle: {keepImages: 3}}]`)
			s.stays("the policy is there", func() error {
				if _, exists := s.look(s.lifecyclePolicy("api")); !exists {
					return fmt.Errorf("it is not")
				}
				return nil
			})
			s.policyHolds("api", "newest 3 tagged")
		},
	},
}
