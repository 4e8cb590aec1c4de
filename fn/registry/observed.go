package registry

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
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

// parseKey returns the type of the object that is rendered under a composition resource name, zero if none is, and the
// image and the hash that the name was made of.
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

// observations are the objects that a project registry has: what this composite resource made, and nothing else that
// Crossplane reports.
type observations struct {
	// objects by composition resource name.
	objects map[string]*observed.Resource

	// lifecycles are the LifecyclePolicies among them, by image and in the order of their hashes.
	lifecycles map[string][]observedLifecycle

	// elsewhere are objects of the right kind that are about something else in AWS, by composition resource name.
	// Nothing is rendered under that name before they are gone.
	elsewhere map[string]*observed.Resource

	// hidden are those that are not among the references of the composite resource, by composition resource name.
	// Crossplane does not delete what is not.
	hidden map[string]bool

	// first is any of the repositories, always the same; nil if there is none.
	first *observed.Resource
}

// An observedLifecycle is one LifecyclePolicy of an image. There can be several while one follows another.
type observedLifecycle struct {
	*observed.Resource
	hash string
}

// repository, policy, role and rolePolicy are nil while there is no such object.
func (o *observations) repository(image string) *observed.Resource {
	return o.objects[repositoryKey(image)]
}
func (o *observations) policy(image string) *observed.Resource { return o.objects[policyKey(image)] }
func (o *observations) role() *observed.Resource               { return o.objects[keyPushRole] }
func (o *observations) rolePolicy() *observed.Resource         { return o.objects[keyPushPolicy] }

// lifecycleKeys are the composition resource names of an image's LifecyclePolicies.
func (o *observations) lifecycleKeys(image string) []string {
	var keys []string
	for _, l := range o.lifecycles[image] {
		keys = append(keys, lifecycleKey(image, l.hash))
	}
	return keys
}

// word is what a project's composite resource is called.
const word = "registry"

// observe returns what is observed of a project's images in a request withHidden, and what is ignored and why. The push
// role has a name that depends on where they are: withRole adds it.
func observe(req composite.Request, hidden map[string]bool, project string) (o observations, ignored fault.Advice) {
	found := observed.Count(req, word, func(key string) (observed.Expected, bool) { return expected(key, project) })
	o = observations{
		objects:    found.Counted,
		lifecycles: make(map[string][]observedLifecycle, len(found.Counted)/2),
		elsewhere:  found.Elsewhere,
		hidden:     hidden,
	}
	for _, key := range slices.Sorted(maps.Keys(o.objects)) {
		r := o.objects[key]
		switch t, image, hash := parseKey(key); t {
		case typeRepository:
			o.first = cmp.Or(o.first, r)
		case typeLifecyclePolicy:
			o.lifecycles[image] = append(o.lifecycles[image], observedLifecycle{Resource: r, hash: hash})
		}
	}
	return o, found.Ignored
}

// withRole returns the observations with the push role, which has one of the names, and what is ignored and why.
func (o observations) withRole(req composite.Request, names []string) (all observations, ignored fault.Advice) {
	found := observed.Count(req, word, func(key string) (observed.Expected, bool) {
		t, _, _ := parseKey(key)
		named := func(external string) bool { return slices.Contains(names, external) }
		return observed.Expected{TypeMeta: t, External: named}, ofRole(t)
	})
	o.objects, o.elsewhere = maps.Clone(o.objects), maps.Clone(o.elsewhere)
	maps.Copy(o.objects, found.Counted)
	maps.Copy(o.elsewhere, found.Elsewhere)
	return o, found.Ignored
}

// without returns the observations without the objects that a corrected mistake leaves: those of another region or another
// provider config, which have other names. Nothing is rendered under their keys before they are gone.
func (o observations) without(p *Plan) observations {
	moved := func(image string) bool {
		r := o.repository(image)
		return r != nil && r.Metadata.Name != p.config.ObjectName(p.region, p.project+"/"+image)
	}
	left := observations{
		objects: map[string]*observed.Resource{}, lifecycles: maps.Clone(o.lifecycles), elsewhere: maps.Clone(o.elsewhere), hidden: o.hidden,
	}
	for key, r := range o.objects {
		t, image, _ := parseKey(key)
		switch {
		case t == typeRepository && moved(image):
			left.elsewhere[key] = r
			delete(left.lifecycles, image)
		case t == typeRole && !r.Exists() && r.Metadata.Name != p.config.ObjectName(r.Metadata.Annotations.ExternalName):
			left.elsewhere[key] = r
		case !moved(image):
			left.objects[key] = r
		}
	}
	return left
}

// expected is what the object of an image with a composition resource name must be.
func expected(key, project string) (observed.Expected, bool) {
	t, image, _ := parseKey(key)
	named := func(external string) bool {
		return external == project+"/"+image || t == typeLifecyclePolicy && external == "" // a new one has none
	}
	return observed.Expected{TypeMeta: t, External: named}, t.Kind != "" && !ofRole(t)
}

// ofRole reports whether a type is the one of the push role, or of its policy.
func ofRole(t metav1.TypeMeta) bool { return t == typeRole || t == typeRolePolicy }

// An author of a namespaced composite resource may be able to drop a reference from its spec.crossplane.resourceRefs.
// Crossplane then reports the object no longer, and neither deletes it nor what it grants. So the objects that grant
// something are looked for by the label that Crossplane gives to what it composes.

// labelComposite has the name of the composite resource that an object was composed for.
const labelComposite = "crossplane.io/composite"

// hiddenLookups are for the objects that grant something in AWS. Those of a cluster-scoped composite resource cannot be
// hidden: nobody but Crossplane and the platform team writes it.
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

// withHidden returns a request with the objects that this composite resource controls and that Crossplane does not
// report, and the composition resource names of these.
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

// lifecycleInAWS returns the lifecycle policy that AWS has of an image's repository; empty if no object that stays reports
// one. One of several objects may have looked before another wrote what is wanted.
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

// inAWS returns what AWS has of an image's repository, as far as it is reported. A policy is, where there is an object
// that observes it.
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

// none reports whether no repository is known to exist.
func (o *observations) none() bool {
	for key, r := range o.objects {
		if t, _, _ := parseKey(key); t == typeRepository && r.Exists() {
			return false
		}
	}
	return true
}

// ownsRole reports whether AWS has the push role at the path of a project's role. One at another path was there before
// and is somebody else's: the provider refuses to touch it.
func (o *observations) ownsRole() bool {
	if !o.role().Exists() {
		return false
	}
	arn, _ := aws.ParseARN(o.role().Status.AtProvider.ARN)
	return strings.HasPrefix(arn.Resource, "role"+rolePath)
}

// foreignRole reports whether AWS has a role of the push role's name at another path.
func (o *observations) foreignRole() bool { return o.role().Exists() && !o.ownsRole() }
