package orgaccess_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

const (
	account  = "111122223333"
	other    = "444455556666"
	stranger = "777788889999"
)

// minimal is the smallest spec there is.
const minimal = `{accountId: "111122223333", github: {organization: octo, organizationId: "65"}}`

// full asks for everything.
const full = `
accountId: "111122223333"
region: eu-west-1
github: {organization: octo, organizationId: "65"}
crossAccountPull: {accounts: ["444455556666"]}
registry:
  scanning: {type: ENHANCED, rules: [{frequency: SCAN_ON_PUSH, filters: ["*"]}]}
  replication: {rules: [{destinations: [{region: eu-west-2}]}], from: [{accountId: "444455556666"}]}
`

// A request is what a test names of one, the rest is as usual.
type request struct {
	fntest.Request

	spec      string // YAML
	claim     string // namespace of the claim; empty for none
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
	raw, err := yaml.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	r.XR = string(raw)
	req := fntest.Build(t, r.Request)
	req.Meta.Capabilities = r.capabilities
	return req
}

// A response as tests look at it.
type response struct{ *fnv1.RunFunctionResponse }

// run renders a request with what it asks for from the cluster.
func (r request) run(t testing.TB) response {
	t.Helper()
	return run(t, r.build(t), fntest.Objects(t, r.Cluster))
}

func run(t testing.TB, req *fnv1.RunFunctionRequest, cluster []*structpb.Struct) response {
	t.Helper()
	return response{fntest.Answer(t, req, cluster, fntest.Today)}
}

// once renders a request as it is.
func once(t testing.TB, req *fnv1.RunFunctionRequest) response {
	t.Helper()
	rsp, err := function.New(function.WithClock(func() time.Time { return fntest.Today })).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}
	return response{rsp}
}

// keys of the desired resources, sorted.
func (r response) keys() []string {
	return slices.Sorted(maps.Keys(r.GetDesired().GetResources()))
}

// into fills a struct with a desired resource.
func (r response) into(t testing.TB, key string, v any) {
	t.Helper()
	d, ok := r.GetDesired().GetResources()[key]
	if !ok {
		t.Fatalf("no desired resource %s, only %s\n%s", key, r.keys(), fntest.Summary(r.RunFunctionResponse))
	}
	decode(t, d.GetResource(), v)
}

func decode(t testing.TB, s *structpb.Struct, v any) {
	t.Helper()
	raw, err := protojson.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
}

// An object is what tests look at of a desired resource.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations"`
		Labels      map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ManagementPolicies []string       `json:"managementPolicies"`
		ProviderConfigRef  map[string]any `json:"providerConfigRef"`
		ForProvider        map[string]any `json:"forProvider"`
	} `json:"spec"`
}

func (o object) external() string { return o.Metadata.Annotations["crossplane.io/external-name"] }

func (r response) object(t testing.TB, key string) object {
	t.Helper()
	var o object
	r.into(t, key, &o)
	return o
}

// status of the composite resource that is desired.
func (r response) status(t testing.TB) *v1alpha1.EcrOrgAccessStatus {
	t.Helper()
	var xr struct {
		Status v1alpha1.EcrOrgAccessStatus `json:"status"`
	}
	decode(t, r.GetDesired().GetComposite().GetResource(), &xr)
	return &xr.Status
}

// advice of the status, a line each.
func (r response) advice(t testing.TB) string {
	t.Helper()
	var lines []string
	for _, a := range r.status(t).Advice {
		lines = append(lines, a.Path+": "+a.Message)
	}
	return strings.Join(lines, "\n")
}

// valid returns the reason and the message of the condition Valid.
func (r response) valid() (reason, message string) {
	for _, c := range r.GetConditions() {
		if c.GetType() == "Valid" {
			return c.GetReason(), c.GetMessage()
		}
	}
	return "", ""
}

// fatal returns why nothing may change; empty if it may.
func (r response) fatal() string {
	for _, x := range r.GetResults() {
		if x.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return x.GetMessage()
		}
	}
	return ""
}

// observe returns the desired resources as AWS would have made them: with ARNs, ready,
// and controlled by the org access.
func (r response) observe(t testing.TB) map[string]string {
	t.Helper()
	seen := map[string]string{}
	for key, d := range r.GetDesired().GetResources() {
		o := d.GetResource().AsMap()
		meta := o["metadata"].(map[string]any)
		name := meta["annotations"].(map[string]any)["crossplane.io/external-name"].(string)
		at := map[string]any{"id": name}
		switch o["kind"] {
		case "Role":
			path, _ := o["spec"].(map[string]any)["forProvider"].(map[string]any)["path"].(string)
			at["arn"] = "arn:aws:iam::" + account + ":role" + path + name
		case "OpenIDConnectProvider":
			at["arn"], at["clientIdList"] = name, []any{"sts.amazonaws.com"}
		}
		meta["ownerReferences"] = []any{map[string]any{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "XEcrOrgAccess", "name": "octo", "uid": "uid-octo", "controller": true}}
		o["status"] = map[string]any{
			"atProvider": at,
			"conditions": []any{map[string]any{"type": "Ready", "status": "True"}, map[string]any{"type": "Synced", "status": "True"}},
		}
		raw, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		seen[key] = string(raw)
	}
	return seen
}
