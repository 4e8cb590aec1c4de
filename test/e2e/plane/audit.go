package plane

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// auditPolicy logs what writes, with the object that comes of it. Leases are left out: they belong to nobody's claim.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
omitManagedFields: true
rules:
- level: None
  verbs: [get, list, watch]
- level: None
  resources: [{group: coordination.k8s.io}]
- level: RequestResponse
`

func (p *Plane) writeAuditPolicy() error {
	return os.WriteFile(filepath.Join(p.dir, "audit-policy.yaml"), []byte(auditPolicy), 0o600)
}

// A Write is one request that may have changed an object.
type Write struct {
	Time time.Time
	// Client is the user agent that asked, Verb what for.
	Client, Verb string
	// Group, Resource, Subresource, Namespace and Name say which object.
	Group, Resource, Subresource, Namespace, Name string
	// Code is the HTTP status of the answer.
	Code int
	// Object is what the object is after it; nil if the answer has none.
	Object *unstructured.Unstructured
}

// Writes returns what the API server logged, in the order in which it answered.
func (p *Plane) Writes() ([]Write, error) {
	f, err := os.Open(filepath.Join(p.dir, "audit.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Write
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct {
			Verb           string
			UserAgent      string
			ObjectRef      struct{ APIGroup, Resource, Subresource, Namespace, Name string }
			ResponseStatus struct{ Code int }
			ResponseObject map[string]any
			StageTimestamp time.Time
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("cannot read the audit log: %w", err)
		}
		w := Write{
			Time: e.StageTimestamp, Client: e.UserAgent, Verb: e.Verb, Code: e.ResponseStatus.Code,
			Group: e.ObjectRef.APIGroup, Resource: e.ObjectRef.Resource, Subresource: e.ObjectRef.Subresource,
			Namespace: e.ObjectRef.Namespace, Name: e.ObjectRef.Name,
		}
		if e.ResponseObject != nil {
			w.Object = &unstructured.Unstructured{Object: e.ResponseObject}
		}
		all = append(all, w)
	}
	return all, lines.Err()
}
