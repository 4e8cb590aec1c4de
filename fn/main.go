// Command function serves the ECR composition function to Crossplane over gRPC.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/crossplane/function-sdk-go/logging"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// version is set by the linker, -X main.version=v1.2.3.
var version string //nolint:gochecknoglobals // the linker sets nothing else

// The cli has the flags that Crossplane and its users know from every function, and some of its own.
type cli struct {
	Debug   bool             `help:"Log each request, not only the refused ones." short:"d"`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Network     string `default:"tcp"             help:"Network to listen on for gRPC: tcp, tcp4, tcp6 or unix."`
	Address     string `default:":9443"           help:"Address to listen on for gRPC."`
	TLSCertsDir string `env:"TLS_SERVER_CERTS_DIR" help:"Directory with tls.crt and tls.key of the server and ca.crt, which signs its clients. Read again when they change." name:"tls-certs-dir"`
	Insecure    bool   `help:"Serve without TLS, to render on a developer's machine. --tls-certs-dir is ignored then."`

	RequirePlatformConfig bool `help:"Refuse composite resources while the EnvironmentConfig with the platform team's settings does not exist, even where the Composition says that it is optional."`

	MaxRecvMessageSize    int           `default:"4"     help:"Largest request, in MB. A larger one is refused."`
	MaxConcurrentRequests int           `default:"0"     help:"Requests that are processed at once; others wait. A request of several MB counts once per MB. 0: two per CPU, at least 4."`
	ShutdownGrace         time.Duration `default:"25s"   help:"Time that requests in flight may take after SIGTERM. A second signal ends them at once."`
	MetricsAddress        string        `default:":8080" help:"Address to serve Prometheus metrics on, at /metrics; empty for none. If it is in use, the function logs that and serves none."`
}

// Validate refuses flags that the function cannot serve with.
func (c *cli) Validate() error {
	switch {
	case c.TLSCertsDir == "" && !c.Insecure:
		return errors.New("--tls-certs-dir is not set: set it, or --insecure")
	case c.MaxRecvMessageSize < 1 || c.MaxRecvMessageSize > 512: // gRPC has lengths of 31 bits.
		return fmt.Errorf("--max-recv-message-size is %d, it must be 1 to 512 MB", c.MaxRecvMessageSize)
	case c.MaxConcurrentRequests < 0:
		return fmt.Errorf("--max-concurrent-requests is %d, it must not be negative", c.MaxConcurrentRequests)
	case c.ShutdownGrace <= 0:
		return fmt.Errorf("--shutdown-grace is %s, it must be positive", c.ShutdownGrace)
	}
	return nil
}

// discovered is the time for which a kind counts as served once it was.
const discovered = 10 * time.Minute

// Run serves until a signal ends it.
func (c *cli) Run() error {
	log, err := newLogger(c.Debug)
	if err != nil {
		return err
	}
	o := serve.Options{
		MaxRequestSize: c.MaxRecvMessageSize << 20,
		MaxConcurrent:  c.MaxConcurrentRequests,
		Grace:          c.ShutdownGrace,
		Metrics:        serve.NewMetrics(),
		Log:            log,
	}
	if !c.Insecure {
		o.CertsDir = c.TLSCertsDir
	}
	listener, err := net.Listen(c.Network, c.Address)
	if err != nil {
		return fmt.Errorf("cannot listen for gRPC: %w", err)
	}
	metrics := ""
	if c.MetricsAddress != "" {
		// The function matters more than its metrics, and on a developer's machine the port is often in use.
		if o.MetricsListener, err = net.Listen("tcp", c.MetricsAddress); err != nil {
			log.Info("Cannot listen for metrics, there are none", "address", c.MetricsAddress, "error", err.Error())
		} else {
			metrics = o.MetricsListener.Addr().String()
		}
	}
	log.Info("Serving", "version", buildVersion(), "address", listener.Addr().String(), "metrics", metrics)

	// A second signal ends the process, at the latest once Serve shows that it received the first.
	signaled, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(signaled, func() {
		stop()
		cancel()
	})
	options := []function.Option{
		function.WithLog(log), function.WithRefusals(o.Metrics.Refused), function.WithDiscovery(discovered),
	}
	if c.RequirePlatformConfig {
		options = append(options, function.WithSettingsRequired())
	}
	return serve.Serve(ctx, listener, function.New(options...), o)
}

// newLogger returns a logger that writes JSON to stderr. The SDK's would write another format when debugging, which
// collectors cannot parse, and would drop repeated lines.
func newLogger(debug bool) (logging.Logger, error) {
	cfg := zap.NewProductionConfig()
	cfg.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	cfg.Sampling = nil
	if debug {
		cfg.Level.SetLevel(zapcore.DebugLevel)
	}
	zl, err := cfg.Build(zap.AddCallerSkip(1))
	if err != nil {
		return nil, fmt.Errorf("cannot create the logger: %w", err)
	}
	return logging.NewLogrLogger(zapr.NewLogger(zl)), nil
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

func main() {
	ctx := kong.Parse(&cli{},
		kong.Name("function"),
		kong.Description("Composes Amazon ECR registries and the access to them, for Crossplane."),
		kong.Vars{"version": buildVersion()})
	ctx.FatalIfErrorf(ctx.Run())
}
