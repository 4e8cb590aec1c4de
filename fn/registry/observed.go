package registry

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Composition resource names, by which Crossplane recognises a composed resource in the next run.
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

// parseKey returns the type of the object that is rendered under a composition resource name, and the image and the
// hash in that name. The type is zero if nothing is rendered under it.
func parseKey(key string) (t metav1.TypeMeta, image, hash string) {
	prefix, rest, _ := strings.Cut(key, "/")
	switch prefix + "/" {
	case repositoryPrefix:
		return typeRepository, rest, ""
	case policyPrefix:
		return typeRepositoryPolicy, rest, ""
	case lifecyclePrefix:
		if at := strings.LastIndexByte(rest, '/'); at > 0 {
			return typeLifecyclePolicy, rest[:at], rest[at+1:]
		}
	}
	switch key {
	case keyPushRole:
		return typeRole, "", ""
	case keyPushPolicy:
		return typeRolePolicy, "", ""
	}
	return metav1.TypeMeta{}, "", ""
}

// observations are the objects of a project registry. Until a misplaced one is gone, the wanted object with its
// composition resource name is not rendered.
type observations struct {
	observed.Objects

	// lifecycles are the counted LifecyclePolicies by image, in the order of their hashes.
	lifecycles map[string][]observedLifecycle

	// hidden has the composition resource names of objects that Crossplane does not report, and so does not delete.
	hidden map[string]bool
}

// An observedLifecycle is a LifecyclePolicy of an image, which has several while one replaces another.
type observedLifecycle struct {
	*observed.Resource
	hash string
}

// repository, policy, role and rolePolicy return nil if there is no such object.
func (o *observations) repository(image string) *observed.Resource {
	return o.Counted[repositoryKey(image)]
}
func (o *observations) policy(image string) *observed.Resource { return o.Counted[policyKey(image)] }
func (o *observations) role() *observed.Resource               { return o.Counted[keyPushRole] }
func (o *observations) rolePolicy() *observed.Resource         { return o.Counted[keyPushPolicy] }

// lifecycleKeys returns the composition resource names of an image's LifecyclePolicies.
func (o *observations) lifecycleKeys(image string) []string {
	var keys []string
	for _, l := range o.lifecycles[image] {
		keys = append(keys, lifecycleKey(image, l.hash))
	}
	return keys
}

// word is what messages call a project's composite resource.
const word = "registry"

// expectImages returns what observed.Count expects of the objects of a project's images.
func expectImages(project string) func(key string) (observed.Expected, bool) {
	return func(key string) (observed.Expected, bool) {
		t, image, _ := parseKey(key)
		named := func(external string) bool {
			return external == project+"/"+image || t == typeLifecyclePolicy && external == "" // a new one has none
		}
		return observed.Expected{TypeMeta: t, External: named}, t.Kind != "" && !ofRole(t)
	}
}

// expectRole returns what observed.Count expects of the push role, which has one of some names, and of its policy.
func expectRole(names []string) func(key string) (observed.Expected, bool) {
	return func(key string) (observed.Expected, bool) {
		t, _, _ := parseKey(key)
		named := func(external string) bool { return slices.Contains(names, external) }
		return observed.Expected{TypeMeta: t, External: named}, ofRole(t)
	}
}

// ofRole reports whether a type is that of the push role or of its policy.
func ofRole(t metav1.TypeMeta) bool { return t == typeRole || t == typeRolePolicy }

// lifecyclesByImage returns the LifecyclePolicies of some objects by image, in the order of their hashes.
func lifecyclesByImage(objects map[string]*observed.Resource) map[string][]observedLifecycle {
	lifecycles := make(map[string][]observedLifecycle, len(objects)/2)
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if t, image, hash := parseKey(key); t == typeLifecyclePolicy {
			lifecycles[image] = append(lifecycles[image], observedLifecycle{Resource: objects[key], hash: hash})
		}
	}
	return lifecycles
}

// setAside moves to the misplaced objects what a corrected mistake left: repositories and roles with the names of
// another region or provider config. The policies of such a repository are dropped.
func setAside(found observed.Objects, p *Plan) observed.Objects {
	moved := func(image string) bool {
		r := found.Counted[repositoryKey(image)]
		return r != nil && r.Metadata.Name != p.config.ObjectName(p.region, p.project+"/"+image)
	}
	kept := observed.Objects{Counted: map[string]*observed.Resource{}, Misplaced: maps.Clone(found.Misplaced), Ignored: found.Ignored}
	for key, r := range found.Counted {
		t, image, _ := parseKey(key)
		switch {
		case t == typeRepository && moved(image),
			t == typeRole && !r.Exists() && r.Metadata.Name != p.config.ObjectName(r.Metadata.Annotations.ExternalName):
			kept.Misplaced[key] = r
		case !moved(image):
			kept.Counted[key] = r
		}
	}
	return kept
}

// adviseOnMisplaced returns advice that a misplaced object is removed before the wanted one is made. prefix is put
// before the name of what the object manages.
func (o *observations) adviseOnMisplaced(key string, path *field.Path, prefix, wanted string) fault.Advice {
	var advice fault.Advice
	if r := o.Misplaced[key]; r != nil {
		about := "nothing"
		if name := r.Metadata.Annotations.ExternalName; name != "" {
			about = prefix + name
		}
		advice.Add(path, "the object %s is about %s in AWS and is removed; the one for %s is made once it is gone",
			r.Metadata.Name, about, wanted)
	}
	return advice
}

// The author of a namespaced composite resource may be able to drop a reference from its spec.crossplane.resourceRefs.
// Crossplane then no longer reports the object, and deletes neither it nor what it grants. So objects that grant
// something are also looked up by the label that Crossplane gives to composed resources.

// labelComposite is the label with the name of the composite resource that an object was composed for.
const labelComposite = "crossplane.io/composite"

// hiddenLookups returns the lookups for the objects that grant something in AWS. A cluster-scoped composite resource
// needs none: only Crossplane and the platform team can write it.
func hiddenLookups(x *composite.XR) composite.Lookups {
	if !x.Generation.Namespaced || x.UID == "" {
		return nil
	}
	var all composite.Lookups
	for _, t := range []metav1.TypeMeta{typeRepositoryPolicy, typeRole, typeRolePolicy} {
		all = append(all, composite.Lookup{
			Key:        "composed/" + t.Kind,
			APIVersion: x.Generation.APIVersion(t.APIVersion), Kind: t.Kind,
			Namespace: x.Namespace, Label: labelComposite, Value: x.Name,
		})
	}
	return all
}

// withHidden returns a request with the hidden objects added to the observed ones, and their composition resource
// names. Hidden objects are those that this composite resource controls and Crossplane does not report.
func withHidden(req composite.Request) (all composite.Request, hidden map[string]bool) {
	lookups := hiddenLookups(req.XR)
	if len(lookups) == 0 {
		return req, nil
	}
	reported := req.Observed
	req.Observed, hidden = maps.Clone(reported), map[string]bool{}
	for _, l := range lookups {
		for _, found := range req.Fetched.Objects(l) {
			o := observed.From(found)
			key := o.Metadata.Annotations.CompositionResourceName
			if _, ok := reported[key]; key == "" || ok || !o.ControlledBy(req.XR) {
				continue
			}
			req.Observed[key], hidden[key] = found, true
		}
	}
	return req, hidden
}

// lifecycleInAWS returns the lifecycle policy that AWS has for an image's repository; empty if no object that stays
// reports one. The wanted policy wins: other objects may have been observed before it was written.
func (o *observations) lifecycleInAWS(image, want string) string {
	text := ""
	for _, l := range o.lifecycles[image] {
		if has := l.Status.AtProvider.Policy; has != "" && !l.Deleting() {
			text = has
			if lifecycle.Equal(has, want) {
				break
			}
		}
	}
	return text
}

// inAWS returns what AWS has of an image's repository, as far as observed objects report it.
func (o *observations) inAWS(image, want string) *guardrail.Observed {
	out := &guardrail.Observed{}
	r := o.repository(image)
	if !r.Exists() {
		return out
	}
	has := r.Status.AtProvider
	if mode := has.ImageTagMutability; mode != "" {
		m := settings.Mutability{Mode: v1alpha1.ImageTagMutability(mode)}
		for _, f := range has.ExclusionFilters {
			m.Filters = append(m.Filters, f.Filter)
		}
		out.Mutability = &m
	}
	if has.Scanning != nil {
		out.ScanOnPush = has.Scanning.ScanOnPush
	}
	out.Tags = map[string]string{}
	for k, v := range has.Tags.GetStructValue().GetFields() {
		out.Tags[k] = v.GetStringValue()
	}
	if text := o.lifecycleInAWS(image, want); text != "" {
		out.LifecyclePolicy = &text
	}
	if r := o.policy(image); r != nil && r.Status.AtProvider.Policy != "" {
		out.RepositoryPolicy = &r.Status.AtProvider.Policy
	}
	return out
}

// noRepository reports whether no repository is known to exist.
func (o *observations) noRepository() bool {
	for key, r := range o.Counted {
		if t, _, _ := parseKey(key); t == typeRepository && r.Exists() {
			return false
		}
	}
	return true
}

// ownsRole reports whether AWS has the push role at the path of projects' roles. A role at another path was there
// before: the provider refuses to change it.
func (o *observations) ownsRole() bool {
	if !o.role().Exists() {
		return false
	}
	arn, _ := aws.ParseARN(o.role().Status.AtProvider.ARN)
	return strings.HasPrefix(arn.Resource, "role"+rolePath)
}

// foreignRole reports whether AWS has a role with the push role's name at another path.
func (o *observations) foreignRole() bool { return o.role().Exists() && !o.ownsRole() }
