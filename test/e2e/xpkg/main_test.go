package xpkg_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
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
		started.killAll()
		plane.StopAll()
		os.Exit(130)
	})
	code := m.Run()
	stopped()
	cancel()
	started.killAll()
	plane.StopAll()
	os.Exit(code)
}

// started are the programs that tests have started beside those of a plane.
var started programs

type programs struct {
	mu   sync.Mutex
	cmds []*exec.Cmd
}

func (p *programs) add(cmd *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmds = append(p.cmds, cmd)
}

// killAll ends every program; one that has ended is left alone.
func (p *programs) killAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, cmd := range p.cmds {
		_ = cmd.Process.Kill()
	}
}
