package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())

	// Whoever interrupts a run finds nothing left of it.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	stopped := context.AfterFunc(ctx, func() {
		fmt.Fprintln(os.Stderr, "interrupted: stopping")
		plane.StopAll()
		os.Exit(130)
	})
	code := m.Run()
	stopped()
	cancel()
	plane.StopAll()
	os.Exit(code)
}

// versions returns the versions of Crossplane to run on: all, or the one of E2E_VERSION.
func versions(t *testing.T) []plane.Version {
	t.Helper()
	name := os.Getenv("E2E_VERSION")
	if name == "" {
		return plane.Versions()
	}
	v, err := plane.FindVersion(name)
	if err != nil {
		t.Fatal(err)
	}
	return []plane.Version{v}
}
