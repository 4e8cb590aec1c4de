// Command baseline serves the floor that the function is measured against, with the
// same server as the function.
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
)

func main() {
	address := flag.String("address", "127.0.0.1:9443", "address to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := serve.Serve(ctx, listener, &baseline.Function{}, serve.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
