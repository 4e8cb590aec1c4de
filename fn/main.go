// Command function serves the ECR composition function to Crossplane over gRPC.
package main

import (
	"github.com/alecthomas/kong"
	sdk "github.com/crossplane/function-sdk-go"

	"github.com/ontopix/crossplane-ecr/fn/function"
)

type cli struct {
	Debug bool `help:"Emit debug logs in addition to info logs." short:"d"`

	Network            string `default:"tcp"   help:"Network on which to listen for gRPC connections."`
	Address            string `default:":9443" help:"Address at which to listen for gRPC connections."`
	TLSCertsDir        string `env:"TLS_SERVER_CERTS_DIR" help:"Directory with the server's tls.crt and tls.key, and the ca.crt that signs clients."`
	Insecure           bool   `help:"Serve without TLS, for rendering on a developer's machine. Ignores --tls-certs-dir."`
	MaxRecvMessageSize int    `default:"4" help:"Largest request in MB."`
	MetricsAddress     string `default:":8080" help:"Address of the Prometheus metrics; empty turns them off."`
}

// Run serves until the server fails.
func (c *cli) Run() error {
	log, err := sdk.NewLogger(c.Debug)
	if err != nil {
		return err
	}
	return sdk.Serve(function.New(log),
		sdk.Listen(c.Network, c.Address),
		sdk.MTLSCertificates(c.TLSCertsDir),
		sdk.Insecure(c.Insecure),
		sdk.MaxRecvMessageSize(c.MaxRecvMessageSize*1024*1024),
		sdk.WithMetricsServer(c.MetricsAddress))
}

func main() {
	ctx := kong.Parse(&cli{}, kong.Name("function"), kong.Description("Compose Amazon ECR registries and the access to them."))
	ctx.FatalIfErrorf(ctx.Run())
}
