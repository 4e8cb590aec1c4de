package registry

import (
	"maps"

	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// An author of a namespaced composite resource may be able to drop a reference from its
// spec.crossplane.resourceRefs. Crossplane then reports the object no longer, and neither
// deletes it nor what it grants. So the objects that grant something are looked for by the
// label that Crossplane gives to what it composes.

// labelComposite has the name of the composite resource that an object was composed for.
const labelComposite = "crossplane.io/composite"

// hiddenLookups are for the objects that grant something in AWS. Those of a cluster-scoped
// composite resource cannot be hidden: nobody but Crossplane and the platform team writes it.
func hiddenLookups(x *composite.XR) composite.Lookups {
	if !x.Generation.Namespaced || x.UID == "" {
		return nil
	}
	var all composite.Lookups
	for _, k := range []struct{ apiVersion, kind string }{
		{ecrv1beta1.CRDGroupVersion.String(), ecrv1beta1.RepositoryPolicy_Kind},
		{iamv1beta1.CRDGroupVersion.String(), iamv1beta1.Role_Kind},
		{iamv1beta1.CRDGroupVersion.String(), iamv1beta1.RolePolicy_Kind},
	} {
		all = append(all, composite.Lookup{
			Key:        "composed/" + k.kind,
			APIVersion: x.Generation.APIVersion(k.apiVersion), Kind: k.kind,
			Namespace: x.Namespace, Label: labelComposite, Value: x.Name,
		})
	}
	return all
}

// An observedRequest is a request with what is not among the references.
type observedRequest struct {
	composite.Request
	hidden map[string]bool // by composition resource name
}

// withHidden adds the objects that this composite resource controls and that Crossplane does
// not report.
func withHidden(req composite.Request, lookups composite.Lookups) observedRequest {
	r := observedRequest{Request: req, hidden: map[string]bool{}}
	if len(lookups) == 0 {
		return r
	}
	r.Observed = maps.Clone(req.Observed)
	for _, l := range lookups {
		for _, found := range req.Fetched.Objects(l) {
			o := observed.From(found)
			key := o.Metadata.Annotations.CompositionResourceName
			if _, reported := req.Observed[key]; key == "" || reported || !o.ControlledBy(req.XR) {
				continue
			}
			r.Observed[key], r.hidden[key] = found, true
		}
	}
	return r
}
