package plane

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Main runs tests (a *testing.M), stops all planes, even if the tests are interrupted, and exits.
func Main(m interface{ Run() int }) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	stopped := context.AfterFunc(ctx, func() {
		fmt.Fprintln(os.Stderr, "interrupted: stopping")
		StopAll()
		os.Exit(130)
	})
	code := m.Run()
	stopped()
	cancel()
	StopAll()
	os.Exit(code)
}
