// Package ownership decides which object manages a thing in AWS: a repository, a role, a setting of a registry.
//
// Several objects can want to manage one thing. Two that do would overwrite each other for ever, and the first that
// goes could delete it. So there is one rule, for every kind of thing:
//
//   - Objects of one thing have one name in their scope, which is the cluster or a namespace. The API server lets only
//     one composite resource control an object, so within a scope the first one has it. While this composite resource
//     has no object yet, it looks at that name: an object that another one controls has the thing, and one that is
//     being deleted is waited for.
//   - Objects in different scopes do not meet at a name. They are found by a label, or by the name that they have in
//     the other scope. Of two that may write to AWS with one account, the older has the thing.
//   - An object that only observes is in nobody's way, and a composite resource that only observes looks at nobody.
//   - An object that has the thing and is being deleted is waited for, whoever controls it.
//
// A cluster-scoped composite resource looks for namespaced objects only until it has an object that writes, and only
// where it is known that the cluster serves their kind; a namespaced one always looks. So of two that were made in the
// same moment it is the namespaced one that may have to give way later.
//
// To look by a label in all namespaces costs what grows with the fleet. So a namespaced composite resource whose object
// writes looks by the name that a cluster-scoped object has, and in other namespaces only if one of them may have the
// thing.
package ownership

import (
	"cmp"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// A Thing in AWS that a composite resource wants to manage.
type Thing struct {
	// Key is the composition resource name of its object.
	Key string

	// TypeMeta of its object: that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// ProviderConfig that it is managed with. Identity is what it is in that account, and names its object.
	ProviderConfig managed.ProviderConfig
	Identity       []string

	// Region is empty if it is global. External is its external-name.
	Region, External string

	// Shared is true if objects in different scopes may be about the thing, since none of them changes it.
	Shared bool

	// Label and Value mark the objects of the thing in all namespaces. A thing that no other namespace can have has
	// none. Everywhere is true if cluster-scoped objects have the label as well.
	Label, Value string
	Everywhere   bool

	// Exclusive is true if no other namespace may begin to manage the thing.
	Exclusive bool

	// Served is true if the clusters that namespaced composite resources are made in serve the cluster-scoped kind
	// too, as docs/namespaced.md says, so that nobody has to be asked.
	Served bool

	// Ours is the object that this composite resource has; nil while there is none.
	Ours *observed.Resource
}

// An Owner has a thing that this composite resource may not touch.
type Owner struct {
	// Name of the controller, as people know it, or of the object.
	Name string

	// Leaving is true if the object is being deleted. The thing is free once it is gone.
	Leaving bool
}

// Decide returns who has which of the things, by key: those that are not in the answer are this composite resource's.
// It is called in every run with the same things, and says what it looked for.
func Decide(req composite.Request, things []Thing) (map[string]Owner, composite.Lookups) {
	owners := map[string]Owner{}
	var all composite.Lookups
	for i := range things {
		t := &things[i]
		for _, l := range t.lookups(req) {
			all = append(all, l)
			for _, found := range req.Fetched.Objects(l) {
				o, ok := t.owner(req.XR, l, found)
				if _, had := owners[t.Key]; ok && (!had || !o.Leaving) {
					owners[t.Key] = o
				}
			}
		}
	}
	return owners, all
}

// lookups are for the objects that could have the thing.
func (t *Thing) lookups(req composite.Request) composite.Lookups {
	var all composite.Lookups
	x := req.XR
	if t.Ours == nil {
		all = append(all, composite.Lookup{
			Key:        t.Key,
			APIVersion: x.Generation.APIVersion(t.APIVersion), Kind: t.Kind,
			Namespace: x.ComposedNamespace(), Name: t.ProviderConfig.ObjectName(t.Identity...),
		})
	}
	if t.Shared {
		return all
	}
	settled := t.Exclusive && t.Ours.Writes()
	if x.Generation.Namespaced && t.Label != "" && !settled {
		all = append(all, t.byLabel(managed.Namespaced))
	}
	if !x.Generation.Namespaced || !t.Everywhere {
		return append(all, t.inTwin(req)...)
	}
	// Cluster-scoped objects have the label, too. They are looked for by the name that they have with the same provider
	// config and, until this composite resource has an object that writes, by the label.
	if l, ok := t.byTwinName(x); ok {
		l.Key += "/name"
		all = append(all, l)
	}
	if !t.Ours.Writes() {
		all = append(all, t.byLabel(managed.Claimed))
	}
	return all
}

// inTwin are the lookups for the objects of the other generation.
func (t *Thing) inTwin(req composite.Request) composite.Lookups {
	x, twin := req.XR, req.XR.Generation.Twin()
	l, ok := t.byLabel(twin), true
	if t.Label == "" || !twin.Namespaced {
		l, ok = t.byTwinName(x)
	}
	switch {
	case !ok:
		return nil
	case x.Generation.Namespaced && t.Served:
		return composite.Lookups{l}
	case t.Ours.Writes() || !req.Fetched.AnswersServed():
		return nil
	case !req.Fetched.Lacks(composite.Lookups{l}):
		return composite.Lookups{l} // An answer is of a kind that is served: to ask for its schema again is dear.
	}
	served := composite.Lookup{Key: t.Kind + "@" + l.APIVersion, APIVersion: l.APIVersion, Kind: t.Kind, Served: true}
	if !req.Serves(served) {
		return composite.Lookups{served}
	}
	return composite.Lookups{l}
}

// byLabel looks for the objects of a generation in all namespaces.
func (t *Thing) byLabel(g managed.Generation) composite.Lookup {
	apiVersion := g.APIVersion(t.APIVersion)
	return composite.Lookup{Key: t.Key + "@" + apiVersion, APIVersion: apiVersion, Kind: t.Kind, Label: t.Label, Value: t.Value}
}

// byTwinName looks for the one object of the other generation that can be about the thing, if there can be one.
func (t *Thing) byTwinName(x *composite.XR) (composite.Lookup, bool) {
	l := t.byLabel(x.Generation.Twin())
	l.Label, l.Value = "", "" // the name finds it
	if x.Generation.Namespaced {
		l.Name = managed.ProviderConfig{Name: t.ProviderConfig.Name}.ObjectName(t.Identity...)
		return l, t.ProviderConfig.Kind == managed.ClusterProviderConfigKind
	}
	l.Namespace, l.Name = x.Namespace, t.ProviderConfig.Account().ObjectName(t.Identity...)
	return l, x.Namespace != ""
}

// owner returns who has the thing if that is the object that a lookup found.
func (t *Thing) owner(x *composite.XR, l composite.Lookup, found *structpb.Struct) (Owner, bool) {
	o := observed.From(found)
	if l.Key == t.Key {
		return ownerOf(o, x), o.Deleting() || controlledByAnother(o, x)
	}
	return ownerOf(o, x), t.isAbout(o) && t.yieldsTo(o, x)
}

// isAbout reports whether an object is about the thing. A label says so with some digits of a hash: somebody may have
// looked for a thing of theirs that has the same.
func (t *Thing) isAbout(o *observed.Resource) bool {
	return o.Metadata.Annotations.ExternalName == t.External && o.Spec.ForProvider.Region == t.Region
}

// yieldsTo reports whether an object of another scope has the better right: of two that may write, the older one.
func (t *Thing) yieldsTo(o *observed.Resource, x *composite.XR) bool {
	ours := o.Controller() != nil && !controlledByAnother(o, x)
	if ours || !o.Writes() || accountOf(o) != t.ProviderConfig.Account() {
		return false
	}
	return !t.Ours.Writes() || older(o, t.Ours)
}

// older reports whether an object was created before another one; of two that were created in the same second, the
// one whose name comes first is the older.
func older(a, b *observed.Resource) bool {
	return cmp.Or(
		cmp.Compare(a.Metadata.CreationTimestamp, b.Metadata.CreationTimestamp),
		cmp.Compare(a.Metadata.Namespace, b.Metadata.Namespace),
		cmp.Compare(a.Metadata.Name, b.Metadata.Name),
	) < 0
}

// accountOf returns the provider config that an object is managed with, as those of both generations are compared.
func accountOf(o *observed.Resource) managed.ProviderConfig {
	p := managed.ProviderConfig{Name: "default"} // the provider's own default
	if ref := o.Spec.ProviderConfigRef; ref != nil {
		p.Name = ref.Name
		if ref.Kind == managed.ProviderConfigKind {
			p.Kind, p.Namespace = ref.Kind, o.Metadata.Namespace
		}
	}
	return p.Account()
}

// controlledByAnother reports whether another composite resource controls an object. What a namespaced one controls
// is in its own namespace.
func controlledByAnother(o *observed.Resource, x *composite.XR) bool {
	apart := o.Metadata.Namespace != "" && o.Metadata.Namespace != x.Namespace
	return o.Controller() != nil && (apart || !o.ControlledBy(x))
}

// ownerOf names the controller of an object, or the object itself where nobody else controls it.
func ownerOf(o *observed.Resource, x *composite.XR) Owner {
	owner := Owner{Name: o.Kind + " " + o.Metadata.Name, Leaving: o.Deleting()}
	if !controlledByAnother(o, x) {
		return owner
	}
	owner.Name = o.Controller().Kind + " " + o.Controller().Name
	if ns := o.Metadata.Namespace; ns != "" {
		owner.Name += " in namespace " + ns
	}
	if l := o.Metadata.Labels; l.ClaimName != "" {
		owner.Name += ", claimed as " + l.ClaimNamespace + "/" + l.ClaimName
	}
	return owner
}
