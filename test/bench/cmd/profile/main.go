// Command profile writes a CPU profile of a server in a process of its own. It answers first and later requests for
// both kinds, large and small, and some that it refuses.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/fn/serve"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

func main() {
	out := flag.String("out", "cpu.prof", "file to write the profile to")
	duration := flag.Duration("duration", 15*time.Second, "how long to call the server")
	address := flag.String("serve", "", "address to serve on; empty starts a server and calls it")
	flag.Parse()
	run := func() error { return record(*out, *duration) }
	if *address != "" {
		run = func() error { return profile(*out, *address) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// profile serves until a signal ends it, and writes the CPU profile.
func profile(out, address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = serve.Serve(ctx, listener, function.New(), serve.Options{})
	pprof.StopCPUProfile()
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// record starts a server and calls it.
func record(out string, duration time.Duration) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	server := exec.Command(os.Args[0], "-out", out, "-serve", address)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return err
	}
	called := call(address, duration)
	if err := server.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := server.Wait(); err != nil {
		return err
	}
	return called
}

// weights is the number of images in all requests of one size: most projects are small, and each large one costs more.
const weights = 100

func call(address string, duration time.Duration) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	client := fnv1.NewFunctionRunnerServiceClient(conn)
	var requests []*fnv1.RunFunctionRequest
	for _, n := range load.Sizes {
		for range max(1, weights/n) {
			requests = append(requests, load.First(n), load.Steady(n), load.Steady(n))
		}
		requests = append(requests, load.Invalid(n), load.OrgAccess())
	}
	for end := time.Now().Add(duration); time.Now().Before(end); {
		for _, r := range requests {
			if _, err := client.RunFunction(context.Background(), r, grpc.WaitForReady(true)); err != nil {
				return err
			}
		}
	}
	return nil
}
