// Package ownership decides which object owns a thing in AWS: a repository, a role, or a setting of a registry.
//
// Several composite resources may want the same thing. If the objects of two managed it, they would overwrite each
// other for ever, and the first to be deleted could delete the thing. So the same rules apply to all kinds of things:
//
//   - Within a scope (the cluster or a namespace), all objects for a thing have one name. The API server lets only one
//     composite resource control an object, so the first one owns the thing. One without an object looks up that name:
//     an object that another one controls owns the thing, and an object that is being deleted is waited for.
//   - Objects in different scopes do not collide by name. They are found by a label, or by the name that they have in
//     the other scope. Of two that may write to AWS in the same account, the older owns the thing.
//   - In another scope, an object that only observes owns nothing. A composite resource that only observes does not
//     look there.
//   - An object that owns the thing and is being deleted is waited for, whoever controls it.
//
// A cluster-scoped composite resource looks for namespaced objects only until it has an object that writes, and only if
// the cluster is known to serve their kind. A namespaced one always looks for cluster-scoped objects of a thing with
// Everywhere or Served. So of two that are created at the same moment, the namespaced one may have to yield later.
//
// Lookups by label in all namespaces cost more as the fleet grows. So once its object writes, a namespaced composite
// resource looks up cluster-scoped objects by name, and other namespaces only if one of them may own the thing.
package ownership

import (
	"cmp"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// A Thing is what a composite resource wants to manage in AWS.
type Thing struct {
	// Key is the composition resource name of its object.
	Key string

	// TypeMeta is that of the provider's cluster-scoped type.
	metav1.TypeMeta

	// ProviderConfig stands for the account. Identity identifies the thing within it. Together they name its object.
	ProviderConfig managed.ProviderConfig
	Identity       []string

	// Region is empty for a global thing. External is the external-name.
	Region, External string

	// Shared is true if objects in different scopes may manage the thing, because none of them changes it.
	Shared bool

	// Label and Value mark the thing's objects in all namespaces. They are empty if no other namespace can own the
	// thing. Everywhere is true if cluster-scoped objects have the label, too.
	Label, Value string
	Everywhere   bool

	// Exclusive is true if no other namespace may start to manage the thing.
	Exclusive bool

	// Served is true if clusters with namespaced composite resources always serve the cluster-scoped kind, too (see
	// docs/namespaced.md), so that no schema lookup is needed.
	Served bool

	// Ours is this composite resource's own object; nil if it has none.
	Ours *observed.Resource
}

// An Owner owns a thing that this composite resource may not touch.
type Owner struct {
	// Name describes the other composite resource that controls the object or, if there is none, the object.
	Name string

	// Leaving is true if the object is being deleted. The thing is free once it is gone.
	Leaving bool
}

// Decide returns the owners of things by key, and the lookups that it needs in every run. A thing without an owner
// belongs to this composite resource.
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

// lookups returns the lookups for the objects that may own the thing.
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
	// Cluster-scoped objects have the label, too. They are looked up by the name that they have with the same provider
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

// inTwin returns the lookups for objects of the other generation.
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
	case t.Ours.Writes() || !req.Fetched.AnswersServed:
		return nil
	case !req.Fetched.Lacks(composite.Lookups{l}):
		return composite.Lookups{l} // The answer shows that the kind is served. Another schema lookup would be costly.
	}
	served := composite.Lookup{Key: t.Kind + "@" + l.APIVersion, APIVersion: l.APIVersion, Kind: t.Kind, Served: true}
	if !req.Served[served.Key] {
		return composite.Lookups{served}
	}
	return composite.Lookups{l}
}

// byLabel returns the lookup for the objects of a generation in all namespaces.
func (t *Thing) byLabel(g managed.Generation) composite.Lookup {
	apiVersion := g.APIVersion(t.APIVersion)
	return composite.Lookup{Key: t.Key + "@" + apiVersion, APIVersion: apiVersion, Kind: t.Kind, Label: t.Label, Value: t.Value}
}

// byTwinName returns the lookup for the object of the other generation that the provider config and the identity name,
// and false if there can be none.
func (t *Thing) byTwinName(x *composite.XR) (composite.Lookup, bool) {
	l := t.byLabel(x.Generation.Twin())
	l.Label, l.Value = "", ""
	if x.Generation.Namespaced {
		l.Name = managed.ProviderConfig{Name: t.ProviderConfig.Name}.ObjectName(t.Identity...)
		return l, t.ProviderConfig.Kind == managed.ClusterProviderConfigKind
	}
	l.Namespace, l.Name = x.Namespace, t.ProviderConfig.Account().ObjectName(t.Identity...)
	return l, x.Namespace != ""
}

// owner returns the owner that an object found by a lookup stands for, and whether that object owns the thing.
func (t *Thing) owner(x *composite.XR, l composite.Lookup, found *structpb.Struct) (Owner, bool) {
	o := observed.From(found)
	if l.Key == t.Key {
		return ownerOf(o, x), o.Deleting() || controlledByAnother(o, x)
	}
	return ownerOf(o, x), t.isAbout(o) && t.yieldsTo(o, x)
}

// isAbout reports whether an object manages the thing. Its label cannot prove that: it holds a few digits of a hash,
// and somebody may have searched for a thing with the same digits.
func (t *Thing) isAbout(o *observed.Resource) bool {
	return o.Metadata.Annotations.ExternalName == t.External && o.Spec.ForProvider.Region == t.Region
}

// yieldsTo reports whether an object of another scope owns the thing: of two that may write, the older one does.
func (t *Thing) yieldsTo(o *observed.Resource, x *composite.XR) bool {
	ours := o.Controller() != nil && !controlledByAnother(o, x)
	if ours || !o.Writes() || accountOf(o) != t.ProviderConfig.Account() {
		return false
	}
	return !t.Ours.Writes() || older(o, t.Ours)
}

// older reports whether an object was created before another one. If both were created in the same second, their
// namespaces and names decide.
func older(a, b *observed.Resource) bool {
	return cmp.Or(
		cmp.Compare(a.Metadata.CreationTimestamp, b.Metadata.CreationTimestamp),
		cmp.Compare(a.Metadata.Namespace, b.Metadata.Namespace),
		cmp.Compare(a.Metadata.Name, b.Metadata.Name),
	) < 0
}

// accountOf returns the provider config of an object, in the form in which those of both generations are compared.
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

// controlledByAnother reports whether another composite resource controls an object. A namespaced object in another
// namespace is always another's.
func controlledByAnother(o *observed.Resource, x *composite.XR) bool {
	apart := o.Metadata.Namespace != "" && o.Metadata.Namespace != x.Namespace
	return o.Controller() != nil && (apart || !o.ControlledBy(x))
}

// ownerOf returns the owner that an object stands for, named after the other composite resource that controls the
// object or, if there is none, after the object.
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
