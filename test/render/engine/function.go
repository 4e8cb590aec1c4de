package engine

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"time"
)

// startTimeout is the time within which a function must listen.
const startTimeout = 20 * time.Second

// A Function is a running function for command lines to render with.
type Function struct {
	// Target is its address.
	Target string

	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan error
}

// Start starts the function's binary on a free port of the loopback interface,
// without TLS and metrics, and waits until it listens. It is stopped by Stop, and
// when ctx ends.
func Start(ctx context.Context, binary string) (*Function, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	f := &Function{Target: addr, log: &bytes.Buffer{}, done: make(chan error, 1)}
	f.cmd = exec.CommandContext(ctx, binary, "--insecure", "--address="+addr, "--metrics-address=")
	f.cmd.Stdout, f.cmd.Stderr = f.log, f.log
	f.cmd.Cancel = func() error { return f.cmd.Process.Signal(syscall.SIGTERM) }
	f.cmd.WaitDelay = 5 * time.Second
	if err := f.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the function: %w", err)
	}
	go func() { f.done <- f.cmd.Wait() }()

	deadline := time.After(startTimeout)
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = conn.Close()
			return f, nil
		}
		select {
		case <-f.done:
			return nil, fmt.Errorf("the function ended before it listened at %s:\n%s", addr, f.log)
		case <-deadline:
			f.Stop()
			return nil, fmt.Errorf("the function does not listen at %s after %s:\n%s", addr, startTimeout, f.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop stops the function and waits until it has ended.
func (f *Function) Stop() {
	_ = f.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-f.done:
	case <-time.After(5 * time.Second):
		_ = f.cmd.Process.Kill()
		<-f.done
	}
}

// freeAddress returns a loopback address on which nothing listens.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close() //nolint:errcheck // Nothing was accepted.
	return l.Addr().String(), nil
}
