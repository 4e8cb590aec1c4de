// Command function serves the ECR composition function to Crossplane over gRPC.
package main

import (
	"context"
	"fmt"
	"os"
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

// The cli has the flags that Crossplane and its users know from every function, and a few of its own.
type cli struct {
	Debug   bool             `help:"Log each request, not only the refused ones." short:"d"`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Network     string `default:"tcp"             help:"Network to listen on for gRPC: tcp, tcp4, tcp6 or unix."`
	Address     string `default:":9443"           help:"Address to listen on for gRPC."`
	TLSCertsDir string `env:"TLS_SERVER_CERTS_DIR" help:"Directory with tls.crt and tls.key of the server and ca.crt, which signs its clients. Read again when they change." name:"tls-certs-dir"`
	Insecure    bool   `help:"Serve without TLS, to render on a developer's machine. --tls-certs-dir is ignored then."`

	MaxRecvMessageSize    int           `default:"4"     help:"Largest request, in MB. A larger one is refused."`
	MaxConcurrentRequests int           `default:"0"     help:"Requests in work at once; those beyond wait for their turn. One of several MB counts once per MB. 0: two per CPU, at least 4."`
	ShutdownGrace         time.Duration `default:"25s"   help:"How long requests in flight may take after SIGTERM. A second signal ends them at once."`
	MetricsAddress        string        `default:":8080" help:"Address to serve Prometheus metrics on, at /metrics; empty for none. If it is taken, that is logged and there are none."`
}

// Validate refuses values that no Server could take.
func (c *cli) Validate() error {
	const most = 512 // 2 GiB is where an int32 ends, and the server lets in a multiple to refuse it in its own words.
	if c.MaxRecvMessageSize < 1 || c.MaxRecvMessageSize > most {
		return fmt.Errorf("--max-recv-message-size is %d, it must be 1 to %d MB", c.MaxRecvMessageSize, most)
	}
	if c.MaxConcurrentRequests < 0 {
		return fmt.Errorf("--max-concurrent-requests is %d, it must not be negative", c.MaxConcurrentRequests)
	}
	if c.ShutdownGrace <= 0 {
		return fmt.Errorf("--shutdown-grace is %s, it must be positive", c.ShutdownGrace)
	}
	return nil
}

// Run serves until a signal ends it.
func (c *cli) Run() error {
	log, err := newLogger(c.Debug)
	if err != nil {
		return err
	}
	memory := serve.TuneMemory(os.Getenv)
	log.Info("Starting", "version", buildVersion(), "gcPercent", memory.GCPercent, "memoryLimit", memory.Limit)

	metrics := serve.NewMetrics()
	fn := function.New(function.WithRefusals(metrics.ObserveRefusal))
	srv, err := serve.New(fn, serve.Options{
		Network:            c.Network,
		Address:            c.Address,
		TLSCertsDir:        c.TLSCertsDir,
		Insecure:           c.Insecure,
		MaxRecvMessageSize: c.MaxRecvMessageSize << 20,
		MaxConcurrent:      c.MaxConcurrentRequests,
		Grace:              c.ShutdownGrace,
		MetricsAddress:     c.MetricsAddress,
		Metrics:            metrics,
		Log:                log,
		InternalError:      function.InternalError,
	})
	if err != nil {
		return err
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		stop()
		<-signals
		srv.Stop()
	}()
	return srv.Serve(ctx)
}

// newLogger logs JSON to stderr. The SDK's logger would write lines that no collector reads when debugging, and drop
// lines of the same text when there are many.
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
