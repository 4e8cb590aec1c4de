// Command floor serves one of the functions that the product is compared with, with the same server and the same flags
// as the function.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/ontopix/crossplane-ecr/fn/serve"
	"github.com/ontopix/crossplane-ecr/test/bench/baseline"
	"github.com/ontopix/crossplane-ecr/test/bench/floor"
)

func main() {
	address := flag.String("address", "127.0.0.1:9443", "address to listen on")
	certs := flag.String("tls-certs-dir", "", "directory with the certificates of the server")
	flag.Bool("debug", false, "ignored")
	metrics := flag.String("metrics-address", "127.0.0.1:8080", "address to serve metrics on; empty for none")
	alone := flag.Bool("baseline", false, "serve the baseline of a server alone, not the floor of a control plane")
	flag.Parse()
	var function serve.Function = &floor.Function{}
	if *alone {
		function = &baseline.Function{}
	}
	if err := run(function, *address, *metrics, *certs); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(function serve.Function, address, metrics, certs string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	o := serve.Options{CertsDir: certs}
	if metrics != "" {
		if o.MetricsListener, err = net.Listen("tcp", metrics); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve.Serve(ctx, listener, function, o)
}
