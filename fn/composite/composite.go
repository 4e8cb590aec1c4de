// Package composite reads requests into values, and writes answers from values, for all kinds of composite resources.
// It reads what all kinds have in common: metadata, claim, previous status, observed resources and fetched objects.
// The packages of the kinds see no message of the protocol.
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

// An XR is an observed composite resource. Its kind decodes the spec and the status.
type XR struct {
	Generation managed.Generation
	APIVersion string
	Kind       string
	Name       string
	UID        string
	Labels     map[string]string

	// Local is true for a composite resource that no API server has created, as in a local render. Some rendering
	// engines set a UID and a version, but none sets a creation time.
	Local bool

	// Namespace of the claim, or of the namespaced composite resource. It is empty for a cluster-scoped one without a
	// claim, which is the platform team's.
	Namespace string

	// Claim of the composite resource; nil if it has none.
	Claim *Claim

	// Pinned lists the fields that pin a revision of the Composition.
	Pinned []*field.Path

	// Conditions of the composite resource before this run, by type.
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

// Crossplane has the fields that Crossplane adds to the spec of composite resources and claims. The spec of each kind
// embeds it, so that DecodeSpec knows them.
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

// An object is the part of a composite resource that all kinds have in common.
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

// revisions are the fields that choose a revision of the Composition.
type revisions struct {
	UpdatePolicy string          `json:"compositionUpdatePolicy"`
	Selector     *structpb.Value `json:"compositionRevisionSelector"`
}

// pinned returns the fields below p that pin a revision.
func (r revisions) pinned(p *field.Path) []*field.Path {
	var fields []*field.Path
	if r.UpdatePolicy == "Manual" {
		fields = append(fields, p.Child("compositionUpdatePolicy"))
	}
	if r.Selector != nil {
		fields = append(fields, p.Child("compositionRevisionSelector"))
	}
	return fields
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

// claimOf returns the claim that a claimRef names. A claimRef that cannot be read still counts as a claim, without a
// namespace: its composite resource must not pass for one of the platform team.
func claimOf(ref *structpb.Value) *Claim {
	if ref == nil {
		return nil
	}
	c := &Claim{}
	protostruct.DecodeLenient(ref.GetStructValue(), c)
	return c
}

// maxName is the longest name of a composite resource that Crossplane's schema allows, in bytes.
const maxName = 63

// DecodeSpec strictly decodes the spec into the type of its kind. It also validates the name of the composite resource,
// since objects are named after it.
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

// DecodeStatus decodes the status before this run into the type of its kind.
func (x *XR) DecodeStatus(into any) { protostruct.DecodeLenient(x.status, into) }

// Claimed reports whether somebody wrote the composite resource in a namespace. It then does not count as the platform
// team's.
func (x *XR) Claimed() bool { return x.Generation.Namespaced || x.Claim != nil }

// ProviderConfig returns the provider config that a kind and a name refer to. Only the namespaced generation has kinds,
// and only a ProviderConfig is in a namespace: the composite resource's own.
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

// ComposedNamespace returns the namespace of composed resources. It is empty if they are cluster-scoped.
func (x *XR) ComposedNamespace() string {
	if x.Generation.Namespaced {
		return x.Namespace
	}
	return ""
}

// Author returns the namespace and the name that people know: the claim's, or else the composite resource's.
func (x *XR) Author() (namespace, name string) {
	if x.Claim != nil {
		return x.Claim.Namespace, x.Claim.Name
	}
	return x.Namespace, x.Name
}
