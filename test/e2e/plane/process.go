package plane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// A Process is a program that a plane runs.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when the program has ended
	err  error         // why, valid after done
}

// Run starts a program, which ends with the plane at the latest. Its output is appended to a log of its own.
func (p *Plane) Run(name string, cmd *exec.Cmd) (*Process, error) {
	log, err := os.OpenFile(filepath.Join(p.logs(), name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // The program has its own descriptor.

	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	ownGroup(cmd.SysProcAttr)
	g := &Process{name: name, cmd: cmd, done: make(chan struct{})}
	if err := onLongLivedThread(cmd.Start); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	p.OnStop(g.Kill)
	go func() {
		g.err = cmd.Wait()
		close(g.done)
	}()
	return g, nil
}

// signal sends a signal; a program that has ended is not an error.
func (g *Process) signal(s syscall.Signal) error {
	if err := g.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cannot signal %s: %w", g.name, err)
	}
	return nil
}

// Kill ends the program the way an out-of-memory kill does, and waits until it has ended. Killing it twice does nothing.
func (g *Process) Kill() {
	_ = g.signal(syscall.SIGKILL)
	<-g.done
}

// Hang stops the program in the middle of whatever it does: connections stay open, and nothing is answered.
func (g *Process) Hang() error { return g.signal(syscall.SIGSTOP) }

// Continue ends what Hang began.
func (g *Process) Continue() error { return g.signal(syscall.SIGCONT) }

// ready waits until a check of the program returns nil. It gives up when the program ends.
func (g *Process) ready(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := Eventually(ctx, 2*time.Minute, func(ctx context.Context) error {
		select {
		case <-g.done:
			cancel()
			return fmt.Errorf("it ended: %w", g.err)
		default:
			return check(ctx)
		}
	})
	if err != nil {
		return fmt.Errorf("%s is not ready: %w", g.name, err)
	}
	return nil
}

// get returns what a program answers to a GET, as an administrator gets it.
func (p *Plane) get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	rsp, err := p.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer rsp.Body.Close()
	if rsp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, rsp.Status)
	}
	return io.ReadAll(rsp.Body)
}

// answers is a check that a program answers at all.
func (p *Plane) answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := p.get(ctx, url)
		return err
	}
}

// starts runs on a thread that lives as long as this process: Linux ends a child with the THREAD that started it.
var starts = func() chan func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range c {
			f()
		}
	}()
	return c
}()

// onLongLivedThread runs f on the thread that starts programs.
func onLongLivedThread(f func() error) error {
	result := make(chan error)
	starts <- func() { result <- f() }
	return <-result
}
