package serve

import (
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// maxLogged is the longest text from a request that is logged, in bytes. A Kubernetes name has at most 253.
const maxLogged = 253

// A call is what the log and the metrics tell about one request: what it was for and how it ended.
type call struct {
	version string
	start   time.Time

	apiVersion, kind, namespace, name, tag string

	answered bool
	results  [len(severities)]int
}

// severities of results, as metrics name them.
var severities = [...]string{ //nolint:gochecknoglobals // a constant
	fnv1.Severity_SEVERITY_UNSPECIFIED: "unspecified",
	fnv1.Severity_SEVERITY_FATAL:       "fatal",
	fnv1.Severity_SEVERITY_WARNING:     "warning",
	fnv1.Severity_SEVERITY_NORMAL:      "normal",
}

// request notes what the request is for.
func (c *call) request(req *fnv1.RunFunctionRequest) {
	xr := req.GetObserved().GetComposite().GetResource().GetFields()
	meta := xr["metadata"].GetStructValue().GetFields()
	c.apiVersion = loggable(xr["apiVersion"].GetStringValue())
	c.kind = loggable(xr["kind"].GetStringValue())
	c.namespace = loggable(meta["namespace"].GetStringValue())
	c.name = loggable(meta["name"].GetStringValue())
	c.tag = loggable(req.GetMeta().GetTag())
}

// response notes the answer.
func (c *call) response(rsp *fnv1.RunFunctionResponse) {
	c.answered = true
	for _, r := range rsp.GetResults() {
		severity := r.GetSeverity()
		if severity < 0 || int(severity) >= len(c.results) {
			severity = fnv1.Severity_SEVERITY_UNSPECIFIED
		}
		c.results[severity]++
	}
}

// done counts the call and logs one line about it: a refused one always, any other at debug.
func (c *call) done(err error, m *Metrics, log logging.Logger) {
	code, duration := status.Code(err), time.Since(c.start)
	m.observe(c, code, duration)

	fatal := c.results[fnv1.Severity_SEVERITY_FATAL]
	keysAndValues := []any{
		"apiVersion", c.apiVersion, "kind", c.kind, "namespace", c.namespace, "name", c.name,
		"tag", c.tag, "protocol", c.version, "duration", duration.String(), "code", code.String(),
		"fatal", fatal, "warning", c.results[fnv1.Severity_SEVERITY_WARNING], "normal", c.results[fnv1.Severity_SEVERITY_NORMAL],
	}
	switch {
	case code == codes.Canceled, code == codes.DeadlineExceeded:
		log.Debug("The caller of a request did not wait for its answer", keysAndValues...)
	case err != nil:
		log.Info("Refused a request", keysAndValues...)
	case fatal > 0:
		log.Info("Refused a composite resource", keysAndValues...)
	default:
		log.Debug("Answered a request", keysAndValues...)
	}
}

// loggable cuts text that whoever sends a request can choose.
func loggable(s string) string {
	if len(s) > maxLogged {
		return s[:maxLogged] + "…"
	}
	return s
}
