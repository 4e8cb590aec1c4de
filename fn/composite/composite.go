// Package composite reads requests into values and writes answers, values too, for all kinds of composite resources.
// What it reads is the same for all of them: who they are, who claimed them, what they said of themselves before, what
// is observed, and what the function asked to see. No kind sees a message of the protocol.
package composite

import (
	"cmp"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// An XR is a composite resource as it is observed, but for the spec and the status
// of its kind.
type XR struct {
	Generation managed.Generation
	APIVersion string
	Kind       string
	Name       string
	UID        string
	Labels     map[string]string

	// Local is true for a composite resource that no API server has created, as in a local render. Some engines give it
	// a UID and a version, and none a time of creation.
	Local bool

	// Namespace that the composite resource is written in: its claim's, or its own.
	// Empty for a cluster-scoped one without a claim, which is the platform team's.
	Namespace string

	// Claim of the composite resource; nil if it has none.
	Claim *Claim

	// Pinned are the fields that pin a revision of the Composition.
	Pinned []*field.Path

	// Conditions of the composite resource by type, as they are before this run.
	Conditions map[string]Condition

	spec, status *structpb.Struct
}

// A Claim is the namespaced object that a composite resource was made for.
type Claim struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// A Condition of an object.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Crossplane are the fields that Crossplane itself has in the spec of composite
// resources and claims. A kind's spec embeds it, so that they are known to it.
type Crossplane struct {
	ClaimRef                   *structpb.Value `json:"claimRef,omitempty"`
	ResourceRef                *structpb.Value `json:"resourceRef,omitempty"`
	ResourceRefs               *structpb.Value `json:"resourceRefs,omitempty"`
	CompositionRef             *structpb.Value `json:"compositionRef,omitempty"`
	CompositionSelector        *structpb.Value `json:"compositionSelector,omitempty"`
	CompositionRevisionRef     *structpb.Value `json:"compositionRevisionRef,omitempty"`
	CompositionRevisionSelect  *structpb.Value `json:"compositionRevisionSelector,omitempty"`
	CompositionUpdatePolicy    *structpb.Value `json:"compositionUpdatePolicy,omitempty"`
	CompositeDeletePolicy      *structpb.Value `json:"compositeDeletePolicy,omitempty"`
	EnvironmentConfigRefs      *structpb.Value `json:"environmentConfigRefs,omitempty"`
	PublishConnectionDetailsTo *structpb.Value `json:"publishConnectionDetailsTo,omitempty"`
	WriteConnectionSecretToRef *structpb.Value `json:"writeConnectionSecretToRef,omitempty"`
	Machinery                  *structpb.Value `json:"crossplane,omitempty"`
}

// object is the part of a composite resource that its kind does not decide.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		UID       string            `json:"uid"`
		Created   string            `json:"creationTimestamp"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		revisions

		ClaimRef  *structpb.Value `json:"claimRef"`
		Machinery revisions       `json:"crossplane"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// revisions is how a revision of the Composition is chosen.
type revisions struct {
	UpdatePolicy string          `json:"compositionUpdatePolicy"`
	Selector     *structpb.Value `json:"compositionRevisionSelector"`
}

// pinned returns the fields below a path that pin a revision.
func (r revisions) pinned(p *field.Path) []*field.Path {
	var by []*field.Path
	if r.UpdatePolicy == "Manual" {
		by = append(by, p.Child("compositionUpdatePolicy"))
	}
	if r.Selector != nil {
		by = append(by, p.Child("compositionRevisionSelector"))
	}
	return by
}

// ReadXR reads a composite resource.
func ReadXR(s *structpb.Struct) *XR {
	var o object
	protostruct.DecodeLenient(s, &o)

	xr := &XR{
		Generation: managed.Claimed,
		APIVersion: o.APIVersion,
		Kind:       o.Kind,
		Name:       o.Metadata.Name,
		UID:        o.Metadata.UID,
		Local:      o.Metadata.Created == "",
		Labels:     o.Metadata.Labels,
		Claim:      claimOf(o.Spec.ClaimRef),
		Conditions: map[string]Condition{},
		spec:       s.GetFields()["spec"].GetStructValue(),
		status:     s.GetFields()["status"].GetStructValue(),
	}
	for _, c := range o.Status.Conditions {
		xr.Conditions[c.Type] = c
	}
	if strings.HasPrefix(o.APIVersion, managed.Namespaced.Group+"/") {
		xr.Generation = managed.Namespaced
		xr.Namespace, xr.Claim = o.Metadata.Namespace, nil
	} else if xr.Claim != nil {
		xr.Namespace = xr.Claim.Namespace
	}
	spec := field.NewPath("spec")
	xr.Pinned = append(o.Spec.pinned(spec), o.Spec.Machinery.pinned(spec.Child("crossplane"))...)
	return xr
}

// claimOf reads a claimRef. Of one that says nothing readable there is a claim all the
// same, in no namespace: it must not pass for the platform team's own.
func claimOf(ref *structpb.Value) *Claim {
	if ref == nil {
		return nil
	}
	c := &Claim{}
	protostruct.DecodeLenient(ref.GetStructValue(), c)
	return c
}

// maxName is how long the name of a composite resource is: Crossplane says so in its
// schema.
const maxName = 63

// DecodeSpec fills the spec of a kind, strictly. What is wrong with the name is a fault
// as well: objects are named after it.
func (x *XR) DecodeSpec(into any) fault.List {
	var l fault.List
	switch path := field.NewPath("metadata", "name"); {
	case x.Name == "":
		l.Required(path, "the name of the composite resource")
	case len(x.Name) > maxName:
		l.Invalid(path, x.Name, "must be at most %d characters", maxName)
	case len(validation.IsDNS1123Subdomain(x.Name)) > 0:
		l.Invalid(path, x.Name, "must be lower case letters and digits in parts joined by . or -")
	}
	return append(l, protostruct.Decode(x.spec, into, field.NewPath("spec"))...)
}

// DecodeStatus fills the status of a kind with what it was before this run.
func (x *XR) DecodeStatus(into any) { protostruct.DecodeLenient(x.status, into) }

// Claimed reports whether somebody wrote this composite resource in a namespace: it
// is not the platform team's own then.
func (x *XR) Claimed() bool { return x.Generation.Namespaced || x.Claim != nil }

// ProviderConfig returns the provider config that is named in the composite resource's
// generation. Only a namespaced one has kinds, and only one of kind ProviderConfig
// depends on the namespace that it is seen from.
func (x *XR) ProviderConfig(kind, name string) managed.ProviderConfig {
	c := managed.ProviderConfig{Name: name}
	if !x.Generation.Namespaced {
		return c
	}
	if c.Kind = cmp.Or(kind, managed.ClusterProviderConfigKind); c.Kind == managed.ProviderConfigKind {
		c.Namespace = x.Namespace
	}
	return c
}

// ComposedNamespace is the namespace of what is composed; empty if that is cluster-scoped.
func (x *XR) ComposedNamespace() string {
	if x.Generation.Namespaced {
		return x.Namespace
	}
	return ""
}

// Author returns the namespace and the name under which people know the composite
// resource: its claim's, or its own.
func (x *XR) Author() (namespace, name string) {
	if x.Claim != nil {
		return x.Claim.Namespace, x.Claim.Name
	}
	return x.Namespace, x.Name
}
