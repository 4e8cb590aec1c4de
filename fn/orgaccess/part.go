package orgaccess

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// Names of the composed resources: what tells Crossplane that two runs mean the same.
const (
	keyProvider       = "oidc-provider"
	keyPushRole       = "push-role"
	keyPushPolicy     = "push-policy"
	keyPullRole       = "pull-role"
	keyPullPolicy     = "pull-policy"
	keyRegistryPolicy = "registry-policy"
	keyScanning       = "scanning"
	keyReplication    = "replication"
)

var (
	keys         = []string{keyPushRole, keyPullRole, keyPushPolicy, keyPullPolicy, keyProvider, keyRegistryPolicy, keyScanning, keyReplication}
	registryKeys = []string{keyRegistryPolicy, keyScanning, keyReplication}
)

// A kind of the provider, by the API version of its cluster-scoped type.
type kind struct {
	apiVersion, kind string
}

var (
	kindProvider       = kind{iamv1beta1.CRDGroupVersion.String(), iamv1beta1.OpenIDConnectProvider_Kind}
	kindRole           = kind{iamv1beta1.CRDGroupVersion.String(), iamv1beta1.Role_Kind}
	kindRolePolicy     = kind{iamv1beta1.CRDGroupVersion.String(), iamv1beta1.RolePolicy_Kind}
	kindRegistryPolicy = kind{ecrv1beta1.CRDGroupVersion.String(), ecrv1beta1.RegistryPolicy_Kind}
	kindScanning       = kind{ecrv1beta1.CRDGroupVersion.String(), ecrv1beta1.RegistryScanningConfiguration_Kind}
	kindReplication    = kind{ecrv1beta2.CRDGroupVersion.String(), ecrv1beta2.ReplicationConfiguration_Kind}
)

const annotationExternalName = "crossplane.io/external-name"

// observe reads the observed resources.
func observe(req composite.Request) map[string]*observed.Resource {
	seen := make(map[string]*observed.Resource, len(keys))
	for _, key := range keys {
		if s, ok := req.Observed[key]; ok {
			seen[key] = observed.From(s)
		}
	}
	return seen
}

// strange tells whether an observed resource is a role that AWS does not have at the path
// that was asked for: it was there before and is somebody's, or it is not there.
func strange(r *observed.Resource) bool {
	return r.Kind == kindRole.kind && pathOf(r.Status.AtProvider.ARN) != r.Spec.ForProvider.Path
}

// A part is one of the things in AWS that an org access manages, of which there is one
// only: another composite resource may have it.
type part struct {
	key  string
	kind kind
	what string      // as people know it
	path *field.Path // of the field that asks for it

	// about is what the part is about in its account, and names its object. label, of a
	// part that one object only may write to, marks the objects of all who would.
	about             []string
	objectName, label string
	region            string // of what is not global
	external          string // external-name

	observed *observed.Resource // nil if the part is not there yet

	// free is false while the part is somebody else's, still being deleted, or about
	// something else in AWS than what is wanted: nothing is rendered for it then.
	free bool

	// lost is true if it is not free because of another object, and takenBy who has
	// that; empty if it is only waited for.
	lost    bool
	takenBy string
}

// elsewhere tells whether the part is observed to be about something else in AWS than
// what is wanted: a living object cannot be about anything else.
func (p *part) elsewhere() bool {
	return p.observed != nil && p.observedExternal() != p.external
}

// observedExternal is the external-name that the part has.
func (p *part) observedExternal() string {
	return p.observed.Metadata.Annotations.ExternalName
}

// letGo releases a part that is about something else, to make it anew once it is gone.
func (a *access) letGo(p *part) {
	if !p.elsewhere() {
		return
	}
	p.free = false
	a.advise(p.path, "the object of %s is released, since an object cannot be about anything else in AWS; the one for %s is made once it is gone", p.observedExternal(), p.external)
}

// identify names the object of a part that one object only may write to.
func (a *access) identify(p *part, about ...string) {
	p.about, p.objectName = about, a.config.ObjectName(about...)
	p.label = managed.Hash(10, append([]string{p.kind.kind}, about...)...)
}

// labels of a part's object. Cluster-scoped ones of one thing have one name, and need no
// label to be found by.
func (a *access) labels(p *part) map[string]string {
	labels := map[string]string{}
	if a.xr.Generation.Namespaced {
		labels[labelResource] = p.label
	}
	return labels
}

// newRegistryPart is a part that there is one of in an account and region.
func (a *access) newRegistryPart(key string, k kind, what string, path *field.Path) *part {
	p := &part{
		key: key, kind: k, what: what + " of the registry in " + a.region, path: path,
		region:   a.region,
		external: a.spec.AccountID,
		observed: a.seen[key],
		free:     true,
	}
	a.identify(p, a.region, k.kind)
	a.letGo(p)
	return p
}

// newProvider is the account's identity provider. Nobody writes to it once it is there:
// each namespace may have an object of its own, and so may each org access that only
// looks.
func (a *access) newProvider() *part {
	arn := a.issuer.ProviderARN(a.partition, a.spec.AccountID)
	p := &part{
		key: keyProvider, kind: kindProvider, what: "identity provider " + arn, path: providerPath,
		about:    []string{arn},
		external: arn,
		observed: a.seen[keyProvider],
		free:     true,
	}
	if !a.spec.creates() {
		p.about = []string{a.xr.Name, arn}
	}
	p.objectName = a.config.ObjectName(p.about...)
	a.letGo(p)
	return p
}

// pathOf returns the path of the role that an ARN is of.
func pathOf(s string) string {
	arn, _ := aws.ParseARN(s)
	resource, _ := strings.CutPrefix(arn.Resource, "role")
	return resource[:strings.LastIndexByte(resource, '/')+1]
}
