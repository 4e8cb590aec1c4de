package serve

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// namespace begins the name of each metric.
const namespace = "function_ecr"

// noRule is the value of the label rule for a refusal that no rule caused.
const noRule = "none"

// Metrics of a function, in a registry of their own. docs/metrics.md describes them. Labels never come from a request:
// codes, rules and reasons are fixed in the code.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec // by protocol and code
	duration  prometheus.Histogram
	inFlight  prometheus.Gauge
	waiting   prometheus.Gauge
	refusals  *prometheus.CounterVec // by rule and reason
	panics    prometheus.Counter
	rotations *prometheus.CounterVec // by result
}

// NewMetrics returns new metrics, with those of the Go runtime and of the process.
func NewMetrics() *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	with := promauto.With(r)
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: namespace, Name: name, Help: help}
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return with.NewCounterVec(prometheus.CounterOpts(opts(name, help)), labels)
	}
	gauge := func(name, help string) prometheus.Gauge { return with.NewGauge(prometheus.GaugeOpts(opts(name, help))) }
	return &Metrics{
		registry: r,
		requests: counter("requests_total", "Calls of RunFunction, by version of the protocol and gRPC status code.", "protocol", "code"),
		duration: with.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace,
			Name:      "request_duration_seconds",
			Help:      "Time from the arrival of a request to its encoded answer, including the time that it waited.",
			Buckets:   prometheus.ExponentialBuckets(0.0005, 2, 16), // 0.5 ms to 16 s
		}),
		inFlight:  gauge("requests_in_flight", "Requests that have no answer yet, including those that wait."),
		waiting:   gauge("requests_waiting", "Requests that wait until others are done."),
		refusals:  counter("refusals_total", "Refused requests, once for each rule that they break.", "rule", "reason"),
		panics:    with.NewCounter(prometheus.CounterOpts(opts("panics_total", "Panics. Each is a Fatal result of its request."))),
		rotations: counter("certificate_rotations_total", "Changes of the certificate files, by whether the new set is used.", "result"),
	}
}

// Refused counts a refused request once for each rule that it breaks.
func (m *Metrics) Refused(rules []string, reason string) {
	if len(rules) == 0 {
		rules = []string{noRule}
	}
	for _, rule := range rules {
		m.refusals.WithLabelValues(rule, reason).Inc()
	}
}

// certificateExpiry adds a metric of when the server's certificate expires.
func (m *Metrics) certificateExpiry(notAfter func() time.Time) {
	promauto.With(m.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace,
		Name:      "certificate_expiry_timestamp_seconds",
		Help:      "When the server's certificate expires, in seconds since 1970.",
	}, func() float64 { return float64(notAfter().Unix()) })
}

// handler serves the metrics at /metrics, to four scrapes at once.
func (m *Metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return mux
}
