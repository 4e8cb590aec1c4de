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

// A class is a kind of thing in AWS that an org access can have: one thing or, with many, one for each of several
// names. Everything specific to a class is in its value, in the file of the class.
type class struct {
	// key is the composition resource name of the object. The objects of a class with many have `<key>/<name>`.
	key  string
	many bool

	// TypeMeta is that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// grant is true if things of the class give access. A grant never outlives the field that gives it.
	grant bool

	// field returns the path of the first field of a spec that asks for the class; nil if none does, and then parts,
	// validate and advise are not called. Only regional classes have it: each region has its own things of them.
	field func(*Spec) *field.Path

	// external returns the wanted external-name of the object with a key.
	external func(p *Plan, key string) string

	// parts returns the wanted parts, without what Plan.complete adds.
	parts func(*Plan) ([]*part, fault.Advice, fault.List)

	// validate returns the faults of the fields of the class; nil if others do.
	validate func(*Plan) fault.List

	// advise returns advice on the fields of the class; nil if there is never any.
	advise func(*Plan) fault.Advice
}

// classes are the kinds of thing that an org access can have in AWS.
var classes = []*class{
	providerClass,
	pushRole.class(), pushRole.policyClass(),
	pullRole.class(), pullRole.policyClass(),
	registryPolicyClass, scanningClass, replicationClass,
}

// regional reports whether things of the class are in a region.
func (c *class) regional() bool { return c.field != nil }

// applies reports whether a spec can ask for things of the class.
func (c *class) applies(s *Spec) bool { return !c.regional() || c.field(s) != nil }

// indexOf returns the index of the class of a composition resource name, or -1.
func indexOf(key string) int {
	return slices.IndexFunc(classes, func(c *class) bool {
		if c.many {
			return strings.HasPrefix(key, c.key+"/")
		}
		return key == c.key
	})
}

// classOf returns the class of a composition resource name, or nil.
func classOf(key string) *class {
	if i := indexOf(key); i >= 0 {
		return classes[i]
	}
	return nil
}

// compareKeys orders composition resource names by their classes, and within a class by name.
func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(indexOf(a), indexOf(b)), cmp.Compare(a, b))
}

// registryFields returns the paths of the fields of a spec that ask for settings of a registry.
func registryFields(s *Spec) []*field.Path {
	var paths []*field.Path
	for _, c := range classes {
		if c.regional() && c.applies(s) {
			paths = append(paths, c.field(s))
		}
	}
	return paths
}

// A part is one thing in AWS that an org access wants to have.
type part struct {
	// Thing is the part as fn/ownership knows it. Its identity also names its object.
	ownership.Thing

	what string      // names the part in messages
	path *field.Path // of the field that asks for it

	// of is the key of the part that this one is attached to, as a policy is to its role; empty for most.
	of string

	// role is set for a role. rolePath is the path of the role that is in force.
	role     *role
	rolePath string

	// object is the desired object, without the parameters that forProvider returns.
	object      managed.Resource
	forProvider func(*Plan) any
}

// single returns the function that returns the only part of a class.
func single(what string, forProvider func(*Plan) any) func(*Plan) ([]*part, fault.Advice, fault.List) {
	return func(*Plan) ([]*part, fault.Advice, fault.List) {
		return []*part{{what: what, forProvider: forProvider}}, nil, nil
	}
}

// Labels of objects.
const (
	// labelResource marks the objects of one thing in AWS in all namespaces.
	labelResource = v1alpha1.Group + "/resource"

	// labelRole names the role that an object is for: push or pull.
	labelRole = v1alpha1.Group + "/role"
)

// complete adds to a part everything that follows from its class.
func (p *Plan) complete(c *class, t *part) {
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
	o := &t.object
	o.TypeMeta, o.ProviderConfig = c.TypeMeta, p.config
	o.Name, o.Annotations, o.Labels = p.config.ObjectName(t.Identity...), managed.ExternalName(t.External), map[string]string{}
	if t.role != nil {
		o.Labels[labelRole] = t.role.name
	}
	if t.of == "" && !t.Shared {
		t.Label, t.Value = labelResource, managed.Hash(10, append([]string{c.Kind}, t.Identity...)...)
		// The name is enough to find a cluster-scoped object.
		if p.xr.Generation.Namespaced {
			o.Labels[t.Label] = t.Value
		}
	}
	if o.Policies == nil {
		o.Policies = managed.Own
		if p.written.orphan() {
			o.Policies = managed.Keep
		}
	}
}

// part returns the part with a composition resource name; nil if it is not wanted.
func (p *Plan) part(key string) *part {
	i := slices.IndexFunc(p.parts, func(t *part) bool { return t.Key == key })
	if i < 0 {
		return nil
	}
	return p.parts[i]
}

// accountID returns the external-name of the settings of a registry: the id of its account.
func accountID(p *Plan, _ string) string { return p.written.AccountID }

// arn returns the ARN that AWS has reported for the part; empty if there is none.
func (t *part) arn() string {
	if t.Ours == nil {
		return ""
	}
	return t.Ours.Status.AtProvider.ARN
}

// misplaced reports whether the part's object manages something else in AWS than is wanted. An object cannot change
// what it manages, so it must go first.
func (t *part) misplaced() bool {
	return t.of == "" && t.Ours != nil && t.Ours.Metadata.Annotations.ExternalName != t.External
}

// observe returns the observed objects that count, and advice on the others. Misplaced objects count, too: they are
// released.
func observe(p *Plan, req composite.Request) (map[string]*observed.Resource, fault.Advice) {
	objects := observed.Count(req, "org access", func(key string) (observed.Expected, bool) {
		c := classOf(key)
		if c == nil {
			return observed.Expected{}, false
		}
		wanted := func(external string) bool { return external == c.external(p, key) }
		return observed.Expected{TypeMeta: c.TypeMeta, External: wanted}, true
	})
	maps.Copy(objects.Counted, objects.Misplaced)
	return objects.Counted, objects.Ignored
}
