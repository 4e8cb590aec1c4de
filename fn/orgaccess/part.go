package orgaccess

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"

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

	// regional is true if there is one of it, or of each name, in each region.
	regional bool

	// field returns the path of the first field of a spec that asks for it; nil if none does. Only a regional class
	// has one.
	field func(*Spec) *field.Path

	// validate returns what is wrong with what is written for it; nil if that is said elsewhere.
	validate func(*Plan) fault.List

	// external returns the external-name of the object with a key, as it is wanted.
	external func(p *Plan, key string) string

	// parts returns those that are wanted.
	parts func(*Plan) ([]part, fault.Advice, fault.List)

	// advise returns advice on what is written for it; nil if there is none.
	advise func(*Plan) fault.Advice
}

// classes of what an org access can have in AWS. A new one is an entry in init, since its functions look up the table.
var classes []class

func init() {
	classes = []class{
		providerClass(),
		roleClass(pushRole), rolePolicyClass(pushRole),
		roleClass(pullRole), rolePolicyClass(pullRole),
		registryPolicyClass(), scanningClass(), replicationClass(),
	}
}

// classOf returns the class that a composition resource name is of; nil if it is of none.
func classOf(key string) *class {
	i := slices.IndexFunc(classes, func(c class) bool {
		if c.many {
			return strings.HasPrefix(key, c.key+"/")
		}
		return key == c.key
	})
	if i < 0 {
		return nil
	}
	return &classes[i]
}

// compareKeys orders composition resource names as their classes, and by name within one.
func compareKeys(a, b string) int {
	of := func(key string) int {
		return slices.IndexFunc(classes, func(c class) bool { return c.key == classOf(key).key })
	}
	return cmp.Or(cmp.Compare(of(a), of(b)), cmp.Compare(a, b))
}

// registryFields returns the fields of a spec that ask for something that there is one of in each region.
func registryFields(s *Spec) []*field.Path {
	var paths []*field.Path
	for i := range classes {
		if c := &classes[i]; c.regional && c.field(s) != nil {
			paths = append(paths, c.field(s))
		}
	}
	return paths
}

// A part is one thing in AWS that an org access wants to have.
type part struct {
	class *class
	key   string

	what string      // as people know it
	path *field.Path // of the field that asks for it

	// identity is what the part is in its account, and names its object. A part without one belongs to the part with
	// the key of, and its object has the same name.
	identity []string
	of       string

	// shared is true if objects of several org accesses may be about it, since none of them changes it.
	shared bool

	objectName string
	external   string // external-name
	region     string // empty if it is global

	observed *observed.Resource // nil while there is no object

	// role is set for a role, whose object says more of itself.
	role *role

	labels   map[string]string
	policies xpv1.ManagementPolicies

	// forProvider returns what its object asks for.
	forProvider func() any
}

// labelResource marks all objects of one thing in AWS, in whichever namespace.
const labelResource = v1alpha1.Group + "/resource"

// managementPolicies are what may be done to what is in AWS.
func (p *Plan) managementPolicies() xpv1.ManagementPolicies {
	if p.written.orphan() {
		return managed.Keep
	}
	return managed.Own
}

// part returns the part of a composition resource name; nil if it is not wanted.
func (p *Plan) part(key string) *part {
	i := slices.IndexFunc(p.parts, func(t part) bool { return t.key == key })
	if i < 0 {
		return nil
	}
	return &p.parts[i]
}

// regionalPart returns the part of a class that there is one of in an account and region.
func (p *Plan) regionalPart(key, what string, forProvider func() any) ([]part, fault.Advice, fault.List) {
	c := classOf(key)
	t := part{
		class: c, key: c.key,
		what: what + " of the registry in " + p.region, path: c.field(p.written),
		identity:    []string{p.region, c.Kind},
		external:    c.external(p, key),
		region:      p.region,
		observed:    p.observed[c.key],
		policies:    p.managementPolicies(),
		forProvider: forProvider,
	}
	t.objectName = p.config.ObjectName(t.identity...)
	t.labels = p.labels(&t)
	return []part{t}, nil, nil
}

// set returns the values sorted and each once.
func set(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// labels of a part's object. Cluster-scoped objects of one thing have one name, and need no label to be found by.
func (p *Plan) labels(t *part) map[string]string {
	if !p.xr.Generation.Namespaced {
		return nil
	}
	return map[string]string{labelResource: t.label()}
}

// accountID is the external-name of what there is one of in an account and region.
func accountID(p *Plan, _ string) string { return p.written.AccountID }

// label marks the objects of the part in all namespaces.
func (t *part) label() string {
	return managed.Hash(10, append([]string{t.class.Kind}, t.identity...)...)
}

// thing is the part as its ownership is decided.
func (p *Plan) thing(t *part) ownership.Thing {
	thing := ownership.Thing{
		Key:        t.key,
		APIVersion: t.class.APIVersion, Kind: t.class.Kind,
		ProviderConfig: p.config, Identity: t.identity,
		Region: t.region, External: t.external,
		Shared: t.shared,
		Ours:   t.observed,
	}
	if !t.shared {
		thing.Label, thing.Value = labelResource, t.label()
	}
	return thing
}

// moved reports whether the part has an object that is about something else in AWS than what is wanted. An object
// cannot change what it is about, so it has to go first.
func (t *part) moved() bool {
	return len(t.identity) > 0 && t.observed != nil && t.observed.Metadata.Annotations.ExternalName != t.external
}

// observe returns the observed objects that count. One that is about something else in AWS than what is wanted counts
// too: it has moved, and is released.
func observe(p *Plan, req composite.Request, advice *fault.Advice) map[string]*observed.Resource {
	objects := observed.Count(req, "org access", func(key string) (observed.Expected, bool) {
		c := classOf(key)
		if c == nil {
			return observed.Expected{}, false
		}
		wanted := func(external string) bool { return external == c.external(p, key) }
		return observed.Expected{TypeMeta: c.TypeMeta, External: wanted}, true
	})
	for _, ignored := range objects.Ignored {
		advice.Add(specPath, "%s", ignored)
	}
	maps.Copy(objects.Counted, objects.Elsewhere)
	return objects.Counted
}
