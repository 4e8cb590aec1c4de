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

// Main runs tests (a *testing.M) and exits. Whoever interrupts them finds nothing left: stop, which may be nil, ends what they
// started beside planes.
func Main(m interface{ Run() int }, stop func()) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	if stop == nil {
		stop = func() {}
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	stopped := context.AfterFunc(ctx, func() {
		fmt.Fprintln(os.Stderr, "interrupted: stopping")
		stop()
		StopAll()
		os.Exit(130)
	})
	code := m.Run()
	stopped()
	cancel()
	stop()
	StopAll()
	os.Exit(code)
}
