package orgaccess

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// A class is a kind of thing in AWS that an org access can have: one of it or, where many is set, one for each of
// several names. All that an org access does with it stands here and in the file of the class.
type class struct {
	// key is the composition resource name of its objects. Those of many have `<key>/<name>`.
	key  string
	many bool

	// TypeMeta of its objects: that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// grant is true if it gives access, which never outlives the field that gives it.
	grant bool

	// field returns the path of the first field of a spec that asks for it; nil if none does, and nobody looks at its
	// other functions then. A class that has it is regional: there is one of it, or of each name, in each region.
	field func(*Spec) *field.Path

	// external returns the external-name of the object with a key, as it is wanted.
	external func(p *Plan, key string) string

	// parts returns those that are wanted, with what does not follow from their class.
	parts func(*Plan) ([]part, fault.Advice, fault.List)

	// validate returns what is wrong with what is written for it; nil if that is said elsewhere.
	validate func(*Plan) fault.List

	// advise returns advice on what is written for it; nil if there is none.
	advise func(*Plan) fault.Advice
}

// classes of what an org access can have in AWS.
var classes = []class{
	providerClass,
	pushRole.class(), pushRole.policyClass(),
	pullRole.class(), pullRole.policyClass(),
	registryPolicyClass, scanningClass, replicationClass,
}

// regional reports whether things of the class are in a region.
func (c *class) regional() bool { return c.field != nil }

// asked reports whether a spec can ask for things of the class.
func (c *class) asked(s *Spec) bool { return !c.regional() || c.field(s) != nil }

// indexOf returns the index of the class that a composition resource name is of; negative if it is of none.
func indexOf(key string) int {
	return slices.IndexFunc(classes, func(c class) bool {
		if c.many {
			return strings.HasPrefix(key, c.key+"/")
		}
		return key == c.key
	})
}

// classOf returns the class that a composition resource name is of; nil if it is of none.
func classOf(key string) *class {
	if i := indexOf(key); i >= 0 {
		return &classes[i]
	}
	return nil
}

// compareKeys orders composition resource names as their classes, and by name within one.
func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(indexOf(a), indexOf(b)), cmp.Compare(a, b))
}

// registryFields returns the fields of a spec that ask for something that there is one of in each region.
func registryFields(s *Spec) []*field.Path {
	var paths []*field.Path
	for i := range classes {
		if c := &classes[i]; c.regional() && c.asked(s) {
			paths = append(paths, c.field(s))
		}
	}
	return paths
}

// A part is one thing in AWS that an org access wants to have.
type part struct {
	// Thing is the part as its ownership is decided. Its identity also names its object.
	ownership.Thing

	what string      // as people know it
	path *field.Path // of the field that asks for it

	// of is the key of the part that this one belongs to, and goes with; empty for most.
	of string

	// role is set for a role, whose object says more of itself.
	role *role

	// object that is desired, but for what it asks for.
	object      managed.Resource
	forProvider func(*Plan) any
}

// one returns the parts of a class that has no more than the one.
func one(what string, forProvider func(*Plan) any) func(*Plan) ([]part, fault.Advice, fault.List) {
	return func(*Plan) ([]part, fault.Advice, fault.List) {
		return []part{{what: what, forProvider: forProvider}}, nil, nil
	}
}

// Labels of objects.
const (
	// labelResource marks all objects of one thing in AWS, in whichever namespace.
	labelResource = v1alpha1.Group + "/resource"

	// labelRole says what the role of an object is for.
	labelRole = v1alpha1.Group + "/role"
)

// complete adds to a part what follows from its class.
func (p *Plan) complete(c *class, t part) part {
	t.Key, t.TypeMeta, t.ProviderConfig = cmp.Or(t.Key, c.key), c.TypeMeta, p.config
	t.External = cmp.Or(t.External, c.external(p, t.Key))
	t.Ours = p.observed[t.Key]
	if c.regional() {
		t.what += " of the registry in " + p.region
		t.path, t.Region, t.Identity = c.field(p.written), p.region, []string{p.region, c.Kind}
	}
	if c.many {
		t.Identity = append(t.Identity, strings.TrimPrefix(t.Key, c.key+"/"))
	}
	labels := map[string]string{}
	if t.role != nil {
		labels[labelRole] = t.role.name
	}
	if t.of == "" && !t.Shared {
		t.Label, t.Value = labelResource, managed.Hash(10, append([]string{c.Kind}, t.Identity...)...)
		// Cluster-scoped objects of one thing have one name, and need no label to be found by.
		if p.xr.Generation.Namespaced {
			labels[t.Label] = t.Value
		}
	}
	policies := t.object.Policies
	switch {
	case policies != nil:
	case p.written.orphan():
		policies = managed.Keep
	default:
		policies = managed.Own
	}
	t.object = managed.Resource{
		TypeMeta: c.TypeMeta,
		Name:     p.config.ObjectName(t.Identity...), Labels: labels, Annotations: managed.ExternalName(t.External),
		Policies: policies, ProviderConfig: p.config,
	}
	return t
}

// part returns the part of a composition resource name; nil if it is not wanted.
func (p *Plan) part(key string) *part {
	i := slices.IndexFunc(p.parts, func(t part) bool { return t.Key == key })
	if i < 0 {
		return nil
	}
	return &p.parts[i]
}

// accountID is the external-name of what there is one of in an account and region.
func accountID(p *Plan, _ string) string { return p.written.AccountID }

// moved reports whether the part has an object that is about something else in AWS than what is wanted. An object
// cannot change what it is about, so it has to go first.
func (t *part) moved() bool {
	return t.of == "" && t.Ours != nil && t.Ours.Metadata.Annotations.ExternalName != t.External
}

// observe returns the observed objects that count. One that is about something else in AWS than what is wanted counts
// too: it has moved, and is released.
func observe(p *Plan, req composite.Request) (map[string]*observed.Resource, fault.Advice) {
	objects := observed.Count(req, "org access", func(key string) (observed.Expected, bool) {
		c := classOf(key)
		if c == nil {
			return observed.Expected{}, false
		}
		wanted := func(external string) bool { return external == c.external(p, key) }
		return observed.Expected{TypeMeta: c.TypeMeta, External: wanted}, true
	})
	maps.Copy(objects.Counted, objects.Elsewhere)
	return objects.Counted, objects.Ignored
}
