// Package observed reads what the provider and Crossplane report of composed resources: what AWS has, whether that is
// what the spec asks for, and what the provider says if it is not.
package observed

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// A Resource is an observed managed resource, with the fields of all kinds that this function reads. A field is empty
// if it is not reported, or not of the resource's kind.
type Resource struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name              string `json:"name"`
		Namespace         string `json:"namespace"`
		CreationTimestamp string `json:"creationTimestamp"`
		DeletionTimestamp string `json:"deletionTimestamp"`
		Labels            struct {
			ClaimName      string `json:"crossplane.io/claim-name"`
			ClaimNamespace string `json:"crossplane.io/claim-namespace"`
		} `json:"labels"`
		Annotations struct {
			ExternalName            string `json:"crossplane.io/external-name"`
			CompositionResourceName string `json:"crossplane.io/composition-resource-name"`
		} `json:"annotations"`
		OwnerReferences []OwnerReference `json:"ownerReferences"`
	} `json:"metadata"`
	Spec struct {
		ManagementPolicies []string `json:"managementPolicies"`
		ProviderConfigRef  *struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"providerConfigRef"`

		// ForProvider is what the object asks for.
		ForProvider struct {
			Region      string `json:"region"`
			Policy      string `json:"policy"`
			ForceDelete bool   `json:"forceDelete"`
			Path        string `json:"path"`
			Role        string `json:"role"`
		} `json:"forProvider"`
	} `json:"spec"`
	Status struct {
		Conditions []composite.Condition `json:"conditions"`

		// AtProvider is what AWS has.
		AtProvider struct {
			ARN                string       `json:"arn"`
			RepositoryURL      string       `json:"repositoryUrl"`
			Policy             string       `json:"policy"`
			Encryption         []Encryption `json:"encryptionConfiguration"`
			ImageTagMutability string       `json:"imageTagMutability"`
			ExclusionFilters   []struct {
				Filter string `json:"filter"`
			} `json:"imageTagMutabilityExclusionFilter"`
			Scanning *struct {
				ScanOnPush *bool `json:"scanOnPush"`
			} `json:"imageScanningConfiguration"`
			Tags         *structpb.Value `json:"tags"`
			ClientIDList []string        `json:"clientIdList"`
		} `json:"atProvider"`
	} `json:"status"`
}

// An OwnerReference of an observed resource.
type OwnerReference struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Controller bool   `json:"controller"`
}

// Encryption is the encryption that a repository has in AWS.
type Encryption struct {
	Type   string `json:"encryptionType"`
	KMSKey string `json:"kmsKey"`
}

// From reads an observed resource. What cannot be read is left empty.
func From(s *structpb.Struct) *Resource {
	r := &Resource{}
	protostruct.DecodeLenient(s, r)
	return r
}

// ProviderConfig returns the object's provider config as its composite resource sees it; nil if there is no object, or
// if it names none.
func (r *Resource) ProviderConfig(x *composite.XR) *managed.ProviderConfig {
	if r == nil || r.Spec.ProviderConfigRef == nil {
		return nil
	}
	config := x.ProviderConfig(r.Spec.ProviderConfigRef.Kind, r.Spec.ProviderConfigRef.Name)
	return &config
}

// condition returns the condition of a type, or a zero one.
func (r *Resource) condition(typ string) composite.Condition {
	i := slices.IndexFunc(r.Status.Conditions, func(c composite.Condition) bool { return c.Type == typ })
	if i < 0 {
		return composite.Condition{}
	}
	return r.Status.Conditions[i]
}

// Unsynced reports whether the provider could not do what the spec asks for, and returns its message. A refused update
// does not change Ready.
func (r *Resource) Unsynced() (message string, unsynced bool) {
	if r == nil {
		return "", false
	}
	c := r.condition("Synced")
	return c.Message, c.Status == "False"
}

// Ready reports whether AWS has what the spec asks for.
func (r *Resource) Ready() bool {
	if r == nil || r.Deleting() {
		return false
	}
	_, unsynced := r.Unsynced()
	return r.condition("Ready").Status == "True" && !unsynced
}

// Exists reports whether the object has reported that AWS has the thing.
func (r *Resource) Exists() bool {
	return r != nil && r.Status.AtProvider.ARN != ""
}

// Deleting reports whether the object is being deleted.
func (r *Resource) Deleting() bool {
	return r != nil && r.Metadata.DeletionTimestamp != ""
}

// MayDelete reports whether deleting the object also deletes what is in AWS.
func (r *Resource) MayDelete() bool {
	return r != nil && (slices.Contains(r.Spec.ManagementPolicies, "Delete") || slices.Contains(r.Spec.ManagementPolicies, "*"))
}

// Outlives reports whether what is in AWS would outlive the object if it were deleted now.
func (r *Resource) Outlives() bool { return r != nil && !r.MayDelete() && !r.Deleting() }

// Writes reports whether the provider may write to AWS for the object.
func (r *Resource) Writes() bool {
	return r != nil && !slices.Equal(r.Spec.ManagementPolicies, []string{"Observe"})
}

// requestID matches AWS's number of a request. It differs in each try, so the status would change for ever.
var requestID = regexp.MustCompile(`,? ?RequestID: [0-9A-Za-z-]+`)

// NotInSync is part of each complaint, and of no other advice.
const NotInSync = " is not in sync: "

// maxComplaint is the maximum length of a provider's message in a complaint, in bytes.
const maxComplaint = 400

// Complaint returns what the provider says that it could not do, for the author of the spec; empty if there is nothing.
// A refused update leaves no other trace.
func (r *Resource) Complaint() string {
	message, unsynced := r.Unsynced()
	// The object refers to one that does not exist yet: that passes.
	if !unsynced || strings.Contains(message, "no resources matched selector") {
		return ""
	}
	message = fault.Truncate(requestID.ReplaceAllString(message, ""), maxComplaint)
	message = r.Kind + " " + r.Metadata.Name + NotInSync + message
	// If the provider was stopped between creating a thing and recording it, it waits for a person. The command names
	// the kind with its group, since the cluster may have both generations, and other kinds of that name.
	if strings.Contains(message, "cannot determine creation result") {
		object := strings.ToLower(r.Kind) + "." + groupOf(r.APIVersion) + " " + r.Metadata.Name
		if r.Metadata.Namespace != "" {
			object += " -n " + r.Metadata.Namespace
		}
		message += ". The provider was stopped while it created it. What it creates has a known name, so it is safe to go on: " +
			"kubectl annotate " + object + " crossplane.io/external-create-pending-"
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

// ControlledBy reports whether a composite resource is the object's controller. A local render has no UIDs: there the
// kind and the name decide.
func (r *Resource) ControlledBy(x *composite.XR) bool {
	switch c := r.Controller(); {
	case c == nil:
		return false
	case x.UID == "" || c.UID == "":
		return c.Kind == x.Kind && c.Name == x.Name
	default:
		return c.UID == x.UID
	}
}
