package orgaccess_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

const (
	account  = "111122223333"
	other    = "444455556666"
	stranger = "777788889999"
)

// minimal is the smallest valid spec.
const minimal = `{accountId: "111122223333", github: {organization: octo, organizationId: "65"}}`

// full is a spec with every kind of thing that an org access can have.
const full = `
accountId: "111122223333"
region: eu-west-1
github: {organization: octo, organizationId: "65"}
crossAccountPull: {accounts: ["444455556666"]}
registry:
  scanning: {type: ENHANCED, rules: [{frequency: SCAN_ON_PUSH, filters: ["*"]}]}
  replication: {rules: [{destinations: [{region: eu-west-2}]}], from: [{accountId: "444455556666"}]}
`

// A request has the parts of a request that differ between tests.
type request struct {
	fntest.Request

	spec      string // YAML
	claim     string // namespace of the claim; empty without a claim
	namespace string // of a namespaced org access; empty for a cluster-scoped one
	status    string // YAML

	// live is true on a control plane. A local render shows everything at once.
	live bool

	capabilities []fnv1.Capability // of Crossplane
}

func (r request) build(t testing.TB) *fnv1.RunFunctionRequest {
	t.Helper()
	head := map[string]any{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "XEcrOrgAccess"}
	meta := map[string]any{"name": "octo", "uid": "uid-octo"}
	if r.live {
		meta["creationTimestamp"] = "2026-01-01T00:00:00Z"
	}
	if r.namespace != "" {
		head = map[string]any{"apiVersion": "ecr.m.ontopix.io/v1alpha1", "kind": "EcrOrgAccess"}
		meta["namespace"] = r.namespace
	}
	spec := fntest.Object(t, r.spec).AsMap()
	if r.claim != "" {
		spec["claimRef"] = map[string]any{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "EcrOrgAccess", "namespace": r.claim, "name": "octo"}
	}
	head["metadata"], head["spec"] = meta, spec
	if r.status != "" {
		head["status"] = fntest.Object(t, r.status).AsMap()
	}
	r.XR = fntest.Text(t, head)
	req := fntest.Build(t, r.Request)
	req.Meta.Capabilities = r.capabilities
	return req
}

// A response is the answer to a request.
type response struct{ *fnv1.RunFunctionResponse }

// run answers a request, with the objects of the cluster that it asks for.
func (r request) run(t testing.TB) response {
	t.Helper()
	return response{fntest.Answer(t, r.build(t), fntest.Objects(t, r.Cluster), fntest.Today)}
}

// keys of the desired resources, sorted.
func (r response) keys() []string { return fntest.Keys(r.RunFunctionResponse) }

// object returns a desired resource.
func (r response) object(t testing.TB, key string) (o fntest.Resource) {
	t.Helper()
	fntest.Desired(t, r.RunFunctionResponse, key, &o)
	return o
}

// status returns the desired status of the composite resource.
func (r response) status(t testing.TB) *v1alpha1.EcrOrgAccessStatus {
	t.Helper()
	status := &v1alpha1.EcrOrgAccessStatus{}
	fntest.Status(t, r.RunFunctionResponse, status)
	return status
}

// advice returns the advice of the status, one piece on each line.
func (r response) advice(t testing.TB) string {
	t.Helper()
	return fntest.Advice(t, r.RunFunctionResponse)
}

// valid returns status, reason and message of the condition Valid.
func (r response) valid() string { return fntest.Condition(r.RunFunctionResponse, "Valid") }

// fatal returns the message of the fatal result; empty if there is none.
func (r response) fatal() string { return fntest.Fatal(r.RunFunctionResponse) }

// observe returns the desired resources as they are observed once AWS has them: with ARNs, ready, and controlled by the
// org access.
func (r response) observe(t testing.TB) map[string]string {
	t.Helper()
	return fntest.Made(t, r.RunFunctionResponse, account, metav1.OwnerReference{
		APIVersion: "ecr.ontopix.io/v1alpha1", Kind: "XEcrOrgAccess", Name: "octo", UID: "uid-octo",
	})
}

// unsynced returns an observed object with a message of the provider that it could not do what the object asks for.
func unsynced(object, message string) string {
	return strings.Replace(object, "reason: ReconcileSuccess\n    status: \"True\"",
		"message: '"+message+"'\n    reason: ReconcileError\n    status: \"False\"", 1)
}
