// Command baseline serves the floor that the function is measured against, with the
// same server as the function. -tuned uses the function's Go settings, else Go's own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ontopix/crossplane-ecr/fn/serve"
	"github.com/ontopix/crossplane-ecr/test/bench/baseline"
)

func main() {
	address := flag.String("address", "127.0.0.1:9443", "address to listen on")
	tuned := flag.Bool("tuned", false, "use the function's settings of Go's garbage collector")
	flag.Parse()
	if *tuned {
		serve.TuneMemory(os.Getenv)
	}
	s, err := serve.New(&baseline.Function{}, serve.Options{Address: *address, Insecure: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := s.Serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
