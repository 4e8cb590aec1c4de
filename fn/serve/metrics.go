package serve

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc/codes"
)

const (
	// namespace begins the name of each metric.
	namespace = "function_ecr"

	// maxRules bounds the values of the label rule. What comes after is counted as otherRule: no input may make the set
	// of time series grow.
	maxRules  = 100
	otherRule = "other"

	// maxRuleLength is the longest value of the label rule, in bytes.
	maxRuleLength = 64

	// maxScrapes is the number of scrapes answered at once.
	maxScrapes = 4
)

// Metrics of a function, in a registry of their own. None of them has a label whose values a request can choose.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec // by protocol and code
	duration prometheus.Histogram
	inFlight gauge
	waiting  gauge
	results  *prometheus.CounterVec // by severity
	refusals *prometheus.CounterVec // by rule
	panics   prometheus.Counter

	certificateExpiry *prometheus.GaugeVec // by certificate
	rotations         *prometheus.CounterVec

	rulesMx sync.Mutex
	rules   map[string]struct{}
}

// A gauge can be read back, unlike Prometheus's own.
type gauge struct{ atomic.Int64 }

func (g *gauge) Inc() { g.Add(1) }
func (g *gauge) Dec() { g.Add(-1) }

// NewMetrics returns metrics that nothing was counted in, with those of the Go runtime and the process beside them.
func NewMetrics() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("requests_total", "Calls of RunFunction, by version of the protocol and gRPC status code.", "protocol", "code"),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace,
			Name:      "request_duration_seconds",
			Help:      "Time from a request's arrival to its encoded answer, waiting for its turn included.",
			Buckets:   prometheus.ExponentialBuckets(0.0005, 2, 16), // 0.5 ms to 16 s
		}),
		results:  counter("results_total", "Results in answers, by severity.", "severity"),
		refusals: counter("rule_refusals_total", "Refusals of composite resources, by the rule that was broken.", "rule"),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "panics_total", Help: "Panics that were turned into a Fatal result."}),
		certificateExpiry: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace,
			Name:      "certificate_expiry_timestamp_seconds",
			Help:      "When the certificates in use end: the server's own, and the first of the CAs that clients are checked with.",
		}, []string{"certificate"}),
		rotations: counter("certificate_rotations_total", "Changes of the certificate files, by whether the new set was taken into use.", "result"),
		rules:     map[string]struct{}{},
	}
	m.registry.MustRegister(m.requests, m.duration, m.results, m.refusals, m.panics, m.certificateExpiry, m.rotations,
		m.gaugeFunc("requests_in_flight", "Requests that arrived and are not answered, those that wait included.", &m.inFlight),
		m.gaugeFunc("requests_waiting", "Requests that wait for their turn.", &m.waiting),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	// A series that appears with its first count has no rate before the second.
	for _, severity := range severities {
		m.results.WithLabelValues(severity)
	}
	return m
}

func (m *Metrics) gaugeFunc(name, help string, g *gauge) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(g.Load()) })
}

// ObserveRefusal counts that a composite resource was refused because it broke rule. Rules are names in code, not
// content of a request; even so, only the first 100 are told apart, and the rest is counted as "other".
func (m *Metrics) ObserveRefusal(rule string) {
	m.refusals.WithLabelValues(m.knownRule(rule)).Inc()
}

func (m *Metrics) knownRule(rule string) string {
	if len(rule) > maxRuleLength {
		rule = rule[:maxRuleLength]
	}
	rule = strings.ToValidUTF8(rule, "")

	m.rulesMx.Lock()
	defer m.rulesMx.Unlock()
	if _, ok := m.rules[rule]; ok {
		return rule
	}
	if len(m.rules) == maxRules {
		return otherRule
	}
	m.rules[rule] = struct{}{}
	return rule
}

// observe counts a call that ended.
func (m *Metrics) observe(c *call, code codes.Code, duration time.Duration) {
	m.requests.WithLabelValues(c.version, code.String()).Inc()
	m.duration.Observe(duration.Seconds())
	for severity, n := range c.results {
		if n > 0 {
			m.results.WithLabelValues(severities[severity]).Add(float64(n))
		}
	}
}

// certificatesInUse tells when the certificates that are used from now on end.
func (m *Metrics) certificatesInUse(server, ca time.Time) {
	m.certificateExpiry.WithLabelValues("server").Set(float64(server.Unix()))
	m.certificateExpiry.WithLabelValues("ca").Set(float64(ca.Unix()))
}

// handler serves the metrics at /metrics. Before each scrape it calls refresh.
func (m *Metrics) handler(refresh func()) http.Handler {
	scrape := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		refresh()
		scrape.ServeHTTP(w, r)
	})
	return mux
}
