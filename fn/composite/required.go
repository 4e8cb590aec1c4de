package composite

import (
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/request"
)

// Required asks for objects that are neither observed nor desired. Crossplane calls
// again with them until nothing new is asked for, so every run asks for the same.
type Required struct {
	req *fnv1.RunFunctionRequest
	rsp *fnv1.RunFunctionResponse

	// Waiting is true once something was asked for that the request does not have
	// yet. It has not been looked for, which is not the same as not being there.
	Waiting bool
}

// NewRequired returns what a request has and its response will ask for.
func NewRequired(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) *Required {
	return &Required{req: req, rsp: rsp}
}

// ByName asks for one object. It returns nil if it is not there, or not fetched yet.
func (r *Required) ByName(key, apiVersion, kind, namespace, name string) *structpb.Struct {
	s := &fnv1.ResourceSelector{
		ApiVersion: apiVersion,
		Kind:       kind,
		Match:      &fnv1.ResourceSelector_MatchName{MatchName: name},
	}
	if namespace != "" {
		s.Namespace = &namespace
	}
	items := r.ask(key, s)
	if len(items) == 0 {
		return nil
	}
	return items[0].GetResource()
}

// ByLabel asks for all objects that have a label, in all namespaces.
func (r *Required) ByLabel(key, apiVersion, kind, label, value string) []*fnv1.Resource {
	return r.ask(key, &fnv1.ResourceSelector{
		ApiVersion: apiVersion,
		Kind:       kind,
		Match:      &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{label: value}}},
	})
}

// Serves tells whether the cluster is known to serve a kind: whoever asks for objects of
// one that it does not serve gets no answer at all. Crossplane tells since 2.2; of an
// older one, or while it is not told yet, nothing is known.
func (r *Required) Serves(apiVersion, kind string) bool {
	if !request.HasCapability(r.req, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS) {
		return false
	}
	all, key := r.requirements(), kind+"@"+apiVersion
	if all.Schemas == nil {
		all.Schemas = map[string]*fnv1.SchemaSelector{}
	}
	all.Schemas[key] = &fnv1.SchemaSelector{ApiVersion: apiVersion, Kind: kind}
	return len(r.req.GetRequiredSchemas()[key].GetOpenapiV3().GetFields()) > 0
}

// requirements of the response, made at the first question.
func (r *Required) requirements() *fnv1.Requirements {
	if r.rsp.GetRequirements() == nil {
		r.rsp.Requirements = &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{}}
	}
	return r.rsp.Requirements
}

// ask asks in the words of Crossplane 2 and, under the same key, of 1.15 to 1.20, which
// know only extra resources and no namespace. One that says that it knows required
// resources, 2.2 and later, is not asked in the old words too: it would call once more.
func (r *Required) ask(key string, s *fnv1.ResourceSelector) []*fnv1.Resource {
	all := r.requirements()
	all.Resources[key] = s
	if !request.HasCapability(r.req, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES) {
		if all.ExtraResources == nil { //nolint:staticcheck // Crossplane 1 knows no other field
			all.ExtraResources = map[string]*fnv1.ResourceSelector{} //nolint:staticcheck // as above
		}
		all.ExtraResources[key] = s //nolint:staticcheck // as above
	}

	if got, ok := r.req.GetRequiredResources()[key]; ok {
		return got.GetItems()
	}
	if got, ok := r.req.GetExtraResources()[key]; ok { //nolint:staticcheck // Crossplane 1 knows no other field
		return got.GetItems()
	}
	r.Waiting = true
	return nil
}
