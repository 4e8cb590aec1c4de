package orgaccess

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
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

// A thing is an observed resource, with those fields besides that only an org
// access's have.
type thing struct {
	*observed.Resource

	// path of a role that was asked for.
	path string

	// audiences that a provider takes.
	audiences []string
}

// observe reads the observed resources.
func observe(req *fnv1.RunFunctionRequest) map[string]*thing {
	seen := make(map[string]*thing, len(keys))
	for _, key := range keys {
		r := observed.Of(req, key)
		if r == nil {
			continue
		}
		var more struct {
			Spec struct {
				ForProvider struct {
					Path string `json:"path"`
				} `json:"forProvider"`
			} `json:"spec"`
			Status struct {
				AtProvider struct {
					ClientIDList []string `json:"clientIdList"`
				} `json:"atProvider"`
			} `json:"status"`
		}
		protostruct.DecodeLenient(req.GetObserved().GetResources()[key].GetResource(), &more)
		seen[key] = &thing{Resource: r, path: more.Spec.ForProvider.Path, audiences: more.Status.AtProvider.ClientIDList}
	}
	return seen
}

// resource is the thing as all kinds have it; nil if it is not observed.
func (t *thing) resource() *observed.Resource {
	if t == nil {
		return nil
	}
	return t.Resource
}

// strange tells whether the thing is a role that AWS does not have at the path that was
// asked for: it was there before and is somebody's, or it is not there.
func (t *thing) strange() bool {
	path := pathOf(t.Status.AtProvider.ARN)
	return t.Kind == kindRole.kind && path != t.path
}

// A part is one of the things in AWS that an org access manages, of which there is one
// only: another composite resource may have it.
type part struct {
	key  string
	kind kind
	what string      // as people know it
	path *field.Path // of the field that asks for it

	objectName string
	external   string // external-name

	observed *thing // nil if the part is not there yet

	// free is false while the part is somebody else's, still being deleted, or about
	// something else in AWS than what is wanted: nothing is rendered for it then.
	free bool

	// takenBy is who else has the part; empty if nobody has.
	takenBy string
}

// resource is what is observed of the part; nil if nothing is.
func (p *part) resource() *observed.Resource { return p.observed.resource() }

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

// require asks for the object of every part that is not observed yet.
func (a *access) require(required *composite.Required) {
	namespace := ""
	if a.xr.Generation.Namespaced {
		namespace = a.xr.Namespace
	}
	for _, p := range a.parts() {
		if p.observed != nil {
			continue
		}
		found := required.ByName(p.key, a.xr.Generation.APIVersion(p.kind.apiVersion), p.kind.kind, namespace, p.objectName)
		if found == nil {
			continue
		}
		o := observed.From(found)
		p.takenBy = o.TakenBy(a.xr)
		p.free = p.takenBy == "" && !o.Deleting()
		if !p.free && p.takenBy == "" {
			a.advise(p.path, "the object of the %s is being deleted; it is made anew once that is done", p.what)
		}
	}
}

// taken tells which parts somebody else has; empty if none.
func (a *access) taken() string {
	var lines []string
	for _, p := range a.parts() {
		if p.takenBy == "" {
			continue
		}
		line := p.path.String() + ": the " + p.what + " is managed by " + p.takenBy + "; nothing is done for it here until it is released"
		if p == a.provider {
			line += ". One that is only looked at can be shared: set " + providerPath.Child("mode").String() + " to Existing"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// newRegistryPart is a part that there is one of in an account and region.
func (a *access) newRegistryPart(key string, k kind, what string, path *field.Path) *part {
	p := &part{
		key: key, kind: k, what: what + " of the registry in " + a.region, path: path,
		objectName: a.config.ObjectName(a.region, k.kind),
		external:   a.spec.AccountID,
		observed:   a.seen[key],
		free:       true,
	}
	a.letGo(p)
	return p
}

// newProvider is the account's identity provider. An object that only looks is not in
// anybody's way, so each org access has its own.
func (a *access) newProvider() *part {
	arn := a.organization.Issuer.ProviderARN(a.partition, a.spec.AccountID)
	p := &part{
		key: keyProvider, kind: kindProvider, what: "identity provider " + arn, path: providerPath,
		objectName: a.config.ObjectName(arn),
		external:   arn,
		observed:   a.seen[keyProvider],
		free:       true,
	}
	if !a.spec.creates() {
		p.objectName = a.config.ObjectName(a.xr.Name, arn)
	}
	a.letGo(p)
	return p
}

// pathOf returns the path of the role that an ARN is of.
func pathOf(s string) string {
	arn, _ := aws.ParseARN(s)
	resource, _ := strings.CutPrefix(arn.Resource, "role")
	return resource[:strings.LastIndexByte(resource, '/')+1]
}
