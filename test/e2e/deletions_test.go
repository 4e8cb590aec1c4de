package e2e_test

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func deletions() []behaviour {
	return []behaviour{
		{
			name:   "what may be deleted is deleted",
			reason: "a preview environment must not leave repositories behind",
			run:    deletableIsDeleted,
		},
		{
			name:   "an image that may be deleted leaves",
			reason: "Delete holds for a single image too, and only for it",
			run:    deletableImageLeaves,
		},
		{
			name:    "AWS refuses to delete images",
			reason:  "images are not lost with a claim unless the team said so, and the way out that the documentation gives works",
			standin: true,
			run:     refusedDeletion,
		},
	}
}

func deletableIsDeleted(s *scene) {
	c := s.registry("app")
	c.apply(`{images: [{name: api}], defaults: {deletionPolicy: Delete}}`)
	c.ready()
	c.delete()
	c.gone()
	s.notInCloud(s.repository("api"))
}

func deletableImageLeaves(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: keep}, {name: temporary, deletionPolicy: Delete}]`)
	c.ready()
	c.apply(`images: [{name: keep}]`)
	s.notInCloud(s.repository("temporary"))
	s.exists(s.repository("keep"))
	c.ready()
}

func refusedDeletion(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: keep}, {name: full, deletionPolicy: Delete}]`)
	c.ready()
	if err := s.lab.Cloud.Push(s.repository("full"), 5); err != nil {
		s.Fatal(err)
	}
	// Crossplane takes its labels from what leaves the claim, so the object is found while it is there.
	var full *unstructured.Unstructured
	for _, u := range s.composed("Repository", c.composite()) {
		if u.GetAnnotations()["crossplane.io/external-name"] == s.repository("full").ID {
			full = u
		}
	}
	c.apply(`images: [{name: keep}]`)
	s.eventually("AWS's refusal is on the Repository", func() error {
		u := s.get(full)
		if text := conditions(u); !strings.Contains(text, "RepositoryNotEmptyException") {
			return fmt.Errorf("it says %s", text)
		}
		return nil
	})
	s.exists(s.repository("full"))
	// The rest of the project does not suffer.
	c.ready()

	// The way out: kubectl patch repository.ecr.aws.upbound.io (or .aws.m.) <name> --type merge -p '{"spec":{"forProvider":{"forceDelete":true}}}'
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"forProvider":{"forceDelete":true}}}`))
	if err := s.lab.Client.Patch(s.Context(), full, patch); err != nil {
		s.Fatal(err)
	}
	s.notInCloud(s.repository("full"))
	s.eventually("the object is gone", func() error {
		if u := s.get(full); u != nil {
			return fmt.Errorf("it says %s", conditions(u))
		}
		return nil
	})
}
