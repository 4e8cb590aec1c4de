package e2e_test

import (
	"fmt"
	"time"
)

var lifecycles = []behaviour{
	{
		name:   "a lifecycle policy changes without a gap",
		reason: "The provider cannot change a policy in place. The function replaces its object, so that an edit reaches AWS.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api, lifecycle: {keepImages: 10}}]`)
			start := time.Now()
			// Then the first policy again: its old object must not be in the way.
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
		name:   "an empty list of rules removes the policy",
		reason: "A team can remove its lifecycle policy, and have one again later.",
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

			// The same policy again at once, while its old object is still being deleted.
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
