// Package observed reads what the provider and Crossplane report of composed
// resources: what AWS has, whether it is as it was asked for, and what it says if
// it is not.
package observed

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// A Resource is an observed managed resource: those fields of all kinds that this
// function reads, each empty where it is not reported or not of that kind.
type Resource struct {
	Kind     string   `json:"kind"`
	Metadata Metadata `json:"metadata"`
	Spec     Spec     `json:"spec"`
	Status   Status   `json:"status"`
}

// Metadata of an observed resource.
type Metadata struct {
	Name              string           `json:"name"`
	Namespace         string           `json:"namespace"`
	CreationTimestamp string           `json:"creationTimestamp"`
	DeletionTimestamp string           `json:"deletionTimestamp"`
	Labels            Labels           `json:"labels"`
	Annotations       Annotations      `json:"annotations"`
	OwnerReferences   []OwnerReference `json:"ownerReferences"`
}

// Labels that Crossplane gives to composed resources, of those that are read.
type Labels struct {
	ClaimName      string `json:"crossplane.io/claim-name"`
	ClaimNamespace string `json:"crossplane.io/claim-namespace"`
}

// Annotations of an observed resource, of those that are read.
type Annotations struct {
	ExternalName string `json:"crossplane.io/external-name"`
}

// OwnerReference of an observed resource.
type OwnerReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Controller bool   `json:"controller"`
}

// Spec of an observed resource.
type Spec struct {
	ManagementPolicies []string           `json:"managementPolicies"`
	ProviderConfigRef  *ProviderConfigRef `json:"providerConfigRef"`
	ForProvider        ForProvider        `json:"forProvider"`
}

// ProviderConfigRef of an observed resource.
type ProviderConfigRef struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// ForProvider is what was asked for.
type ForProvider struct {
	Region      string `json:"region"`
	Policy      string `json:"policy"`
	ForceDelete bool   `json:"forceDelete"`
	Path        string `json:"path"`
}

// Status of an observed resource.
type Status struct {
	Conditions []composite.Condition `json:"conditions"`
	AtProvider AtProvider            `json:"atProvider"`
}

// AtProvider is what AWS has.
type AtProvider struct {
	ID                 string             `json:"id"`
	ARN                string             `json:"arn"`
	RepositoryURL      string             `json:"repositoryUrl"`
	Policy             string             `json:"policy"`
	Encryption         []Encryption       `json:"encryptionConfiguration"`
	ImageTagMutability string             `json:"imageTagMutability"`
	ExclusionFilters   []ExclusionFilter  `json:"imageTagMutabilityExclusionFilter"`
	Scanning           *ScanConfiguration `json:"imageScanningConfiguration"`
	Tags               *structpb.Struct   `json:"tags"`
	ClientIDList       []string           `json:"clientIdList"`
}

// Encryption of a repository as AWS has it.
type Encryption struct {
	Type   string `json:"encryptionType"`
	KMSKey string `json:"kmsKey"`
}

// ExclusionFilter of a repository's tag mutability as AWS has it.
type ExclusionFilter struct {
	Filter string `json:"filter"`
}

// ScanConfiguration of a repository as AWS has it.
type ScanConfiguration struct {
	ScanOnPush *bool `json:"scanOnPush"`
}

// From reads one resource.
func From(s *structpb.Struct) *Resource {
	r := &Resource{}
	protostruct.DecodeLenient(s, r)
	return r
}

// Of reads an observed composed resource; nil if it is not observed.
func Of(req *fnv1.RunFunctionRequest, key string) *Resource {
	o, ok := req.GetObserved().GetResources()[key]
	if !ok {
		return nil
	}
	return From(o.GetResource())
}

// condition returns the condition of a type; zero if there is none.
func (r *Resource) condition(typ string) composite.Condition {
	i := slices.IndexFunc(r.Status.Conditions, func(c composite.Condition) bool { return c.Type == typ })
	if i < 0 {
		return composite.Condition{}
	}
	return r.Status.Conditions[i]
}

// Unsynced tells whether the last word of the provider is that it could not do what
// the spec asks for, and returns that word. A refused update leaves Ready alone.
func (r *Resource) Unsynced() (message string, unsynced bool) {
	if r == nil {
		return "", false
	}
	c := r.condition("Synced")
	return c.Message, c.Status == "False"
}

// Ready tells whether AWS has what the spec asks for.
func (r *Resource) Ready() bool {
	if r == nil || r.Deleting() {
		return false
	}
	_, unsynced := r.Unsynced()
	return r.condition("Ready").Status == "True" && !unsynced
}

// Readiness is Ready as a composed resource's is told to Crossplane.
func (r *Resource) Readiness() fnv1.Ready {
	if r.Ready() {
		return fnv1.Ready_READY_TRUE
	}
	return fnv1.Ready_READY_FALSE
}

// Exists tells whether AWS has reported the thing to be there.
func (r *Resource) Exists() bool {
	return r != nil && r.Status.AtProvider.ARN != ""
}

// Deleting tells whether the object is on its way out.
func (r *Resource) Deleting() bool {
	return r != nil && r.Metadata.DeletionTimestamp != ""
}

// MayDelete tells whether what is in AWS goes with the object.
func (r *Resource) MayDelete() bool {
	return slices.Contains(r.Spec.ManagementPolicies, "Delete") || slices.Contains(r.Spec.ManagementPolicies, "*")
}

// Outlives tells whether what is in AWS would outlive the object if that went now.
func (r *Resource) Outlives() bool { return r != nil && !r.MayDelete() && !r.Deleting() }

// ObserveOnly tells whether nothing is written to AWS for the object.
func (r *Resource) ObserveOnly() bool {
	return len(r.Spec.ManagementPolicies) == 1 && r.Spec.ManagementPolicies[0] == "Observe"
}

// Writes tells whether anything may be written to AWS for the object, which is nil while
// there is none.
func (r *Resource) Writes() bool { return r != nil && !r.ObserveOnly() }

// Older tells whether the object was created before another one; of two that were
// created in the same second, the one whose name comes first is the older.
func (r *Resource) Older(other *Resource) bool {
	return cmp.Or(
		cmp.Compare(r.Metadata.CreationTimestamp, other.Metadata.CreationTimestamp),
		cmp.Compare(r.Metadata.Namespace, other.Metadata.Namespace),
		cmp.Compare(r.Metadata.Name, other.Metadata.Name),
	) < 0
}

// Account returns the provider config that the object is managed with, to be compared
// with that of any other object.
func (r *Resource) Account() managed.ProviderConfig {
	ref := r.Spec.ProviderConfigRef
	if ref == nil {
		ref = &ProviderConfigRef{Name: "default"} // the provider's own default
	}
	p := managed.ProviderConfig{Name: ref.Name}
	if ref.Kind == managed.ProviderConfigKind {
		p.Kind, p.Namespace = ref.Kind, r.Metadata.Namespace
	}
	return p.Account()
}

// About tells whether the object is about a thing in AWS, of a region unless it is global.
// A label that says so holds some digits of a hash: somebody may have looked for a thing
// of theirs that has the same.
func (r *Resource) About(region, external string) bool {
	return r.Metadata.Annotations.ExternalName == external && r.Spec.ForProvider.Region == region
}

// Rivals tells whether the object, of any namespace and generation, writes to the thing
// in AWS that the composite resource wants to manage with a provider config, and has the
// better right: of two that may write the older one. Ours is nil while there is none.
func (r *Resource) Rivals(ours *Resource, x *composite.XR, c managed.ProviderConfig) bool {
	mine := r.Controller() != nil && r.TakenBy(x) == ""
	if mine || r.ObserveOnly() || r.Account() != c.Account() {
		return false
	}
	return !ours.Writes() || r.Older(ours)
}

// Blocks tells whether the object stands in the way of one of its name: another controller
// has it, or it is on its way out.
func (r *Resource) Blocks(x *composite.XR) bool { return r.Deleting() || r.TakenBy(x) != "" }

// Holder tells who has the object that is not the composite resource's: its controller,
// as people know it, or the object itself.
func (r *Resource) Holder(x *composite.XR) string {
	return cmp.Or(r.TakenBy(x), r.Kind+" "+r.Metadata.Name)
}

// requestID is how AWS numbers a try. It is another one each time, and would make a
// status that changes for ever.
var requestID = regexp.MustCompile(`,? ?RequestID: [0-9A-Za-z-]+`)

// maxComplaint bounds what is repeated of a provider's message, in bytes.
const maxComplaint = 400

// Complaint is what the provider says that it could not do, for those who wrote the
// spec; empty if nothing. It is the only trace of an update that was refused.
func (r *Resource) Complaint() string {
	message, unsynced := r.Unsynced()
	if !unsynced {
		return ""
	}
	message = requestID.ReplaceAllString(message, "")
	if len(message) > maxComplaint {
		message = strings.ToValidUTF8(message[:maxComplaint], "") + "…"
	}
	message = r.Kind + " " + r.Metadata.Name + " is not in sync: " + message
	// Stopped between creating a thing and noting that it did, the provider waits for a
	// person.
	if strings.Contains(message, "cannot determine creation result") {
		message += ". The provider was stopped while it created it. What it creates has a known name, so it is safe to go on: kubectl annotate " + strings.ToLower(r.Kind) + " " + r.Metadata.Name + " crossplane.io/external-create-pending-"
	}
	return message
}

// Controller returns the controlling owner; nil if there is none.
func (r *Resource) Controller() *OwnerReference {
	i := slices.IndexFunc(r.Metadata.OwnerReferences, func(o OwnerReference) bool { return o.Controller })
	if i < 0 {
		return nil
	}
	return &r.Metadata.OwnerReferences[i]
}

// TakenBy tells who else controls the object, as people know them; empty if it is
// the composite resource itself, or nobody.
func (r *Resource) TakenBy(x *composite.XR) string {
	c := r.Controller()
	// What a namespaced composite resource owns is in its own namespace.
	apart := r.Metadata.Namespace != "" && r.Metadata.Namespace != x.Namespace
	if c == nil || !apart && controls(c, x) {
		return ""
	}
	who := c.Kind + " " + c.Name
	if ns := r.Metadata.Namespace; ns != "" {
		who += " in namespace " + ns
	}
	if l := r.Metadata.Labels; l.ClaimName != "" {
		who += ", claimed as " + l.ClaimNamespace + "/" + l.ClaimName
	}
	return who
}

// controls tells whether an owner is the composite resource. A local render has no
// UIDs; the name has to do there.
func controls(o *OwnerReference, x *composite.XR) bool {
	if x.UID == "" || o.UID == "" {
		return o.Kind == x.Kind && o.Name == x.Name
	}
	return o.UID == x.UID
}
