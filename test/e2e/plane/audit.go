package plane

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// auditPolicy logs who reads and what writes, with the object that comes of it. What belongs to nobody's claim is left out.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
omitManagedFields: true
rules:
- level: None
  nonResourceURLs: ["*"]
- level: None
  verbs: [watch]
- level: None
  resources: [{group: coordination.k8s.io}]
- level: Metadata
  verbs: [get, list]
- level: RequestResponse
`

func (p *Plane) writeAuditPolicy() error {
	return os.WriteFile(filepath.Join(p.dir, "audit-policy.yaml"), []byte(auditPolicy), 0o600)
}

// An Access is one request to the API server.
type Access struct {
	Time time.Time
	// Client is the program that asked, Manager the owner of the fields that it applied, Verb what it asked for.
	Client, Manager, Verb string
	// Group, Resource, Subresource, Namespace and Name say which object.
	Group, Resource, Subresource, Namespace, Name string
	// Code is the HTTP status of the answer.
	Code int
	// Object is what a write made of the object; nil if the answer has none.
	Object *unstructured.Unstructured
}

// Accesses returns what the API server logged, in the order in which it answered.
func (p *Plane) Accesses() ([]Access, error) {
	f, err := os.Open(filepath.Join(p.dir, "audit.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Access
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct {
			Verb, UserAgent, RequestURI string
			ObjectRef                   struct{ APIGroup, Resource, Subresource, Namespace, Name string }
			ResponseStatus              struct{ Code int }
			ResponseObject              map[string]any
			StageTimestamp              time.Time
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("cannot read the audit log: %w", err)
		}
		client := strings.FieldsFunc(e.UserAgent, func(r rune) bool { return r == '/' || r == '-' })[0]
		a := Access{
			Time: e.StageTimestamp, Client: client, Verb: e.Verb, Code: e.ResponseStatus.Code,
			Group: e.ObjectRef.APIGroup, Resource: e.ObjectRef.Resource, Subresource: e.ObjectRef.Subresource,
			Namespace: e.ObjectRef.Namespace, Name: e.ObjectRef.Name,
		}
		if u, err := url.Parse(e.RequestURI); err == nil {
			a.Manager = u.Query().Get("fieldManager")
		}
		if e.ResponseObject != nil {
			a.Object = &unstructured.Unstructured{Object: e.ResponseObject}
		}
		all = append(all, a)
	}
	return all, lines.Err()
}
