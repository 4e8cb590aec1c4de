package serve

import (
	"runtime"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Defaults of the Options, and the limits that are no option.
const (
	// DefaultMaxRecvMessageSize is gRPC's own, and the SDK's.
	DefaultMaxRecvMessageSize = 4 << 20

	// MaxSendMessageSize is the largest answer that Crossplane accepts: it leaves gRPC's limit for received messages as
	// it is.
	MaxSendMessageSize = 4 << 20

	// DefaultGrace leaves 5 of the 30 seconds between SIGTERM and SIGKILL that Kubernetes gives a pod.
	DefaultGrace = 25 * time.Second

	// bytesPerPlace is how much of a request one place of MaxConcurrent admits. Decoding multiplies a request by up to
	// 36 in memory (a list of empty values), so what is in work is bounded by bytes too.
	bytesPerPlace = 1 << 20

	// maxStreams is the number of streams that a client may have open on one connection, the waiting ones included.
	// Crossplane's gRPC client holds back what is beyond, and its calls still wait for no longer than their deadline.
	maxStreams = 128

	// maxHeaderBytes bounds the headers of one call. Crossplane sends none of its own.
	maxHeaderBytes = 64 << 10

	// handshakeTimeout bounds how long a connection may take until it can carry calls.
	handshakeTimeout = 10 * time.Second

	// minPingInterval is the most often that a client may ping, with or without calls. gRPC's clients ping at most every
	// 10 seconds, whatever they are told, and Crossplane's not at all; so none of them is ever sent away for it.
	minPingInterval = 5 * time.Second

	// pingInterval and pingTimeout find a client that vanished without closing its connection.
	pingInterval = time.Minute
	pingTimeout  = 20 * time.Second

	// maxConnectionAge makes clients connect anew. Crossplane balances round robin over the addresses that it resolved
	// when it connected: only a new connection finds replicas that came later, and only a new handshake meets a client
	// with a rotated CA. It costs one handshake.
	maxConnectionAge = 10 * time.Minute

	// maxConnectionAgeGrace is how long calls may go on over a connection that reached its age. It exceeds Crossplane's
	// longest deadline for a call, the 2 minutes of a reconcile.
	maxConnectionAgeGrace = 5 * time.Minute
)

// Options of a Server. The zero value of each field is its default, but for Address and one of TLSCertsDir and Insecure.
type Options struct {
	// Network and Address to listen on for gRPC, as in net.Listen. The default network is tcp.
	Network, Address string

	// TLSCertsDir holds tls.crt and tls.key of the server, and ca.crt, which signs its clients. They are read again when
	// they change.
	TLSCertsDir string

	// Insecure serves without TLS. TLSCertsDir is ignored then.
	Insecure bool

	// MaxRecvMessageSize is the largest request, in bytes. A larger one is answered with ResourceExhausted.
	MaxRecvMessageSize int

	// MaxConcurrent is the number of requests in work at once. A request of more than 1 MiB counts once per MiB begun.
	// The default is two for each CPU that Go uses, at least 4: the work is all CPU, so more would not be faster.
	MaxConcurrent int

	// Grace is how long requests in flight may take once the server was told to stop.
	Grace time.Duration

	// MetricsAddress to listen on for Prometheus over HTTP, at /metrics. Empty serves no metrics. If it cannot be
	// listened on, that is logged, and the function is served without: it matters more than its measurement, and on a
	// developer's machine the port is often taken.
	MetricsAddress string

	// Metrics to serve. The default is a new set.
	Metrics *Metrics

	// Log of the server. The default logs nothing.
	Log logging.Logger

	// InternalError makes the answer to a request whose own answer cannot be sent: RunFunction panicked, or its answer
	// is too large or cannot be encoded. The message says which, in words for people. The answer should hold a Fatal
	// result. The default is the function InternalError, which is also used should this one panic.
	InternalError func(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse
}

// withDefaults returns o with what was left out filled in.
func (o Options) withDefaults() Options {
	if o.Network == "" {
		o.Network = "tcp"
	}
	if o.MaxRecvMessageSize <= 0 {
		o.MaxRecvMessageSize = DefaultMaxRecvMessageSize
	}
	if o.MaxConcurrent <= 0 {
		o.MaxConcurrent = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if o.Grace <= 0 {
		o.Grace = DefaultGrace
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Log == nil {
		o.Log = logging.NewNopLogger()
	}
	if o.InternalError == nil {
		o.InternalError = InternalError
	}
	return o
}
