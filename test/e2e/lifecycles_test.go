package e2e_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

func lifecycles() []behaviour {
	return []behaviour{
		{
			name:   "a lifecycle policy changes without a gap",
			reason: "the provider refuses to change a policy in place; without the function's exchange of objects an edit would never arrive",
			run:    lifecycleChanges,
		},
		{
			name:   "no rules take the policy away",
			reason: "a team that wants no policy must be able to get rid of the one it has, and to have one again",
			run:    lifecycleGoesAndComesBack,
		},
		{
			name:    "a policy changed by hand is put back",
			reason:  "the provider refuses to undo what somebody did in AWS's console",
			standin: true,
			run:     lifecycleDrifts,
		},
	}
}

// policyHolds waits until the lifecycle policy in AWS holds a text.
func (s *scene) policyHolds(image, text string) {
	s.Helper()
	s.inCloud(s.lifecyclePolicy(image), func(got cloud.Thing) error {
		if policy := fmt.Sprint(got.Attributes["policy"]); !strings.Contains(policy, text) {
			return fmt.Errorf("it says %s", policy)
		}
		return nil
	})
}

// oneLifecycleObject waits until a claim of one image has one LifecyclePolicy object.
func (s *scene) oneLifecycleObject(c claim) {
	s.Helper()
	s.eventually("one LifecyclePolicy object is left", func() error {
		if names := s.objectNames(c); len(names) != 2 {
			return fmt.Errorf("%v", names)
		}
		return nil
	})
}

func lifecycleChanges(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api, lifecycle: {keepImages: 10}}]`)
	c.ready()
	start := time.Now()
	// Back to the first as well: an old object must not be in the way of what it once held.
	for _, keep := range []int{20, 30, 10} {
		c.apply(fmt.Sprintf(`images: [{name: api, lifecycle: {keepImages: %d}}]`, keep))
		s.policyHolds("api", fmt.Sprintf("newest %d tagged", keep))
		c.ready()
		s.oneLifecycleObject(c)
	}
	for _, e := range s.happened(start, "api") {
		if e.Op == cloud.Delete {
			s.Errorf("there is no moment without a policy: %v", e)
		}
	}
}

func lifecycleGoesAndComesBack(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	s.exists(s.lifecyclePolicy("api"))

	c.apply(`images: [{name: api, lifecycle: {rules: []}}]`)
	s.notInCloud(s.lifecyclePolicy("api"))
	c.ready()
	s.exists(s.repository("api"))

	c.apply(`images: [{name: api, lifecycle: {keepImages: 3}}]`)
	s.policyHolds("api", "newest 3 tagged")
	c.ready()
	s.oneLifecycleObject(c)

	// Wanted again at once, while the object that held it is on its way out.
	c.apply(`images: [{name: api, lifecycle: {rules: []}}]`)
	c.apply(`images: [{name: api, lifecycle: {keepImages: 3}}]`)
	c.ready()
	s.stays("the policy is there", func() error {
		_, ok, err := s.lab.Look(s.Context(), s.lifecyclePolicy("api"))
		if err == nil && !ok {
			return fmt.Errorf("it is not")
		}
		return err
	})
	s.policyHolds("api", "newest 3 tagged")
}

func lifecycleDrifts(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api, lifecycle: {keepImages: 10}}]`)
	c.ready()
	err := s.lab.Cloud.Change(s.lifecyclePolicy("api"), func(attributes map[string]any) map[string]any {
		attributes["policy"] = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`
		return attributes
	})
	if err != nil {
		s.Fatal(err)
	}
	if err := s.lab.Provider.Poll(s.Context()); err != nil {
		s.Fatal(err)
	}
	s.policyHolds("api", "newest 10 tagged")
	c.ready()
	s.oneLifecycleObject(c)
}
