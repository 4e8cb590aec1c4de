package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

func images() []behaviour {
	return []behaviour{
		{
			name:   "only the image that is edited moves",
			reason: "a change of one image must be no risk for the others",
			run:    onlyTheEditedMoves,
		},
		{
			name:   "an image leaves and comes back",
			reason: "no image is deleted by an edit: the repository is in AWS all along, and the same one comes back",
			run:    imageLeavesAndComesBack,
		},
		{
			name:   "a claim is deleted and made again",
			reason: "deleting a claim by mistake costs nothing but time",
			run:    claimIsMadeAgain,
		},
		{
			name:   "the way to exclusions and back",
			reason: "an imageTagMutability that was tried out can be left again",
			run:    exclusionsAndBack,
		},
	}
}

func onlyTheEditedMoves(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	objects := s.objectNames(c)

	start := time.Now()
	c.apply(`images: [{name: api, imageTagMutability: MUTABLE, scanOnPush: false}, {name: web}]`)
	s.inCloud(s.repository("api"), func(got cloud.Thing) error {
		if mode := got.Attributes["imageTagMutability"]; mode != "MUTABLE" {
			return fmt.Errorf("it is %v", mode)
		}
		diff := cmp.Diff(map[string]any{"scanOnPush": false}, got.Attributes["imageScanningConfiguration"])
		if diff != "" && s.lab.Cloud != nil { // an emulator may not know what the SDK sends for false: docs/e2e.md
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
	c.apply(`images: [{name: first}, {name: api, imageTagMutability: MUTABLE, scanOnPush: false}, {name: web}]`)
	s.exists(s.lifecyclePolicy("first"))
	c.ready()

	if got := s.happened(start, "web"); len(got) != 0 {
		s.Errorf("nothing happens to an image that was not edited: %v", got)
	}
	for _, e := range s.happened(start, "api") {
		if e.Op != cloud.Update || e.Kind != "Repository" {
			s.Errorf("the edited image's repository is updated, and nothing else happens: %v", e)
		}
	}
	after := s.objectNames(c)
	for _, name := range objects {
		if !slices.Contains(after, name) {
			s.Errorf("%s was replaced: %v", name, after)
		}
	}
}

// objectNames returns the names of the Repository and LifecyclePolicy objects of a claim, sorted.
func (s *scene) objectNames(c claim) []string {
	var names []string
	xr := c.composite()
	for _, kind := range []string{"Repository", "LifecyclePolicy"} {
		for _, u := range s.composed(kind, xr) {
			names = append(names, kind+"/"+u.GetName())
		}
	}
	slices.Sort(names)
	return names
}

func imageLeavesAndComesBack(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	before := s.thing(s.repository("web"))

	start := time.Now()
	c.apply(`images: [{name: api}]`)
	s.eventually("web's objects are gone", func() error {
		if names := s.objectNames(c); len(names) != 2 {
			return fmt.Errorf("%v", names)
		}
		return nil
	})
	s.eventually("the status tells that web was kept", func() error {
		if got := c.status("retained"); !strings.Contains(got, s.project+"/web") {
			return fmt.Errorf("retained: %s", got)
		}
		return nil
	})
	c.ready()
	s.thing(s.lifecyclePolicy("web")) // what was kept keeps its lifecycle policy

	c.apply(`images: [{name: api}, {name: web}]`)
	c.ready()
	s.eventually("web is no longer told as kept", func() error {
		if got := c.status("retained"); strings.Contains(got, "/web") {
			return fmt.Errorf("retained: %s", got)
		}
		return nil
	})
	for _, e := range s.happened(start, "web") {
		if e.Op == cloud.Delete {
			s.Errorf("nothing of web is ever deleted: %v", e)
		}
	}
	s.kept(s.repository("web"), before)
	if got := s.happened(start, "api"); len(got) != 0 {
		s.Errorf("nothing happens to the image that stayed: %v", got)
	}
}

func claimIsMadeAgain(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	c.delete()
	c.gone()
	s.exists(s.repository("api"))

	again := s.registry("other-name")
	again.apply(`images: [{name: api, lifecycle: {keepImages: 7}}]`)
	again.ready()
	s.inCloud(s.lifecyclePolicy("api"), func(got cloud.Thing) error {
		if policy := fmt.Sprint(got.Attributes["policy"]); !strings.Contains(policy, "newest 7 tagged") {
			return fmt.Errorf("%s", policy)
		}
		return nil
	})
}

func exclusionsAndBack(s *scene) {
	c := s.registry("app")
	for _, step := range []struct{ image, want string }{
		{`{name: api}`, "IMMUTABLE"},
		{`{name: api, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [latest, "dev-*"]}`, "IMMUTABLE_WITH_EXCLUSION"},
		{`{name: api, imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: ["v*"]}`, "MUTABLE_WITH_EXCLUSION"},
		{`{name: api}`, "IMMUTABLE"},
	} {
		c.apply("images: [" + step.image + "]")
		s.inCloud(s.repository("api"), func(got cloud.Thing) error {
			if got.Attributes["imageTagMutability"] != step.want {
				return fmt.Errorf("%v", got.Attributes)
			}
			return nil
		})
		c.ready()
	}
}
