package registry

import (
	"maps"
	"slices"
	"strings"

	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

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

// A state is what is observed of a project's resources: what this composite resource made,
// and nothing else that Crossplane reports.
type state struct {
	repositories map[string]*observed.Resource  // by image
	lifecycles   map[string][]observedLifecycle // by image, in the order of their hashes
	policies     map[string]*observed.Resource  // by image
	role         *observed.Resource
	rolePolicy   *observed.Resource

	// elsewhere are objects of the right kind that are about something else in AWS, by
	// composition resource name. Nothing is rendered under that name before they are gone.
	elsewhere map[string]*observed.Resource

	// hidden are those that are not among the references of the composite resource, by
	// composition resource name. Crossplane does not delete what is not.
	hidden map[string]bool

	// ignored says which objects do not count, and why.
	ignored []string

	// first is any of the repositories, always the same; nil if there is none.
	first *observed.Resource
}

// An observedLifecycle is one LifecyclePolicy of an image. There can be several while
// one follows another.
type observedLifecycle struct {
	*observed.Resource
	hash string
}

// observe returns what counts of what is observed of a project's images. The push role has a
// name that depends on where they are: observeRole adds it.
func observe(req observedRequest, project string) *state {
	objects := observed.Count(req.Request, word, func(key string) (observed.Expected, bool) { return expected(key, project) })
	s := &state{
		repositories: make(map[string]*observed.Resource, len(objects.Counted)/2),
		lifecycles:   make(map[string][]observedLifecycle, len(objects.Counted)/2),
		policies:     map[string]*observed.Resource{},
		elsewhere:    objects.Elsewhere,
		ignored:      objects.Ignored,
		hidden:       req.hidden,
	}
	for key, r := range objects.Counted {
		if image, ok := strings.CutPrefix(key, repositoryPrefix); ok {
			s.repositories[image] = r
			continue
		}
		if image, ok := strings.CutPrefix(key, policyPrefix); ok {
			s.policies[image] = r
			continue
		}
		if image, hash, ok := cutLifecycleKey(key); ok {
			s.lifecycles[image] = append(s.lifecycles[image], observedLifecycle{Resource: r, hash: hash})
		}
	}
	for _, l := range s.lifecycles {
		slices.SortFunc(l, func(a, b observedLifecycle) int { return strings.Compare(a.hash, b.hash) })
	}
	if images := slices.Sorted(maps.Keys(s.repositories)); len(images) > 0 {
		s.first = s.repositories[images[0]]
	}
	return s
}

// observeRole adds what counts of the push role, which has one of the names.
func (s *state) observeRole(req observedRequest, names []string) {
	named := func(has string) bool { return slices.Contains(names, has) }
	objects := observed.Count(req.Request, word, func(key string) (observed.Expected, bool) {
		switch key {
		case keyPushRole:
			return observed.Expected{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind, External: named}, true
		case keyPushPolicy:
			return observed.Expected{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind, External: named}, true
		}
		return observed.Expected{}, false
	})
	s.role, s.rolePolicy = objects.Counted[keyPushRole], objects.Counted[keyPushPolicy]
	maps.Copy(s.elsewhere, objects.Elsewhere)
	s.ignored = append(s.ignored, objects.Ignored...)
}

// word is what a project's composite resource is called.
const word = "registry"

// expected is what the object of an image with a composition resource name must be.
func expected(key, project string) (observed.Expected, bool) {
	named := func(want string) func(string) bool { return func(has string) bool { return has == want } }
	if image, ok := strings.CutPrefix(key, repositoryPrefix); ok {
		return observed.Expected{APIVersion: apiVersionRepository, Kind: kindRepository, External: named(project + "/" + image)}, true
	}
	if image, ok := strings.CutPrefix(key, policyPrefix); ok {
		return observed.Expected{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.RepositoryPolicy_Kind, External: named(project + "/" + image)}, true
	}
	if image, _, ok := cutLifecycleKey(key); ok {
		// A new one has no external-name.
		external := func(has string) bool { return has == "" || has == project+"/"+image }
		return observed.Expected{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.LifecyclePolicy_Kind, External: external}, true
	}
	return observed.Expected{}, false
}

// cutLifecycleKey returns the image and the hash that lifecycleKey was made of.
func cutLifecycleKey(key string) (image, hash string, ok bool) {
	rest, ok := strings.CutPrefix(key, lifecyclePrefix)
	at := strings.LastIndexByte(rest, '/')
	if !ok || at <= 0 {
		return "", "", false
	}
	return rest[:at], rest[at+1:], true
}
