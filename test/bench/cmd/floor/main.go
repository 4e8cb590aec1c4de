// Command floor serves the function that the product is measured against on a control
// plane, with the same server and the same flags as the function.
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
	"github.com/ontopix/crossplane-ecr/test/bench/floor"
)

func main() {
	address := flag.String("address", "127.0.0.1:9443", "address to listen on")
	certs := flag.String("tls-certs-dir", "", "directory with the certificates of the server")
	flag.Bool("debug", false, "ignored")
	metrics := flag.String("metrics-address", "127.0.0.1:8080", "address to serve metrics on")
	flag.Parse()
	if err := run(*address, *metrics, *certs); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(address, metrics, certs string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	metricsListener, err := net.Listen("tcp", metrics)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve.Serve(ctx, listener, &floor.Function{}, serve.Options{CertsDir: certs, MetricsListener: metricsListener})
}
