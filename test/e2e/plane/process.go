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
	err  error         // the exit error, valid once done is closed
}

// Run starts a program and appends its output to a log of its own. It is killed at the latest when the plane stops.
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

// signal sends a signal. It succeeds if the program has ended.
func (g *Process) signal(s syscall.Signal) error {
	if err := g.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cannot signal %s: %w", g.name, err)
	}
	return nil
}

// Kill sends SIGKILL, as an out-of-memory kill does, and waits until the program has ended. It may be called twice.
func (g *Process) Kill() {
	_ = g.signal(syscall.SIGKILL)
	<-g.done
}

// Hang suspends the program: its connections stay open, but it does not answer.
func (g *Process) Hang() error { return g.signal(syscall.SIGSTOP) }

// Continue resumes a program after Hang.
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

// get returns the body of the answer to a GET with the administrator's certificate.
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

// answers returns a check that a GET of a URL succeeds.
func (p *Plane) answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := p.get(ctx, url)
		return err
	}
}

// starts run on a thread that lives as long as this process: Linux kills a child with the THREAD that started it.
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
