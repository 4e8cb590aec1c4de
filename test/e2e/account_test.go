package e2e_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// repository returns the key of an image's repository in AWS.
func (s *scene) repository(image string) cloud.Key {
	return cloud.Key{Kind: "Repository", Region: "eu-west-1", ID: s.project + "/" + image}
}

// lifecyclePolicy returns the key of an image's lifecycle policy in AWS.
func (s *scene) lifecyclePolicy(image string) cloud.Key {
	k := s.repository(image)
	k.Kind = "LifecyclePolicy"
	return k
}

// ofImage matches the keys of an image's repository and policies.
func (s *scene) ofImage(image string) func(cloud.Key) bool {
	return func(k cloud.Key) bool { return k.ID == s.project+"/"+image }
}

// look returns what AWS has under a key, and reports whether it has anything.
func (s *scene) look(k cloud.Key) (thing cloud.Thing, exists bool) {
	s.Helper()
	s.eventually("AWS answers", func() (err error) {
		thing, exists, err = s.lab.Look(s.Context(), k)
		return err
	})
	return thing, exists
}

// inCloud waits until what AWS has under a key passes a check.
func (s *scene) inCloud(k cloud.Key, check func(cloud.Thing) error) {
	s.Helper()
	s.eventually(k.String()+" is in AWS", func() error {
		thing, exists := s.look(k)
		if !exists {
			return fmt.Errorf("it does not exist")
		}
		return check(thing)
	})
}

// exists waits until AWS has something under a key.
func (s *scene) exists(k cloud.Key) {
	s.Helper()
	s.inCloud(k, func(cloud.Thing) error { return nil })
}

// attribute waits until an attribute in AWS has a value.
func (s *scene) attribute(k cloud.Key, name string, want any) {
	s.Helper()
	s.inCloud(k, func(got cloud.Thing) error {
		if diff := cmp.Diff(want, got.Attributes[name]); diff != "" {
			return fmt.Errorf("%s: -want, +got:\n%s", name, diff)
		}
		return nil
	})
}

// attributeHolds waits until an attribute in AWS contains every text.
func (s *scene) attributeHolds(k cloud.Key, name string, texts ...string) {
	s.Helper()
	s.inCloud(k, func(got cloud.Thing) error { return holds(text(got.Attributes[name]), texts...) })
}

// policyHolds waits until the lifecycle policy of an image contains every text.
func (s *scene) policyHolds(image string, texts ...string) {
	s.Helper()
	s.attributeHolds(s.lifecyclePolicy(image), "policy", texts...)
}

// notInCloud waits until AWS has nothing under a key.
func (s *scene) notInCloud(k cloud.Key) {
	s.Helper()
	s.eventually(k.String()+" is not in AWS", func() error {
		if thing, exists := s.look(k); exists {
			return fmt.Errorf("it is %v", thing)
		}
		return nil
	})
}

// things are what AWS had at one time.
type things map[cloud.Key]cloud.Thing

// things returns what AWS has under some keys. It fails if AWS has nothing under one of them.
func (s *scene) things(keys ...cloud.Key) things {
	s.Helper()
	all := things{}
	for _, k := range keys {
		thing, exists := s.look(k)
		if !exists {
			s.Fatalf("%s is not in AWS", k)
		}
		all[k] = thing
	}
	return all
}

// withImages returns an image's repository, after it has pushed images to it in the stand-in's account.
func (s *scene) withImages(image string) things {
	s.Helper()
	if s.lab.Cloud != nil {
		s.must(s.lab.Cloud.Push(s.repository(image), 3))
	}
	return s.things(s.repository(image))
}

// kept checks that AWS still has what it had, with its images, and never lost it: what is created again has another
// Since. Of the real AWS it checks only that something is there.
func (s *scene) kept(before things) {
	s.Helper()
	for k, thing := range before {
		if got, exists := s.look(k); !exists || got.Since != thing.Since || got.Images != thing.Images {
			s.Errorf("%s is not what it was: before %v, now %v", k, thing, got)
		}
	}
}

// unchanged returns how the repositories and policies of the scene's project in AWS differ from before, as an error.
func (s *scene) unchanged(before things) error {
	if diff := cmp.Diff(before, things(s.lab.Snapshot(s.project))); diff != "" {
		return fmt.Errorf("AWS is not as it was: -before, +after:\n%s", diff)
	}
	return nil
}

// nothingDone checks that nothing changed an image's repository and policies since a time, except some operations on
// some kinds. It checks nothing in the real AWS, which has no journal.
func (s *scene) nothingDone(since time.Time, image string, but ...string) {
	s.Helper()
	if s.lab.Cloud == nil {
		return
	}
	for _, e := range s.lab.Cloud.Journal(s.ofImage(image)) {
		if e.At.After(since) && !slices.Contains(but, string(e.Op)+" "+e.Kind) {
			s.Errorf("want nothing done to image %s but %q, got %v", image, but, e)
		}
	}
}
