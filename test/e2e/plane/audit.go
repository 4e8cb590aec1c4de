package plane

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

// auditPolicy logs reads as metadata and writes with the resulting object. It omits what no claim causes.
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

// Accesses returns the API server's audit events, in the order of its answers.
func (p *Plane) Accesses() ([]auditv1.Event, error) {
	f, err := os.Open(filepath.Join(p.dir, "audit.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []auditv1.Event
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e auditv1.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("cannot read the audit log: %w", err)
		}
		all = append(all, e)
	}
	return all, lines.Err()
}
