package registry

import (
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// Names of the composed resources: what tells Crossplane that two runs mean the same.
const (
	repositoryPrefix = "repository/"
	lifecyclePrefix  = "lifecycle/"
	policyPrefix     = "policy/"
	keyPushRole      = "push-role"
	keyPushPolicy    = "push-policy"
)

func repositoryKey(image string) string      { return repositoryPrefix + image }
func policyKey(image string) string          { return policyPrefix + image }
func lifecycleKey(image, hash string) string { return lifecyclePrefix + image + "/" + hash }

// A state is what is observed of a project's resources.
type state struct {
	repositories map[string]*observed.Resource  // by image
	lifecycles   map[string][]observedLifecycle // by image, in the order of their hashes
	policies     map[string]*observed.Resource  // by image
	role         *observed.Resource
	rolePolicy   *observed.Resource

	// first is any of the repositories, always the same; nil if there is none.
	first *observed.Resource
}

// An observedLifecycle is one LifecyclePolicy of an image. There can be several while
// one follows another.
type observedLifecycle struct {
	*observed.Resource
	hash string
}

// observe sorts the observed resources.
func observe(req composite.Request) *state {
	all := req.Observed
	s := &state{
		repositories: make(map[string]*observed.Resource, len(all)/2),
		lifecycles:   make(map[string][]observedLifecycle, len(all)/2),
		policies:     map[string]*observed.Resource{},
	}
	for key, res := range all {
		if image, ok := strings.CutPrefix(key, repositoryPrefix); ok {
			s.repositories[image] = observed.From(res)
			continue
		}
		if image, ok := strings.CutPrefix(key, policyPrefix); ok {
			s.policies[image] = observed.From(res)
			continue
		}
		if rest, ok := strings.CutPrefix(key, lifecyclePrefix); ok {
			if at := strings.LastIndexByte(rest, '/'); at > 0 {
				image := rest[:at]
				s.lifecycles[image] = append(s.lifecycles[image], observedLifecycle{Resource: observed.From(res), hash: rest[at+1:]})
			}
		}
	}
	for _, l := range s.lifecycles {
		slices.SortFunc(l, func(a, b observedLifecycle) int { return strings.Compare(a.hash, b.hash) })
	}
	if images := slices.Sorted(maps.Keys(s.repositories)); len(images) > 0 {
		s.first = s.repositories[images[0]]
	}
	if r, ok := all[keyPushRole]; ok {
		s.role = observed.From(r)
	}
	if r, ok := all[keyPushPolicy]; ok {
		s.rolePolicy = observed.From(r)
	}
	return s
}
