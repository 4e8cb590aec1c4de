package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// errReaderGone is the cause when nobody reads the output any more.
var errReaderGone = errors.New("nobody reads the output")

// interruptible returns a context that ends with a signal that would end the program, so
// that it stops the function and removes its files first. SIGPIPE is one of them:
// `make render | head` sends it.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		s, ok := <-signals
		switch {
		case !ok:
		case s == syscall.SIGPIPE:
			cancel(errReaderGone)
		default:
			cancel(fmt.Errorf("ended by a signal: %s", s))
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
	}
}
